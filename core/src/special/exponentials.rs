//! e^x of many x at once, without a call per number, so that the compiler can take several at a time.

/// ln 2 in two parts, the first of them with so few digits that its products with whole numbers up to 2^11 are exact.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// 1.5 · 2^52: a sum with it has no room for a fraction, and the whole number in its last bits.
const SHIFT: f64 = 6_755_399_441_055_744.0;
/// 1 / k!: on |x| ≤ ln 2 / 2 the next term is below 1e-17.
const COEFFICIENTS: [f64; 14] = {
    let mut coefficients = [1.0; 14];
    let mut k = 1;
    while k < 14 {
        coefficients[k] = coefficients[k - 1] / k as f64;
        k += 1;
    }
    coefficients
};

/// From here down e^x is as good as 0.
const LOWEST: f64 = -708.0;

/// Replaces every x, at most 709, by e^x to within 2 units in the last place.
pub(crate) fn exp_all(values: &mut [f64]) {
    for value in values {
        // A NaN stays one.
        let x = if *value < LOWEST { LOWEST } else { *value };
        // e^x = 2^k e^rest
        let shifted = x * std::f64::consts::LOG2_E + SHIFT;
        let k = shifted - SHIFT;
        let rest = (x - k * LN_2_HIGH) - k * LN_2_LOW;
        let power = COEFFICIENTS.iter().rev().fold(0.0, |sum, &coefficient| sum * rest + coefficient);
        let two_to_k = f64::from_bits(shifted.to_bits().wrapping_add(1_023) << 52);
        *value = if *value < LOWEST { 0.0 } else { power * two_to_k };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_those_of_the_standard_library() {
        let steps = (-7_200_000..7_090_000).step_by(977).map(|i| f64::from(i) * 1e-4);
        let x: Vec<f64> = steps.chain([0.0, -0.0, 1e-300, 709.0, -709.0, -1e300, LOWEST]).collect();
        let mut exponentials = x.clone();
        exp_all(&mut exponentials);
        for (x, exponential) in x.into_iter().zip(exponentials) {
            let expected = if x < LOWEST { 0.0 } else { x.exp() };
            assert!((exponential - expected).abs() <= 4.5e-16 * expected, "e^{x}: {exponential} is not {expected}");
        }
        let mut others = [f64::NAN, f64::NEG_INFINITY];
        exp_all(&mut others);
        assert!(others[0].is_nan() && others[1] == 0.0);
    }
}
