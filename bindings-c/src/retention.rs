//! Contracts: tenures, and the models of how often customers renew.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{
    BetaDiscreteWeibull, CovariateEffect, FitReport, Fitted, Geometric, RetentionModel, ShiftedBetaGeometric, SimulateContract, Tenures,
    WithCovariates,
};
use serde::de::DeserializeOwned;

use crate::covariates::names_of;
use crate::error::{Failure, crmv_status};
use crate::ffi::{Lent, fill, given, guard, hand_over, hand_over_text, optional_slice, room, slice, text};
use crate::fit::{crmv_fit_options, crmv_fit_report, unweighted};
use crate::purchases::{Fit, read_model, stored_model, unreadable};

/// Tenures of customers whose loss is observed: subscriptions, memberships, policies.
///
/// A customer pays for period 1 on joining and decides at its end whether to renew. The tenure counts the periods paid for, the current one
/// included. Immutable, so any number of threads may use it at once. Free it with crmv_tenures_free().
#[derive(Debug)]
pub struct crmv_tenures {
    tenures: Tenures,
}

impl crmv_tenures {
    pub(crate) fn new(tenures: Tenures) -> Self {
        crmv_tenures { tenures }
    }

    pub(crate) fn get(&self) -> &Tenures {
        &self.tenures
    }
}

/// A model of how often customers renew a contract, with known or fitted parameters.
///
/// | model     | parameters, in this order       | the churn probability                                               |
/// |-----------|---------------------------------|---------------------------------------------------------------------|
/// | geometric | theta, between 0 and 1          | is the same for all customers and renewals: the baseline            |
/// | sBG       | alpha, beta, above 0            | differs between customers                                           |
/// | BdW       | alpha, beta, c, above 0         | differs between customers and changes with tenure (rises for c > 1) |
///
/// Times are periods, renewals are counted from 1, rates are per period. Immutable, so any number of threads may use it at once. Free it with
/// crmv_retention_model_free().
#[derive(Debug)]
pub struct crmv_retention_model {
    model: RetentionKind,
    fit: Fit,
    json: String,
    effect_names: Lent,
}

#[derive(Debug)]
pub(crate) enum RetentionKind {
    Geometric(Geometric),
    Sbg(ShiftedBetaGeometric),
    Bdw(BetaDiscreteWeibull),
    SbgWithCovariates(WithCovariates<ShiftedBetaGeometric>),
}

impl RetentionKind {
    fn as_dyn(&self) -> &dyn SimulateContract {
        match self {
            RetentionKind::Geometric(model) => model,
            RetentionKind::Sbg(model) => model,
            RetentionKind::Bdw(model) => model,
            RetentionKind::SbgWithCovariates(model) => model,
        }
    }

    fn to_json(&self, fit: &Fit) -> Result<String, Failure> {
        match self {
            RetentionKind::Geometric(model) => fit.to_json(model),
            RetentionKind::Sbg(model) => fit.to_json(model),
            RetentionKind::Bdw(model) => fit.to_json(model),
            RetentionKind::SbgWithCovariates(model) => fit.to_json(model),
        }
    }
}

impl crmv_retention_model {
    pub(crate) fn new(model: RetentionKind, report: Option<FitReport>) -> Result<Self, Failure> {
        let fit = Fit::new(model.as_dyn(), report);
        let json = model.to_json(&fit)?;
        let effects: &[CovariateEffect] = if let RetentionKind::SbgWithCovariates(model) = &model { model.effects() } else { &[] };
        let effect_names = names_of(effects);
        Ok(crmv_retention_model { model, fit, json, effect_names })
    }

    fn fitted<M>(fitted: Fitted<M>, kind: fn(M) -> RetentionKind) -> Result<Self, Failure> {
        let report = fitted.report().clone();
        Self::new(kind(fitted.into_model()), Some(report))
    }

    fn stored<M: DeserializeOwned>(stored: serde_json::Value, what: &'static str, kind: fn(M) -> RetentionKind) -> Result<Self, Failure> {
        let (model, report) = read_model::<M>(stored, what)?;
        Self::new(kind(model), report)
    }

    pub(crate) fn kind(&self) -> &RetentionKind {
        &self.model
    }

    pub(crate) fn get(&self) -> &dyn SimulateContract {
        self.model.as_dyn()
    }

    pub(crate) fn effect_names(&self) -> &Lent {
        &self.effect_names
    }
}

pub(crate) const NO_WEIGHTS: &str = "give them to the tenures";

/// Gives one value per entry of `times` to the caller.
///
/// # Safety
/// `times` is NULL or has `n` elements; `out` is NULL or has room for `capacity` values.
unsafe fn per_time(
    model: Option<&crmv_retention_model>,
    (times, n, name): (*const u32, usize, &'static str),
    out: *mut f64,
    capacity: usize,
    values: impl FnOnce(&dyn RetentionModel, &[u32]) -> crm_value::Result<Vec<f64>>,
) -> Result<(), Failure> {
    let model = given(model, "model")?.get();
    // SAFETY: the caller's contract.
    let times = unsafe { slice(times, n, name) }?;
    room(out, capacity, n, "out")?;
    // SAFETY: the caller's contract.
    unsafe { fill(out, capacity, &values(model, times)?, "out") }
}

/// Tenures from survivor counts of one or several cohorts, one after the other in `survivors`.
///
/// `lengths`: the number of counts of each of the `n_cohorts` cohorts; `survivors` has as many elements as they add up to. Count t of a cohort
/// is the number of its customers who renewed at least t times, so that count 0 is the number who joined: whole numbers that never rise.
/// The last count of each cohort is censored.
///
/// Errors: CRMV_EMPTY without cohorts or counts; CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_NOT_A_COUNT, CRMV_RISING_SURVIVORS, CRMV_NOT_POSITIVE for
/// a cohort that nobody joined, CRMV_TOO_MANY_PERIODS; the row is the period, the column names the cohort. Free them with crmv_tenures_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_tenures_from_survivors(
    survivors: *const f64,
    lengths: *const usize,
    n_cohorts: usize,
    out: Option<&mut MaybeUninit<*mut crmv_tenures>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let lengths = unsafe { slice(lengths, n_cohorts, "lengths") }?;
        let total = lengths.iter().try_fold(0_usize, |sum, &length| sum.checked_add(length));
        let total = total.ok_or_else(|| Failure::option("lengths", "too large", "no array is that long"))?;
        // SAFETY: the caller's contract in the header.
        let mut rest = unsafe { slice(survivors, total, "survivors") }?;
        let cohorts: Vec<&[f64]> = (lengths.iter())
            .map(|&length| {
                let (cohort, others) = rest.split_at(length);
                rest = others;
                cohort
            })
            .collect();
        hand_over(out, crmv_tenures { tenures: Tenures::from_survivors(&cohorts)? });
        Ok(())
    })
}

/// Tenures from one row per customer, or per `weights` customers.
///
/// `tenure`: `n` whole numbers, at least 1. `churned`: `n` flags, 0 if the customer is still in that period, anything else if the customer left
/// at its end. `weights`: NULL for 1 each, or `n` numbers above 0.
///
/// Errors: CRMV_EMPTY; for the first row at fault CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_NOT_A_COUNT, CRMV_NOT_POSITIVE (tenure 0, weight),
/// CRMV_TOO_MANY_PERIODS. Free them with crmv_tenures_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_tenures_from_customers(
    tenure: *const f64,
    churned: *const u8,
    weights: *const f64,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_tenures>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let (tenure, churned, weights) =
            unsafe { (slice(tenure, n, "tenure")?, slice(churned, n, "churned")?, optional_slice(weights, n, "weights")?) };
        let churned: Vec<bool> = churned.iter().map(|&flag| flag != 0).collect();
        hand_over(out, crmv_tenures { tenures: Tenures::from_customers(tenure, &churned, weights)? });
        Ok(())
    })
}

/// Frees tenures. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_tenures_free(tenures: Option<Box<crmv_tenures>>) {
    guard(|| {
        drop(tenures);
        Ok(())
    });
}

/// Number of customers: the sum of the weights.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_tenures_customers(tenures: Option<&crmv_tenures>, out: Option<&mut MaybeUninit<f64>>) -> crmv_status {
    guard(|| {
        let (tenures, out) = (given(tenures, "tenures")?, given(out, "out")?);
        out.write(tenures.tenures.customers());
        Ok(())
    })
}

/// How many of them left.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_tenures_churned(tenures: Option<&crmv_tenures>, out: Option<&mut MaybeUninit<f64>>) -> crmv_status {
    guard(|| {
        let (tenures, out) = (given(tenures, "tenures")?, given(out, "out")?);
        out.write(tenures.tenures.churned());
        Ok(())
    })
}

/// The longest tenure, in periods.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_tenures_longest(tenures: Option<&crmv_tenures>, out: Option<&mut MaybeUninit<u32>>) -> crmv_status {
    guard(|| {
        let (tenures, out) = (given(tenures, "tenures")?, given(out, "out")?);
        out.write(tenures.tenures.longest());
        Ok(())
    })
}

/// The geometric model with a known churn probability per period, between 0 and 1.
///
/// Errors: CRMV_INVALID_PARAMETER. Free the model with crmv_retention_model_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_geometric_new(theta: f64, out: Option<&mut MaybeUninit<*mut crmv_retention_model>>) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        hand_over(out, crmv_retention_model::new(RetentionKind::Geometric(Geometric::new(theta)?), None)?);
        Ok(())
    })
}

/// sBG, the shifted beta-geometric model, with known parameters, each finite and above 0. Otherwise as crmv_geometric_new().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_sbg_new(alpha: f64, beta: f64, out: Option<&mut MaybeUninit<*mut crmv_retention_model>>) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        hand_over(out, crmv_retention_model::new(RetentionKind::Sbg(ShiftedBetaGeometric::new(alpha, beta)?), None)?);
        Ok(())
    })
}

/// BdW, the beta-discrete-Weibull model, with known parameters, each finite and above 0. Otherwise as crmv_geometric_new().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_bdw_new(alpha: f64, beta: f64, c: f64, out: Option<&mut MaybeUninit<*mut crmv_retention_model>>) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        hand_over(out, crmv_retention_model::new(RetentionKind::Bdw(BetaDiscreteWeibull::new(alpha, beta, c)?), None)?);
        Ok(())
    })
}

/// Fits the geometric model by maximum likelihood. `options` may be NULL for the defaults; weights belong to the tenures.
///
/// A fit that ends at a boundary or without convergence still gives its best point; look at the warnings of the report. Errors:
/// CRMV_DEGENERATE_TENURES if nobody left, or nobody renewed; CRMV_NOT_FINITE; CRMV_CANCELLED; CRMV_INVALID_OPTION (also for weights),
/// CRMV_INVALID_PARAMETER (start). Free the model with crmv_retention_model_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_geometric_fit(
    tenures: Option<&crmv_tenures>,
    options: *const crmv_fit_options,
    out: Option<&mut MaybeUninit<*mut crmv_retention_model>>,
) -> crmv_status {
    guard(|| {
        let (tenures, out) = (given(tenures, "tenures")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let options = unsafe { unweighted(options, NO_WEIGHTS) }?;
        hand_over(out, crmv_retention_model::fitted(Geometric::fit_with(&tenures.tenures, &options)?, RetentionKind::Geometric)?);
        Ok(())
    })
}

/// Fits sBG by maximum likelihood. Otherwise as crmv_geometric_fit().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_sbg_fit(
    tenures: Option<&crmv_tenures>,
    options: *const crmv_fit_options,
    out: Option<&mut MaybeUninit<*mut crmv_retention_model>>,
) -> crmv_status {
    guard(|| {
        let (tenures, out) = (given(tenures, "tenures")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let options = unsafe { unweighted(options, NO_WEIGHTS) }?;
        hand_over(out, crmv_retention_model::fitted(ShiftedBetaGeometric::fit_with(&tenures.tenures, &options)?, RetentionKind::Sbg)?);
        Ok(())
    })
}

/// Fits BdW by maximum likelihood. Otherwise as crmv_geometric_fit().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bdw_fit(
    tenures: Option<&crmv_tenures>,
    options: *const crmv_fit_options,
    out: Option<&mut MaybeUninit<*mut crmv_retention_model>>,
) -> crmv_status {
    guard(|| {
        let (tenures, out) = (given(tenures, "tenures")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let options = unsafe { unweighted(options, NO_WEIGHTS) }?;
        hand_over(out, crmv_retention_model::fitted(BetaDiscreteWeibull::fit_with(&tenures.tenures, &options)?, RetentionKind::Bdw)?);
        Ok(())
    })
}

/// Frees a model with its report. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_retention_model_free(model: Option<Box<crmv_retention_model>>) {
    guard(|| {
        drop(model);
        Ok(())
    });
}

/// The model's name: "geometric", "sBG", "sBG with covariates" or "BdW". Valid until the model is freed.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_retention_model_name(
    model: Option<&crmv_retention_model>,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| given(model, "model")?.fit.lend_name(given(out, "out")?))
}

/// Number of parameters.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_retention_model_parameter_count(
    model: Option<&crmv_retention_model>,
    out: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        out.write(model.get().parameters().len());
        Ok(())
    })
}

/// Copies the parameters, in the model's order, into `out`, which has room for `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_retention_model_parameters(
    model: Option<&crmv_retention_model>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let values: Vec<f64> = given(model, "model")?.get().parameters().into_iter().map(|(_, value)| value).collect();
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &values, "out") }
    })
}

/// The name of parameter `index` (0-based). Valid until the model is freed. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_retention_model_parameter_name(
    model: Option<&crmv_retention_model>,
    index: usize,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| given(model, "model")?.fit.lend_parameter_name(index, given(out, "out")?))
}

/// The report of the fit; NULL (and CRMV_OK) if the model was made from known parameters. Valid until the model is freed.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_retention_model_report(
    model: Option<&crmv_retention_model>,
    out: Option<&mut MaybeUninit<*const crmv_fit_report>>,
) -> crmv_status {
    guard(|| {
        given(model, "model")?.fit.lend_report(given(out, "out")?);
        Ok(())
    })
}

/// The model as JSON, with its report if it was fitted; no customer data. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_retention_model_to_json(
    model: Option<&crmv_retention_model>,
    out: Option<&mut MaybeUninit<*mut c_char>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        hand_over_text(out, model.json.as_str());
        Ok(())
    })
}

/// The model that crmv_retention_model_to_json() wrote, equal to the last bit, checked again. Free it with crmv_retention_model_free().
///
/// `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_retention_model_from_json(
    json: *const c_char,
    out: Option<&mut MaybeUninit<*mut crmv_retention_model>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        let what = "contractual model";
        // SAFETY: the caller's contract in the header.
        let (stored, name) = stored_model(unsafe { text(json, "json") }?, what)?;
        let model = match name.as_str() {
            "geometric" => crmv_retention_model::stored(stored, what, RetentionKind::Geometric)?,
            "sBG" => crmv_retention_model::stored(stored, what, RetentionKind::Sbg)?,
            "sBG with covariates" => crmv_retention_model::stored(stored, what, RetentionKind::SbgWithCovariates)?,
            "BdW" => crmv_retention_model::stored(stored, what, RetentionKind::Bdw)?,
            other => return Err(unreadable(what, format!("it holds a {other} model"))),
        };
        hand_over(out, model);
        Ok(())
    })
}

/// Total log-likelihood of the tenures (natural log, not negated).
#[unsafe(no_mangle)]
pub extern "C" fn crmv_retention_model_log_likelihood(
    model: Option<&crmv_retention_model>,
    tenures: Option<&crmv_tenures>,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (model, tenures, out) = (given(model, "model")?, given(tenures, "tenures")?, given(out, "out")?);
        out.write(model.get().log_likelihood(&tenures.tenures)?);
        Ok(())
    })
}

/// S(t): probability that a new customer makes at least t renewals, in [0, 1], for each of the `n` numbers `t`; 1 at t = 0.
///
/// `out`: room for `capacity` >= n values. Errors: CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_retention_model_survival(
    model: Option<&crmv_retention_model>,
    t: *const u32,
    n: usize,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    let values = |model: &dyn RetentionModel, t: &[u32]| Ok(t.iter().map(|&t| model.survival(t)).collect());
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_time(model, (t, n, "t"), out, capacity, values) })
}

/// S(t) / S(t - 1): share of the customers facing renewal t who make it, in [0, 1]; 1 at t = 0. Otherwise as crmv_retention_model_survival().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_retention_model_retention_rate(
    model: Option<&crmv_retention_model>,
    t: *const u32,
    n: usize,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    let values = |model: &dyn RetentionModel, t: &[u32]| Ok(t.iter().map(|&t| model.retention_rate(t)).collect());
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_time(model, (t, n, "t"), out, capacity, values) })
}

/// S(t - 1) - S(t): probability that a new customer leaves at renewal t; 0 at t = 0. Otherwise as crmv_retention_model_survival().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_retention_model_churn_probability(
    model: Option<&crmv_retention_model>,
    t: *const u32,
    n: usize,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    let values = |model: &dyn RetentionModel, t: &[u32]| Ok(t.iter().map(|&t| model.churn_pmf(t)).collect());
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_time(model, (t, n, "t"), out, capacity, values) })
}

/// Expected tenure of a new customer in periods, the first included. `has_value` becomes 1; or 0 if it is infinite, and then out is 0.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_retention_model_expected_tenure(
    model: Option<&crmv_retention_model>,
    out: Option<&mut MaybeUninit<f64>>,
    has_value: Option<&mut MaybeUninit<u8>>,
) -> crmv_status {
    guard(|| {
        let (model, out, has_value) = (given(model, "model")?, given(out, "out")?, given(has_value, "has_value")?);
        let tenure = model.get().expected_tenure();
        out.write(tenure.unwrap_or_default());
        has_value.write(u8::from(tenure.is_some()));
        Ok(())
    })
}

/// Probability that customers who made these numbers of renewals make at least `ahead` more, in [0, 1].
///
/// `renewals`: `n` numbers of renewals made; a customer in period k has made k - 1. `out`: room for `capacity` >= n values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_retention_model_survival_ahead(
    model: Option<&crmv_retention_model>,
    renewals: *const u32,
    n: usize,
    ahead: u32,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    let values = |model: &dyn RetentionModel, renewals: &[u32]| Ok(model.survival_ahead(renewals, ahead));
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_time(model, (renewals, n, "renewals"), out, capacity, values) })
}

/// Expected renewals among the next `horizon` ones. Otherwise as crmv_retention_model_survival_ahead().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_retention_model_expected_renewals(
    model: Option<&crmv_retention_model>,
    renewals: *const u32,
    n: usize,
    horizon: u32,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    let values = |model: &dyn RetentionModel, renewals: &[u32]| Ok(model.expected_renewals_ahead(renewals, horizon));
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_time(model, (renewals, n, "renewals"), out, capacity, values) })
}

/// DEL: discounted expected lifetime, in payments, of a customer about to join; the first payment is included and not discounted.
///
/// `rate`: per period. Errors: CRMV_UNBOUNDED_VALUE unless it is finite and above 0.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_retention_model_discounted_expected_lifetime(
    model: Option<&crmv_retention_model>,
    rate: f64,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        out.write(model.get().discounted_expected_lifetime(rate)?);
        Ok(())
    })
}

/// DERL: discounted expected residual lifetime, in payments, of customers who made these numbers of renewals, just before the next is due; its
/// payment is not discounted.
///
/// `rate`: per period. Errors: CRMV_UNBOUNDED_VALUE unless it is finite and above 0. Otherwise as crmv_retention_model_survival_ahead().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_retention_model_discounted_expected_residual_lifetime(
    model: Option<&crmv_retention_model>,
    renewals: *const u32,
    n: usize,
    rate: f64,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    let values = |model: &dyn RetentionModel, renewals: &[u32]| model.residual_lifetimes(rate, renewals);
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_time(model, (renewals, n, "renewals"), out, capacity, values) })
}
