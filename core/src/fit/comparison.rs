//! Several models fitted to the same customers, side by side.

use super::{FitOptions, FitReport, FitWarning, LikelihoodRatio};
use crate::error::{Error, Result};
use crate::models::{BgNbd, GgompertzNbd, MbgNbd, Nbd, ParetoNbd};
use crate::patterns::Patterns;

/// The purchase models by name, for whoever wants to fit a list of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum PurchaseKind {
    /// [`Nbd`].
    Nbd,
    /// [`BgNbd`].
    BgNbd,
    /// [`MbgNbd`].
    MbgNbd,
    /// [`ParetoNbd`].
    ParetoNbd,
    /// [`GgompertzNbd`].
    GgompertzNbd,
}

impl PurchaseKind {
    /// Those that every summary can be fitted with.
    pub const ALL: [PurchaseKind; 5] =
        [PurchaseKind::Nbd, PurchaseKind::BgNbd, PurchaseKind::MbgNbd, PurchaseKind::ParetoNbd, PurchaseKind::GgompertzNbd];

    /// Fits the model of this kind.
    ///
    /// # Errors
    /// As the model's `fit_patterns`.
    pub fn fit(self, patterns: &Patterns, options: &FitOptions) -> Result<FitReport> {
        Ok(match self {
            PurchaseKind::Nbd => Nbd::fit_patterns(patterns, options)?.into_report(),
            PurchaseKind::BgNbd => BgNbd::fit_patterns(patterns, options)?.into_report(),
            PurchaseKind::MbgNbd => MbgNbd::fit_patterns(patterns, options)?.into_report(),
            PurchaseKind::ParetoNbd => ParetoNbd::fit_patterns(patterns, options)?.into_report(),
            PurchaseKind::GgompertzNbd => GgompertzNbd::fit_patterns(patterns, options)?.into_report(),
        })
    }
}

/// One model of a [`Comparison`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ComparedModel {
    /// The model's name.
    pub model: String,
    /// Total log-likelihood.
    pub log_likelihood: f64,
    /// Number of estimated parameters.
    pub parameters: usize,
    /// Akaike's information criterion.
    pub aic: f64,
    /// Bayesian information criterion.
    pub bic: f64,
    /// How far the AIC lies above the smallest one.
    pub delta_aic: f64,
    /// e^(−ΔAIC/2) over the sum of them (Akaike 1978): the share of support among the models compared; the shares add up to 1.
    pub akaike_weight: f64,
    /// Whether the fit converged inside the searched region.
    pub converged: bool,
    /// What the fit says its user should know.
    pub warnings: Vec<FitWarning>,
    /// Against every model compared that is nested in this one.
    pub tests: Vec<NestedTest>,
}

/// A likelihood-ratio test of a model against one nested in it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct NestedTest {
    /// The test; its p-value is that of χ² with as many degrees of freedom as the models differ in parameters.
    pub ratio: LikelihoodRatio,
    /// Whether the nested model lies on the boundary of the larger one (a parameter at 0 or ∞). The χ² p-value is then too large (Self & Liang
    /// 1987): a small one may be believed, a large one less so.
    pub boundary: bool,
}

/// Models nested in others: larger, smaller, whether at the boundary.
const NESTED: [(&str, &str, bool); 7] = [
    ("BG/NBD", "NBD", true),
    ("MBG/NBD", "NBD", true),
    ("Pareto/NBD", "NBD", true),
    ("GGompertz/NBD", "Pareto/NBD", true),
    ("GGompertz/NBD", "NBD", true),
    ("sBG", "geometric", true),
    ("BdW", "sBG", false),
];

/// Fits of several models to the same customers, side by side, the smallest AIC first.
///
/// # Formula
/// ```text
/// AIC    = 2 k − 2 ln L                          weight = e^(−ΔAIC / 2) / Σ e^(−ΔAIC / 2)
/// BIC    = k ln n − 2 ln L                       LR     = 2 (ln L − ln L of the nested model)
/// ```
///
/// # Examples
/// ```
/// use crm_value::{Comparison, CustomerSummary, FitOptions, Patterns, PurchaseKind, TimeUnit};
/// # let x: Vec<f64> = (0..60).map(|i| f64::from(i * i % 7)).collect();
/// # let age: Vec<f64> = (0..60).map(|i| 20.0 + f64::from(i % 5)).collect();
/// # let recency: Vec<f64> = (0..60).map(|i| if x[i] > 0.0 { age[i] * (0.3 + (i % 7) as f64 / 10.0) } else { 0.0 }).collect();
/// # let customers = CustomerSummary::from_columns(None, &x, &recency, &age, None, TimeUnit::Week)?;
/// let patterns = Patterns::of(&customers);
/// let comparison = Comparison::of_purchase_models(&patterns, &[PurchaseKind::Nbd, PurchaseKind::BgNbd], &FitOptions::new())?;
/// println!("{comparison}");
/// assert_eq!(comparison.models().len(), 2);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// Akaike (1974), A new look at the statistical model identification, IEEE Trans. Automatic Control 19(6); Schwarz (1978), Estimating the
/// dimension of a model, Annals of Statistics 6(2); Self & Liang (1987), Asymptotic properties of maximum likelihood estimators and likelihood
/// ratio tests under nonstandard conditions, JASA 82.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Comparison {
    models: Vec<ComparedModel>,
    failures: Vec<(String, String)>,
}

impl Comparison {
    /// Fits each of `kinds` with the same options. A model that cannot be fitted is listed among the [`failures`](Comparison::failures).
    ///
    /// # Errors
    /// [`Error::Empty`] without kinds; the first model's error if none can be fitted; [`Error::Cancelled`].
    pub fn of_purchase_models(patterns: &Patterns, kinds: &[PurchaseKind], options: &FitOptions) -> Result<Self> {
        let (mut reports, mut failures, mut first) = (Vec::new(), Vec::new(), None);
        for &kind in kinds {
            match kind.fit(patterns, options) {
                Ok(report) => reports.push(report),
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                Err(error) => {
                    failures.push((format!("{kind:?}"), error.to_string()));
                    first.get_or_insert(error);
                }
            }
        }
        match first {
            Some(error) if reports.is_empty() => Err(error),
            _ => Ok(Comparison { failures, ..Self::of(&reports.iter().collect::<Vec<_>>())? }),
        }
    }

    /// Sets the reports of fits to the same customers side by side; it is on the caller that they are the same.
    ///
    /// # Errors
    /// [`Error::Empty`] without reports; [`Error::InvalidOption`] if the reports count different customers or are in different time units, so that
    /// their likelihoods cannot be compared.
    pub fn of(reports: &[&FitReport]) -> Result<Self> {
        let Some(first) = reports.first() else { return Err(Error::Empty { what: "comparison".to_owned() }) };
        for report in reports {
            let requirement = "compare fits to the same customers";
            if report.customers != first.customers {
                let value = format!("{} with {} customers beside {} with {}", report.model, report.customers, first.model, first.customers);
                return Err(Error::InvalidOption { option: "reports", value, requirement });
            }
            if report.unit != first.unit {
                let unit = |report: &FitReport| report.unit.map_or("no time unit", |unit| unit.name());
                let value = format!("{} in {} beside {} in {}", report.model, unit(report), first.model, unit(first));
                return Err(Error::InvalidOption { option: "reports", value, requirement });
            }
        }
        let best = reports.iter().map(|report| report.aic()).fold(f64::INFINITY, f64::min);
        let support = |report: &FitReport| (-0.5 * (report.aic() - best)).exp();
        let total: f64 = reports.iter().map(|report| support(report)).sum();
        let mut models: Vec<ComparedModel> = reports
            .iter()
            .map(|report| ComparedModel {
                model: report.model.clone(),
                log_likelihood: report.log_likelihood,
                parameters: report.free_parameters(),
                aic: report.aic(),
                bic: report.bic(),
                delta_aic: report.aic() - best,
                akaike_weight: support(report) / total,
                converged: report.converged(),
                warnings: report.warnings.clone(),
                tests: reports.iter().filter_map(|other| nested_test(report, other)).collect(),
            })
            .collect();
        models.sort_by(|a, b| a.aic.total_cmp(&b.aic));
        Ok(Comparison { models, failures: Vec::new() })
    }

    /// The models, the smallest AIC first.
    pub fn models(&self) -> &[ComparedModel] {
        &self.models
    }

    /// Models that could not be fitted, each with the reason.
    pub fn failures(&self) -> &[(String, String)] {
        &self.failures
    }
}

/// The test of `report` against `other`, if that is nested in it.
fn nested_test(report: &FitReport, other: &FitReport) -> Option<NestedTest> {
    let boundary = if report.model == other.model {
        // The same model with fewer free parameters: some are fixed, at values inside.
        false
    } else {
        let covariates = report.model.strip_suffix(" with covariates") == Some(&other.model);
        let known = NESTED.iter().find(|&&(larger, smaller, _)| larger == report.model && smaller == other.model);
        if covariates { false } else { known?.2 }
    };
    Some(NestedTest { ratio: LikelihoodRatio::of(report, other)?, boundary })
}

impl std::fmt::Display for Comparison {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:<24} {:>14} {:>3} {:>12} {:>12} {:>9} {:>7}", "model", "log-likelihood", "k", "AIC", "BIC", "delta AIC", "weight")?;
        for row in &self.models {
            let ComparedModel { model, log_likelihood, parameters, aic, bic, delta_aic, akaike_weight, .. } = row;
            write!(
                f,
                "\n{model:<24} {log_likelihood:>14.3} {parameters:>3} {aic:>12.2} {bic:>12.2} {delta_aic:>9.2} {akaike_weight:>7.3}"
            )?;
        }
        for row in &self.models {
            for NestedTest { ratio, boundary } in &row.tests {
                let LikelihoodRatio { against, statistic, degrees_of_freedom, p_value } = ratio;
                let note = if *boundary { " (at the boundary: the p-value is an upper bound)" } else { "" };
                write!(f, "\n  {} against {against}: LR {statistic:.3}, df {degrees_of_freedom}, p {p_value:.4}{note}", row.model)?;
            }
            for warning in &row.warnings {
                write!(f, "\n  {}: {warning}", row.model)?;
            }
        }
        for (model, reason) in &self.failures {
            write!(f, "\n  {model} was not fitted: {reason}")?;
        }
        Ok(())
    }
}
