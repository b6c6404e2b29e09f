//! Models of when customers buy.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{
    BgCnbdK, BgNbd, CovariateEffect, CustomerSummary, DiscountedPurchases, Error, FitOptions, FitReport, Fitted, GgompertzNbd, MbgCnbdK,
    MbgNbd, Model, Nbd, ParetoNbd, Patterns, Simulate, Span,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::covariates::{self, CovariatePurchases, names_of};
use crate::customers::crmv_customers;
use crate::error::{Failure, crmv_status};
use crate::ffi::{Lent, fill, given, guard, hand_over, hand_over_text, read_options, room, slice, text};
use crate::fit::{crmv_fit_options, crmv_fit_report};
use crate::time::{crmv_discount, crmv_unit, span, unit, unit_code};

/// A model of when customers buy, with known or fitted parameters.
///
/// | model         | parameters, in this order | purchases are Poisson, and customers                             |
/// |---------------|---------------------------|------------------------------------------------------------------|
/// | BG/NBD        | r, alpha, a, b            | may leave after any repeat purchase                              |
/// | MBG/NBD       | r, alpha, a, b            | may leave after any purchase, the first one included             |
/// | BG/CNBD-k     | k, r, alpha, a, b         | may leave after any repeat purchase; they buy at a rhythm        |
/// | MBG/CNBD-k    | k, r, alpha, a, b         | may leave after any purchase; they buy at a rhythm               |
/// | Pareto/NBD    | r, alpha, s, beta         | leave at random, whether they buy or not                         |
/// | GGompertz/NBD | r, alpha, b, s, beta      | leave at random, at a risk that grows with age                   |
/// | NBD           | r, alpha                  | never leave: the baseline                                        |
///
/// All parameters are above 0. Times in the model's unit are alpha and the beta of Pareto/NBD, and b of GGompertz/NBD is a rate per unit;
/// the others have no unit. Whatever is asked of a model gives one value per customer, in the order of the summary, whose unit must be that
/// of the model (CRMV_UNIT_MISMATCH). Immutable, so any number of threads may use it at once. Free it with crmv_purchase_model_free().
#[derive(Debug)]
pub struct crmv_purchase_model {
    model: PurchaseKind,
    fit: Fit,
    effect_names: Lent,
}

#[derive(Debug)]
pub(crate) enum PurchaseKind {
    BgNbd(BgNbd),
    MbgNbd(MbgNbd),
    BgCnbdK(BgCnbdK),
    MbgCnbdK(MbgCnbdK),
    ParetoNbd(ParetoNbd),
    GgompertzNbd(GgompertzNbd),
    Nbd(Nbd),
    WithCovariates(Box<dyn CovariatePurchases>),
}

/// The texts a model lends, and how it was fitted if it was.
#[derive(Debug)]
pub(crate) struct Fit {
    name: Lent,
    parameter_names: Lent,
    report: Option<crmv_fit_report>,
}

impl Fit {
    pub(crate) fn new(model: &dyn Model, report: Option<FitReport>) -> Self {
        Fit {
            name: Lent::new([model.name()]),
            parameter_names: Lent::new(model.parameters().into_iter().map(|(name, _)| name)),
            report: report.map(crmv_fit_report::new),
        }
    }

    pub(crate) fn lend_name(&self, out: &mut MaybeUninit<*const c_char>) -> Result<(), Failure> {
        self.name.lend("name", 0, out)
    }

    pub(crate) fn lend_parameter_name(&self, index: usize, out: &mut MaybeUninit<*const c_char>) -> Result<(), Failure> {
        self.parameter_names.lend("parameter", index, out)
    }

    pub(crate) fn lend_report(&self, out: &mut MaybeUninit<*const crmv_fit_report>) {
        out.write(self.report.as_ref().map_or(std::ptr::null(), std::ptr::from_ref));
    }

    /// The stored form of the model, with the report if it was fitted.
    pub(crate) fn to_json<M: Serialize>(&self, model: &M) -> Result<String, Failure> {
        #[derive(Serialize)]
        struct Stored<'a, M> {
            model: &'a M,
            report: &'a FitReport,
        }
        let written = match &self.report {
            Some(fit) => serde_json::to_string(&Stored { model, report: &fit.report }),
            None => serde_json::to_string(model),
        };
        written.map_err(|error| Failure::Panic(error.to_string()))
    }
}

/// The JSON of a model and the name of the model it says it holds.
pub(crate) fn stored_model(json: &str, what: &'static str) -> Result<(serde_json::Value, String), Failure> {
    let value: serde_json::Value = serde_json::from_str(json).map_err(|error| unreadable(what, error))?;
    let name = value.get("model").map(|model| model.get("model").unwrap_or(model)).and_then(serde_json::Value::as_str).map(str::to_owned);
    let name = name.ok_or_else(|| unreadable(what, "it does not name a model"))?;
    Ok((value, name))
}

/// Reads a model in its stored form, alone or with the report of its fit.
pub(crate) fn read_model<M: DeserializeOwned>(stored: serde_json::Value, what: &'static str) -> Result<(M, Option<FitReport>), Failure> {
    if stored.get("report").is_some() {
        let fitted: Fitted<M> = serde_json::from_value(stored).map_err(|error| unreadable(what, error))?;
        let report = fitted.report().clone();
        return Ok((fitted.into_model(), Some(report)));
    }
    Ok((serde_json::from_value(stored).map_err(|error| unreadable(what, error))?, None))
}

pub(crate) fn unreadable(what: &'static str, reason: impl ToString) -> Failure {
    Failure::Core(Error::Deserialize { what, reason: reason.to_string() })
}

impl PurchaseKind {
    fn as_dyn(&self) -> &dyn DiscountedPurchases {
        match self {
            PurchaseKind::BgNbd(model) => model,
            PurchaseKind::MbgNbd(model) => model,
            PurchaseKind::BgCnbdK(model) => model,
            PurchaseKind::MbgCnbdK(model) => model,
            PurchaseKind::ParetoNbd(model) => model,
            PurchaseKind::GgompertzNbd(model) => model,
            PurchaseKind::Nbd(model) => model,
            PurchaseKind::WithCovariates(model) => model.as_dyn(),
        }
    }

    fn simulator(&self) -> &dyn Simulate {
        match self {
            PurchaseKind::BgNbd(model) => model,
            PurchaseKind::MbgNbd(model) => model,
            PurchaseKind::BgCnbdK(model) => model,
            PurchaseKind::MbgCnbdK(model) => model,
            PurchaseKind::ParetoNbd(model) => model,
            PurchaseKind::GgompertzNbd(model) => model,
            PurchaseKind::Nbd(model) => model,
            PurchaseKind::WithCovariates(model) => model.simulator(),
        }
    }

    fn to_json(&self, fit: &Fit) -> Result<String, Failure> {
        match self {
            PurchaseKind::BgNbd(model) => fit.to_json(model),
            PurchaseKind::MbgNbd(model) => fit.to_json(model),
            PurchaseKind::BgCnbdK(model) => fit.to_json(model),
            PurchaseKind::MbgCnbdK(model) => fit.to_json(model),
            PurchaseKind::ParetoNbd(model) => fit.to_json(model),
            PurchaseKind::GgompertzNbd(model) => fit.to_json(model),
            PurchaseKind::Nbd(model) => fit.to_json(model),
            PurchaseKind::WithCovariates(model) => model.to_json(fit),
        }
    }
}

impl crmv_purchase_model {
    pub(crate) fn new(model: PurchaseKind, report: Option<FitReport>) -> Self {
        let fit = Fit::new(model.as_dyn(), report);
        let mut made = crmv_purchase_model { model, fit, effect_names: Lent::default() };
        made.effect_names = names_of(made.effects());
        made
    }

    pub(crate) fn kind(&self) -> &PurchaseKind {
        &self.model
    }

    /// The coefficients; empty without covariates.
    pub(crate) fn effects(&self) -> &[CovariateEffect] {
        if let PurchaseKind::WithCovariates(model) = &self.model { model.effects() } else { &[] }
    }

    pub(crate) fn effect_names(&self) -> &Lent {
        &self.effect_names
    }

    fn fitted<M: Copy>(fitted: Fitted<M>, kind: fn(M) -> PurchaseKind) -> Self {
        let report = fitted.report().clone();
        Self::new(kind(fitted.into_model()), Some(report))
    }

    fn stored<M: DeserializeOwned>(stored: serde_json::Value, what: &'static str, kind: fn(M) -> PurchaseKind) -> Result<Self, Failure> {
        let (model, report) = read_model(stored, what)?;
        Ok(Self::new(kind(model), report))
    }

    pub(crate) fn get(&self) -> &dyn DiscountedPurchases {
        self.model.as_dyn()
    }

    pub(crate) fn simulator(&self) -> &dyn Simulate {
        self.model.simulator()
    }
}

/// Both ends of an interval; no start where it begins at 0, as a span is longer than that.
fn interval(from: f64, to: f64, unit_of_time: crmv_unit) -> Result<(Option<Span>, Span), Failure> {
    let to = span(to, unit_of_time)?;
    let from = if from.abs() > 0.0 || from.is_nan() { Some(span(from, unit_of_time)?) } else { None };
    Ok((from, to))
}

/// The distinct histories of the customers, weighted if the options say so.
///
/// # Safety
/// As [`crmv_fit_options::to_core`], for a pointer that may be NULL.
unsafe fn patterns(customers: &CustomerSummary, options: *const crmv_fit_options) -> Result<(Patterns, FitOptions), Failure> {
    // SAFETY: the caller's contract.
    let (weights, options) = unsafe {
        let options = read_options(options)?;
        (options.weights()?, options.to_core()?)
    };
    let patterns = match weights {
        Some(weights) => Patterns::weighted(customers, weights)?,
        None => Patterns::of(customers),
    };
    Ok((patterns, options))
}

/// Gives one value per customer to the caller.
///
/// # Safety
/// `out` is NULL or has room for `capacity` values.
pub(crate) unsafe fn per_customer(
    customers: Option<&crmv_customers>,
    out: *mut f64,
    capacity: usize,
    values: impl FnOnce(&CustomerSummary) -> Result<Vec<f64>, Failure>,
) -> Result<(), Failure> {
    let customers = &given(customers, "customers")?.summary;
    room(out, capacity, customers.len(), "out")?;
    // SAFETY: the caller's contract.
    unsafe { fill(out, capacity, &values(customers)?, "out") }
}

/// BG/NBD with known parameters, each finite and above 0; `unit_of_time` is the unit of alpha and of every time given to the model.
///
/// Errors: CRMV_INVALID_PARAMETER, CRMV_INVALID_OPTION (unit). Free the model with crmv_purchase_model_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_bg_nbd_new(
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    unit_of_time: crmv_unit,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        let model = BgNbd::new(r, alpha, a, b, unit(unit_of_time)?)?;
        hand_over(out, crmv_purchase_model::new(PurchaseKind::BgNbd(model), None));
        Ok(())
    })
}

/// MBG/NBD with known parameters, each finite and above 0. Otherwise as crmv_bg_nbd_new().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_mbg_nbd_new(
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    unit_of_time: crmv_unit,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        let model = MbgNbd::new(r, alpha, a, b, unit(unit_of_time)?)?;
        hand_over(out, crmv_purchase_model::new(PurchaseKind::MbgNbd(model), None));
        Ok(())
    })
}

/// BG/CNBD-k with known parameters: k from 1 to 20, the others finite and above 0. Otherwise as crmv_bg_nbd_new().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_bg_cnbd_k_new(
    k: u32,
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    unit_of_time: crmv_unit,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        let model = BgCnbdK::new(k, r, alpha, a, b, unit(unit_of_time)?)?;
        hand_over(out, crmv_purchase_model::new(PurchaseKind::BgCnbdK(model), None));
        Ok(())
    })
}

/// MBG/CNBD-k with known parameters: k from 1 to 20, the others finite and above 0. Otherwise as crmv_bg_nbd_new().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_mbg_cnbd_k_new(
    k: u32,
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    unit_of_time: crmv_unit,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        let model = MbgCnbdK::new(k, r, alpha, a, b, unit(unit_of_time)?)?;
        hand_over(out, crmv_purchase_model::new(PurchaseKind::MbgCnbdK(model), None));
        Ok(())
    })
}

/// Pareto/NBD with known parameters, each finite and above 0; alpha and beta are times. Otherwise as crmv_bg_nbd_new().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_pareto_nbd_new(
    r: f64,
    alpha: f64,
    s: f64,
    beta: f64,
    unit_of_time: crmv_unit,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        let model = ParetoNbd::new(r, alpha, s, beta, unit(unit_of_time)?)?;
        hand_over(out, crmv_purchase_model::new(PurchaseKind::ParetoNbd(model), None));
        Ok(())
    })
}

/// GGompertz/NBD with known parameters, each finite and above 0; alpha is a time, b one over a time. Otherwise as crmv_bg_nbd_new().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_ggompertz_nbd_new(
    r: f64,
    alpha: f64,
    b: f64,
    s: f64,
    beta: f64,
    unit_of_time: crmv_unit,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        let model = GgompertzNbd::new(r, alpha, b, s, beta, unit(unit_of_time)?)?;
        hand_over(out, crmv_purchase_model::new(PurchaseKind::GgompertzNbd(model), None));
        Ok(())
    })
}

/// NBD with known parameters, each finite and above 0. Otherwise as crmv_bg_nbd_new().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_nbd_new(
    r: f64,
    alpha: f64,
    unit_of_time: crmv_unit,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        let model = Nbd::new(r, alpha, unit(unit_of_time)?)?;
        hand_over(out, crmv_purchase_model::new(PurchaseKind::Nbd(model), None));
        Ok(())
    })
}

/// Fits BG/NBD by maximum likelihood. `options` may be NULL for the defaults.
///
/// A fit that ends at a boundary or without convergence still gives its best point; look at the warnings of the report. Errors:
/// CRMV_NO_REPEAT_PURCHASES if nobody bought again; CRMV_NOT_FINITE; CRMV_CANCELLED; CRMV_INVALID_OPTION, CRMV_INVALID_PARAMETER (start);
/// CRMV_LENGTH_MISMATCH, CRMV_NON_FINITE, CRMV_NOT_POSITIVE (weights). Free the model with crmv_purchase_model_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bg_nbd_fit(
    customers: Option<&crmv_customers>,
    options: *const crmv_fit_options,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let (patterns, options) = unsafe { patterns(&customers.summary, options) }?;
        hand_over(out, crmv_purchase_model::fitted(BgNbd::fit_patterns(&patterns, &options)?, PurchaseKind::BgNbd));
        Ok(())
    })
}

/// Fits MBG/NBD by maximum likelihood. Otherwise as crmv_bg_nbd_fit().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_mbg_nbd_fit(
    customers: Option<&crmv_customers>,
    options: *const crmv_fit_options,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let (patterns, options) = unsafe { patterns(&customers.summary, options) }?;
        hand_over(out, crmv_purchase_model::fitted(MbgNbd::fit_patterns(&patterns, &options)?, PurchaseKind::MbgNbd));
        Ok(())
    })
}

/// Fits BG/CNBD-k by maximum likelihood for a given k, or with k = 0 for k = 1, 2, ... until the likelihood falls, up to 12; k then counts
/// as a parameter in AIC and BIC, and crmv_fit_report_regularities() tells what was tried.
///
/// The customers need log_intervals (CRMV_MISSING_COLUMN). A start has the parameters k, r, alpha, a, b. Otherwise as crmv_bg_nbd_fit().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bg_cnbd_k_fit(
    customers: Option<&crmv_customers>,
    k: u32,
    options: *const crmv_fit_options,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let (patterns, options) = unsafe { patterns(&customers.summary, options) }?;
        let options = if k > 0 { options.fix("k", k.into()) } else { options };
        hand_over(out, crmv_purchase_model::fitted(BgCnbdK::fit_patterns(&patterns, &options)?, PurchaseKind::BgCnbdK));
        Ok(())
    })
}

/// Fits MBG/CNBD-k by maximum likelihood. Otherwise as crmv_bg_cnbd_k_fit().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_mbg_cnbd_k_fit(
    customers: Option<&crmv_customers>,
    k: u32,
    options: *const crmv_fit_options,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let (patterns, options) = unsafe { patterns(&customers.summary, options) }?;
        let options = if k > 0 { options.fix("k", k.into()) } else { options };
        hand_over(out, crmv_purchase_model::fitted(MbgCnbdK::fit_patterns(&patterns, &options)?, PurchaseKind::MbgCnbdK));
        Ok(())
    })
}

/// Fits Pareto/NBD by maximum likelihood. Otherwise as crmv_bg_nbd_fit().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_pareto_nbd_fit(
    customers: Option<&crmv_customers>,
    options: *const crmv_fit_options,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let (patterns, options) = unsafe { patterns(&customers.summary, options) }?;
        hand_over(out, crmv_purchase_model::fitted(ParetoNbd::fit_patterns(&patterns, &options)?, PurchaseKind::ParetoNbd));
        Ok(())
    })
}

/// Fits GGompertz/NBD by maximum likelihood. Otherwise as crmv_bg_nbd_fit().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_ggompertz_nbd_fit(
    customers: Option<&crmv_customers>,
    options: *const crmv_fit_options,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let (patterns, options) = unsafe { patterns(&customers.summary, options) }?;
        hand_over(out, crmv_purchase_model::fitted(GgompertzNbd::fit_patterns(&patterns, &options)?, PurchaseKind::GgompertzNbd));
        Ok(())
    })
}

/// Fits NBD by maximum likelihood. Otherwise as crmv_bg_nbd_fit().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_nbd_fit(
    customers: Option<&crmv_customers>,
    options: *const crmv_fit_options,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let (patterns, options) = unsafe { patterns(&customers.summary, options) }?;
        hand_over(out, crmv_purchase_model::fitted(Nbd::fit_patterns(&patterns, &options)?, PurchaseKind::Nbd));
        Ok(())
    })
}

/// Frees a model with its report. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_purchase_model_free(model: Option<Box<crmv_purchase_model>>) {
    guard(|| {
        drop(model);
        Ok(())
    });
}

/// The model's name, for example "BG/NBD". Valid until the model is freed.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_purchase_model_name(
    model: Option<&crmv_purchase_model>,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| given(model, "model")?.fit.lend_name(given(out, "out")?))
}

/// The unit of the parameters that are times.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_purchase_model_unit(model: Option<&crmv_purchase_model>, out: Option<&mut MaybeUninit<crmv_unit>>) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        out.write(unit_code(model.get().unit()));
        Ok(())
    })
}

/// Number of parameters.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_purchase_model_parameter_count(
    model: Option<&crmv_purchase_model>,
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
pub unsafe extern "C" fn crmv_purchase_model_parameters(
    model: Option<&crmv_purchase_model>,
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
pub extern "C" fn crmv_purchase_model_parameter_name(
    model: Option<&crmv_purchase_model>,
    index: usize,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| given(model, "model")?.fit.lend_parameter_name(index, given(out, "out")?))
}

/// The report of the fit; NULL (and CRMV_OK) if the model was made from known parameters. Valid until the model is freed.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_purchase_model_report(
    model: Option<&crmv_purchase_model>,
    out: Option<&mut MaybeUninit<*const crmv_fit_report>>,
) -> crmv_status {
    guard(|| {
        given(model, "model")?.fit.lend_report(given(out, "out")?);
        Ok(())
    })
}

/// The model as JSON, with its report if it was fitted; no customer data. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_purchase_model_to_json(
    model: Option<&crmv_purchase_model>,
    out: Option<&mut MaybeUninit<*mut c_char>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        hand_over_text(out, model.model.to_json(&model.fit)?);
        Ok(())
    })
}

/// The model that crmv_purchase_model_to_json() wrote, equal to the last bit, checked again. Free it with crmv_purchase_model_free().
///
/// `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_purchase_model_from_json(
    json: *const c_char,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        let what = "purchase model";
        // SAFETY: the caller's contract in the header.
        let (stored, name) = stored_model(unsafe { text(json, "json") }?, what)?;
        if let Some(read) = covariates::stored(&name, &stored, what) {
            let (kind, report) = read?;
            hand_over(out, crmv_purchase_model::new(kind, report));
            return Ok(());
        }
        let model = match name.as_str() {
            "BG/NBD" => crmv_purchase_model::stored(stored, what, PurchaseKind::BgNbd)?,
            "MBG/NBD" => crmv_purchase_model::stored(stored, what, PurchaseKind::MbgNbd)?,
            "BG/CNBD-k" => crmv_purchase_model::stored(stored, what, PurchaseKind::BgCnbdK)?,
            "MBG/CNBD-k" => crmv_purchase_model::stored(stored, what, PurchaseKind::MbgCnbdK)?,
            "Pareto/NBD" => crmv_purchase_model::stored(stored, what, PurchaseKind::ParetoNbd)?,
            "GGompertz/NBD" => crmv_purchase_model::stored(stored, what, PurchaseKind::GgompertzNbd)?,
            "NBD" => crmv_purchase_model::stored(stored, what, PurchaseKind::Nbd)?,
            other => return Err(unreadable(what, format!("it holds a {other} model"))),
        };
        hand_over(out, model);
        Ok(())
    })
}

/// ln L of every customer (natural log) into `out`, which has room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_purchase_model_log_likelihoods(
    model: Option<&crmv_purchase_model>,
    customers: Option<&crmv_customers>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let model = given(model, "model")?.get();
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, |customers| Ok(model.log_likelihoods(customers)?)) }
    })
}

/// Total log-likelihood of the customers (natural log, not negated).
#[unsafe(no_mangle)]
pub extern "C" fn crmv_purchase_model_log_likelihood(
    model: Option<&crmv_purchase_model>,
    customers: Option<&crmv_customers>,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (model, customers, out) = (given(model, "model")?, given(customers, "customers")?, given(out, "out")?);
        out.write(model.get().log_likelihood(&customers.summary)?);
        Ok(())
    })
}

/// P(alive) of every customer at the end of observation, in [0, 1], into `out`, which has room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_purchase_model_probability_alive(
    model: Option<&crmv_purchase_model>,
    customers: Option<&crmv_customers>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let model = given(model, "model")?.get();
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, |customers| Ok(model.probability_alive(customers)?)) }
    })
}

/// P(alive) of every customer `ahead` units after the end of observation, in [0, 1]. Errors: CRMV_HORIZON unless `ahead` is above 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_purchase_model_probability_alive_ahead(
    model: Option<&crmv_purchase_model>,
    customers: Option<&crmv_customers>,
    ahead: f64,
    unit_of_time: crmv_unit,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let model = given(model, "model")?.get();
        let ahead = span(ahead, unit_of_time)?;
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, |customers| Ok(model.probability_alive_ahead(customers, ahead)?)) }
    })
}

/// Expected purchases of every customer within `horizon` units after the end of observation, into `out`, which has room for `capacity`
/// values. Errors: CRMV_HORIZON unless the horizon is finite and above 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_purchase_model_expected_purchases(
    model: Option<&crmv_purchase_model>,
    customers: Option<&crmv_customers>,
    horizon: f64,
    unit_of_time: crmv_unit,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let model = given(model, "model")?.get();
        let horizon = span(horizon, unit_of_time)?;
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, |customers| Ok(model.expected_purchases(customers, horizon)?)) }
    })
}

/// Expected purchases of every customer between `from` and `to` units after the end of observation; 0 <= from < to.
///
/// `out`: room for `capacity` values. Errors: CRMV_INTERVAL, CRMV_HORIZON (NaN, infinite or negative bounds).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_purchase_model_expected_purchases_between(
    model: Option<&crmv_purchase_model>,
    customers: Option<&crmv_customers>,
    from: f64,
    to: f64,
    unit_of_time: crmv_unit,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let model = given(model, "model")?.get();
        let (from, to) = interval(from, to, unit_of_time)?;
        // SAFETY: the caller's contract in the header.
        unsafe {
            per_customer(customers, out, capacity, |customers| match from {
                Some(from) => Ok(model.expected_purchases_between(customers, from, to)?),
                None => Ok(model.expected_purchases(customers, to)?),
            })
        }
    })
}

/// Probability that each customer buys at least once between `from` and `to` units after the end of observation, in [0, 1];
/// 0 <= from < to.
///
/// `out`: room for `capacity` values. Errors: CRMV_INTERVAL, CRMV_HORIZON (NaN, infinite or negative bounds).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_purchase_model_probability_active(
    model: Option<&crmv_purchase_model>,
    customers: Option<&crmv_customers>,
    from: f64,
    to: f64,
    unit_of_time: crmv_unit,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let model = given(model, "model")?.get();
        let (from, to) = interval(from, to, unit_of_time)?;
        // SAFETY: the caller's contract in the header.
        unsafe {
            per_customer(customers, out, capacity, |customers| match from {
                Some(from) => Ok(model.probability_active_between(customers, from, to)?),
                None => Ok(model.probability_active(customers, to)?),
            })
        }
    })
}

/// Probability that each customer makes exactly `n` purchases within `horizon` units after the end of observation, in [0, 1], into `out`,
/// which has room for `capacity` values. Errors: CRMV_HORIZON.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_purchase_model_conditional_purchase_probability(
    model: Option<&crmv_purchase_model>,
    customers: Option<&crmv_customers>,
    n: u32,
    horizon: f64,
    unit_of_time: crmv_unit,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let model = given(model, "model")?.get();
        let horizon = span(horizon, unit_of_time)?;
        let values = |customers: &CustomerSummary| Ok(model.conditional_purchase_probability(customers, n, horizon)?);
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, values) }
    })
}

/// Expected repeat purchases of a new customer within `horizon` units after the first purchase. Errors: CRMV_HORIZON.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_purchase_model_expected_purchases_new_customer(
    model: Option<&crmv_purchase_model>,
    horizon: f64,
    unit_of_time: crmv_unit,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?.get(), given(out, "out")?);
        out.write(model.expected_purchases_new_customer(span(horizon, unit_of_time)?));
        Ok(())
    })
}

/// Probability that a new customer makes exactly `n` repeat purchases within `horizon` units after the first one. Errors: CRMV_HORIZON.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_purchase_model_purchase_probability(
    model: Option<&crmv_purchase_model>,
    n: u32,
    horizon: f64,
    unit_of_time: crmv_unit,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?.get(), given(out, "out")?);
        out.write(model.purchase_probability(n, span(horizon, unit_of_time)?));
        Ok(())
    })
}

/// The natural logarithm of crmv_purchase_model_purchase_probability(), also where that is below the range of double.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_purchase_model_log_purchase_probability(
    model: Option<&crmv_purchase_model>,
    n: u32,
    horizon: f64,
    unit_of_time: crmv_unit,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?.get(), given(out, "out")?);
        out.write(model.ln_pmf(n, span(horizon, unit_of_time)?.in_unit(model.unit())));
        Ok(())
    })
}

/// Probability that a new customer makes exactly `n` repeat purchases between `from` and `to` units after the first one, in [0, 1];
/// 0 <= from < to. Errors: CRMV_INTERVAL, CRMV_HORIZON.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_purchase_model_purchase_probability_between(
    model: Option<&crmv_purchase_model>,
    n: u32,
    from: f64,
    to: f64,
    unit_of_time: crmv_unit,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?.get(), given(out, "out")?);
        out.write(match interval(from, to, unit_of_time)? {
            (Some(from), to) => model.purchase_probability_between(n, from, to)?,
            (None, to) => model.purchase_probability(n, to),
        });
        Ok(())
    })
}

/// Posterior mean of the rate at which each customer buys, or bought, while alive, per time unit of the model, into `out`, which has room for
/// `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_purchase_model_expected_purchase_rate(
    model: Option<&crmv_purchase_model>,
    customers: Option<&crmv_customers>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let model = given(model, "model")?.get();
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, |customers| Ok(model.expected_purchase_rate(customers)?)) }
    })
}

/// Posterior mean of what makes each customer leave, into `out`, which has room for `capacity` values: the dropout probability per purchase
/// (BG/NBD and its relatives), the death rate per time unit (Pareto/NBD; GGompertz/NBD: at age 0), 0 (NBD).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_purchase_model_expected_dropout(
    model: Option<&crmv_purchase_model>,
    customers: Option<&crmv_customers>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let model = given(model, "model")?.get();
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, |customers| Ok(model.expected_dropout(customers)?)) }
    })
}

/// P(alive) over one customer's history, as it would have been told at each of the times `at`, into `out`, which has room for `capacity` values.
///
/// `purchases`: `n_purchases` times of the repeat purchases after the first purchase, in rising order; `at`: `n_at` times of asking. All in
/// the model's unit. Errors: CRMV_UNSORTED, CRMV_NON_FINITE, CRMV_NEGATIVE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_purchase_model_alive_path(
    model: Option<&crmv_purchase_model>,
    purchases: *const f64,
    n_purchases: usize,
    at: *const f64,
    n_at: usize,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let model = given(model, "model")?.get();
        // SAFETY: the caller's contract in the header.
        unsafe {
            let (purchases, at) = (slice(purchases, n_purchases, "purchases")?, slice(at, n_at, "at")?);
            fill(out, capacity, &model.alive_path(purchases, at)?, "out")
        }
    })
}

/// DERT: discounted expected residual transactions of every customer over an endless horizon, into `out`, which has room for `capacity`
/// values. Errors: CRMV_UNBOUNDED_VALUE unless the rate is above 0, CRMV_DISCOUNT_RATE, CRMV_HORIZON (length of the rate).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_purchase_model_dert(
    model: Option<&crmv_purchase_model>,
    customers: Option<&crmv_customers>,
    discount: Option<&crmv_discount>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let model = given(model, "model")?.get();
        let rate = given(discount, "discount")?.to_rate()?;
        let values = |customers: &CustomerSummary| Ok(model.discounted_expected_residual_transactions(customers, rate)?);
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, values) }
    })
}

/// DECT: the same up to a finite horizon of `horizon` units, continuously discounted; at rate 0 the expected purchases.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_purchase_model_dect(
    model: Option<&crmv_purchase_model>,
    customers: Option<&crmv_customers>,
    discount: Option<&crmv_discount>,
    horizon: f64,
    unit_of_time: crmv_unit,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let model = given(model, "model")?.get();
        let rate = given(discount, "discount")?.to_rate()?;
        let horizon = span(horizon, unit_of_time)?;
        let values = |customers: &CustomerSummary| Ok(model.discounted_expected_conditional_transactions(customers, rate, horizon)?);
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, values) }
    })
}
