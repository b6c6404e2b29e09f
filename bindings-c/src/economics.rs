//! Contribution margin, net value, payback, campaigns, referrals.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{
    Campaign, CampaignTotals, ContributionMargin, CustomerActivity, IdColumn, Investment, NetValue, PerCustomer, ReferralDepth, Referrals,
    cumulative_discounted, largest_acquisition_spend, largest_retention_spend, payback_period,
};

use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, fill, given, guard, optional_slice, read_options, room, slice, texts, write_struct};
use crate::time::{crmv_discount, crmv_unit, span};

/// How revenue becomes contribution margin. Set it up with crmv_margin_options_init(); fields may be added at its end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_margin_options {
    /// Size of the struct, set by crmv_margin_options_init().
    pub struct_size: usize,
    /// Gross margin per unit of revenue (30 % is 0.30); default 1. Leave it at 1 where a margin or cost column is given.
    pub rate: f64,
    /// Cost of handling one order, in money, 0 or more; default 0. As those below.
    pub cost_per_order: f64,
    /// Cost of one return.
    pub cost_per_return: f64,
    /// Cost of one marketing contact.
    pub cost_per_contact: f64,
    /// Cost that every customer causes.
    pub cost_per_customer: f64,
}

// SAFETY: numbers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_margin_options {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_margin_options {
            struct_size: size_of::<Self>(),
            rate: 1.0,
            cost_per_order: 0.0,
            cost_per_return: 0.0,
            cost_per_contact: 0.0,
            cost_per_customer: 0.0,
        }
    }
}

/// Sets the options to their defaults. `struct_size`: sizeof(crmv_margin_options).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_margin_options_init(options: *mut crmv_margin_options, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(options, struct_size, crmv_margin_options { struct_size, ..Growing::defaults() }, "options") })
}

/// What customers did in a period. Set it up with crmv_activity_columns_init(), then fill in what you have.
///
/// Every array has `n` elements, one per customer, and is only read during the call. `revenue` is needed; everything else may stay NULL.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_activity_columns {
    /// Size of the struct, set by crmv_activity_columns_init().
    pub struct_size: usize,
    /// Number of customers.
    pub n: usize,
    /// Net revenue, in money.
    pub revenue: *const f64,
    /// Gross margin before the costs of the options; takes the place of revenue times the rate.
    pub margin: *const f64,
    /// Cost of what was sold; revenue minus cost takes the place of revenue times the rate. Not together with `margin`.
    pub cost: *const f64,
    /// Number of orders, 0 or more.
    pub orders: *const f64,
    /// Number of returns, 0 or more.
    pub returns: *const f64,
    /// Number of marketing contacts, 0 or more.
    pub contacts: *const f64,
    /// Cost to serve of each customer, in money, 0 or more.
    pub cost_to_serve: *const f64,
}

// SAFETY: integers and pointers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_activity_columns {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        let none = std::ptr::null();
        let struct_size = size_of::<Self>();
        crmv_activity_columns {
            struct_size,
            n: 0,
            revenue: none,
            margin: none,
            cost: none,
            orders: none,
            returns: none,
            contacts: none,
            cost_to_serve: none,
        }
    }
}

/// Sets all columns to NULL. `struct_size`: sizeof(crmv_activity_columns).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_activity_columns_init(columns: *mut crmv_activity_columns, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(columns, struct_size, crmv_activity_columns { struct_size, ..Growing::defaults() }, "columns") })
}

/// Contribution margin of every customer, in money; may be negative.
///
/// gross - orders x cost per order - returns x cost per return - contacts x cost per contact - cost to serve - cost per customer.
///
/// `options` may be NULL for the defaults. `out`: room for `capacity` values. Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_NEGATIVE,
/// CRMV_MISSING_COLUMN if a cost is set for a count that is not there, CRMV_INVALID_OPTION, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_contribution_margin(
    columns: *const crmv_activity_columns,
    options: *const crmv_margin_options,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        if columns.is_null() {
            return Err(Failure::NullPointer("columns"));
        }
        // SAFETY: the caller's contract in the header.
        let (columns, options) = unsafe { (read_options(columns)?, read_options(options)?) };
        let n = columns.n;
        room(out, capacity, n, "out")?;
        // SAFETY: the caller's contract in the header.
        let activity = unsafe {
            CustomerActivity {
                revenue: slice(columns.revenue, n, "revenue")?,
                margin: optional_slice(columns.margin, n, "margin")?,
                cost: optional_slice(columns.cost, n, "cost")?,
                orders: optional_slice(columns.orders, n, "orders")?,
                returns: optional_slice(columns.returns, n, "returns")?,
                contacts: optional_slice(columns.contacts, n, "contacts")?,
                cost_to_serve: optional_slice(columns.cost_to_serve, n, "cost_to_serve")?,
            }
        };
        let model = ContributionMargin::new()
            .rate(options.rate)
            .cost_per_order(options.cost_per_order)
            .cost_per_return(options.cost_per_return)
            .cost_per_contact(options.cost_per_contact)
            .cost_per_customer(options.cost_per_customer);
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &model.of(&activity)?, "out") }
    })
}

/// A column, or the one value for all where it is NULL.
///
/// # Safety
/// As [`slice`].
unsafe fn figure<'a>(column: *const f64, same: f64, n: usize, name: &'static str) -> Result<PerCustomer<'a>, Failure> {
    // SAFETY: the caller's contract.
    Ok(unsafe { optional_slice(column, n, name) }?.map_or(PerCustomer::Same(same), PerCustomer::Column))
}

/// Net values in total. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_net_totals {
    /// Sum of the values.
    pub value: f64,
    /// Sum of the acquisition costs.
    pub cost: f64,
    /// Sum of the net values.
    pub net: f64,
    /// CLV : CAC of all customers together; see has_ratio.
    pub ratio: f64,
    /// Customers with a net value below 0.
    pub loss_making: u64,
    /// 1 if there is a ratio, 0 (and ratio 0) where nothing was spent.
    pub has_ratio: i32,
    /// 0.
    pub reserved: i32,
}

/// Values less acquisition costs: negative where a customer is worth less than it cost.
///
/// `values`: `n` values. `acquisition_costs`: `n` costs, 0 or more, or NULL for `acquisition_cost` each. `out_net`: NULL, or room for
/// `capacity` values. `out_totals`: NULL, or a struct of `struct_size` bytes. Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_NEGATIVE,
/// CRMV_INVALID_OPTION, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_net_value(
    values: *const f64,
    n: usize,
    acquisition_costs: *const f64,
    acquisition_cost: f64,
    out_net: *mut f64,
    capacity: usize,
    out_totals: *mut crmv_net_totals,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        if !out_net.is_null() {
            room(out_net, capacity, n, "out_net")?;
        }
        // SAFETY: the caller's contract in the header.
        let (values, cost) = unsafe { (slice(values, n, "values")?, figure(acquisition_costs, acquisition_cost, n, "acquisition_costs")?) };
        let net = NetValue::of(values, cost)?;
        let totals = crmv_net_totals {
            value: net.total_value(),
            cost: net.total_cost(),
            net: net.total_net(),
            ratio: net.ratio().unwrap_or(0.0),
            loss_making: net.loss_making() as u64,
            has_ratio: net.ratio().is_some().into(),
            reserved: 0,
        };
        // SAFETY: the caller's contract in the header.
        unsafe {
            if !out_totals.is_null() {
                write_struct(out_totals, struct_size, totals, "out_totals")?;
            }
            if out_net.is_null() { Ok(()) } else { fill(out_net, capacity, net.net(), "out_net") }
        }
    })
}

/// Running totals of `n` margins at the ends of periods 1, 2, ..., discounted to the beginning of period 1.
///
/// `period`: its length in `period_unit`s. `out`: room for `capacity` values. Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_HORIZON,
/// CRMV_DISCOUNT_RATE, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cumulative_discounted(
    margins: *const f64,
    n: usize,
    discount: crmv_discount,
    period: f64,
    period_unit: crmv_unit,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        room(out, capacity, n, "out")?;
        // SAFETY: the caller's contract in the header.
        let margins = unsafe { slice(margins, n, "margins") }?;
        let running = cumulative_discounted(margins, discount.to_rate()?, span(period, period_unit)?)?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &running, "out") }
    })
}

/// Payback time: the first period in which the cumulative discounted margin covers the acquisition cost; 0 if that is 0.
///
/// `out_paid_back`: 1, or 0 if the margins never cover the cost; `out_period` is then 0. Errors as crmv_cumulative_discounted(), and
/// CRMV_INVALID_OPTION (cost).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_payback_period(
    margins: *const f64,
    n: usize,
    acquisition_cost: f64,
    discount: crmv_discount,
    period: f64,
    period_unit: crmv_unit,
    out_period: Option<&mut MaybeUninit<usize>>,
    out_paid_back: Option<&mut MaybeUninit<i32>>,
) -> crmv_status {
    guard(|| {
        let (out_period, out_paid_back) = (given(out_period, "out_period")?, given(out_paid_back, "out_paid_back")?);
        // SAFETY: the caller's contract in the header.
        let margins = unsafe { slice(margins, n, "margins") }?;
        let paid_back = payback_period(margins, acquisition_cost, discount.to_rate()?, span(period, period_unit)?)?;
        out_period.write(paid_back.unwrap_or(0));
        out_paid_back.write(paid_back.is_some().into());
        Ok(())
    })
}

/// What a retention measure brings in and costs: gain = sum of uplift x residual value, cost = sum of the costs per customer.
///
/// `residual_values`: `n` values. `uplifts`, `costs`: `n` each, or NULL for `uplift`, `cost` each; an uplift in P(stay) lies in [-1, 1].
/// Net gain is gain - cost, ROI their quotient. Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_INVALID_OPTION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_retention_investment(
    residual_values: *const f64,
    n: usize,
    uplifts: *const f64,
    uplift: f64,
    costs: *const f64,
    cost: f64,
    out_gain: Option<&mut MaybeUninit<f64>>,
    out_cost: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (out_gain, out_cost) = (given(out_gain, "out_gain")?, given(out_cost, "out_cost")?);
        // SAFETY: the caller's contract in the header.
        let (values, uplift, cost) = unsafe {
            (slice(residual_values, n, "residual_values")?, figure(uplifts, uplift, n, "uplifts")?, figure(costs, cost, n, "costs")?)
        };
        let investment = Investment::retention(values, uplift, cost)?;
        out_gain.write(investment.gain);
        out_cost.write(investment.cost);
        Ok(())
    })
}

/// The most that may be spent on winning a customer worth `clv`: clv / ratio, not below 0. `ratio`: the CLV : CAC aimed at, 1 breaks even.
///
/// Errors: CRMV_INVALID_OPTION.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_largest_acquisition_spend(clv: f64, ratio: f64, out: Option<&mut MaybeUninit<f64>>) -> crmv_status {
    guard(|| {
        given(out, "out")?.write(largest_acquisition_spend(clv, ratio)?);
        Ok(())
    })
}

/// The most that may be spent on keeping each customer: uplift in P(stay) x residual value, not below 0. Arguments as in
/// crmv_retention_investment(); `out`: room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_largest_retention_spend(
    residual_values: *const f64,
    n: usize,
    uplifts: *const f64,
    uplift: f64,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        room(out, capacity, n, "out")?;
        // SAFETY: the caller's contract in the header.
        let (values, uplift) = unsafe { (slice(residual_values, n, "residual_values")?, figure(uplifts, uplift, n, "uplifts")?) };
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &largest_retention_spend(values, uplift)?, "out") }
    })
}

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
        if campaign.is_null() {
            return Err(Failure::NullPointer("campaign"));
        }
        // SAFETY: the caller's contract in the header.
        let given = unsafe { read_options(campaign) }?;
        let n = given.n;
        room(out_selected, capacity, n, "out_selected")?;
        // SAFETY: the caller's contract in the header.
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
        let targeting = campaign.select(response, margin)?;
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

/// Credit reaches down the whole chain of referrals.
pub const CRMV_REFERRALS_ENDLESS: u32 = u32::MAX;

/// A referral table. Set it up with crmv_referral_columns_init(), then fill in what you have.
///
/// Every array has `n` elements, one per customer, and is only read during the call. Ids and referrers are given in one of the three types.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_referral_columns {
    /// Size of the struct, set by crmv_referral_columns_init().
    pub struct_size: usize,
    /// Number of customers.
    pub n: usize,
    /// Distinct ids as unsigned integers.
    pub ids_u64: *const u64,
    /// Distinct ids as signed integers.
    pub ids_i64: *const i64,
    /// Distinct ids as NUL-terminated UTF-8 texts, none of them NULL.
    pub ids_text: *const *const c_char,
    /// The referrer of each customer, beside ids_u64.
    pub referred_by_u64: *const u64,
    /// The referrer of each customer, beside ids_i64.
    pub referred_by_i64: *const i64,
    /// The referrer of each customer, beside ids_text; NULL where there is none.
    pub referred_by_text: *const *const c_char,
    /// 1 where a customer has no referrer, else 0; NULL: every number is a referrer.
    pub no_referrer: *const u8,
    /// The value of each customer, in money.
    pub values: *const f64,
}

// SAFETY: integers and pointers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_referral_columns {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_referral_columns {
            struct_size: size_of::<Self>(),
            n: 0,
            ids_u64: std::ptr::null(),
            ids_i64: std::ptr::null(),
            ids_text: std::ptr::null(),
            referred_by_u64: std::ptr::null(),
            referred_by_i64: std::ptr::null(),
            referred_by_text: std::ptr::null(),
            no_referrer: std::ptr::null(),
            values: std::ptr::null(),
        }
    }
}

/// Sets all columns to NULL. `struct_size`: sizeof(crmv_referral_columns).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_referral_columns_init(columns: *mut crmv_referral_columns, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(columns, struct_size, crmv_referral_columns { struct_size, ..Growing::defaults() }, "columns") })
}

/// Credits every customer with a share of the values of those whom it brought, in money.
///
/// `share`: in [0, 1]; down a chain its powers. `levels`: how many referrals down the credit reaches, 1 for direct referrals only,
/// CRMV_REFERRALS_ENDLESS for the whole chain. `out_credit`: room for `capacity` values. Errors: CRMV_EMPTY, CRMV_DUPLICATE_CUSTOMER,
/// CRMV_UNKNOWN_CUSTOMER, CRMV_SELF_REFERRAL, CRMV_REFERRAL_LOOP, CRMV_SHARE, CRMV_NON_FINITE, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_referral_value(
    columns: *const crmv_referral_columns,
    share: f64,
    levels: u32,
    out_credit: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        if columns.is_null() {
            return Err(Failure::NullPointer("columns"));
        }
        // SAFETY: the caller's contract in the header.
        let columns = unsafe { read_options(columns) }?;
        let n = columns.n;
        room(out_credit, capacity, n, "out_credit")?;
        // SAFETY: the caller's contract in the header.
        let (values, flags) = unsafe { (slice(columns.values, n, "values")?, optional_slice(columns.no_referrer, n, "no_referrer")?) };
        let mut none: Option<Vec<bool>> = flags.map(|flags| flags.iter().map(|&flag| flag != 0).collect());
        let referrals = if !columns.ids_text.is_null() {
            // SAFETY: the caller's contract in the header.
            let (ids, by) = unsafe { (texts(columns.ids_text, n, "ids_text")?, texts(columns.referred_by_text, n, "referred_by_text")?) };
            let ids: Vec<&str> = ids.into_iter().collect::<Option<_>>().ok_or(Failure::NullPointer("ids_text"))?;
            none = Some(by.iter().enumerate().map(|(row, by)| by.is_none() || none.as_ref().is_some_and(|none| none[row])).collect());
            let by: Vec<&str> = by.into_iter().map(Option::unwrap_or_default).collect();
            Referrals::new(IdColumn::Str(&ids), IdColumn::Str(&by), none.as_deref())?
        } else if !columns.ids_i64.is_null() {
            // SAFETY: the caller's contract in the header.
            let (ids, by) = unsafe { (slice(columns.ids_i64, n, "ids_i64")?, slice(columns.referred_by_i64, n, "referred_by_i64")?) };
            Referrals::new(IdColumn::I64(ids), IdColumn::I64(by), none.as_deref())?
        } else {
            // SAFETY: the caller's contract in the header.
            let (ids, by) = unsafe { (slice(columns.ids_u64, n, "ids_u64")?, slice(columns.referred_by_u64, n, "referred_by_u64")?) };
            Referrals::new(IdColumn::U64(ids), IdColumn::U64(by), none.as_deref())?
        };
        let depth = if levels == CRMV_REFERRALS_ENDLESS { ReferralDepth::Endless } else { ReferralDepth::Levels(levels) };
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out_credit, capacity, referrals.credit(values, share, depth)?.credit(), "out_credit") }
    })
}
