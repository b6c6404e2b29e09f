//! The likelihood of BG/NBD and its relatives over patterns, with analytic gradient and Hessian.
//!
//! ```text
//! ln L = ln (r)_x + r ln α − (r + x) ln(α + T) + ln (b)_{x+m} − ln (a + b)_{x+m} + ln(1 + e^δ)
//! δ    = ln a − ln(b + x − 1 + m) + (r + x) ln((α + T) / (α + t_x))        (no last term where x + m = 0)
//! ```
//! m = 0 for BG/NBD, 1 where a coin is also tossed after the first purchase. What depends on x or T alone is summed once per distinct
//! value; only ln(1 + e^δ) is worked out per pattern, from tables of ln(α + T) and ln(α + t_x) over the distinct times.

use crate::fit::{Derivatives, Objective, chunked};
use crate::patterns::Patterns;
use crate::special::{digamma_pochhammer, ln_pochhammer, trigamma_pochhammer};
use crate::summary::History;

/// Distinct values of a column with the position of each row's value.
struct Distinct {
    values: Vec<f64>,
    of_row: Vec<u32>,
}

impl Distinct {
    fn of(column: impl Iterator<Item = f64> + Clone) -> Self {
        let mut values: Vec<f64> = column.clone().collect();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup_by_key(|value| value.to_bits());
        let of_row = column.map(|value| values.partition_point(|&other| other < value) as u32).collect();
        Distinct { values, of_row }
    }
}

/// A distinct x with the customers that share it.
struct Frequency {
    x: f64,
    weight: f64,
}

/// A distinct T with the customers and purchases that share it.
struct Age {
    t_cal: f64,
    weight: f64,
    purchases: f64,
}

/// The data of the likelihood, arranged for its sums.
pub(super) struct BetaDropoutObjective {
    first_coin: f64,
    weight: f64,
    threads: Option<usize>,
    frequencies: Vec<Frequency>,
    ages: Vec<Age>,
    recencies: Vec<f64>,
    /// Patterns with a dropout term: positions in the three tables, and the weight.
    rows: Vec<Row>,
    sample: Option<Box<BetaDropoutObjective>>,
}

/// Histories of a sample, on which starts are tried.
const SAMPLE: usize = 1_000;
/// Histories from which on every further search counts.
const MANY: usize = 20_000;
/// Where α is so much longer than any history, the difference of two logarithms loses too many digits.
const CANCELS: f64 = 1e3;

#[derive(Clone, Copy)]
struct Row {
    frequency: u32,
    age: u32,
    recency: u32,
    weight: f64,
}

impl BetaDropoutObjective {
    /// `first_coin`: m, 0 or 1.
    pub(super) fn new(patterns: &Patterns, first_coin: f64, threads: Option<usize>) -> Self {
        let histories = patterns.histories();
        let weights = patterns.weights();
        let x = Distinct::of(histories.iter().map(|history| history.parts().0));
        let t_x = Distinct::of(histories.iter().map(|history| history.recency()));
        let t_cal = Distinct::of(histories.iter().map(|history| history.age()));
        let mut frequencies: Vec<Frequency> = x.values.iter().map(|&x| Frequency { x, weight: 0.0 }).collect();
        let mut ages: Vec<Age> = t_cal.values.iter().map(|&t_cal| Age { t_cal, weight: 0.0, purchases: 0.0 }).collect();
        let mut rows = Vec::new();
        for (i, &weight) in weights.iter().enumerate() {
            let frequency = &mut frequencies[x.of_row[i] as usize];
            frequency.weight += weight;
            let age = &mut ages[t_cal.of_row[i] as usize];
            age.weight += weight;
            age.purchases += weight * frequency.x;
            if frequency.x + first_coin > 0.0 {
                rows.push(Row { frequency: x.of_row[i], age: t_cal.of_row[i], recency: t_x.of_row[i], weight });
            }
        }
        let sample = patterns.sample(SAMPLE).map(|sample| Box::new(Self::new(&sample, first_coin, threads)));
        BetaDropoutObjective {
            first_coin,
            weight: patterns.total_weight(),
            threads,
            frequencies,
            ages,
            recencies: t_x.values,
            rows,
            sample,
        }
    }
}

// Positions of (r, α, a, b) in the packed sums: value, gradient, upper triangle of the Hessian by rows.
const VALUE: usize = 0;
const R: usize = 1;
const ALPHA: usize = 2;
const A: usize = 3;
const B: usize = 4;
const fn second(i: usize, j: usize) -> usize {
    // Rows of the triangle start after 4, 3, 2, 1 entries; i ≤ j count from 1.
    4 + match i {
        R => j,
        ALPHA => 3 + j,
        A => 5 + j,
        _ => 6 + j,
    }
}
const SUMS: usize = 15;

impl Objective for BetaDropoutObjective {
    fn total_weight(&self) -> f64 {
        self.weight
    }

    /// A sample of many histories ranks the ends well enough, and a search on all of them takes its time.
    fn candidates(&self) -> usize {
        if self.rows.len() > MANY { 2 } else { 6 }
    }

    fn sample(&self) -> Option<&dyn Objective> {
        Some(self.sample.as_deref().unwrap_or(self))
    }

    fn evaluate(&self, parameters: &[f64]) -> Derivatives {
        let &[r, alpha, a, b] = parameters else { return Derivatives { value: f64::NAN, gradient: Vec::new(), hessian: Vec::new() } };
        let m = self.first_coin;
        let mut sums = [0.0; SUMS];
        for &Frequency { x, weight } in &self.frequencies {
            add_coins(&mut sums, weight, x, x + m, (r, a, b));
        }
        let ages: Vec<(f64, f64)> = self.ages.iter().map(|age| ((alpha + age.t_cal).ln(), 1.0 / (alpha + age.t_cal))).collect();
        for (&Age { t_cal, weight, purchases }, &end) in self.ages.iter().zip(&ages) {
            add_time(&mut sums, weight, purchases, t_cal, (r, alpha), end);
        }
        let recencies: Vec<(f64, f64)> = self.recencies.iter().map(|t_x| ((alpha + t_x).ln(), 1.0 / (alpha + t_x))).collect();
        let coins: Vec<(f64, f64)> =
            self.frequencies.iter().map(|frequency| frequency.x + m - 1.0 + b).map(|c| (a.ln() - c.ln(), 1.0 / c)).collect();
        let cancels = alpha > CANCELS * self.ages.last().map_or(0.0, |age| age.t_cal);
        let dropout = chunked::<SUMS>(self.rows.len(), self.threads, |range, sums| {
            for row in &self.rows[range] {
                let (ln_end, end) = ages[row.age as usize];
                let (ln_last, last) = recencies[row.recency as usize];
                let (ln_coin, coin) = coins[row.frequency as usize];
                let since_last = self.ages[row.age as usize].t_cal - self.recencies[row.recency as usize];
                let ln_ratio = if cancels { (since_last * last).ln_1p() } else { ln_end - ln_last };
                let exponent = r + self.frequencies[row.frequency as usize].x;
                add_dropout(sums, row.weight, exponent, (ln_ratio, since_last, end, last), (ln_coin, 1.0 / a, coin));
            }
        });
        for (sum, part) in sums.iter_mut().zip(dropout) {
            *sum += part;
        }
        Derivatives::from_natural(parameters, sums[VALUE], &sums[R..=B], |i, j| sums[second(i + 1, j + 1)])
    }
}

/// Adds the terms and derivatives of one history whose parameters are its own.
pub(super) fn add_history(sums: &mut [f64], parameters: &[f64], first_coin: f64, history: &History, weight: f64) {
    let (&[r, alpha, a, b], Some(sums)) = (parameters, sums.first_chunk_mut::<SUMS>()) else {
        return sums.fill(f64::NAN);
    };
    let (x, t_x, t_cal) = history.parts();
    let coins = x + first_coin;
    let (ln_end, end) = ((alpha + t_cal).ln(), 1.0 / (alpha + t_cal));
    add_coins(sums, weight, x, coins, (r, a, b));
    add_time(sums, weight, weight * x, t_cal, (r, alpha), (ln_end, end));
    if coins > 0.0 {
        let (ln_ratio, last, c) = (((t_cal - t_x) / (alpha + t_x)).ln_1p(), 1.0 / (alpha + t_x), b + coins - 1.0);
        add_dropout(sums, weight, r + x, (ln_ratio, t_cal - t_x, end, last), (a.ln() - c.ln(), 1.0 / a, 1.0 / c));
    }
}

/// Adds weight · (ln (r)_x + ln (b)_{x+m} − ln (a + b)_{x+m}) and its derivatives.
#[inline]
fn add_coins(sums: &mut [f64; SUMS], weight: f64, x: f64, coins: f64, (r, a, b): (f64, f64, f64)) {
    sums[VALUE] += weight * (ln_pochhammer(r, x) + ln_pochhammer(b, coins) - ln_pochhammer(a + b, coins));
    let (dr, db, dab) = (digamma_pochhammer(r, x), digamma_pochhammer(b, coins), digamma_pochhammer(a + b, coins));
    sums[R] += weight * dr;
    sums[A] -= weight * dab;
    sums[B] += weight * (db - dab);
    let (ddr, ddb, ddab) = (trigamma_pochhammer(r, x), trigamma_pochhammer(b, coins), trigamma_pochhammer(a + b, coins));
    sums[second(R, R)] += weight * ddr;
    sums[second(A, A)] -= weight * ddab;
    sums[second(A, B)] -= weight * ddab;
    sums[second(B, B)] += weight * (ddb - ddab);
}

/// Adds weight · r ln α − (weight · r + purchases) ln(α + T) and its derivatives; `end` is ln(α + T), 1/(α + T).
///
/// ln α − ln(α + T), 1/α − 1/(α + T) and 1/α² − 1/(α + T)² are written so that nothing cancels where α ≫ T, on the ridge of large r and α.
#[inline]
fn add_time(sums: &mut [f64; SUMS], weight: f64, purchases: f64, t_cal: f64, (r, alpha): (f64, f64), (ln_end, inverse): (f64, f64)) {
    let ln_share = -(t_cal / alpha).ln_1p();
    let share = t_cal * inverse / alpha;
    sums[VALUE] += weight * r * ln_share - purchases * ln_end;
    sums[R] += weight * ln_share;
    sums[ALPHA] += weight * r * share - purchases * inverse;
    sums[second(R, ALPHA)] += weight * share;
    sums[second(ALPHA, ALPHA)] += purchases * inverse * inverse - weight * r * share * (1.0 / alpha + inverse);
}

/// Adds weight · ln(1 + e^δ) and its derivatives; `time` is ln((α+T)/(α+t_x)), T−t_x, 1/(α+T), 1/(α+t_x), `coin` is ln(a/c), 1/a, 1/c with c = b + x − 1 + m.
#[inline]
fn add_dropout(sums: &mut [f64; SUMS], weight: f64, exponent: f64, time: (f64, f64, f64, f64), coin: (f64, f64, f64)) {
    let (ln_ratio, since_last, end, last) = time;
    let gap = since_last * end * last;
    let (ln_coin, inverse_a, inverse_c) = coin;
    let delta = ln_coin + exponent * ln_ratio;
    // e^(−|δ|) serves both ln(1 + e^δ) and its derivative, the probability of being dead.
    let small = (-delta.abs()).exp();
    let dead = if delta > 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
    sums[VALUE] += weight * (delta.max(0.0) + small.ln_1p());

    let (first, spread) = (weight * dead, weight * dead * (1.0 - dead));
    let (d_r, d_alpha, d_a, d_b) = (ln_ratio, -exponent * gap, inverse_a, -inverse_c);
    sums[R] += first * d_r;
    sums[ALPHA] += first * d_alpha;
    sums[A] += first * d_a;
    sums[B] += first * d_b;
    sums[second(R, R)] += spread * d_r * d_r;
    sums[second(R, ALPHA)] += spread * d_r * d_alpha - first * gap;
    sums[second(R, A)] += spread * d_r * d_a;
    sums[second(R, B)] += spread * d_r * d_b;
    sums[second(ALPHA, ALPHA)] += spread * d_alpha * d_alpha + first * exponent * gap * (last + end);
    sums[second(ALPHA, A)] += spread * d_alpha * d_a;
    sums[second(ALPHA, B)] += spread * d_alpha * d_b;
    sums[second(A, A)] += spread * d_a * d_a - first * inverse_a * inverse_a;
    sums[second(A, B)] += spread * d_a * d_b;
    sums[second(B, B)] += spread * d_b * d_b + first * inverse_c * inverse_c;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::check_derivatives;
    use crate::models::{BgNbd, PurchaseModel};
    use crate::summary::CustomerSummary;
    use crate::time::TimeUnit;

    fn patterns() -> Patterns {
        let x: Vec<f64> = (0..60).map(|i| f64::from(i * i % 23)).collect();
        let age: Vec<f64> = (0..60).map(|i| 10.0 + f64::from(i % 7) * 3.5).collect();
        let recency: Vec<f64> = (0..60).map(|i| if x[i] > 0.0 { age[i] * (0.2 + (i % 9) as f64 / 10.0) } else { 0.0 }).collect();
        Patterns::of(&CustomerSummary::from_columns(None, &x, &recency, &age, None, TimeUnit::Week).unwrap())
    }

    #[test]
    fn derivatives_equal_differences() {
        let patterns = patterns();
        for parameters in [[0.243, 4.414, 0.793, 2.426], [3.0, 0.5, 0.1, 0.2], [0.05, 80.0, 15.0, 1.0], [1.0, 1.0, 1.0, 1.0]] {
            for first_coin in [0.0, 1.0] {
                check_derivatives(&BetaDropoutObjective::new(&patterns, first_coin, None), &parameters);
            }
        }
    }

    #[test]
    fn the_value_is_the_sum_of_the_likelihoods() {
        let patterns = patterns();
        let model = BgNbd::new(0.243, 4.414, 0.793, 2.426, TimeUnit::Week).unwrap();
        let expected: f64 =
            patterns.histories().iter().zip(patterns.weights()).map(|(history, weight)| weight * model.ln_likelihood(history)).sum();
        let value = BetaDropoutObjective::new(&patterns, 0.0, None).evaluate(&[0.243, 4.414, 0.793, 2.426]).value;
        assert!((value - expected).abs() < 1e-11 * expected.abs(), "{value} is not {expected}");
    }

    #[test]
    fn the_triangle_has_ten_places() {
        let mut places: Vec<usize> = (1..=4).flat_map(|i| (i..=4).map(move |j| second(i, j))).collect();
        places.sort_unstable();
        assert_eq!(places, (5..15).collect::<Vec<_>>());
    }
}
