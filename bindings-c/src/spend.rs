//! Models of how much customers spend.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{Error, FitReport, GammaGamma, Model, SimulateSpend, SpendModel, SpendPatterns};

use crate::customers::crmv_customers;
use crate::error::crmv_status;
use crate::ffi::{fill, given, guard, hand_over, hand_over_text, read_options, text};
use crate::fit::{crmv_fit_options, crmv_fit_report};
use crate::purchases::{Fit, per_customer, read_model, stored_model, unreadable};

/// A model of how much customers spend per purchase: Gamma-Gamma, with known or fitted parameters p, q, v (all above 0; v in money).
///
/// With q <= 1 the mean spend of the population does not exist, and nothing can be said of customers without repeat purchases
/// (CRMV_UNDEFINED_MEAN). Immutable, so any number of threads may use it at once. Free it with crmv_spend_model_free().
#[derive(Debug)]
pub struct crmv_spend_model {
    model: GammaGamma,
    fit: Fit,
}

impl crmv_spend_model {
    fn new(model: GammaGamma, report: Option<FitReport>) -> Self {
        let fit = Fit::new(&model, report);
        crmv_spend_model { model, fit }
    }

    pub(crate) fn get(&self) -> &dyn SpendModel {
        &self.model
    }

    pub(crate) fn simulator(&self) -> &dyn SimulateSpend {
        &self.model
    }
}

/// Gamma-Gamma with known parameters, each finite and above 0; v (gamma in the papers) is in money.
///
/// Errors: CRMV_INVALID_PARAMETER. Free the model with crmv_spend_model_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_gamma_gamma_new(p: f64, q: f64, v: f64, out: Option<&mut MaybeUninit<*mut crmv_spend_model>>) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        hand_over(out, crmv_spend_model::new(GammaGamma::new(p, q, v)?, None));
        Ok(())
    })
}

/// Fits Gamma-Gamma by maximum likelihood to the customers with repeat purchases. `options` may be NULL for the defaults.
///
/// Errors: CRMV_MISSING_COLUMN without spend, or without log sums for a fit to single purchases; CRMV_NO_REPEAT_PURCHASES; CRMV_NOT_POSITIVE if
/// no repeat customer spent anything, or a weight is not above 0; CRMV_LENGTH_MISMATCH (weights); CRMV_NOT_FINITE; CRMV_CANCELLED;
/// CRMV_INVALID_OPTION; CRMV_INVALID_PARAMETER (start). Free the model with crmv_spend_model_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_gamma_gamma_fit(
    customers: Option<&crmv_customers>,
    options: *const crmv_fit_options,
    out: Option<&mut MaybeUninit<*mut crmv_spend_model>>,
) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let (single, weights, options) = unsafe {
            let options: crmv_fit_options = read_options(options)?;
            (options.single_purchases != 0, options.weights()?, options.to_core()?)
        };
        let patterns = match (single, weights) {
            (true, weights) => SpendPatterns::of_purchases(&customers.summary, weights)?,
            (false, Some(weights)) => SpendPatterns::weighted(&customers.summary, weights)?,
            (false, None) => SpendPatterns::of(&customers.summary)?,
        };
        let fitted = GammaGamma::fit_patterns(&patterns, &options)?;
        let report = fitted.report().clone();
        hand_over(out, crmv_spend_model::new(fitted.into_model(), Some(report)));
        Ok(())
    })
}

/// Frees a model with its report. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_spend_model_free(model: Option<Box<crmv_spend_model>>) {
    guard(|| {
        drop(model);
        Ok(())
    });
}

/// The model's name, for example "Gamma-Gamma". Valid until the model is freed.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_spend_model_name(model: Option<&crmv_spend_model>, out: Option<&mut MaybeUninit<*const c_char>>) -> crmv_status {
    guard(|| given(model, "model")?.fit.lend_name(given(out, "out")?))
}

/// Number of parameters.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_spend_model_parameter_count(model: Option<&crmv_spend_model>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        out.write(model.model.parameters().len());
        Ok(())
    })
}

/// Copies the parameters, in the model's order, into `out`, which has room for `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_spend_model_parameters(model: Option<&crmv_spend_model>, out: *mut f64, capacity: usize) -> crmv_status {
    guard(|| {
        let values: Vec<f64> = given(model, "model")?.model.parameters().into_iter().map(|(_, value)| value).collect();
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &values, "out") }
    })
}

/// The name of parameter `index` (0-based). Valid until the model is freed. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_spend_model_parameter_name(
    model: Option<&crmv_spend_model>,
    index: usize,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| given(model, "model")?.fit.lend_parameter_name(index, given(out, "out")?))
}

/// The report of the fit; NULL (and CRMV_OK) if the model was made from known parameters. Valid until the model is freed.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_spend_model_report(
    model: Option<&crmv_spend_model>,
    out: Option<&mut MaybeUninit<*const crmv_fit_report>>,
) -> crmv_status {
    guard(|| {
        given(model, "model")?.fit.lend_report(given(out, "out")?);
        Ok(())
    })
}

/// The model as JSON, with its report if it was fitted; no customer data. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_spend_model_to_json(model: Option<&crmv_spend_model>, out: Option<&mut MaybeUninit<*mut c_char>>) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        hand_over_text(out, model.fit.to_json(&model.model)?);
        Ok(())
    })
}

/// The model that crmv_spend_model_to_json() wrote, equal to the last bit, checked again. Free it with crmv_spend_model_free().
///
/// `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_spend_model_from_json(
    json: *const c_char,
    out: Option<&mut MaybeUninit<*mut crmv_spend_model>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        let what = "spend model";
        // SAFETY: the caller's contract in the header.
        let (stored, name) = stored_model(unsafe { text(json, "json") }?, what)?;
        let (model, report) = match name.as_str() {
            "Gamma-Gamma" => read_model(stored, what)?,
            other => return Err(unreadable(what, format!("it holds a {other} model"))),
        };
        hand_over(out, crmv_spend_model::new(model, report));
        Ok(())
    })
}

/// Expected spend per purchase of every customer, in money, into `out`, which has room for `capacity` values; that of the population for
/// customers without repeat purchases. Errors: CRMV_MISSING_COLUMN without spend, CRMV_UNDEFINED_MEAN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_spend_model_expected_spend(
    model: Option<&crmv_spend_model>,
    customers: Option<&crmv_customers>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let model = given(model, "model")?.get();
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, |customers| Ok(model.expected_spend(customers)?)) }
    })
}

/// Quantile of the amount of every customer's next purchase, in money, into `out`, which has room for `capacity` values: with 0.9, nine
/// purchases in ten are smaller. It exists also where the mean does not. Errors: CRMV_SHARE unless 0 < probability < 1; CRMV_MISSING_COLUMN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_spend_model_spend_quantile(
    model: Option<&crmv_spend_model>,
    customers: Option<&crmv_customers>,
    probability: f64,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let model = given(model, "model")?.model;
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, |customers| Ok(model.spend_quantile(customers, probability)?)) }
    })
}

/// Quantile of every customer's own mean spend per purchase, in money: how well it is known, not how purchases vary around it. As above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_spend_model_mean_spend_quantile(
    model: Option<&crmv_spend_model>,
    customers: Option<&crmv_customers>,
    probability: f64,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let model = given(model, "model")?.model;
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, |customers| Ok(model.mean_spend_quantile(customers, probability)?)) }
    })
}

/// Expected spend per purchase, in money, of a customer with `frequency` repeat purchases of mean amount `monetary_value`.
///
/// With frequency 0 the mean of the population. Errors: CRMV_UNDEFINED_MEAN, CRMV_NON_FINITE, CRMV_NEGATIVE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_spend_model_expected_spend_given(
    model: Option<&crmv_spend_model>,
    frequency: u32,
    monetary_value: f64,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        out.write(model.get().expected_spend_given(frequency, monetary_value)?);
        Ok(())
    })
}

/// Mean spend per purchase of the population, in money. Errors: CRMV_UNDEFINED_MEAN if q <= 1.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_spend_model_population_mean_spend(
    model: Option<&crmv_spend_model>,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        out.write(model.model.population_mean_spend()?);
        Ok(())
    })
}

/// Natural log of the density of the mean amount `monetary_value` (above 0, in money) of `frequency` >= 1 purchases.
///
/// Errors: CRMV_NOT_POSITIVE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_spend_model_log_likelihood(
    model: Option<&crmv_spend_model>,
    frequency: u32,
    monetary_value: f64,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        let value: Result<f64, Error> = model.model.ln_likelihood(frequency, monetary_value);
        out.write(value?);
        Ok(())
    })
}
