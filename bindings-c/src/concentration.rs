//! Concentration of value over customers, and tiers.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{Concentration, NegativePolicy, TierBasis, Tiers};

use crate::error::{Failure, crmv_status};
use crate::ffi::{fill, given, guard, hand_over, hand_over_json, room, slice, stored, write_struct};

/// Concentration of a value (revenue, contribution margin, predicted CLV) over customers.
///
/// Immutable, so any number of threads may use it at once. Free it with crmv_concentration_free().
#[derive(Debug)]
pub struct crmv_concentration {
    pub(crate) concentration: Concentration,
}

/// Tiers of customers, best first, numbered 0, 1, 2, ...; without customer data, and applicable to new customers.
///
/// A customer starts where all customers of strictly greater value end, and belongs to the first tier whose bound lies above that start.
/// Ties are never split. Immutable. Free them with crmv_tiers_free().
#[derive(Debug)]
pub struct crmv_tiers {
    pub(crate) tiers: Tiers,
}

/// What to do with negative values: one of the CRMV_NEGATIVES_ constants.
pub type crmv_negative_policy = i32;
/// Refuse them with CRMV_NEGATIVE and the row.
pub const CRMV_NEGATIVES_REJECT: i32 = 0;
/// Count them as 0; crmv_concentration_negatives_clamped() says how many.
pub const CRMV_NEGATIVES_CLAMP: i32 = 1;
/// Take them as they are; shares and Gini may then exceed 1.
pub const CRMV_NEGATIVES_ALLOW: i32 = 2;

pub(crate) fn negative_policy(code: crmv_negative_policy) -> Result<NegativePolicy, Failure> {
    match code {
        CRMV_NEGATIVES_REJECT => Ok(NegativePolicy::Reject),
        CRMV_NEGATIVES_CLAMP => Ok(NegativePolicy::Clamp),
        CRMV_NEGATIVES_ALLOW => Ok(NegativePolicy::Allow),
        other => Err(Failure::option("negatives", other, "use one of the CRMV_NEGATIVES_ constants")),
    }
}

/// What the bounds of tiers are shares of: one of the CRMV_TIERS_ constants.
pub type crmv_tier_basis = i32;
/// Cumulative share of the customers.
pub const CRMV_TIERS_BY_CUSTOMER_SHARE: i32 = 0;
/// Cumulative share of the value: ABC analysis.
pub const CRMV_TIERS_BY_VALUE_SHARE: i32 = 1;
/// Values of your own.
pub const CRMV_TIERS_BY_THRESHOLDS: i32 = 2;

/// One tier: what was asked for and what it came to. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_tier {
    /// The cumulative share at which the tier was to end, in (0, 1].
    pub bound: f64,
    /// Its customers.
    pub customers: u64,
    /// Their share of all customers, in [0, 1].
    pub customer_share: f64,
    /// The sum of their values.
    pub value: f64,
    /// Their share of the total value; see has_value_share.
    pub value_share: f64,
    /// The smallest value in the tier, its entry ticket; see has_smallest.
    pub smallest: f64,
    /// 1 if there is a value share, 0 (and value_share 0) if the total is not above 0.
    pub has_value_share: i32,
    /// 1 if there is a smallest value, 0 (and smallest 0) if the tier is empty.
    pub has_smallest: i32,
    /// The value from which on a customer belongs to the tier or a better one, if cut by thresholds; see has_threshold.
    pub threshold: f64,
    /// 1 if there is a threshold, 0 (and threshold 0) for the last tier and for tiers cut by shares.
    pub has_threshold: i32,
    /// 0.
    pub reserved: i32,
}

/// Concentration of `n` values, one per customer.
///
/// Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_NEGATIVE (by policy), CRMV_TOTAL_NOT_POSITIVE, CRMV_INVALID_OPTION. Free it with
/// crmv_concentration_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_concentration_new(
    values: *const f64,
    n: usize,
    negatives: crmv_negative_policy,
    out: Option<&mut MaybeUninit<*mut crmv_concentration>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let values = unsafe { slice(values, n, "values") }?;
        hand_over(out, crmv_concentration { concentration: Concentration::with_policy(values, negative_policy(negatives)?)? });
        Ok(())
    })
}

/// Frees a concentration. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_concentration_free(concentration: Option<Box<crmv_concentration>>) {
    guard(|| {
        drop(concentration);
        Ok(())
    });
}

/// Number of customers, those of value 0 included.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_concentration_count(
    concentration: Option<&crmv_concentration>,
    out: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (concentration, out) = (given(concentration, "concentration")?, given(out, "out")?);
        out.write(concentration.concentration.n());
        Ok(())
    })
}

/// The sum of the values, above 0.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_concentration_total(concentration: Option<&crmv_concentration>, out: Option<&mut MaybeUninit<f64>>) -> crmv_status {
    guard(|| {
        let (concentration, out) = (given(concentration, "concentration")?, given(out, "out")?);
        out.write(concentration.concentration.total());
        Ok(())
    })
}

/// How many negative values CRMV_NEGATIVES_CLAMP counted as 0.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_concentration_negatives_clamped(
    concentration: Option<&crmv_concentration>,
    out: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (concentration, out) = (given(concentration, "concentration")?, given(out, "out")?);
        out.write(concentration.concentration.negatives_clamped());
        Ok(())
    })
}

/// The policy for negative values that the concentration was made with.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_concentration_negatives(
    concentration: Option<&crmv_concentration>,
    out: Option<&mut MaybeUninit<crmv_negative_policy>>,
) -> crmv_status {
    guard(|| {
        let (concentration, out) = (given(concentration, "concentration")?, given(out, "out")?);
        out.write(match concentration.concentration.policy() {
            NegativePolicy::Reject => CRMV_NEGATIVES_REJECT,
            NegativePolicy::Clamp => CRMV_NEGATIVES_CLAMP,
            NegativePolicy::Allow => CRMV_NEGATIVES_ALLOW,
        });
        Ok(())
    })
}

/// The Gini coefficient: 0 if all customers are worth the same, (n - 1) / n if one of n holds everything.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_concentration_gini(concentration: Option<&crmv_concentration>, out: Option<&mut MaybeUninit<f64>>) -> crmv_status {
    guard(|| {
        let (concentration, out) = (given(concentration, "concentration")?, given(out, "out")?);
        out.write(concentration.concentration.gini());
        Ok(())
    })
}

/// The Gini coefficient without its small-sample bias, times n / (n - 1): 1 if one customer holds everything.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_concentration_gini_corrected(
    concentration: Option<&crmv_concentration>,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (concentration, out) = (given(concentration, "concentration")?, given(out, "out")?);
        out.write(concentration.concentration.gini_corrected());
        Ok(())
    })
}

/// The share of the total held by the top fraction `p` of the customers; p in [0, 1]. Errors: CRMV_SHARE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_concentration_top_share(
    concentration: Option<&crmv_concentration>,
    p: f64,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (concentration, out) = (given(concentration, "concentration")?, given(out, "out")?);
        out.write(concentration.concentration.top_share(p)?);
        Ok(())
    })
}

/// The share of the total held by the `k` most valuable customers; 1 if k is n or more.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_concentration_top_count_share(
    concentration: Option<&crmv_concentration>,
    k: usize,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (concentration, out) = (given(concentration, "concentration")?, given(out, "out")?);
        out.write(concentration.concentration.top_count_share(k));
        Ok(())
    })
}

/// How few customers hold a share `s` of the total, s in [0, 1]: their number, their share of all customers, and the share they hold.
///
/// Errors: CRMV_SHARE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_concentration_customers_for_share(
    concentration: Option<&crmv_concentration>,
    s: f64,
    out_customers: Option<&mut MaybeUninit<usize>>,
    out_customer_share: Option<&mut MaybeUninit<f64>>,
    out_value_share: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let concentration = given(concentration, "concentration")?;
        let out_customers = given(out_customers, "out_customers")?;
        let out_customer_share = given(out_customer_share, "out_customer_share")?;
        let out_value_share = given(out_value_share, "out_value_share")?;
        let fewest = concentration.concentration.customers_for_share(s)?;
        out_customers.write(fewest.customers);
        out_customer_share.write(fewest.customer_share);
        out_value_share.write(fewest.value_share);
        Ok(())
    })
}

/// The Lorenz curve at `p`: the share of the total held by the poorest fraction p of the customers; p in [0, 1]. Errors: CRMV_SHARE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_concentration_lorenz_at(
    concentration: Option<&crmv_concentration>,
    p: f64,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (concentration, out) = (given(concentration, "concentration")?, given(out, "out")?);
        out.write(concentration.concentration.lorenz_at(p)?);
        Ok(())
    })
}

/// The Lorenz curve for drawing: at most `points` pairs of customer share and value share from (0, 0) to (1, 1), their number to `count`.
///
/// At least 2 points, and never more than n + 1, as the curve is straight between customers. `customer_shares`, `value_shares`: room for
/// `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_concentration_lorenz(
    concentration: Option<&crmv_concentration>,
    points: usize,
    customer_shares: *mut f64,
    value_shares: *mut f64,
    capacity: usize,
    count: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (concentration, count) = (given(concentration, "concentration")?, given(count, "count")?);
        let (x, y): (Vec<f64>, Vec<f64>) = concentration.concentration.lorenz(points).into_iter().unzip();
        room(customer_shares, capacity, x.len(), "customer_shares")?;
        room(value_shares, capacity, y.len(), "value_shares")?;
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(customer_shares, capacity, &x, "customer_shares")?;
            fill(value_shares, capacity, &y, "value_shares")?;
        }
        count.write(x.len());
        Ok(())
    })
}

/// The caller's bounds, or the usual ones for NULL.
///
/// # Safety
/// `bounds` is NULL or has `n` elements that stay as they are for `'a`.
unsafe fn tier_bounds<'a>(bounds: *const f64, n: usize, usual: &'static [f64]) -> Result<&'a [f64], Failure> {
    // SAFETY: the caller's contract.
    if bounds.is_null() && n == 0 { Ok(usual) } else { unsafe { slice(bounds, n, "bounds") } }
}

/// Tiers by cumulative share of the customers, "the best 10 %". NULL and 0 for the usual bounds 0.10, 0.30, 1.00.
///
/// `bounds`: `n_bounds` values that rise strictly from above 0 to 1. Errors: CRMV_TIER_BOUNDS, CRMV_EMPTY, CRMV_INVALID_OPTION (more than
/// 256). Free the tiers with crmv_tiers_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_concentration_tiers(
    concentration: Option<&crmv_concentration>,
    bounds: *const f64,
    n_bounds: usize,
    out: Option<&mut MaybeUninit<*mut crmv_tiers>>,
) -> crmv_status {
    guard(|| {
        let (concentration, out) = (given(concentration, "concentration")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let bounds = unsafe { tier_bounds(bounds, n_bounds, &Tiers::CUSTOMER_BOUNDS) }?;
        hand_over(out, crmv_tiers { tiers: concentration.concentration.tiers(bounds)? });
        Ok(())
    })
}

/// Tiers by cumulative share of the value, "those who hold 80 %": ABC analysis. NULL and 0 for the usual bounds 0.80, 0.95, 1.00.
///
/// Otherwise as crmv_concentration_tiers().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_concentration_abc(
    concentration: Option<&crmv_concentration>,
    bounds: *const f64,
    n_bounds: usize,
    out: Option<&mut MaybeUninit<*mut crmv_tiers>>,
) -> crmv_status {
    guard(|| {
        let (concentration, out) = (given(concentration, "concentration")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let bounds = unsafe { tier_bounds(bounds, n_bounds, &Tiers::ABC_BOUNDS) }?;
        hand_over(out, crmv_tiers { tiers: concentration.concentration.abc(bounds)? });
        Ok(())
    })
}

/// Tiers of `n` values by cumulative share of the customers, whatever the sign of the values and of their total. NULL and 0 for the usual
/// bounds 0.10, 0.30, 1.00.
///
/// Errors: CRMV_EMPTY, CRMV_NON_FINITE; for the bounds as crmv_concentration_tiers(). Free the tiers with crmv_tiers_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_tiers_by_customer_share(
    values: *const f64,
    n: usize,
    bounds: *const f64,
    n_bounds: usize,
    out: Option<&mut MaybeUninit<*mut crmv_tiers>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let (values, bounds) = unsafe { (slice(values, n, "values")?, tier_bounds(bounds, n_bounds, &Tiers::CUSTOMER_BOUNDS)?) };
        hand_over(out, crmv_tiers { tiers: Tiers::by_customer_share(values, bounds)? });
        Ok(())
    })
}

/// Tiers of `n` values by `n_thresholds` values of your own in rising order: one tier more than thresholds, best first.
///
/// A value on a threshold belongs to the better tier; values may be negative. Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_CUT_POINTS,
/// CRMV_INVALID_OPTION (more than 255). Free the tiers with crmv_tiers_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_tiers_by_thresholds(
    values: *const f64,
    n: usize,
    thresholds: *const f64,
    n_thresholds: usize,
    out: Option<&mut MaybeUninit<*mut crmv_tiers>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let (values, thresholds) = unsafe { (slice(values, n, "values")?, slice(thresholds, n_thresholds, "thresholds")?) };
        hand_over(out, crmv_tiers { tiers: Tiers::by_thresholds(values, thresholds)? });
        Ok(())
    })
}

/// Frees tiers. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_tiers_free(tiers: Option<Box<crmv_tiers>>) {
    guard(|| {
        drop(tiers);
        Ok(())
    });
}

/// What the bounds are shares of.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_tiers_basis(tiers: Option<&crmv_tiers>, out: Option<&mut MaybeUninit<crmv_tier_basis>>) -> crmv_status {
    guard(|| {
        let (tiers, out) = (given(tiers, "tiers")?, given(out, "out")?);
        out.write(match tiers.tiers.basis() {
            TierBasis::CustomerShare => CRMV_TIERS_BY_CUSTOMER_SHARE,
            TierBasis::ValueShare => CRMV_TIERS_BY_VALUE_SHARE,
            TierBasis::Threshold => CRMV_TIERS_BY_THRESHOLDS,
        });
        Ok(())
    })
}

/// Number of tiers, at least 1.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_tiers_count(tiers: Option<&crmv_tiers>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (tiers, out) = (given(tiers, "tiers")?, given(out, "out")?);
        out.write(tiers.tiers.rows().len());
        Ok(())
    })
}

/// Tier `index` (0-based, best first). `struct_size`: sizeof(crmv_tier). Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_tiers_tier(tiers: Option<&crmv_tiers>, index: usize, out: *mut crmv_tier, struct_size: usize) -> crmv_status {
    guard(|| {
        let rows = given(tiers, "tiers")?.tiers.rows();
        let tier = rows.get(index).ok_or(Failure::OutOfRange { what: "tier", index, len: rows.len() })?;
        let row = crmv_tier {
            bound: tier.bound,
            customers: tier.customers as u64,
            customer_share: tier.customer_share,
            value: tier.value,
            value_share: tier.value_share.unwrap_or_default(),
            smallest: tier.smallest.unwrap_or_default(),
            has_value_share: i32::from(tier.value_share.is_some()),
            has_smallest: i32::from(tier.smallest.is_some()),
            threshold: tier.threshold.unwrap_or_default(),
            has_threshold: i32::from(tier.threshold.is_some()),
            reserved: 0,
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, row, "out") }
    })
}

/// The tier number of each of `n` values, also of customers that were not there when the tiers were cut.
///
/// `out`: room for `capacity` values. Errors: CRMV_NON_FINITE, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_tiers_assign(
    tiers: Option<&crmv_tiers>,
    values: *const f64,
    n: usize,
    out: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let tiers = given(tiers, "tiers")?;
        room(out, capacity, n, "out")?;
        // SAFETY: the caller's contract in the header.
        let assigned = tiers.tiers.assign(unsafe { slice(values, n, "values") }?)?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &assigned, "out") }
    })
}

/// The tiers as JSON. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_tiers_to_json(tiers: Option<&crmv_tiers>, out: Option<&mut MaybeUninit<*mut c_char>>) -> crmv_status {
    guard(|| hand_over_json(given(out, "out")?, &given(tiers, "tiers")?.tiers))
}

/// The tiers that crmv_tiers_to_json() wrote, checked again. Free them with crmv_tiers_free().
///
/// `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_tiers_from_json(json: *const c_char, out: Option<&mut MaybeUninit<*mut crmv_tiers>>) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        hand_over(out, crmv_tiers { tiers: unsafe { stored(json, "tiers") }? });
        Ok(())
    })
}
