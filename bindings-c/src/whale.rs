//! The whale curve: who makes the profit and who destroys it.

use std::mem::MaybeUninit;

use crm_value::WhaleCurve;

use crate::error::crmv_status;
use crate::ffi::{fill, given, guard, hand_over, room, slice, write_struct};

/// The whale curve of a value that may be negative: the running sum from the most to the least profitable customer.
///
/// Immutable. Free it with crmv_whale_curve_free().
#[derive(Debug)]
pub struct crmv_whale_curve {
    curve: WhaleCurve,
}

/// A whale curve in numbers. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_whale_summary {
    /// Number of customers.
    pub customers: u64,
    /// Customers with a value above 0: the fewest that reach the peak.
    pub break_even_customers: u64,
    /// Customers with a value below 0.
    pub unprofitable_customers: u64,
    /// The sum of the values, in money: where the curve ends.
    pub total: f64,
    /// The peak: the sum of all values above 0, in money.
    pub peak_value: f64,
    /// The share of the customers that reaches the peak, in [0, 1].
    pub peak_customer_share: f64,
    /// What the unprofitable customers take away from the peak, in money; 0 or more.
    pub destroyed_value: f64,
    /// The peak in shares of the total; see has_shares.
    pub peak_share: f64,
    /// The destroyed value in shares of the total; see has_shares.
    pub destroyed_share: f64,
    /// 1 if there are shares, 0 (and both shares 0) if the total is not above 0.
    pub has_shares: i32,
    /// 0.
    pub reserved: i32,
}

/// The whale curve of `n` values, one per customer, in money. Errors: CRMV_EMPTY, CRMV_NON_FINITE. Free it with crmv_whale_curve_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_whale_curve_new(
    values: *const f64,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_whale_curve>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let values = unsafe { slice(values, n, "values") }?;
        hand_over(out, crmv_whale_curve { curve: WhaleCurve::of(values)? });
        Ok(())
    })
}

/// Frees a whale curve. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_whale_curve_free(curve: Option<Box<crmv_whale_curve>>) {
    guard(|| {
        drop(curve);
        Ok(())
    });
}

/// The curve in numbers. `struct_size`: sizeof(crmv_whale_summary).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_whale_curve_summary(
    curve: Option<&crmv_whale_curve>,
    out: *mut crmv_whale_summary,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let curve = &given(curve, "curve")?.curve;
        let summary = crmv_whale_summary {
            customers: curve.n() as u64,
            break_even_customers: curve.break_even_customers() as u64,
            unprofitable_customers: curve.unprofitable_customers() as u64,
            total: curve.total(),
            peak_value: curve.peak_value(),
            peak_customer_share: curve.peak_customer_share(),
            destroyed_value: curve.destroyed_value(),
            peak_share: curve.peak_share().unwrap_or_default(),
            destroyed_share: curve.destroyed_share().unwrap_or_default(),
            has_shares: i32::from(curve.peak_share().is_some()),
            reserved: 0,
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, summary, "out") }
    })
}

/// One point of a whale curve. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_whale_point {
    /// The number of customers counted from the most profitable one; all if more were asked for.
    pub customers: u64,
    /// Their share of all customers, in [0, 1].
    pub customer_share: f64,
    /// The sum of their values, in money.
    pub value: f64,
    /// Its share of the total, above 1 near the peak; see has_value_share.
    pub value_share: f64,
    /// 1 if there is a value share, 0 (and value_share 0) if the total is not above 0.
    pub has_value_share: i32,
    /// 0.
    pub reserved: i32,
}

/// The curve after the `k` most profitable customers. `struct_size`: sizeof(crmv_whale_point).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_whale_curve_at(
    curve: Option<&crmv_whale_curve>,
    k: usize,
    out: *mut crmv_whale_point,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let point = given(curve, "curve")?.curve.at(k);
        let point = crmv_whale_point {
            customers: point.customers as u64,
            customer_share: point.customer_share,
            value: point.value,
            value_share: point.value_share.unwrap_or_default(),
            has_value_share: i32::from(point.value_share.is_some()),
            reserved: 0,
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, point, "out") }
    })
}

/// The curve for drawing: at most `points` pairs of customer share and sum of values, from no customer to all, their number to `count`.
///
/// At least 2 points, and never more than n + 1. `customer_shares`, `values`: room for `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_whale_curve_points(
    curve: Option<&crmv_whale_curve>,
    points: usize,
    customer_shares: *mut f64,
    values: *mut f64,
    capacity: usize,
    count: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (curve, count) = (given(curve, "curve")?, given(count, "count")?);
        let points = curve.curve.curve(points);
        let (x, y): (Vec<f64>, Vec<f64>) = points.iter().map(|point| (point.customer_share, point.value)).unzip();
        room(customer_shares, capacity, x.len(), "customer_shares")?;
        room(values, capacity, y.len(), "values")?;
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(customer_shares, capacity, &x, "customer_shares")?;
            fill(values, capacity, &y, "values")?;
        }
        count.write(x.len());
        Ok(())
    })
}
