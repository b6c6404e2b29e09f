//! Concentration in one number, rules put to the test, dependency on the largest customers.

use std::mem::MaybeUninit;

use crm_value::{RuleVerdict, ShareRule};

use crate::concentration::crmv_concentration;
use crate::error::crmv_status;
use crate::ffi::{Growing, fill, given, guard, read_options, write_struct};

/// The Hoover index: the share of the total that would have to move for all customers to be worth the same; 0 if they are.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_concentration_hoover(concentration: Option<&crmv_concentration>, out: Option<&mut MaybeUninit<f64>>) -> crmv_status {
    guard(|| {
        let (concentration, out) = (given(concentration, "concentration")?, given(out, "out")?);
        out.write(concentration.concentration.hoover());
        Ok(())
    })
}

/// The Theil index T, in nats: 0 if all customers are worth the same, ln n if one holds everything.
///
/// Errors: CRMV_UNDEFINED if a value is negative, which CRMV_NEGATIVES_ALLOW lets in.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_concentration_theil(concentration: Option<&crmv_concentration>, out: Option<&mut MaybeUninit<f64>>) -> crmv_status {
    guard(|| {
        let (concentration, out) = (given(concentration, "concentration")?, given(out, "out")?);
        out.write(concentration.concentration.theil()?);
        Ok(())
    })
}

/// The Herfindahl-Hirschman index, the sum of the squared shares: 1 / n if all customers are worth the same, 1 if one holds everything.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_concentration_hhi(concentration: Option<&crmv_concentration>, out: Option<&mut MaybeUninit<f64>>) -> crmv_status {
    guard(|| {
        let (concentration, out) = (given(concentration, "concentration")?, given(out, "out")?);
        out.write(concentration.concentration.hhi());
        Ok(())
    })
}

/// 1 / HHI: how many customers of equal value would be as concentrated.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_concentration_effective_customers(
    concentration: Option<&crmv_concentration>,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (concentration, out) = (given(concentration, "concentration")?, given(out, "out")?);
        out.write(concentration.concentration.effective_customers());
        Ok(())
    })
}

/// How fast the large values thin out, as the exponent of a Pareto law. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_tail_index {
    /// The number of largest values it was estimated from.
    pub customers: u64,
    /// The value above which they lie.
    pub threshold: f64,
    /// The exponent, above 0: the smaller, the more a few customers dominate.
    pub alpha: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// The Pareto tail index of the `k` largest values by Hill's estimator; `k` may be NULL for 10 % of the customers, at least 10.
///
/// `struct_size`: sizeof(crmv_tail_index). Errors: CRMV_INVALID_OPTION for 0, CRMV_UNDEFINED unless there are k + 1 values above 0, not all
/// of them equal.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_concentration_tail_index(
    concentration: Option<&crmv_concentration>,
    k: Option<&usize>,
    out: *mut crmv_tail_index,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let tail = given(concentration, "concentration")?.concentration.tail_index(k.copied())?;
        let tail = crmv_tail_index {
            customers: tail.customers as u64,
            threshold: tail.threshold,
            alpha: tail.alpha,
            standard_error: tail.standard_error,
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, tail, "out") }
    })
}

/// The share of the total that the top fraction `p` would hold if all values followed the Pareto law of crmv_concentration_tail_index() for
/// `k`, p^(1 - 1/alpha); p in [0, 1].
///
/// `has_share` 0 and `share` 0 for alpha <= 1, where the law has no mean. Errors: CRMV_SHARE, and those of the tail index.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_concentration_implied_top_share(
    concentration: Option<&crmv_concentration>,
    k: Option<&usize>,
    p: f64,
    share: Option<&mut MaybeUninit<f64>>,
    has_share: Option<&mut MaybeUninit<i32>>,
) -> crmv_status {
    guard(|| {
        let concentration = &given(concentration, "concentration")?.concentration;
        let (share, has_share) = (given(share, "share")?, given(has_share, "has_share")?);
        let implied = concentration.tail_index(k.copied())?.implied_top_share(p)?;
        share.write(implied.unwrap_or_default());
        has_share.write(i32::from(implied.is_some()));
        Ok(())
    })
}

/// What is at risk with the largest customers. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_dependency {
    /// The number of customers that leave; all if more were asked for.
    pub customers: u64,
    /// Their share of all customers, in [0, 1].
    pub customer_share: f64,
    /// The value lost with them.
    pub value: f64,
    /// Its share of the total.
    pub value_share: f64,
}

/// The numbers of customers for which crmv_concentration_dependency() is usually asked: 1, 5, 10, and 1 % of all, rounded up.
///
/// `out`: room for 4 values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_concentration_default_dependency(concentration: Option<&crmv_concentration>, out: *mut usize) -> crmv_status {
    guard(|| {
        let usual = given(concentration, "concentration")?.concentration.default_dependency();
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, usual.len(), &usual, "out") }
    })
}

/// The value lost if the `k` largest customers leave. `struct_size`: sizeof(crmv_dependency).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_concentration_dependency(
    concentration: Option<&crmv_concentration>,
    k: usize,
    out: *mut crmv_dependency,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        for row in given(concentration, "concentration")?.concentration.dependency(&[k]) {
            let row = crmv_dependency {
                customers: row.customers as u64,
                customer_share: row.customer_share,
                value: row.value,
                value_share: row.value_share,
            };
            // SAFETY: the caller's contract in the header.
            unsafe { write_struct(out, struct_size, row, "out") }?;
        }
        Ok(())
    })
}

/// What the data say about a rule: one of the CRMV_RULE_ constants.
pub type crmv_rule_verdict = i32;
/// The whole interval lies at or above the share claimed.
pub const CRMV_RULE_HOLDS: i32 = 0;
/// The whole interval lies below it.
pub const CRMV_RULE_DOES_NOT_HOLD: i32 = 1;
/// The interval contains it: more customers are needed to tell.
pub const CRMV_RULE_UNDECIDED: i32 = 2;

/// How a rule is tested. Set it up with crmv_rule_options_init(); fields may be added at its end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_rule_options {
    /// Size of the struct, set by crmv_rule_options_init().
    pub struct_size: usize,
    /// Confidence of the interval, inside (0, 1); default 0.95.
    pub confidence: f64,
    /// Number of bootstrap resamples, 100 to 1,000,000; default 2,000.
    pub resamples: usize,
    /// Seed of the random numbers; default 1. The same seed gives the same result to the last bit.
    pub seed: u64,
}

// SAFETY: numbers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_rule_options {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_rule_options {
            struct_size: size_of::<Self>(),
            confidence: ShareRule::DEFAULT_CONFIDENCE,
            resamples: ShareRule::DEFAULT_RESAMPLES,
            seed: ShareRule::DEFAULT_SEED,
        }
    }
}

/// Sets the options to their defaults. `struct_size`: sizeof(crmv_rule_options).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rule_options_init(options: *mut crmv_rule_options, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(options, struct_size, crmv_rule_options { struct_size, ..Growing::defaults() }, "options") })
}

/// What came of the test of a rule. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_rule_test {
    /// The share of the value that the customers really hold in these data.
    pub top_share: f64,
    /// Lower end of the interval of that share.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Resamples the interval rests on.
    pub resamples: u64,
    /// What follows for the rule.
    pub verdict: crmv_rule_verdict,
    /// 0.
    pub reserved: i32,
}

/// Tests the rule "the top fraction `customers` hold at least a share `value`" (0.20 and 0.80), by a bootstrap interval of the top share.
///
/// `options` may be NULL for the defaults; `struct_size`: sizeof(crmv_rule_test). Errors: CRMV_SHARE, CRMV_INVALID_OPTION, CRMV_UNDEFINED
/// if more than half of the resamples have no total above 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_concentration_test_rule(
    concentration: Option<&crmv_concentration>,
    customers: f64,
    value: f64,
    options: *const crmv_rule_options,
    out: *mut crmv_rule_test,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let concentration = given(concentration, "concentration")?;
        // SAFETY: the caller's contract in the header.
        let options = unsafe { read_options(options) }?;
        let rule = ShareRule::new(customers, value).confidence(options.confidence).resamples(options.resamples).seed(options.seed);
        let test = concentration.concentration.test_rule(&rule)?;
        let test = crmv_rule_test {
            top_share: test.top_share,
            lower: test.lower,
            upper: test.upper,
            resamples: test.resamples as u64,
            verdict: match test.verdict {
                RuleVerdict::Holds => CRMV_RULE_HOLDS,
                RuleVerdict::DoesNotHold => CRMV_RULE_DOES_NOT_HOLD,
                RuleVerdict::Undecided => CRMV_RULE_UNDECIDED,
            },
            reserved: 0,
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, test, "out") }
    })
}
