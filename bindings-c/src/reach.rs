//! Who will be among the valuable customers.

use crm_value::ReachProbability;

use crate::customers::crmv_customers;
use crate::error::crmv_status;
use crate::ffi::{given, guard, optional_slice};
use crate::purchases::{crmv_purchase_model, per_customer};
use crate::spend::crmv_spend_model;
use crate::time::{crmv_unit, span};

/// The probability of every customer that its value to date plus the purchases within a horizon reaches `threshold`, in money.
///
/// `horizon` in `horizon_unit`s after the end of observation; purchases are not discounted; whoever has reached the threshold has 1.
/// `margin`: value per unit of revenue, above 0 (1 for revenue). `value_to_date`: `n_value_to_date` values so far, one per customer, or NULL
/// for the total spend times margin. `out`: room for `capacity` values. Errors: CRMV_UNIT_MISMATCH, CRMV_MISSING_COLUMN, CRMV_HORIZON,
/// CRMV_LENGTH_MISMATCH, CRMV_NON_FINITE, CRMV_INVALID_OPTION, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_clv_reach_probability(
    purchases: Option<&crmv_purchase_model>,
    spend: Option<&crmv_spend_model>,
    customers: Option<&crmv_customers>,
    horizon: f64,
    horizon_unit: crmv_unit,
    threshold: f64,
    margin: f64,
    value_to_date: *const f64,
    n_value_to_date: usize,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let (purchases, spend) = (given(purchases, "purchases")?, given(spend, "spend")?);
        let horizon = span(horizon, horizon_unit)?;
        // SAFETY: the caller's contract in the header.
        let to_date = unsafe { optional_slice(value_to_date, n_value_to_date, "value_to_date") }?;
        let reach = ReachProbability::new(purchases.get(), spend.get(), horizon, threshold).margin(margin);
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, |customers| Ok(reach.probability(customers, to_date)?)) }
    })
}
