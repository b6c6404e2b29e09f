//! sBG with covariates.

use std::mem::MaybeUninit;

use crm_value::{CovariateEffect, Error, Fitted, ShiftedBetaGeometric, Tenures, WithCovariates};

use crate::covariates::{crmv_covariate_effect, crmv_covariate_options, crmv_covariates, effect_at, read_effects};
use crate::error::{Failure, crmv_status};
use crate::ffi::{fill, given, guard, hand_over, optional_slice, read_options, room, slice};
use crate::fit::{crmv_fit_options, unweighted};
use crate::retention::{NO_WEIGHTS, RetentionKind, crmv_retention_model, crmv_tenures};

type Sbg = WithCovariates<ShiftedBetaGeometric>;

impl crmv_retention_model {
    fn with_covariates(&self) -> Result<&Sbg, Failure> {
        match self.kind() {
            RetentionKind::SbgWithCovariates(model) => Ok(model),
            _ => Err(Failure::option("model", self.get().name(), "give a model with covariates")),
        }
    }

    fn effects(&self) -> &[CovariateEffect] {
        if let RetentionKind::SbgWithCovariates(model) = self.kind() { model.effects() } else { &[] }
    }
}

/// Tenures as from crmv_tenures_from_customers(), with covariates: row i of the table is customer i.
///
/// Errors: as there; CRMV_LENGTH_MISMATCH unless there is one row of covariates per customer. Free them with crmv_tenures_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_tenures_from_customers_with_covariates(
    tenure: *const f64,
    churned: *const u8,
    weights: *const f64,
    n: usize,
    covariates: Option<&crmv_covariates>,
    out: Option<&mut MaybeUninit<*mut crmv_tenures>>,
) -> crmv_status {
    guard(|| {
        let (covariates, out) = (given(covariates, "covariates")?.table().clone(), given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let (tenure, churned, weights) =
            unsafe { (slice(tenure, n, "tenure")?, slice(churned, n, "churned")?, optional_slice(weights, n, "weights")?) };
        let churned: Vec<bool> = churned.iter().map(|&flag| flag != 0).collect();
        let tenures = Tenures::from_customers_with_covariates(tenure, &churned, weights, covariates)?;
        hand_over(out, crmv_tenures::new(tenures));
        Ok(())
    })
}

/// Fits sBG with covariates by maximum likelihood: alpha = alpha0 exp(gamma z) with the coefficients of `alpha`, beta = beta0 exp(gamma z) with
/// those of `beta`; those of `shared` are in both and leave the mean churn probability as it is.
///
/// The tenures must be those of customers with covariates. `options` may be NULL for the defaults; starts are alpha, beta, then the coefficients
/// in the order of the report, which is `alpha`, `beta`, `shared`. Report, table of coefficients and test against sBG are as those of purchase
/// models with covariates (crmv_fit_report_coefficient()). The parameters of the model, and what is asked of it without covariates, are those
/// of the baseline: covariates 0, or at the means if they are standardised.
///
/// Errors: CRMV_MISSING_COVARIATES; CRMV_CONSTANT_COLUMN, CRMV_COLLINEAR_COLUMNS; CRMV_DUPLICATE_COLUMN; CRMV_EMPTY without any covariate;
/// CRMV_INVALID_OPTION (also for purchase or dropout covariates); and those of crmv_sbg_fit(). Free the model with crmv_retention_model_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_sbg_fit_with_covariates(
    tenures: Option<&crmv_tenures>,
    covariates: *const crmv_covariate_options,
    options: *const crmv_fit_options,
    out: Option<&mut MaybeUninit<*mut crmv_retention_model>>,
) -> crmv_status {
    guard(|| {
        let (tenures, out) = (given(tenures, "tenures")?, given(out, "out")?);
        if covariates.is_null() {
            return Err(Failure::NullPointer("covariates"));
        }
        // SAFETY: the caller's contract in the header.
        let (covariates, options) = unsafe { (read_options(covariates)?.to_core()?, unweighted(options, NO_WEIGHTS)?) };
        let fitted: Fitted<Sbg> = Sbg::fit_with(tenures.get(), &covariates, &options)?;
        let report = fitted.report().clone();
        hand_over(out, crmv_retention_model::new(RetentionKind::SbgWithCovariates(fitted.into_model()), Some(report))?);
        Ok(())
    })
}

/// sBG with known coefficients: `model`, which must be sBG, is the baseline, and is copied. Names begin with "alpha:", "beta:" or "shared:".
///
/// Errors: CRMV_EMPTY without effects; CRMV_DUPLICATE_COLUMN for two of one name; CRMV_INVALID_PARAMETER for a coefficient, centre or scale
/// out of range or a name of another process; CRMV_INVALID_OPTION for another model. Free it with crmv_retention_model_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_retention_model_with_covariates(
    model: Option<&crmv_retention_model>,
    effects: *const crmv_covariate_effect,
    n_effects: usize,
    out: Option<&mut MaybeUninit<*mut crmv_retention_model>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        let RetentionKind::Sbg(baseline) = model.kind() else {
            return Err(Failure::option("model", model.get().name(), "give sBG"));
        };
        // SAFETY: the caller's contract in the header.
        let effects = unsafe { read_effects(effects, n_effects) }?;
        let kind = RetentionKind::SbgWithCovariates(WithCovariates::new(*baseline, effects)?);
        hand_over(out, crmv_retention_model::new(kind, None)?);
        Ok(())
    })
}

/// Number of coefficients; 0 for a model without covariates.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_retention_model_coefficient_count(
    model: Option<&crmv_retention_model>,
    out: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        out.write(model.effects().len());
        Ok(())
    })
}

/// Coefficient `index` (0-based). Its name is valid until the model is freed. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_retention_model_coefficient(
    model: Option<&crmv_retention_model>,
    index: usize,
    out: Option<&mut MaybeUninit<crmv_covariate_effect>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        out.write(effect_at(model.effects(), model.effect_names(), index)?);
        Ok(())
    })
}

/// Gives one value per customer to the caller.
///
/// # Safety
/// `renewals` is NULL or has one element per row of the table; `out` is NULL or has room for `capacity` values.
unsafe fn per_customer(
    model: Option<&crmv_retention_model>,
    covariates: Option<&crmv_covariates>,
    renewals: *const u32,
    out: *mut f64,
    capacity: usize,
    values: impl FnOnce(&Sbg, &crm_value::Covariates, &[u32]) -> Result<Vec<f64>, Error>,
) -> Result<(), Failure> {
    let (model, table) = (given(model, "model")?.with_covariates()?, given(covariates, "covariates")?.table());
    // SAFETY: the caller's contract.
    let renewals = unsafe { slice(renewals, table.len(), "renewals") }?;
    room(out, capacity, table.len(), "out")?;
    // SAFETY: the caller's contract.
    unsafe { fill(out, capacity, &values(model, table, renewals)?, "out") }
}

/// Probability that customers with these covariates who made these numbers of renewals make at least `ahead` more, in [0, 1].
///
/// `renewals`: one number per row of the table, 0 for new customers. `out`: room for `capacity` values, one per row. Errors:
/// CRMV_MISSING_COVARIATES; CRMV_INVALID_OPTION for a model without covariates; CRMV_INVALID_PARAMETER if covariates move a parameter out of
/// range; CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_retention_model_survival_of(
    model: Option<&crmv_retention_model>,
    covariates: Option<&crmv_covariates>,
    renewals: *const u32,
    ahead: u32,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    let values = |model: &Sbg, table: &crm_value::Covariates, renewals: &[u32]| model.survival_of(table, renewals, ahead);
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_customer(model, covariates, renewals, out, capacity, values) })
}

/// Expected renewals among the next `horizon` ones. Otherwise as crmv_retention_model_survival_of().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_retention_model_expected_renewals_of(
    model: Option<&crmv_retention_model>,
    covariates: Option<&crmv_covariates>,
    renewals: *const u32,
    horizon: u32,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    let values = |model: &Sbg, table: &crm_value::Covariates, renewals: &[u32]| model.expected_renewals_of(table, renewals, horizon);
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_customer(model, covariates, renewals, out, capacity, values) })
}

/// DERL at a discount rate of `rate` per period: see crmv_retention_model_discounted_expected_residual_lifetime(). Otherwise as
/// crmv_retention_model_survival_of(). Errors: also CRMV_UNBOUNDED_VALUE unless the rate is finite and above 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_retention_model_residual_lifetime_of(
    model: Option<&crmv_retention_model>,
    covariates: Option<&crmv_covariates>,
    renewals: *const u32,
    rate: f64,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    let values = |model: &Sbg, table: &crm_value::Covariates, renewals: &[u32]| model.residual_lifetimes_of(table, rate, renewals);
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_customer(model, covariates, renewals, out, capacity, values) })
}

/// DEL of customers about to join with these covariates, at a discount rate of `rate` per period: see
/// crmv_retention_model_discounted_expected_lifetime(). `out`: room for `capacity` values, one per row. Errors: CRMV_UNBOUNDED_VALUE unless the
/// rate is finite and above 0; otherwise as crmv_retention_model_survival_of().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_retention_model_discounted_lifetime_of(
    model: Option<&crmv_retention_model>,
    covariates: Option<&crmv_covariates>,
    rate: f64,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let (model, table) = (given(model, "model")?.with_covariates()?, given(covariates, "covariates")?.table());
        room(out, capacity, table.len(), "out")?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &model.discounted_lifetimes_of(table, rate)?, "out") }
    })
}

/// Expected tenure of new customers with these covariates in periods, the first included. `has_value` becomes 1; or 0 where it is infinite, and
/// then out is 0. Both have room for `capacity` values, one per row of the table. Errors as in crmv_retention_model_survival_of().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_retention_model_expected_tenure_of(
    model: Option<&crmv_retention_model>,
    covariates: Option<&crmv_covariates>,
    out: *mut f64,
    has_value: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let (model, table) = (given(model, "model")?.with_covariates()?, given(covariates, "covariates")?.table());
        let tenures = model.expected_tenures_of(table)?;
        // SAFETY: the caller's contract in the header.
        unsafe { crate::simulation::fill_optional(&tenures, out, has_value, capacity) }
    })
}
