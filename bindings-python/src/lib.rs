//! The native half of the Python package `crm_value`: it converts and delegates.
//!
//! | file | holds |
//! |---|---|
//! | `errors` | core errors to exceptions, in one place |
//! | `convert` | arrays, Arrow, dates and option texts, in one place |
//! | `interrupt` | work without the GIL that Ctrl-C can stop |
//! | `time`, `quality`, `summary`, `fit`, `models`, `comparison`, `covariates`, `discrete`, `contractual` | one file per area of the core |
//! | `clv`, `economics`, `rfm`, `rfmr`, `segments`, `concentration`, `cohort`, `group_clv`, `matrix`, `review`, `simulation` | the same |

mod clv;
mod cohort;
mod comparison;
mod concentration;
mod contractual;
mod convert;
mod covariates;
mod discrete;
mod economics;
mod errors;
mod fit;
mod group_clv;
mod interrupt;
mod matrix;
mod models;
mod quality;
mod review;
mod rfm;
mod rfmr;
mod segments;
mod simulation;
mod summary;
mod time;

use pyo3::prelude::*;

/// The native half of crm_value; use the package, not this module.
#[pymodule(gil_used = false)]
mod _core {
    #[pymodule_export]
    use super::clv::{
        ClvOptions, ColdStart, SimpleClv, compare_values, compounded_clv, forecast, historical_clv, margin_multiple, predictive_clv,
        reach_probability,
    };
    #[pymodule_export]
    use super::cohort::{CohortGrid, SurvivalCurve, lifetimes, log_rank};
    #[pymodule_export]
    use super::comparison::Comparison;
    #[pymodule_export]
    use super::concentration::{AttributeShares, DilemmaList, Spread, TierTable, Whale};
    #[pymodule_export]
    use super::contractual::{RetentionModel, Tenures};
    #[pymodule_export]
    use super::covariates::{CovariateOptions, Covariates};
    #[pymodule_export]
    use super::discrete::{Opportunities, OpportunityModel};
    #[pymodule_export]
    use super::economics::{
        NetValue, Referrals, Targeting, acquisition_investment, contribution_margin, cumulative_discounted, investment,
        largest_acquisition_spend, largest_retention_spend, payback_period, retention_investment,
    };
    #[pymodule_export]
    use super::errors::{error_kinds, unknown_column};
    #[pymodule_export]
    use super::fit::{FitOptions, FitReport};
    #[pymodule_export]
    use super::group_clv::{CohortClv, ContractualClv};
    #[pymodule_export]
    use super::matrix::{Axis, Matrix, default_actions, default_stage_rules, relationship, stages, stages_of_columns, usual_gap};
    #[pymodule_export]
    use super::models::{PurchaseModel, SpendingModel};
    #[pymodule_export]
    use super::quality::DataQuality;
    #[pymodule_export]
    use super::review::{Review, default_review_options};
    #[pymodule_export]
    use super::rfm::{CutPoints, RfmCutPoints, RfmScores, Segments, value_levels};
    #[pymodule_export]
    use super::rfmr::{MailingHistory, PointTable, mailing_decisions};
    #[pymodule_export]
    use super::segments::{ActionTable, Labels, Migration, Profile};
    #[pymodule_export]
    use super::simulation::{simulate_contracts, simulate_customers, simulate_opportunities};
    #[pymodule_export]
    use super::summary::{Customers, Log, ReadOptions, RfmCustomers};
    #[pymodule_export]
    use super::time::{DiscountRate, Span, calendar_period};
    #[pymodule_export]
    use super::{default_options, version};
}

/// The version of the library.
#[pyfunction]
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// The core's default log options, fit options and covariate options in their stored form, against which the Python defaults are tested.
#[pyfunction]
fn default_options() -> errors::Outcome<(String, String, String)> {
    let (log, fit) = (convert::store(&crm_value::LogOptions::default())?, convert::store(&crm_value::FitOptions::default())?);
    Ok((log, fit, convert::store(&crm_value::CovariateOptions::default())?))
}
