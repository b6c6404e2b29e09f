//! BG/BB: purchases in discrete time.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{BgBb, FitReport, Model, OpportunitySummary};

use crate::error::{Failure, crmv_status};
use crate::ffi::{fill, given, guard, hand_over, hand_over_text, room, text};
use crate::fit::{crmv_fit_options, crmv_fit_report, unweighted};
use crate::opportunities::crmv_opportunities;
use crate::purchases::{Fit, read_model, stored_model, unreadable};

/// BG/BB, with known or fitted parameters alpha, beta, gamma, delta (all above 0, without unit): customers who can buy once per opportunity,
/// until they drop out unseen.
///
/// alpha / (alpha + beta) is the mean purchase probability per opportunity, gamma / (gamma + delta) the mean dropout probability. Whatever is
/// asked of a model gives one value per row, in the order of the summary. Immutable, so any number of threads may use it at once. Free it
/// with crmv_bg_bb_free().
#[derive(Debug)]
pub struct crmv_bg_bb {
    model: BgBb,
    fit: Fit,
}

impl crmv_bg_bb {
    fn new(model: BgBb, report: Option<FitReport>) -> Self {
        let fit = Fit::new(&model, report);
        crmv_bg_bb { model, fit }
    }

    pub(crate) fn get(&self) -> &BgBb {
        &self.model
    }
}

/// Gives one value per row to the caller.
///
/// # Safety
/// `out` is NULL or has room for `capacity` values.
unsafe fn per_row(
    model: Option<&crmv_bg_bb>,
    opportunities: Option<&crmv_opportunities>,
    out: *mut f64,
    capacity: usize,
    values: impl FnOnce(&BgBb, &OpportunitySummary) -> crm_value::Result<Vec<f64>>,
) -> Result<(), Failure> {
    let (model, summary) = (&given(model, "model")?.model, &given(opportunities, "opportunities")?.summary);
    room(out, capacity, summary.len(), "out")?;
    // SAFETY: the caller's contract.
    unsafe { fill(out, capacity, &values(model, summary)?, "out") }
}

/// BG/BB with known parameters, each finite and above 0. Errors: CRMV_INVALID_PARAMETER. Free the model with crmv_bg_bb_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_bg_bb_new(
    alpha: f64,
    beta: f64,
    gamma: f64,
    delta: f64,
    out: Option<&mut MaybeUninit<*mut crmv_bg_bb>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        hand_over(out, crmv_bg_bb::new(BgBb::new(alpha, beta, gamma, delta)?, None));
        Ok(())
    })
}

/// Fits BG/BB by maximum likelihood. `options` may be NULL for the defaults; weights belong to the summary.
///
/// A fit that ends at a boundary or without convergence still gives its best point; look at the warnings of the report. Errors:
/// CRMV_NO_REPEAT_PURCHASES if nobody bought again; CRMV_NOT_FINITE; CRMV_CANCELLED; CRMV_INVALID_OPTION (also for weights),
/// CRMV_INVALID_PARAMETER (start). Free the model with crmv_bg_bb_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bg_bb_fit(
    opportunities: Option<&crmv_opportunities>,
    options: *const crmv_fit_options,
    out: Option<&mut MaybeUninit<*mut crmv_bg_bb>>,
) -> crmv_status {
    guard(|| {
        let (opportunities, out) = (given(opportunities, "opportunities")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let options = unsafe { unweighted(options, "give them to the summary, as its weight column") }?;
        let fitted = BgBb::fit_with(&opportunities.summary, &options)?;
        let report = fitted.report().clone();
        hand_over(out, crmv_bg_bb::new(fitted.into_model(), Some(report)));
        Ok(())
    })
}

/// Frees a model with its report. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_bg_bb_free(model: Option<Box<crmv_bg_bb>>) {
    guard(|| {
        drop(model);
        Ok(())
    });
}

/// Copies alpha, beta, gamma, delta into `out`, which has room for `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bg_bb_parameters(model: Option<&crmv_bg_bb>, out: *mut f64, capacity: usize) -> crmv_status {
    guard(|| {
        let values: Vec<f64> = given(model, "model")?.model.parameters().into_iter().map(|(_, value)| value).collect();
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &values, "out") }
    })
}

/// The name of parameter `index` (0-based). Valid until the model is freed. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_bg_bb_parameter_name(
    model: Option<&crmv_bg_bb>,
    index: usize,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| given(model, "model")?.fit.lend_parameter_name(index, given(out, "out")?))
}

/// The report of the fit; NULL (and CRMV_OK) if the model was made from known parameters. Valid until the model is freed.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_bg_bb_report(model: Option<&crmv_bg_bb>, out: Option<&mut MaybeUninit<*const crmv_fit_report>>) -> crmv_status {
    guard(|| {
        given(model, "model")?.fit.lend_report(given(out, "out")?);
        Ok(())
    })
}

/// The model as JSON, with its report if it was fitted; no customer data. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_bg_bb_to_json(model: Option<&crmv_bg_bb>, out: Option<&mut MaybeUninit<*mut c_char>>) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        hand_over_text(out, model.fit.to_json(&model.model)?);
        Ok(())
    })
}

/// The model that crmv_bg_bb_to_json() wrote, equal to the last bit, checked again. Free it with crmv_bg_bb_free().
///
/// `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bg_bb_from_json(json: *const c_char, out: Option<&mut MaybeUninit<*mut crmv_bg_bb>>) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        let what = "BG/BB model";
        // SAFETY: the caller's contract in the header.
        let (stored, name) = stored_model(unsafe { text(json, "json") }?, what)?;
        let (model, report) = match name.as_str() {
            "BG/BB" => read_model(stored, what)?,
            other => return Err(unreadable(what, format!("it holds a {other} model"))),
        };
        hand_over(out, crmv_bg_bb::new(model, report));
        Ok(())
    })
}

/// Total log-likelihood (natural log, not negated), every row with its weight.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_bg_bb_log_likelihood(
    model: Option<&crmv_bg_bb>,
    opportunities: Option<&crmv_opportunities>,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (model, opportunities, out) = (given(model, "model")?, given(opportunities, "opportunities")?, given(out, "out")?);
        out.write(model.model.log_likelihood(&opportunities.summary));
        Ok(())
    })
}

/// ln L of every row (natural log, of one sequence of purchases, weights apart) into `out`, which has room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bg_bb_log_likelihoods(
    model: Option<&crmv_bg_bb>,
    opportunities: Option<&crmv_opportunities>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_row(model, opportunities, out, capacity, |model, summary| Ok(model.log_likelihoods(summary))) })
}

/// P(alive at opportunity n), the last observed one, of every row, in [0, 1], into `out`, which has room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bg_bb_probability_alive(
    model: Option<&crmv_bg_bb>,
    opportunities: Option<&crmv_opportunities>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_row(model, opportunities, out, capacity, |model, summary| Ok(model.probability_alive(summary))) })
}

/// P(alive at opportunity n + `ahead`) of every row, in [0, 1]; 1 ahead is the P(alive) of the paper and of most programs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bg_bb_probability_alive_ahead(
    model: Option<&crmv_bg_bb>,
    opportunities: Option<&crmv_opportunities>,
    ahead: u32,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_row(model, opportunities, out, capacity, |model, summary| Ok(model.probability_alive_ahead(summary, ahead))) })
}

/// Expected purchases of every row (of one customer of it) at the next `ahead` opportunities.
///
/// `out`: room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bg_bb_expected_purchases(
    model: Option<&crmv_bg_bb>,
    opportunities: Option<&crmv_opportunities>,
    ahead: u32,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_row(model, opportunities, out, capacity, |model, summary| Ok(model.expected_purchases(summary, ahead))) })
}

/// Expected purchases of every row at opportunities n + `from` + 1 to n + `to`; 0 <= from < to. Errors: CRMV_INTERVAL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bg_bb_expected_purchases_between(
    model: Option<&crmv_bg_bb>,
    opportunities: Option<&crmv_opportunities>,
    from: u32,
    to: u32,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_row(model, opportunities, out, capacity, |model, summary| model.expected_purchases_between(summary, from, to)) })
}

/// Probability of at least one purchase at opportunities n + `from` + 1 to n + `to`, of every row, in [0, 1]; 0 <= from < to.
///
/// `out`: room for `capacity` values. Errors: CRMV_INTERVAL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bg_bb_probability_active(
    model: Option<&crmv_bg_bb>,
    opportunities: Option<&crmv_opportunities>,
    from: u32,
    to: u32,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_row(model, opportunities, out, capacity, |model, summary| model.probability_active_between(summary, from, to)) })
}

/// Probability of exactly `count` purchases at the next `ahead` opportunities, of every row, in [0, 1].
///
/// `out`: room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bg_bb_conditional_purchase_probability(
    model: Option<&crmv_bg_bb>,
    opportunities: Option<&crmv_opportunities>,
    count: u32,
    ahead: u32,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let values = |model: &BgBb, summary: &OpportunitySummary| Ok(model.conditional_purchase_probability(summary, count, ahead));
        // SAFETY: the caller's contract in the header.
        unsafe { per_row(model, opportunities, out, capacity, values) }
    })
}

/// DERT: discounted expected purchases at all opportunities to come, of every row; opportunity n + j is divided by (1 + rate)^j, `rate` per
/// opportunity.
///
/// `out`: room for `capacity` values. Errors: CRMV_UNBOUNDED_VALUE unless the rate is finite and above 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bg_bb_dert(
    model: Option<&crmv_bg_bb>,
    opportunities: Option<&crmv_opportunities>,
    rate: f64,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_row(model, opportunities, out, capacity, |model, summary| model.dert(summary, rate)) })
}

/// DECT: the same up to opportunity n + `horizon`; at rate 0 the expected purchases. Errors: CRMV_DISCOUNT_RATE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bg_bb_dect(
    model: Option<&crmv_bg_bb>,
    opportunities: Option<&crmv_opportunities>,
    rate: f64,
    horizon: u32,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_row(model, opportunities, out, capacity, |model, summary| model.dect(summary, rate, horizon)) })
}

/// Posterior mean of the purchase probability per opportunity while alive, of every row, in [0, 1].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bg_bb_mean_purchase_probability(
    model: Option<&crmv_bg_bb>,
    opportunities: Option<&crmv_opportunities>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_row(model, opportunities, out, capacity, |model, summary| Ok(model.purchase_probabilities(summary))) })
}

/// Posterior mean of the dropout probability per opportunity, of every row, in [0, 1].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bg_bb_mean_dropout_probability(
    model: Option<&crmv_bg_bb>,
    opportunities: Option<&crmv_opportunities>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_row(model, opportunities, out, capacity, |model, summary| Ok(model.dropout_probabilities(summary))) })
}

/// Expected purchases of a new customer at opportunities 1 to `n`.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_bg_bb_expected_purchases_new_customer(
    model: Option<&crmv_bg_bb>,
    n: u32,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        out.write(model.model.expectation(n));
        Ok(())
    })
}

/// Probability that a new customer buys at exactly `count` of `n` opportunities, in [0, 1].
#[unsafe(no_mangle)]
pub extern "C" fn crmv_bg_bb_purchase_probability(
    model: Option<&crmv_bg_bb>,
    count: u32,
    n: u32,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        out.write(model.model.pmf(count, n));
        Ok(())
    })
}
