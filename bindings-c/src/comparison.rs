//! Models side by side.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{Comparison, FitReport};

use crate::error::{Failure, crmv_status};
use crate::ffi::{Lent, given, guard, hand_over, hand_over_text, slice, write_struct};
use crate::fit::crmv_fit_report;

/// Fits of several models to the same customers, side by side, the smallest AIC first. Free it with crmv_comparison_free().
#[derive(Debug)]
pub struct crmv_comparison {
    comparison: Comparison,
    names: Lent,
    /// Model and nested model of each test.
    tested: Lent,
    against: Lent,
}

/// One model of a comparison.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_compared_model {
    /// Total log-likelihood (natural log, not negated).
    pub log_likelihood: f64,
    /// Akaike's information criterion.
    pub aic: f64,
    /// Bayesian information criterion.
    pub bic: f64,
    /// How far the AIC lies above the smallest one.
    pub delta_aic: f64,
    /// Share of support among the models compared, exp(-delta / 2) over the sum of them.
    pub akaike_weight: f64,
    /// Number of estimated parameters.
    pub parameters: u64,
    /// 1 if the fit converged inside the searched region, else 0.
    pub converged: i32,
}

/// A likelihood-ratio test of a model against one nested in it.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_nested_test {
    /// 2 (ln L - ln L of the nested model), at least 0.
    pub statistic: f64,
    /// P(chi square >= statistic), in [0, 1].
    pub p_value: f64,
    /// How many parameters the nested model has fewer.
    pub degrees_of_freedom: u64,
    /// 1 if the nested model lies at the edge of the larger one, so that the p-value is an upper bound; else 0.
    pub boundary: i32,
}

/// Sets `n` reports of fits to the same customers side by side.
///
/// Errors: CRMV_EMPTY; CRMV_INVALID_OPTION if the reports count different customers or are in different time units.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_comparison_new(
    reports: *const Option<&crmv_fit_report>,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_comparison>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let reports = unsafe { slice(reports, n, "reports") }?;
        let reports: Vec<&FitReport> =
            reports.iter().map(|report| Ok(&given(*report, "reports[]")?.report)).collect::<Result<_, Failure>>()?;
        let comparison = Comparison::of(&reports)?;
        let tests = || comparison.models().iter().flat_map(|model| model.tests.iter().map(|test| (model.model.as_str(), test)));
        let crmv = crmv_comparison {
            names: Lent::new(comparison.models().iter().map(|model| model.model.as_str())),
            tested: Lent::new(tests().map(|(model, _)| model)),
            against: Lent::new(tests().map(|(_, test)| test.ratio.against.as_str())),
            comparison,
        };
        hand_over(out, crmv);
        Ok(())
    })
}

/// Frees a comparison. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_comparison_free(comparison: Option<Box<crmv_comparison>>) {
    guard(|| {
        drop(comparison);
        Ok(())
    });
}

/// Number of models.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_comparison_count(comparison: Option<&crmv_comparison>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        given(out, "out")?.write(given(comparison, "comparison")?.names.len());
        Ok(())
    })
}

/// Model `index` (0-based, the smallest AIC first): its name, valid until the comparison is freed, and its numbers; `struct_size`:
/// sizeof(crmv_compared_model). Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_comparison_model(
    comparison: Option<&crmv_comparison>,
    index: usize,
    name: Option<&mut MaybeUninit<*const c_char>>,
    out: *mut crmv_compared_model,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let comparison = given(comparison, "comparison")?;
        comparison.names.lend("model", index, given(name, "name")?)?;
        let model = &comparison.comparison.models()[index];
        let value = crmv_compared_model {
            log_likelihood: model.log_likelihood,
            aic: model.aic,
            bic: model.bic,
            delta_aic: model.delta_aic,
            akaike_weight: model.akaike_weight,
            parameters: model.parameters as u64,
            converged: i32::from(model.converged),
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, value, "out") }
    })
}

/// Number of likelihood-ratio tests: of each model against those compared that are nested in it.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_comparison_test_count(comparison: Option<&crmv_comparison>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        given(out, "out")?.write(given(comparison, "comparison")?.tested.len());
        Ok(())
    })
}

/// Test `index` (0-based): the names of the model and of the nested one, valid until the comparison is freed, and the numbers; `struct_size`:
/// sizeof(crmv_nested_test). Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_comparison_test(
    comparison: Option<&crmv_comparison>,
    index: usize,
    model: Option<&mut MaybeUninit<*const c_char>>,
    against: Option<&mut MaybeUninit<*const c_char>>,
    out: *mut crmv_nested_test,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let comparison = given(comparison, "comparison")?;
        comparison.tested.lend("test", index, given(model, "model")?)?;
        comparison.against.lend("test", index, given(against, "against")?)?;
        let Some(test) = comparison.comparison.models().iter().flat_map(|model| &model.tests).nth(index) else { return Ok(()) };
        let value = crmv_nested_test {
            statistic: test.ratio.statistic,
            p_value: test.ratio.p_value,
            degrees_of_freedom: test.ratio.degrees_of_freedom as u64,
            boundary: i32::from(test.boundary),
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, value, "out") }
    })
}

/// The comparison as a text table. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_comparison_text(comparison: Option<&crmv_comparison>, out: Option<&mut MaybeUninit<*mut c_char>>) -> crmv_status {
    guard(|| {
        hand_over_text(given(out, "out")?, given(comparison, "comparison")?.comparison.to_string());
        Ok(())
    })
}
