//! Beta-discrete-Weibull (BdW): sBG with churn that may also depend on how long a customer has stayed.

use std::cmp::Ordering;

use super::sbg::{SAME, starts};
use super::{Model, RetentionModel, ShiftedBetaGeometric, beta_limit, positive};
use crate::error::Result;
use crate::fit::{Derivatives, Dimension, FitContext, FitOptions, FitWarning, Fitted, Objective, Parameter, finish};
use crate::special::{digamma_difference, gauss_legendre, ln_beta_ratio, trigamma, trigamma_difference};
use crate::tenures::{Tenure, Tenures};

const NAME: &str = "BdW";
const PARAMETERS: [&str; 3] = ["alpha", "beta", "c"];

/// The beta-discrete-Weibull model of contractual churn: customers differ in their churn probability, and each one's may fall (c < 1) or
/// rise (c > 1) with the time as a customer.
///
/// # Assumptions
/// 1. A customer with parameter θ makes at least t renewals with probability (1 − θ)^(t^c).
/// 2. θ varies over customers as Beta(α, β).
///
/// | parameter | unit | range |
/// |---|---|---|
/// | alpha, beta (α, β) | none | > 0 |
/// | c | none | > 0; 1 is sBG |
///
/// # Formula
/// ```text
/// S(t)   = B(α, β + t^c) / B(α, β)
/// E[T]   = Σ_{t≥0} S(t), infinite for c α ≤ 1
/// DEL(d) = Σ_{t≥0} S(t) / (1 + d)^t
/// ```
/// The sums have no closed form. Their first terms are added; the rest is an integral with Gregory's correction at its end.
///
/// # References
/// Fader, Hardie, Liu, Davin & Steenburgh (2018), "How to Project Customer Retention" Revisited, J. Interactive Marketing 43, eqs. 4-6.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Stored", into = "Stored"))]
pub struct BetaDiscreteWeibull {
    alpha: f64,
    beta: f64,
    c: f64,
}

impl BetaDiscreteWeibull {
    /// The model with known parameters.
    ///
    /// # Errors
    /// [`crate::Error::InvalidParameter`] unless all are finite and above 0.
    pub fn new(alpha: f64, beta: f64, c: f64) -> Result<Self> {
        let checked = |parameter, value| positive(NAME, parameter, value);
        Ok(BetaDiscreteWeibull { alpha: checked("alpha", alpha)?, beta: checked("beta", beta)?, c: checked("c", c)? })
    }

    /// First parameter of the churn probabilities.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Second parameter of the churn probabilities.
    pub fn beta(&self) -> f64 {
        self.beta
    }

    /// Duration dependence: above 1 churn rises with tenure, below 1 it falls.
    pub fn c(&self) -> f64 {
        self.c
    }

    /// Fits by maximum likelihood with the default [`FitOptions`].
    ///
    /// # Errors
    /// [`crate::Error::DegenerateTenures`] if nobody left, or nobody renewed; [`crate::Error::NotFinite`].
    pub fn fit(tenures: &Tenures) -> Result<Fitted<Self>> {
        Self::fit_with(tenures, &FitOptions::default())
    }

    /// Fits by maximum likelihood.
    ///
    /// The report names the ridge where customers do not differ (a discrete Weibull model for all), and says so where sBG fits as well.
    ///
    /// # Errors
    /// As [`BetaDiscreteWeibull::fit`], and [`crate::Error::InvalidOption`], [`crate::Error::UnknownParameter`] (in `fix` or `prior`),
    /// [`crate::Error::InvalidParameter`] (start values), [`crate::Error::Cancelled`].
    pub fn fit_with(tenures: &Tenures, options: &FitOptions) -> Result<Fitted<Self>> {
        tenures.check(NAME)?;
        let churn = tenures.churned() / (tenures.churned() + tenures.renewals());
        let with_c = |start: Vec<f64>| [1.0, 0.4, 6.0, 100.0].map(|c| vec![start[0], start[1], c]);
        let context = FitContext {
            model: NAME,
            unit: None,
            parameters: Parameter::all(PARAMETERS, [Dimension::Number; 3]),
            customers: tenures.customers().round() as usize,
            patterns: tenures.rows().len(),
            starts: starts(churn)
                .into_iter()
                .chain([vec![0.01 * churn, 0.01 * (1.0 - churn)]])
                .flat_map(with_c)
                .chain(power_law_starts(tenures))
                .collect(),
            warnings: Vec::new(),
        };
        let mut fitted = finish(context, &BdwObjective::new(tenures), options, |p| Self::new(p[0], p[1], p[2]))?;
        if let Some(warning) = tenures.too_few(PARAMETERS.len()) {
            fitted.warn_of_ridge(warning);
            return Ok(fitted);
        }
        if !fitted.report().converged() && fitted.c * std::f64::consts::LN_2 > POWER_LAW_FROM + (fitted.alpha + fitted.beta).ln_1p() {
            let BetaDiscreteWeibull { alpha, beta, c } = *fitted.model();
            let (kept, gamma) = (beta / (alpha + beta), c * alpha);
            let meaning = format!("c -> infinity: S(t) = {kept:.6} t^-{gamma:.6} from the first renewal on");
            fitted.warn_of_ridge(FitWarning::Ridge { limit: "a power law of survival".to_owned(), meaning });
        } else if let Some(limit) = beta_limit(&fitted, fitted.alpha, fitted.beta, ("churn", PARAMETERS[0], PARAMETERS[1])) {
            fitted.warn_of_ridge(limit);
        }
        let simpler = ShiftedBetaGeometric::fit(tenures)?;
        if fitted.report().log_likelihood - simpler.report().log_likelihood < SAME {
            let meaning = "c = 1: churn does not depend on tenure".to_owned();
            fitted.warn_of_ridge(FitWarning::Ridge { limit: simpler.name().to_owned(), meaning });
        }
        Ok(fitted)
    }

    /// ln P(T > n + t | T > n).
    fn ln_survival_given(&self, n: f64, t: f64) -> f64 {
        let made = n.powf(self.c);
        if n > 0.0 && made > FAR {
            // (α)_s of such an argument is a power.
            return -self.alpha * self.c * (t / n).ln_1p();
        }
        let grown = if n > 0.0 { self.c * (t / n).ln_1p() } else { self.c * t.ln() };
        let (ahead, beyond) = if n > 0.0 { bounded(made.ln() + grown, made * grown.exp_m1()) } else { bounded(grown, grown.exp()) };
        ln_beta_ratio(self.alpha, self.beta + made, ahead) - self.alpha * beyond
    }

    /// ∫ f from `from` to `to` (∞ if `None`), f the smooth continuation of the terms, decaying; over ln t, where powers and exponentials both
    /// have a scale of order 1. Beyond the range of f64 it closes with the power law t^(−c α).
    fn integral(&self, f: &impl Fn(f64) -> f64, from: f64, to: Option<f64>) -> f64 {
        let width = (5.0 / self.c).min(0.5);
        let end = to.map_or(690.0 / self.c.max(1.0), f64::ln);
        let (mut sum, mut u) = (0.0, from.ln());
        while u < end {
            let next = (u + width).min(end);
            let panel = gauss_legendre(u, next, |u| u.exp() * f(u.exp()));
            sum += panel;
            u = next;
            if panel < 1e-17 * sum {
                return sum;
            }
        }
        let decay = self.c * self.alpha - 1.0;
        if to.is_none() && decay > 0.0 { sum + u.exp() * f(u.exp()) / decay } else { sum }
    }
}

/// Powers t^c are bounded here, so that their squares do not overflow. Γ(β + s) / Γ(α + β + s) is s^−α from far below on, which is how the
/// rest of a larger one enters.
const LARGE: f64 = 1e140;
const FAR: f64 = 1e100;

/// A power that is at most [`LARGE`], and by how much its logarithm exceeds that of the bound.
fn bounded(ln_power: f64, power: f64) -> (f64, f64) {
    let beyond = ln_power - LARGE.ln();
    if beyond > 0.0 { (LARGE, beyond) } else { (power, 0.0) }
}

/// Terms that are simply added, at least and at most.
const FIRST_TERMS: u32 = 128;
const MOST_TERMS: u32 = 1 << 20;

/// Coefficients of Gregory's formula for the differences of order 1, 2, ... (Hildebrand 1974, Introduction to Numerical Analysis, section 5.8).
const GREGORY: [f64; 8] = [
    -1.0 / 12.0,
    1.0 / 24.0,
    -19.0 / 720.0,
    3.0 / 160.0,
    -863.0 / 60_480.0,
    275.0 / 24_192.0,
    -33_953.0 / 3_628_800.0,
    8_183.0 / 1_036_800.0,
];

/// Σ f − ∫ f at one end, from f there and at the eight points inwards; and the size of its last term.
fn gregory(mut f: [f64; 9]) -> (f64, f64) {
    let (mut correction, mut last) = (0.5 * f[0], 0.0);
    for (order, coefficient) in (1..9).zip(GREGORY) {
        for i in 0..9 - order {
            f[i] = f[i + 1] - f[i];
        }
        last = coefficient * f[0];
        correction += last;
    }
    (correction, last.abs())
}

impl Model for BetaDiscreteWeibull {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        PARAMETERS.into_iter().zip([self.alpha, self.beta, self.c]).collect()
    }
}

impl RetentionModel for BetaDiscreteWeibull {
    fn survival_given(&self, renewals: u32, ahead: u32) -> f64 {
        self.ln_survival_given(f64::from(renewals), f64::from(ahead)).exp()
    }

    fn churn_given(&self, renewals: u32) -> f64 {
        -self.ln_survival_given(f64::from(renewals), 1.0).exp_m1()
    }

    fn discounted_renewals_given(&self, renewals: u32, d: f64, horizon: Option<u32>) -> f64 {
        let (n, delta) = (f64::from(renewals), d.ln_1p());
        let f = |t: f64| (self.ln_survival_given(n, t) - delta * t).exp();
        let most = horizon.unwrap_or(u32::MAX);
        let (mut sum, mut terms) = (0.0, 0);
        let mut until = FIRST_TERMS;
        loop {
            while terms < until.min(most) {
                terms += 1;
                let term = f(f64::from(terms));
                sum += term;
                // At d > 0 what is left is below term / d.
                if term < 1e-17 * sum * d.min(1.0) {
                    return sum;
                }
            }
            if most - terms < FIRST_TERMS {
                return sum + (terms + 1..=most).map(|t| f(f64::from(t))).sum::<f64>();
            }
            let from = f64::from(terms) + 1.0;
            let (mut corrections, mut error) = gregory(std::array::from_fn(|j| f(from + j as f64)));
            if let Some(end) = horizon.map(f64::from) {
                let (at_end, error_at_end) = gregory(std::array::from_fn(|j| f(end - j as f64)));
                (corrections, error) = (corrections + at_end, error + error_at_end);
            }
            if error < 1e-14 * sum || until >= MOST_TERMS {
                return sum + corrections + self.integral(&f, from, horizon.map(f64::from));
            }
            until *= 2;
        }
    }

    fn expected_remaining_renewals(&self, renewals: u32) -> Option<f64> {
        (self.c * self.alpha > 1.0).then(|| self.discounted_renewals_given(renewals, 0.0, None))
    }
}

/// ln 2^c from which on survival is a power law to some 1e-6.
const POWER_LAW_FROM: f64 = 14.0;

/// For c → ∞ with γ = c α and K = β / (α + β) held, S(t) → K t^−γ: a power law after the first renewal. K and γ from the churn of the first
/// two periods.
fn power_law_starts(tenures: &Tenures) -> [Vec<f64>; 2] {
    let share_leaving = |period: u32| {
        let due = tenures.rows().iter().map(|row| match row.periods.cmp(&period) {
            Ordering::Less => (0.0, 0.0),
            Ordering::Equal => (row.churned, row.churned),
            Ordering::Greater => (0.0, row.churned + row.active),
        });
        let (churned, exposed) = due.fold((0.0, 0.0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
        if exposed > 0.0 { (churned / exposed).clamp(0.01, 0.99) } else { 0.5 }
    };
    let (first, second) = (share_leaving(1), share_leaving(2));
    let gamma = -(-second).ln_1p() / std::f64::consts::LN_2;
    [20.0, 200.0].map(|c| vec![gamma / c, gamma / c * (1.0 - first) / first, c])
}

/// Parameters α, β, c; sums: value, gradient, upper triangle of the Hessian.
const N: usize = 3;
const SUMS: usize = 1 + N + N * (N + 1) / 2;
const fn place(i: usize, j: usize) -> usize {
    let (i, j) = if i < j { (i, j) } else { (j, i) };
    1 + N + i * N - i * (i + 1) / 2 + j
}

/// Σ churned · ln P(T = t) + active · ln S(t − 1).
struct BdwObjective {
    rows: Vec<Tenure>,
    weight: f64,
}

impl BdwObjective {
    fn new(tenures: &Tenures) -> Self {
        BdwObjective { rows: tenures.rows().to_vec(), weight: tenures.customers() }
    }
}

/// ln S(t) and its derivatives.
fn ln_survival(alpha: f64, beta: f64, c: f64, t: f64) -> [f64; SUMS] {
    let mut at = [0.0; SUMS];
    if t <= 0.0 {
        return at;
    }
    let (ln_t, both) = (t.ln(), alpha + beta);
    let (s, beyond) = bounded(c * ln_t, t.powf(c));
    // ∂s/∂c and ∂²s/∂c²; ψ and ψ' of β + s less those of α + β + s.
    let (s_c, s_cc) = (s * ln_t, s * ln_t * ln_t);
    let (psi, psi_1) = (-digamma_difference(beta + s, alpha), -trigamma_difference(beta + s, alpha));
    let (psi_both, psi_both_1) = (digamma_difference(both, s), trigamma_difference(both, s));
    at[0] = ln_beta_ratio(alpha, beta, s) - alpha * beyond;
    at[1] = -psi_both - beyond;
    at[2] = digamma_difference(beta, s) - psi_both;
    at[3] = psi * s_c;
    at[place(0, 0)] = -psi_both_1;
    at[place(0, 1)] = -psi_both_1;
    at[place(0, 2)] = -trigamma(both + s) * s_c;
    at[place(1, 1)] = trigamma_difference(beta, s) - psi_both_1;
    at[place(1, 2)] = psi_1 * s_c;
    at[place(2, 2)] = psi_1 * s_c * s_c + psi * s_cc;
    at
}

impl Objective for BdwObjective {
    fn total_weight(&self) -> f64 {
        self.weight
    }

    fn thorough(&self) -> bool {
        true
    }

    fn sample(&self) -> Option<&dyn Objective> {
        Some(self)
    }

    fn evaluate(&self, parameters: &[f64]) -> Derivatives {
        let &[alpha, beta, c] = parameters else { return Derivatives { value: f64::NAN, gradient: Vec::new(), hessian: Vec::new() } };
        let model = BetaDiscreteWeibull { alpha, beta, c };
        let mut sums = [0.0; SUMS];
        for &Tenure { periods, churned, active } in &self.rows {
            let made = ln_survival(alpha, beta, c, f64::from(periods - 1));
            for (sum, value) in sums.iter_mut().zip(made) {
                *sum += (churned + active) * value;
            }
            if churned <= 0.0 {
                continue;
            }
            // ln(1 − r), r = S(t) / S(t − 1): its gradient is −odds ∇ ln r, with odds = r / (1 − r).
            let next = ln_survival(alpha, beta, c, f64::from(periods));
            let ln_r = model.ln_survival_given(f64::from(periods - 1), 1.0);
            let (leave, odds) = (-ln_r.exp_m1(), 1.0 / (-ln_r).exp_m1());
            sums[0] += churned * leave.ln();
            let slope = |i: usize| next[1 + i] - made[1 + i];
            for i in 0..N {
                sums[1 + i] -= churned * odds * slope(i);
                for j in i..N {
                    let curvature = next[place(i, j)] - made[place(i, j)];
                    sums[place(i, j)] -= churned * odds * (curvature + (1.0 + odds) * slope(i) * slope(j));
                }
            }
        }
        Derivatives::from_natural(parameters, sums[0], &sums[1..=N], |i, j| sums[place(i, j)])
    }
}

#[cfg(feature = "serde")]
super::stored::stored_form!(BetaDiscreteWeibull { alpha: f64, beta: f64, c: f64 });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::check_derivatives;

    #[test]
    fn derivatives_equal_differences_and_the_value_is_the_log_likelihood() {
        let tenures = Tenures::from_survivors(&[&[1000.0, 869.0, 743.0, 653.0, 593.0], &[500.0, 320.0, 310.0], &[40.0, 0.0]]).unwrap();
        let objective = BdwObjective::new(&tenures);
        for parameters in [[0.668, 3.806, 1.0], [0.05, 0.2, 3.0], [50.0, 3.0, 0.1], [1e3, 2e4, 1.5]] {
            check_derivatives(&objective, &parameters);
            let expected = BetaDiscreteWeibull::new(parameters[0], parameters[1], parameters[2]).unwrap().log_likelihood(&tenures).unwrap();
            assert!((objective.evaluate(&parameters).value - expected).abs() < 1e-12 * expected.abs());
        }
        // 4^c beyond the range of f64.
        check_derivatives(&objective, &[0.0068, 0.0002, 600.0]);
    }

    /// Γ(β + s) / Γ(α + β + s) → s^−α, and S(1) = β / (α + β).
    #[test]
    fn survival_is_a_power_law_for_large_c() {
        for c in [60.0, 225.0, 600.0, 1e4] {
            let model = BetaDiscreteWeibull::new(1.5 / c, 0.2 / c, c).unwrap();
            let expected = |t: f64| 0.2 / 1.7 * t.powf(-1.5);
            for t in [2, 3, 40, 1_000] {
                let survival = model.survival(t);
                // Γ(1 + α + β) Γ(1 + β)^−1 = 1 − 0.58 α is what the limit leaves out.
                assert!((survival / expected(f64::from(t)) - 1.0).abs() < 1.5 / c, "c = {c}, t = {t}: {survival}");
                let given = model.survival_given(t, 7);
                assert!((given / (1.0 + 7.0 / f64::from(t)).powf(-1.5) - 1.0).abs() < 1e-9, "c = {c}, t = {t}: {given}");
            }
        }
    }
}
