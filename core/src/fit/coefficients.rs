//! The coefficients of covariates: how large, how certain, and whether the data need them.

use statrs::distribution::{ChiSquared, ContinuousCDF};
use statrs::function::erf::erfc;

use super::FitReport;
use crate::error::Result;

/// One row of a table of coefficients; see [`FitReport::coefficients`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Coefficient {
    /// The process and the covariate, for example `"purchase:age"`.
    pub name: String,
    /// The estimate: the change of the logarithm of the parameter per unit of the covariate (per standard deviation, if it was standardised).
    pub estimate: f64,
    /// Its standard error; `None` where the Hessian does not allow one, and for a fixed coefficient.
    pub standard_error: Option<f64>,
    /// Wald statistic: estimate over standard error.
    pub z: Option<f64>,
    /// Two-sided p-value of the hypothesis that the coefficient is 0, in [0, 1].
    pub p_value: Option<f64>,
    /// Wald interval at the level asked for.
    pub interval: Option<(f64, f64)>,
    /// Whether the options held it at its value.
    pub fixed: bool,
}

/// Comparison of a fit with that of a model nested in it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct LikelihoodRatio {
    /// The nested model.
    pub against: String,
    /// 2 (ln L − ln L of the nested model), at least 0.
    pub statistic: f64,
    /// How many parameters the nested model has fewer.
    pub degrees_of_freedom: usize,
    /// P(χ² ≥ statistic), in [0, 1]: small where the data need the larger model.
    pub p_value: f64,
}

impl LikelihoodRatio {
    /// `None` where there is no such test: no parameter more, or a fit with priors or a penalty.
    pub(crate) fn of(fit: &FitReport, nested: &FitReport) -> Option<Self> {
        let degrees_of_freedom = fit.free_parameters().checked_sub(nested.free_parameters()).filter(|&more| more > 0)?;
        if fit.penalty > 0.0 || nested.penalty > 0.0 {
            return None;
        }
        let statistic = (2.0 * (fit.log_likelihood - nested.log_likelihood)).max(0.0);
        let p_value = ChiSquared::new(degrees_of_freedom as f64).ok()?.sf(statistic);
        Some(LikelihoodRatio { against: nested.model.clone(), statistic, degrees_of_freedom, p_value })
    }
}

impl FitReport {
    /// The coefficients of the covariates with Wald tests and intervals at `level` (0.95 for 95 %); empty for a model without covariates.
    ///
    /// # Formula
    /// ```text
    /// z = γ / se,   p = 2 (1 − Φ(|z|)),   interval = γ ± Φ⁻¹((1 + level) / 2) se
    /// ```
    ///
    /// # Errors
    /// [`crate::Error::Share`] unless `level` lies strictly between 0 and 1.
    pub fn coefficients(&self, level: f64) -> Result<Vec<Coefficient>> {
        let intervals = self.confidence_intervals(level)?;
        let row = |(estimate, interval): (&super::Estimate, Option<(f64, f64)>)| {
            let z = estimate.standard_error.filter(|&error| error > 0.0).map(|error| estimate.value / error);
            Coefficient {
                name: estimate.name.clone(),
                estimate: estimate.value,
                standard_error: estimate.standard_error,
                z,
                p_value: z.map(|z| erfc(z.abs() * std::f64::consts::FRAC_1_SQRT_2)),
                interval,
                fixed: estimate.fixed,
            }
        };
        Ok(self.estimates.iter().zip(intervals).filter(|(estimate, _)| estimate.coefficient).map(row).collect())
    }
}
