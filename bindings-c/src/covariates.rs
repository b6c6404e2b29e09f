//! Covariates: the table, the options of a fit, the models that use them, and the table of coefficients.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{
    BgNbd, CovariateEffect, CovariateModel, CovariateOptions, Covariates, CustomerSummary, DiscountedPurchases, Error, FitOptions,
    FitReport, Fitted, GgompertzNbd, MbgNbd, ParetoNbd, Simulate, Span, WithCovariates,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::customers::{IdPointers, crmv_customers};
use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, Lent, fill, given, guard, hand_over, read_options, room, slice, text, texts, write_struct};
use crate::fit::{crmv_fit_options, crmv_fit_report};
use crate::purchases::{Fit, PurchaseKind, crmv_purchase_model, read_model};
use crate::time::{crmv_unit, span};

/// Named columns of finite numbers, one row per customer: what is known of customers beside their purchases, and does not change.
///
/// A category enters as 0/1 columns, one for each of its values but one. Immutable. Free it with crmv_covariates_free().
#[derive(Debug)]
pub struct crmv_covariates {
    table: Covariates,
}

impl crmv_covariates {
    pub(crate) fn table(&self) -> &Covariates {
        &self.table
    }
}

/// A table of covariates from `n_columns` columns of `n_rows` numbers each, copied; `names` are NUL-terminated UTF-8 texts.
///
/// Errors: CRMV_EMPTY without columns or rows, CRMV_DUPLICATE_COLUMN, CRMV_NON_FINITE (column, row, value), CRMV_NULL_POINTER,
/// CRMV_INVALID_UTF8. Free the table with crmv_covariates_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_covariates_new(
    names: *const *const c_char,
    columns: *const *const f64,
    n_columns: usize,
    n_rows: usize,
    out: Option<&mut MaybeUninit<*mut crmv_covariates>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header, for all arrays.
        let table = unsafe {
            let names = all(texts(names, n_columns, "names")?, "names")?;
            let pointers = slice(columns, n_columns, "columns")?;
            let mut columns = Vec::with_capacity(n_columns);
            for (name, &pointer) in names.into_iter().zip(pointers) {
                columns.push((name, slice(pointer, n_rows, "columns")?));
            }
            Covariates::from_columns(&columns)?
        };
        hand_over(out, crmv_covariates { table });
        Ok(())
    })
}

/// Texts none of which may be NULL.
fn all<'a>(texts: Vec<Option<&'a str>>, argument: &'static str) -> Result<Vec<&'a str>, Failure> {
    texts.into_iter().map(|text| given(text, argument)).collect()
}

/// Frees a table of covariates. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_covariates_free(covariates: Option<Box<crmv_covariates>>) {
    guard(|| {
        drop(covariates);
        Ok(())
    });
}

/// The same customers with these covariates, as a new summary.
///
/// With one of the arrays of ids (as many as the table has rows) the rows are those of these customers, in any order, and rows of other
/// customers are ignored; with all three NULL row i is that of customer i. Errors: CRMV_LENGTH_MISMATCH, CRMV_CUSTOMER_NOT_FOUND,
/// CRMV_DUPLICATE_CUSTOMER, CRMV_MISSING, CRMV_INVALID_OPTION for more than one array. Free the summary with crmv_customers_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_customers_with_covariates(
    customers: Option<&crmv_customers>,
    covariates: Option<&crmv_covariates>,
    ids_u64: *const u64,
    ids_i64: *const i64,
    ids_text: *const *const c_char,
    out: Option<&mut MaybeUninit<*mut crmv_customers>>,
) -> crmv_status {
    guard(|| {
        let (customers, covariates) = (given(customers, "customers")?, &given(covariates, "covariates")?.table);
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let ids = unsafe { IdPointers::new(covariates.len(), ids_u64, ids_i64, ids_text) }?;
        let summary = customers.summary.clone();
        let summary = match ids.complete_column()? {
            Some(ids) => summary.with_covariates_by_id(ids, covariates)?,
            None => summary.with_covariates(covariates.clone())?,
        };
        hand_over(out, crmv_customers::new(summary));
        Ok(())
    })
}

/// Which covariates enter a model, and how. Set it up with crmv_covariate_options_init().
///
/// For all models alpha = alpha0 exp(-gamma z) with the coefficients of the purchase process; dropout: a = a0 exp(gamma z), b = b0 exp(gamma z)
/// for BG/NBD and MBG/NBD, beta = beta0 exp(-gamma z) for Pareto/NBD and GGompertz/NBD. sBG has `alpha`, `beta` and `shared` instead: see
/// crmv_sbg_fit_with_covariates().
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_covariate_options {
    /// Size of the struct, set by crmv_covariate_options_init().
    pub struct_size: usize,
    /// Names of the covariates of the purchase rates; NULL for none.
    pub purchase: *const *const c_char,
    /// Number of names in `purchase`.
    pub n_purchase: usize,
    /// Names of the covariates of dropout; NULL for none.
    pub dropout: *const *const c_char,
    /// Number of names in `dropout`.
    pub n_dropout: usize,
    /// Names of the covariates of both (sBG: of alpha and beta), with one coefficient; NULL for none.
    pub shared: *const *const c_char,
    /// Number of names in `shared`.
    pub n_shared: usize,
    /// Weight of a quadratic penalty on the coefficients, at least 0: one over the variance of a normal prior around 0.
    pub ridge: f64,
    /// 1: BG/NBD and MBG/NBD have one coefficient for a and one for b for each name in `dropout`; else 0.
    pub separate_shapes: i32,
    /// 1: coefficients per standard deviation, and parameters of a customer at the means; else 0.
    pub standardize: i32,
    /// sBG: names of the covariates of alpha; NULL for none.
    pub alpha: *const *const c_char,
    /// Number of names in `alpha`.
    pub n_alpha: usize,
    /// sBG: names of the covariates of beta; NULL for none.
    pub beta: *const *const c_char,
    /// Number of names in `beta`.
    pub n_beta: usize,
}

// SAFETY: numbers and pointers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_covariate_options {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_covariate_options {
            struct_size: size_of::<Self>(),
            purchase: std::ptr::null(),
            n_purchase: 0,
            dropout: std::ptr::null(),
            n_dropout: 0,
            shared: std::ptr::null(),
            n_shared: 0,
            ridge: 0.0,
            separate_shapes: 0,
            standardize: 0,
            alpha: std::ptr::null(),
            n_alpha: 0,
            beta: std::ptr::null(),
            n_beta: 0,
        }
    }
}

impl crmv_covariate_options {
    /// # Safety
    /// The arrays are NULL or have as many NUL-terminated texts as said.
    pub(crate) unsafe fn to_core(self) -> Result<CovariateOptions, Failure> {
        // SAFETY: the caller's contract.
        let (alpha, beta, purchase, dropout, shared) = unsafe {
            (
                all(texts(self.alpha, self.n_alpha, "alpha")?, "alpha")?,
                all(texts(self.beta, self.n_beta, "beta")?, "beta")?,
                all(texts(self.purchase, self.n_purchase, "purchase")?, "purchase")?,
                all(texts(self.dropout, self.n_dropout, "dropout")?, "dropout")?,
                all(texts(self.shared, self.n_shared, "shared")?, "shared")?,
            )
        };
        let options = CovariateOptions::new().purchase(&purchase).dropout(&dropout).alpha(&alpha).beta(&beta);
        let options = options.shared(&shared).ridge(self.ridge);
        Ok(options.separate_shapes(self.separate_shapes != 0).standardize(self.standardize != 0))
    }
}

/// Sets the options to their defaults, no covariates. `struct_size`: sizeof(crmv_covariate_options).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_covariate_options_init(options: *mut crmv_covariate_options, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(options, struct_size, crmv_covariate_options { struct_size, ..Growing::defaults() }, "options") })
}

/// A model with covariates, whichever it is.
pub(crate) trait CovariatePurchases: std::fmt::Debug + Send + Sync {
    fn as_dyn(&self) -> &dyn DiscountedPurchases;
    fn simulator(&self) -> &dyn Simulate;
    fn to_json(&self, fit: &Fit) -> Result<String, Failure>;
    fn effects(&self) -> &[CovariateEffect];
    fn expected_purchases(&self, customers: &Covariates, horizon: Span) -> Result<Vec<f64>, Error>;
}

impl<M: CovariateModel + Serialize + DeserializeOwned> CovariatePurchases for WithCovariates<M> {
    fn as_dyn(&self) -> &dyn DiscountedPurchases {
        self
    }

    fn simulator(&self) -> &dyn Simulate {
        self
    }

    fn to_json(&self, fit: &Fit) -> Result<String, Failure> {
        fit.to_json(self)
    }

    fn effects(&self) -> &[CovariateEffect] {
        self.effects()
    }

    fn expected_purchases(&self, customers: &Covariates, horizon: Span) -> Result<Vec<f64>, Error> {
        self.expected_purchases_new_customers(customers, horizon)
    }
}

fn boxed<M: CovariateModel + Serialize + DeserializeOwned + 'static>(model: WithCovariates<M>) -> PurchaseKind {
    PurchaseKind::WithCovariates(Box::new(model))
}

/// Reads the stored form of a model with covariates; `None` if it is of none that this version knows.
pub(crate) fn stored(
    name: &str,
    stored: &serde_json::Value,
    what: &'static str,
) -> Option<Result<(PurchaseKind, Option<FitReport>), Failure>> {
    fn read<M: CovariateModel + Serialize + DeserializeOwned + 'static>(
        stored: &serde_json::Value,
        what: &'static str,
    ) -> Result<(PurchaseKind, Option<FitReport>), Failure> {
        let (model, report) = read_model::<WithCovariates<M>>(stored.clone(), what)?;
        Ok((boxed(model), report))
    }
    match name {
        "BG/NBD with covariates" => Some(read::<BgNbd>(stored, what)),
        "MBG/NBD with covariates" => Some(read::<MbgNbd>(stored, what)),
        "Pareto/NBD with covariates" => Some(read::<ParetoNbd>(stored, what)),
        "GGompertz/NBD with covariates" => Some(read::<GgompertzNbd>(stored, what)),
        _ => None,
    }
}

/// # Safety
/// As [`crmv_fit_options::to_core`] and [`crmv_covariate_options::to_core`]; `options` may be NULL.
unsafe fn fit<M: CovariateModel + Serialize + DeserializeOwned + 'static>(
    customers: &CustomerSummary,
    covariates: *const crmv_covariate_options,
    options: *const crmv_fit_options,
) -> Result<crmv_purchase_model, Failure> {
    if covariates.is_null() {
        return Err(Failure::NullPointer("covariates"));
    }
    // SAFETY: the caller's contract.
    let (covariates, weights, options): (_, _, FitOptions) = unsafe {
        let options = read_options(options)?;
        (read_options(covariates)?.to_core()?, options.weights()?, options.to_core()?)
    };
    let fitted: Fitted<WithCovariates<M>> = match weights {
        Some(weights) => WithCovariates::fit_weighted(customers, weights, &covariates, &options)?,
        None => WithCovariates::<M>::fit_with(customers, &covariates, &options)?,
    };
    let report = fitted.report().clone();
    Ok(crmv_purchase_model::new(boxed(fitted.into_model()), Some(report)))
}

/// Fits BG/NBD with covariates by maximum likelihood. The customers must have them: see crmv_customers_with_covariates().
///
/// `options` may be NULL for the defaults; starts are the parameters, then the coefficients in the order of the report, which is `purchase`,
/// `dropout` (or all of a, then all of b), `shared`. The model answers as every purchase model does, each customer by its own covariates. Its
/// parameters, and what is asked of it for a new customer, are those of the baseline: covariates 0, or at the means if they are standardised.
///
/// Errors: CRMV_MISSING_COVARIATES; CRMV_CONSTANT_COLUMN, CRMV_COLLINEAR_COLUMNS (the message names the columns); CRMV_DUPLICATE_COLUMN;
/// CRMV_EMPTY without any covariate; CRMV_INVALID_OPTION; and those of crmv_bg_nbd_fit(). Free the model with crmv_purchase_model_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_bg_nbd_fit_with_covariates(
    customers: Option<&crmv_customers>,
    covariates: *const crmv_covariate_options,
    options: *const crmv_fit_options,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        hand_over(out, unsafe { fit::<BgNbd>(&customers.summary, covariates, options) }?);
        Ok(())
    })
}

/// Fits MBG/NBD with covariates. Otherwise as crmv_bg_nbd_fit_with_covariates().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_mbg_nbd_fit_with_covariates(
    customers: Option<&crmv_customers>,
    covariates: *const crmv_covariate_options,
    options: *const crmv_fit_options,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        hand_over(out, unsafe { fit::<MbgNbd>(&customers.summary, covariates, options) }?);
        Ok(())
    })
}

/// Fits Pareto/NBD with covariates. Otherwise as crmv_bg_nbd_fit_with_covariates().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_pareto_nbd_fit_with_covariates(
    customers: Option<&crmv_customers>,
    covariates: *const crmv_covariate_options,
    options: *const crmv_fit_options,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        hand_over(out, unsafe { fit::<ParetoNbd>(&customers.summary, covariates, options) }?);
        Ok(())
    })
}

/// Fits GGompertz/NBD with covariates. Otherwise as crmv_bg_nbd_fit_with_covariates().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_ggompertz_nbd_fit_with_covariates(
    customers: Option<&crmv_customers>,
    covariates: *const crmv_covariate_options,
    options: *const crmv_fit_options,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        hand_over(out, unsafe { fit::<GgompertzNbd>(&customers.summary, covariates, options) }?);
        Ok(())
    })
}

/// One coefficient of a model. The layout will not change.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_covariate_effect {
    /// Process and covariate: "purchase:", "dropout:", "shared:", "a:" or "b:" (sBG: "alpha:", "beta:", "shared:"), then the covariate's name.
    pub name: *const c_char,
    /// The coefficient gamma.
    pub coefficient: f64,
    /// The covariate enters as z = (value - centre) / scale: 0 unless it is standardised.
    pub centre: f64,
    /// Above 0: 1 unless the covariate is standardised.
    pub scale: f64,
}

/// A purchase model with known coefficients: `model` (BG/NBD, MBG/NBD, Pareto/NBD or GGompertz/NBD) is the baseline, and is copied.
///
/// Errors: CRMV_EMPTY without effects; CRMV_DUPLICATE_COLUMN for two of one name; CRMV_INVALID_PARAMETER for a coefficient, centre or scale
/// out of range or a name that the model has no process for; CRMV_INVALID_OPTION for another model. Free it with crmv_purchase_model_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_purchase_model_with_covariates(
    model: Option<&crmv_purchase_model>,
    effects: *const crmv_covariate_effect,
    n_effects: usize,
    out: Option<&mut MaybeUninit<*mut crmv_purchase_model>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let effects = unsafe { read_effects(effects, n_effects) }?;
        let kind = match model.kind() {
            PurchaseKind::BgNbd(model) => boxed(WithCovariates::new(*model, effects)?),
            PurchaseKind::MbgNbd(model) => boxed(WithCovariates::new(*model, effects)?),
            PurchaseKind::ParetoNbd(model) => boxed(WithCovariates::new(*model, effects)?),
            PurchaseKind::GgompertzNbd(model) => boxed(WithCovariates::new(*model, effects)?),
            _ => return Err(Failure::option("model", model.get().name(), "give BG/NBD, MBG/NBD, Pareto/NBD or GGompertz/NBD")),
        };
        hand_over(out, crmv_purchase_model::new(kind, None));
        Ok(())
    })
}

/// Number of coefficients; 0 for a model without covariates.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_purchase_model_coefficient_count(
    model: Option<&crmv_purchase_model>,
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
pub extern "C" fn crmv_purchase_model_coefficient(
    model: Option<&crmv_purchase_model>,
    index: usize,
    out: Option<&mut MaybeUninit<crmv_covariate_effect>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        out.write(effect_at(model.effects(), model.effect_names(), index)?);
        Ok(())
    })
}

/// The caller's effects.
///
/// # Safety
/// `effects` is NULL or has `n` elements, whose names are NUL-terminated texts.
pub(crate) unsafe fn read_effects(effects: *const crmv_covariate_effect, n: usize) -> Result<Vec<CovariateEffect>, Failure> {
    let read = |effect: &crmv_covariate_effect| {
        // SAFETY: the caller's contract.
        let name = unsafe { text(effect.name, "name") }?;
        Ok(CovariateEffect::named(name, effect.coefficient)?.standardized(effect.centre, effect.scale))
    };
    // SAFETY: the caller's contract.
    unsafe { slice(effects, n, "effects") }?.iter().map(read).collect()
}

/// Effect `index`, its name lent by the model.
pub(crate) fn effect_at(effects: &[CovariateEffect], names: &Lent, index: usize) -> Result<crmv_covariate_effect, Failure> {
    let effect = effects.get(index).ok_or(Failure::OutOfRange { what: "coefficient", index, len: effects.len() })?;
    let mut name = MaybeUninit::uninit();
    names.lend("coefficient", index, &mut name)?;
    Ok(crmv_covariate_effect {
        // SAFETY: written by `lend`, which would have failed otherwise.
        name: unsafe { name.assume_init() },
        coefficient: effect.coefficient,
        centre: effect.centre,
        scale: effect.scale,
    })
}

/// Expected repeat purchases within `horizon` units of new customers with these covariates, one per row of the table.
///
/// `out` has room for `capacity` values. Errors: CRMV_MISSING_COVARIATES; CRMV_INVALID_OPTION for a model without covariates; CRMV_HORIZON,
/// CRMV_INVALID_PARAMETER if covariates move a parameter out of range; CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_purchase_model_expected_purchases_new_customers(
    model: Option<&crmv_purchase_model>,
    covariates: Option<&crmv_covariates>,
    horizon: f64,
    unit_of_time: crmv_unit,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let (model, table) = (given(model, "model")?, &given(covariates, "covariates")?.table);
        let PurchaseKind::WithCovariates(with) = model.kind() else {
            return Err(Failure::option("model", model.get().name(), "give a model with covariates"));
        };
        room(out, capacity, table.len(), "out")?;
        let values = with.expected_purchases(table, span(horizon, unit_of_time)?)?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &values, "out") }
    })
}

/// A row of the table of coefficients of a fit. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_coefficient {
    /// Process and covariate, for example "purchase:age"; valid until the model is freed.
    pub name: *const c_char,
    /// The estimate.
    pub estimate: f64,
    /// Its standard error; 0 where there is none.
    pub standard_error: f64,
    /// Wald statistic, estimate over standard error; 0 where there is none.
    pub z: f64,
    /// Two-sided p-value of the hypothesis that the coefficient is 0; 0 where there is none.
    pub p_value: f64,
    /// Wald interval; 0 where there is none.
    pub lower: f64,
    /// Wald interval; 0 where there is none.
    pub upper: f64,
    /// 1 if there is a standard error, and so a test and an interval; 0 if the likelihood is flat, or the coefficient was held.
    pub has_standard_error: i32,
    /// 0.
    pub reserved: i32,
}

/// Row `index` (0-based) of the table of coefficients, with intervals at `level` (0.95 for 95 %). `struct_size`: sizeof(crmv_coefficient).
///
/// Errors: CRMV_OUT_OF_RANGE beyond the last one, CRMV_SHARE unless 0 < level < 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_fit_report_coefficient(
    report: Option<&crmv_fit_report>,
    index: usize,
    level: f64,
    out: *mut crmv_coefficient,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let fit = given(report, "report")?;
        let rows = fit.report.coefficients(level)?;
        let row = rows.get(index).ok_or(Failure::OutOfRange { what: "coefficient", index, len: rows.len() })?;
        let mut name = MaybeUninit::uninit();
        fit.coefficient_names().lend("coefficient", index, &mut name)?;
        let (lower, upper) = row.interval.unwrap_or_default();
        let coefficient = crmv_coefficient {
            // SAFETY: written by `lend`, which would have failed otherwise.
            name: unsafe { name.assume_init() },
            estimate: row.estimate,
            standard_error: row.standard_error.unwrap_or_default(),
            z: row.z.unwrap_or_default(),
            p_value: row.p_value.unwrap_or_default(),
            lower,
            upper,
            has_standard_error: i32::from(row.standard_error.is_some()),
            reserved: 0,
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, coefficient, "out") }
    })
}

/// The test of a fit with covariates against the same model without them. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_likelihood_ratio {
    /// Twice the gain in log-likelihood, at least 0.
    pub statistic: f64,
    /// Probability of so large a statistic if no covariate had an effect.
    pub p_value: f64,
    /// Number of coefficients that were estimated.
    pub degrees_of_freedom: u64,
    /// 1 if there is a test; 0 for a model without covariates and a fit with a penalty, and then all else is 0.
    pub has_value: i32,
    /// 0.
    pub reserved: i32,
}

/// The likelihood-ratio test of the fit. `struct_size`: sizeof(crmv_likelihood_ratio).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_fit_report_likelihood_ratio(
    report: Option<&crmv_fit_report>,
    out: *mut crmv_likelihood_ratio,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let test = &given(report, "report")?.report.likelihood_ratio;
        let value = crmv_likelihood_ratio {
            statistic: test.as_ref().map_or(0.0, |test| test.statistic),
            p_value: test.as_ref().map_or(0.0, |test| test.p_value),
            degrees_of_freedom: test.as_ref().map_or(0, |test| test.degrees_of_freedom as u64),
            has_value: i32::from(test.is_some()),
            reserved: 0,
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, value, "out") }
    })
}

/// The names that a model with covariates lends.
pub(crate) fn names_of(effects: &[CovariateEffect]) -> Lent {
    Lent::new(effects.iter().map(CovariateEffect::name))
}
