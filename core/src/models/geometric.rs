//! Geometric: everybody churns with the same probability at every renewal.

use super::{Model, RetentionModel};
use crate::error::{Error, Result};
use crate::fit::{Derivatives, Dimension, FitContext, FitOptions, Fitted, Objective, Parameter, finish};
use crate::tenures::Tenures;

const NAME: &str = "geometric";
const PARAMETERS: [&str; 1] = ["theta"];

/// The geometric model of contractual churn: one churn probability for all customers and all renewals.
///
/// The baseline: its retention rate is constant, so it understates the loyalty of those who stay. If sBG fits no better, customers do not differ.
///
/// # Assumptions
/// 1. At the end of each period a customer leaves with probability θ.
/// 2. θ is the same for all customers and periods.
///
/// | parameter | unit | range |
/// |---|---|---|
/// | theta (θ) | none, per period | (0, 1) |
///
/// # Formula
/// ```text
/// S(t) = (1 − θ)^t,   E[T] = 1 / θ,   DEL(d) = (1 + d) / (d + θ),   DERL(d) = (1 − θ) DEL(d)
/// θ̂    = customers lost / renewals faced
/// ```
///
/// # References
/// Fader & Hardie (2007), How to Project Customer Retention, J. Interactive Marketing 21(1), section 2.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Stored", into = "Stored"))]
pub struct Geometric {
    theta: f64,
}

impl Geometric {
    /// The model with a known churn probability per period.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] unless 0 < `theta` < 1.
    pub fn new(theta: f64) -> Result<Self> {
        if theta > 0.0 && theta < 1.0 {
            return Ok(Geometric { theta });
        }
        let parameter = PARAMETERS[0].to_owned();
        Err(Error::InvalidParameter { model: NAME, parameter, value: theta, requirement: "it must lie between 0 and 1" })
    }

    /// Churn probability per period.
    pub fn theta(&self) -> f64 {
        self.theta
    }

    /// Fits by maximum likelihood with the default [`FitOptions`].
    ///
    /// # Errors
    /// [`Error::DegenerateTenures`] if nobody left, or nobody renewed.
    pub fn fit(tenures: &Tenures) -> Result<Fitted<Self>> {
        Self::fit_with(tenures, &FitOptions::default())
    }

    /// Fits by maximum likelihood.
    ///
    /// # Errors
    /// As [`Geometric::fit`], and [`Error::InvalidOption`], [`Error::UnknownParameter`] (in `fix` or `prior`), [`Error::InvalidParameter`] (start
    /// value), [`Error::NotFinite`], [`Error::Cancelled`].
    pub fn fit_with(tenures: &Tenures, options: &FitOptions) -> Result<Fitted<Self>> {
        tenures.check(NAME)?;
        let objective = GeometricObjective { churned: tenures.churned(), renewed: tenures.renewals(), weight: tenures.customers() };
        let context = FitContext {
            model: NAME,
            unit: None,
            parameters: Parameter::all(PARAMETERS, [Dimension::Number]),
            customers: tenures.customers().round() as usize,
            patterns: tenures.rows().len(),
            starts: vec![vec![objective.churned / (objective.churned + objective.renewed)]],
            warnings: Vec::new(),
        };
        finish(context, &objective, options, |p| Self::new(p[0]))
    }
}

/// churned · ln θ + renewed · ln(1 − θ); NaN for θ ≥ 1, from which the solver steps back.
struct GeometricObjective {
    churned: f64,
    renewed: f64,
    weight: f64,
}

impl Objective for GeometricObjective {
    fn total_weight(&self) -> f64 {
        self.weight
    }

    fn evaluate(&self, parameters: &[f64]) -> Derivatives {
        let (theta, stay) = (parameters[0], 1.0 - parameters[0]);
        let (churned, renewed) = (self.churned, self.renewed);
        let value = churned * theta.ln() + renewed * (-theta).ln_1p();
        let gradient = churned / theta - renewed / stay;
        Derivatives::from_natural(parameters, value, &[gradient], |_, _| -churned / (theta * theta) - renewed / (stay * stay))
    }
}

impl Model for Geometric {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        vec![(PARAMETERS[0], self.theta)]
    }
}

impl RetentionModel for Geometric {
    fn survival_given(&self, _renewals: u32, ahead: u32) -> f64 {
        (f64::from(ahead) * (-self.theta).ln_1p()).exp()
    }

    fn churn_given(&self, _renewals: u32) -> f64 {
        self.theta
    }

    fn discounted_renewals_given(&self, _renewals: u32, d: f64, horizon: Option<u32>) -> f64 {
        // 1 − (1 − θ) / (1 + d)
        let shrink = (d + self.theta) / (1.0 + d);
        let endless = (1.0 - self.theta) / (1.0 + d) / shrink;
        match horizon.map(f64::from) {
            None => endless,
            Some(horizon) if shrink.abs() * horizon < 1e-17 => horizon,
            Some(horizon) => endless * -(horizon * (-shrink).ln_1p()).exp_m1(),
        }
    }

    fn expected_remaining_renewals(&self, _renewals: u32) -> Option<f64> {
        Some((1.0 - self.theta) / self.theta)
    }
}

#[cfg(feature = "serde")]
super::stored::stored_form!(Geometric { theta: f64 });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::check_derivatives;

    #[test]
    fn derivatives_equal_differences() {
        let objective = GeometricObjective { churned: 7.0, renewed: 23.0, weight: 12.0 };
        for theta in [0.02, 0.2, 0.5] {
            check_derivatives(&objective, &[theta]);
        }
    }
}
