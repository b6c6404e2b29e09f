//! Fit options and the report of a fit.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::ops::ControlFlow;

use crm_value::{FitOptions, FitReport, Monitor, Progress, Termination};

use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, Lent, fill, given, guard, hand_over_text, optional_slice, room, text, write_struct};
use crate::time::{CRMV_UNIT_NONE, crmv_unit, span, unit_code};

/// Called once per iteration of a fit, on the thread that called the fit, with the data pointer of the options, the number of iterations
/// done over all starts, and the log-likelihood at the current point (that of a sample of the customers while starts are tried). Returns 0 to go on, anything else to stop the fit (CRMV_CANCELLED).
///
/// Must not throw a C++ exception and not leave by longjmp.
pub type crmv_monitor = Option<unsafe extern "C" fn(data: *mut c_void, iteration: usize, log_likelihood: f64) -> i32>;

/// What is known of a parameter before a fit: its value, or a log-normal prior on it.
///
/// A prior acts on the logarithm of the parameter. The median of a parameter that is a time (alpha, the beta of Pareto/NBD) is given with a
/// unit, so that it does not depend on the model's; that of b in GGompertz/NBD, a rate per time, as the span of its reciprocal.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_constraint {
    /// The parameter's name, a NUL-terminated text.
    pub parameter: *const c_char,
    /// The value at which the parameter is held, in the model's unit, or the median of the prior; above 0.
    pub value: f64,
    /// 0 to hold the parameter at `value`; above 0 the standard deviation of its logarithm.
    pub log_sd: f64,
    /// The unit of the median of a time; CRMV_UNIT_NONE for every other parameter and for one that is held.
    pub unit: crmv_unit,
}

/// How a model is estimated. Set it up with crmv_fit_options_init(); fields may be added at its end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_fit_options {
    /// Size of the struct, set by crmv_fit_options_init().
    pub struct_size: usize,
    /// First point: `n_start` parameters in the model's order, each above 0; NULL for points found from the data.
    pub start: *const f64,
    /// Number of values in `start`.
    pub n_start: usize,
    /// Weight of every customer, finite and above 0; NULL for 1 each.
    pub weights: *const f64,
    /// Number of values in `weights`: that of the customers.
    pub n_weights: usize,
    /// Limit on Newton steps per start; 0 for the default, 200.
    pub max_iterations: usize,
    /// Relative change of every parameter at which the fit has converged; 0 for the default, 1e-8.
    pub tolerance: f64,
    /// Limit on threads; 0 for all cores. Never changes a result.
    pub threads: usize,
    /// Watches the fit and may stop it; NULL for none.
    pub monitor: crmv_monitor,
    /// Given to `monitor`.
    pub monitor_data: *mut c_void,
    /// Parameters that are held or have a prior; NULL for none. A parameter held is not estimated: no standard error, not counted in AIC.
    pub constraints: *const crmv_constraint,
    /// Number of `constraints`.
    pub n_constraints: usize,
    /// Weight of a quadratic penalty on the logarithm of every other parameter, around the first start; 0 for none.
    pub penalty: f64,
    /// Not 0 to fit Gamma-Gamma to the single purchases rather than their means, which needs the summary's log sums. For spend models.
    pub single_purchases: i32,
}

// SAFETY: numbers and pointers, for which all bytes 0 is valid; a NULL function pointer is `None`.
unsafe impl Growing for crmv_fit_options {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_fit_options {
            struct_size: size_of::<Self>(),
            start: std::ptr::null(),
            n_start: 0,
            weights: std::ptr::null(),
            n_weights: 0,
            max_iterations: 0,
            tolerance: 0.0,
            threads: 0,
            monitor: None,
            monitor_data: std::ptr::null_mut(),
            constraints: std::ptr::null(),
            n_constraints: 0,
            penalty: 0.0,
            single_purchases: 0,
        }
    }
}

/// The caller's pointer, handed back to the caller's function and to nobody else.
struct MonitorData(*mut c_void);

// SAFETY: the library never looks at what is behind the pointer, and calls the monitor on the calling thread only.
unsafe impl Send for MonitorData {}
// SAFETY: as above.
unsafe impl Sync for MonitorData {}

impl MonitorData {
    fn pointer(&self) -> *mut c_void {
        self.0
    }
}

impl crmv_fit_options {
    /// # Safety
    /// The arrays are NULL or have as many elements as said; the monitor may be called with its data during the fit.
    pub(crate) unsafe fn to_core(self) -> Result<FitOptions, Failure> {
        let mut options = FitOptions::new().threads(self.threads).penalty(self.penalty);
        // SAFETY: the caller's contract.
        for constraint in unsafe { optional_slice(self.constraints, self.n_constraints, "constraints") }?.unwrap_or_default() {
            // SAFETY: the caller's contract.
            let parameter = unsafe { text(constraint.parameter, "constraints[].parameter") }?;
            options = match (constraint.log_sd.to_bits(), constraint.unit) {
                (0, _) => options.fix(parameter, constraint.value),
                (_, CRMV_UNIT_NONE) => options.prior(parameter, constraint.value, constraint.log_sd),
                (_, unit) => options.prior_span(parameter, span(constraint.value, unit)?, constraint.log_sd),
            };
        }
        // SAFETY: the caller's contract.
        if let Some(start) = unsafe { optional_slice(self.start, self.n_start, "start") }? {
            options = options.start(start);
        }
        if self.max_iterations > 0 {
            options = options.max_iterations(self.max_iterations);
        }
        // NaN is not 0, so it reaches the core and is refused there.
        if self.tolerance.to_bits() != 0 {
            options = options.tolerance(self.tolerance);
        }
        if let Some(monitor) = self.monitor {
            let data = MonitorData(self.monitor_data);
            options = options.monitor(Monitor::new(move |progress: Progress| {
                // SAFETY: the caller's contract: its function, its data, during the call.
                match unsafe { monitor(data.pointer(), progress.iteration, progress.log_likelihood) } {
                    0 => ControlFlow::Continue(()),
                    _ => ControlFlow::Break(()),
                }
            }));
        }
        Ok(options)
    }

    /// # Safety
    /// `weights` is NULL or has `n_weights` elements that stay as they are for `'a`.
    pub(crate) unsafe fn weights<'a>(&self) -> Result<Option<&'a [f64]>, Failure> {
        // SAFETY: the caller's contract.
        unsafe { optional_slice(self.weights, self.n_weights, "weights") }
    }
}

/// Sets the options to their defaults. `struct_size`: sizeof(crmv_fit_options).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_fit_options_init(options: *mut crmv_fit_options, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(options, struct_size, crmv_fit_options { struct_size, ..Growing::defaults() }, "options") })
}

/// Why a fit stopped: one of the CRMV_TERMINATION_ constants.
pub type crmv_termination = i32;
/// Every parameter changed by less than the tolerance.
pub const CRMV_TERMINATION_CONVERGED: i32 = 0;
/// No step raises the likelihood any more, though the tolerance was not reached.
pub const CRMV_TERMINATION_STALLED: i32 = 1;
/// The limit of iterations was reached.
pub const CRMV_TERMINATION_MAX_ITERATIONS: i32 = 2;

/// The outcome of a fit: how good, how certain, how it ended. Belongs to its model, and is never freed by itself.
#[derive(Debug)]
pub struct crmv_fit_report {
    pub(crate) report: FitReport,
    warnings: Lent,
    coefficient_names: Lent,
}

impl crmv_fit_report {
    pub(crate) fn new(report: FitReport) -> Self {
        let warnings = Lent::new(report.warnings.iter().map(ToString::to_string));
        let coefficients = report.estimates.iter().filter(|estimate| estimate.coefficient);
        let coefficient_names = Lent::new(coefficients.map(|estimate| estimate.name.as_str()));
        crmv_fit_report { report, warnings, coefficient_names }
    }

    pub(crate) fn coefficient_names(&self) -> &Lent {
        &self.coefficient_names
    }
}

/// The numbers of a fit. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_fit_info {
    /// Total log-likelihood (natural log, not negated).
    pub log_likelihood: f64,
    /// Akaike's information criterion.
    pub aic: f64,
    /// Bayesian information criterion.
    pub bic: f64,
    /// Largest absolute gradient in the logarithms of the parameters, per customer.
    pub gradient_norm: f64,
    /// Customers that entered the likelihood.
    pub customers: u64,
    /// Distinct histories that they reduce to.
    pub patterns: u64,
    /// Newton iterations.
    pub iterations: u64,
    /// Evaluations of the likelihood.
    pub evaluations: u64,
    /// Number of parameters.
    pub parameters: u64,
    /// Number of warnings; see crmv_fit_report_warning().
    pub warnings: u64,
    /// Why the fit stopped.
    pub termination: crmv_termination,
    /// 1 if the fit converged, 0 if not.
    pub converged: i32,
    /// 1 if there are standard errors and a covariance matrix, 0 if not.
    pub has_standard_errors: i32,
    /// Unit of the parameters that are times; CRMV_UNIT_NONE if there are none.
    pub unit: crmv_unit,
}

/// The numbers of the fit. `struct_size`: sizeof(crmv_fit_info).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_fit_report_info(
    report: Option<&crmv_fit_report>,
    out: *mut crmv_fit_info,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let fit = given(report, "report")?;
        let report = &fit.report;
        let info = crmv_fit_info {
            log_likelihood: report.log_likelihood,
            aic: report.aic(),
            bic: report.bic(),
            gradient_norm: report.gradient_norm,
            customers: report.customers as u64,
            patterns: report.patterns as u64,
            iterations: report.iterations as u64,
            evaluations: report.evaluations as u64,
            parameters: report.estimates.len() as u64,
            warnings: fit.warnings.len() as u64,
            termination: match report.termination {
                Termination::Converged => CRMV_TERMINATION_CONVERGED,
                Termination::Stalled => CRMV_TERMINATION_STALLED,
                Termination::MaxIterations => CRMV_TERMINATION_MAX_ITERATIONS,
            },
            converged: i32::from(report.converged()),
            has_standard_errors: i32::from(report.covariance.is_some()),
            unit: report.unit.map_or(CRMV_UNIT_NONE, unit_code),
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, info, "out") }
    })
}

/// Copies the standard errors of the parameters, in the model's order, into `out`, and into `has_value` 1 where there is one, else 0.
///
/// Both have room for `capacity` elements. Where the likelihood is flat or ridged there are none: out is 0 there. Errors:
/// CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_fit_report_standard_errors(
    report: Option<&crmv_fit_report>,
    out: *mut f64,
    has_value: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let estimates = &given(report, "report")?.report.estimates;
        room(out, capacity, estimates.len(), "out")?;
        room(has_value, capacity, estimates.len(), "has_value")?;
        let error = |error: Option<f64>| (error.unwrap_or_default(), u8::from(error.is_some()));
        let (errors, flags): (Vec<f64>, Vec<u8>) = estimates.iter().map(|estimate| error(estimate.standard_error)).unzip();
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(out, capacity, &errors, "out")?;
            fill(has_value, capacity, &flags, "has_value")
        }
    })
}

/// Confidence interval of every parameter at `level` (0.95 for 95 %), symmetric in its logarithm: `lower`, `upper`, and `has_value` 0
/// where there is none (the bounds are 0 there).
///
/// All three have room for `capacity` elements. Errors: CRMV_SHARE unless 0 < level < 1, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_fit_report_confidence_intervals(
    report: Option<&crmv_fit_report>,
    level: f64,
    lower: *mut f64,
    upper: *mut f64,
    has_value: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let report = &given(report, "report")?.report;
        let n = report.estimates.len();
        room(lower, capacity, n, "lower")?;
        room(upper, capacity, n, "upper")?;
        room(has_value, capacity, n, "has_value")?;
        let intervals = report.confidence_intervals(level)?;
        let flags: Vec<u8> = intervals.iter().map(|interval| u8::from(interval.is_some())).collect();
        let (lowers, uppers): (Vec<f64>, Vec<f64>) = intervals.into_iter().map(Option::unwrap_or_default).unzip();
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(lower, capacity, &lowers, "lower")?;
            fill(upper, capacity, &uppers, "upper")?;
            fill(has_value, capacity, &flags, "has_value")
        }
    })
}

/// Copies the covariance matrix of the k parameters, row by row, into `out`, which has room for `capacity` >= k * k values.
///
/// `has_value` becomes 1; or 0 if there is no covariance, and then out is all 0. Errors: CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_fit_report_covariance(
    report: Option<&crmv_fit_report>,
    out: *mut f64,
    capacity: usize,
    has_value: Option<&mut MaybeUninit<u8>>,
) -> crmv_status {
    guard(|| {
        let (report, has_value) = (&given(report, "report")?.report, given(has_value, "has_value")?);
        let size = report.estimates.len() * report.estimates.len();
        let values = report.covariance.as_ref().map_or_else(|| vec![0.0; size], |covariance| covariance.iter().copied().collect());
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &values, "out") }?;
        has_value.write(u8::from(report.covariance.is_some()));
        Ok(())
    })
}

/// The text of warning `index` (0-based). Valid until the model is freed. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_fit_report_warning(
    report: Option<&crmv_fit_report>,
    index: usize,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| given(report, "report")?.warnings.lend("warning", index, given(out, "out")?))
}

/// The report as text: parameters with standard errors, log-likelihood, how it ended, warnings. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_fit_report_text(report: Option<&crmv_fit_report>, out: Option<&mut MaybeUninit<*mut c_char>>) -> crmv_status {
    guard(|| {
        let (report, out) = (given(report, "report")?, given(out, "out")?);
        hand_over_text(out, report.report.to_string());
        Ok(())
    })
}
