//! Whom a campaign should contact.

use crm_value::{Campaign, CampaignTotals, Targeting};

use crate::economics::figure;
use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, fill, guard, read_options, room, slice, write_struct};

/// A campaign that contacts customers one by one. Set it up with crmv_campaign_init(), then fill in what you have.
///
/// Every array has `n` elements, one per customer, and is only read during the call. `response` is needed; where another array is NULL the
/// number after it holds for everyone.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_campaign {
    /// Size of the struct, set by crmv_campaign_init().
    pub struct_size: usize,
    /// Number of customers.
    pub n: usize,
    /// Probability that each customer buys in the window if contacted, in [0, 1].
    pub response: *const f64,
    /// What a response brings in, in money, before the cost of the contact.
    pub margins: *const f64,
    /// The same for everyone.
    pub margin: f64,
    /// Cost of each contact, in money, 0 or more.
    pub contact_costs: *const f64,
    /// The same for everyone.
    pub contact_cost: f64,
    /// Response without contact, in [0, 1], so that only the uplift counts.
    pub baselines: *const f64,
    /// The same for everyone; default 0.
    pub baseline: f64,
    /// The most that the contacts may cost together, in money; looked at if has_budget is 1.
    pub budget: f64,
    /// 0 for no limit (default), 1 for `budget`.
    pub has_budget: i32,
    /// 0.
    pub reserved: i32,
}

// SAFETY: numbers and pointers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_campaign {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        let none = std::ptr::null();
        crmv_campaign {
            struct_size: size_of::<Self>(),
            n: 0,
            response: none,
            margins: none,
            margin: 0.0,
            contact_costs: none,
            contact_cost: 0.0,
            baselines: none,
            baseline: 0.0,
            budget: 0.0,
            has_budget: 0,
            reserved: 0,
        }
    }
}

/// Sets all arrays to NULL and all numbers to 0. `struct_size`: sizeof(crmv_campaign).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_campaign_init(campaign: *mut crmv_campaign, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(campaign, struct_size, crmv_campaign { struct_size, ..Growing::defaults() }, "campaign") })
}

/// What contacting a group of customers is expected to bring and cost. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_campaign_totals {
    /// Customers contacted.
    pub customers: u64,
    /// Expected responses, over the baseline.
    pub responses: f64,
    /// Expected margin of those responses, in money, before the cost of the contacts.
    pub margin: f64,
    /// Cost of the contacts, in money.
    pub cost: f64,
    /// Margin less cost.
    pub profit: f64,
    /// Profit per unit of cost; see has_roi.
    pub roi: f64,
    /// 1 if there is an ROI, 0 (and roi 0) where nothing is spent.
    pub has_roi: i32,
    /// 0.
    pub reserved: i32,
}

impl crmv_campaign_totals {
    fn new(totals: CampaignTotals) -> Self {
        crmv_campaign_totals {
            customers: totals.customers as u64,
            responses: totals.responses,
            margin: totals.margin,
            cost: totals.cost,
            profit: totals.profit(),
            roi: totals.roi().unwrap_or(0.0),
            has_roi: totals.roi().is_some().into(),
            reserved: 0,
        }
    }
}

/// Chooses the customers to contact: those whose contact is worth more than it costs, under a budget the best value per cost first.
///
/// `out_selected`: 1 for a customer to contact, else 0; `out_value`: NULL, or expected margin less cost of each contact, in money; both with
/// room for `capacity` entries. `out_contacted`, `out_everyone`: NULL, or the totals of those to contact and of contacting everyone, each of
/// `struct_size` bytes; the difference of their costs is the wastage saved. Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_NEGATIVE,
/// CRMV_SHARE for a probability outside [0, 1], CRMV_INVALID_OPTION, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_campaign_select(
    campaign: *const crmv_campaign,
    out_selected: *mut u8,
    out_value: *mut f64,
    capacity: usize,
    out_contacted: *mut crmv_campaign_totals,
    out_everyone: *mut crmv_campaign_totals,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        // SAFETY: the caller's contract in the header.
        let targeting = unsafe { select(campaign) }?;
        room(out_selected, capacity, targeting.selected().len(), "out_selected")?;
        let selected: Vec<u8> = targeting.selected().iter().map(|&selected| selected.into()).collect();
        // SAFETY: the caller's contract in the header.
        unsafe {
            for (out, totals) in [(out_contacted, targeting.contacted()), (out_everyone, targeting.everyone())] {
                if !out.is_null() {
                    write_struct(out, struct_size, crmv_campaign_totals::new(totals), "totals")?;
                }
            }
            if !out_value.is_null() {
                fill(out_value, capacity, targeting.value(), "out_value")?;
            }
            fill(out_selected, capacity, &selected, "out_selected")
        }
    })
}

/// # Safety
/// `campaign` is NULL or as the header says.
unsafe fn select(campaign: *const crmv_campaign) -> Result<Targeting, Failure> {
    if campaign.is_null() {
        return Err(Failure::NullPointer("campaign"));
    }
    // SAFETY: the caller's contract.
    let given = unsafe { read_options(campaign) }?;
    let n = given.n;
    // SAFETY: the caller's contract.
    let (response, margin, cost, baseline) = unsafe {
        (
            slice(given.response, n, "response")?,
            figure(given.margins, given.margin, n, "margins")?,
            figure(given.contact_costs, given.contact_cost, n, "contact_costs")?,
            figure(given.baselines, given.baseline, n, "baselines")?,
        )
    };
    let campaign = Campaign::new(cost).baseline(baseline);
    let campaign = match given.has_budget {
        0 => campaign,
        1 => campaign.budget(given.budget),
        other => return Err(Failure::option("has_budget", other, "use 0 or 1")),
    };
    Ok(campaign.select(response, margin)?)
}

/// The response, over the baseline, from which on contacting each customer pays (above 1 none suffices), and 1 where there is one, 0 (and the
/// response 0) where a response brings no margin.
///
/// `out`, `out_present`: room for `capacity` elements each. Errors as crmv_campaign_select().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_campaign_break_even(
    campaign: *const crmv_campaign,
    out: *mut f64,
    out_present: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        // SAFETY: the caller's contract in the header.
        let targeting = unsafe { select(campaign) }?;
        let column = targeting.break_even().iter().map(|response| (response.unwrap_or(0.0), u8::from(response.is_some())));
        let (responses, present): (Vec<f64>, Vec<u8>) = column.unzip();
        room(out_present, capacity, present.len(), "out_present")?;
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(out, capacity, &responses, "out")?;
            fill(out_present, capacity, &present, "out_present")
        }
    })
}
