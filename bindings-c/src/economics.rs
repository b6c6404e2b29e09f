//! Contribution margin, net value, payback, investments.

use std::mem::MaybeUninit;

use crm_value::{
    ContributionMargin, CustomerActivity, Investment, NetValue, PerCustomer, cumulative_discounted, largest_acquisition_spend,
    largest_retention_spend, payback_period,
};

use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, fill, given, guard, optional_slice, read_options, room, slice, write_struct};
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
pub(crate) unsafe fn figure<'a>(column: *const f64, same: f64, n: usize, name: &'static str) -> Result<PerCustomer<'a>, Failure> {
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
/// `capacity` values. `out_totals`: NULL, or a struct of `struct_size` bytes. Value per unit of cost of every customer: crmv_net_ratios().
/// Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_INVALID_OPTION, CRMV_BUFFER_TOO_SMALL.
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

/// Value per unit of acquisition cost of every customer, and 1 where there is one, 0 (and the ratio 0) where the cost is 0.
///
/// `out_ratios`, `out_present`: room for `capacity` elements each. Otherwise as crmv_net_value().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_net_ratios(
    values: *const f64,
    n: usize,
    acquisition_costs: *const f64,
    acquisition_cost: f64,
    out_ratios: *mut f64,
    out_present: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        room(out_present, capacity, n, "out_present")?;
        // SAFETY: the caller's contract in the header.
        let (values, cost) = unsafe { (slice(values, n, "values")?, figure(acquisition_costs, acquisition_cost, n, "acquisition_costs")?) };
        let net = NetValue::of(values, cost)?;
        let (ratios, present): (Vec<f64>, Vec<u8>) =
            net.ratios().iter().map(|ratio| (ratio.unwrap_or(0.0), u8::from(ratio.is_some()))).unzip();
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(out_ratios, capacity, &ratios, "out_ratios")?;
            fill(out_present, capacity, &present, "out_present")
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

/// What a measure brings in and what it costs. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_investment {
    /// Value gained, in money.
    pub gain: f64,
    /// Money spent.
    pub cost: f64,
    /// Gain less cost.
    pub net: f64,
    /// Net gain per unit of cost; see has_roi.
    pub roi: f64,
    /// 1 if there is an ROI, 0 (and roi 0) where nothing is spent.
    pub has_roi: i32,
    /// 0.
    pub reserved: i32,
}

impl crmv_investment {
    fn new(investment: Investment) -> Self {
        crmv_investment {
            gain: investment.gain,
            cost: investment.cost,
            net: investment.net(),
            roi: investment.roi().unwrap_or(0.0),
            has_roi: investment.roi().is_some().into(),
            reserved: 0,
        }
    }
}

/// Any gain and cost. `out`: a struct of `struct_size` bytes. Errors: CRMV_INVALID_OPTION unless both are finite and the cost is 0 or more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_investment_of(gain: f64, cost: f64, out: *mut crmv_investment, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(out, struct_size, crmv_investment::new(Investment::new(gain, cost)?), "out") })
}

/// Winning `customers` new customers, each worth `value`, for `cost` in all. Otherwise as crmv_investment_of().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_investment_acquisition(
    customers: f64,
    value: f64,
    cost: f64,
    out: *mut crmv_investment,
    struct_size: usize,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(out, struct_size, crmv_investment::new(Investment::acquisition(customers, value, cost)?), "out") })
}

/// A measure that makes customers stay: gain = sum of uplift x residual value, cost = sum of the costs per customer.
///
/// `residual_values`: `n` values. `uplifts`, `costs`: `n` each, or NULL for `uplift`, `cost` each; an uplift in P(stay) lies in [-1, 1]. `out`:
/// a struct of `struct_size` bytes. Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_INVALID_OPTION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_investment_retention(
    residual_values: *const f64,
    n: usize,
    uplifts: *const f64,
    uplift: f64,
    costs: *const f64,
    cost: f64,
    out: *mut crmv_investment,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        // SAFETY: the caller's contract in the header.
        let (values, uplift, cost) = unsafe {
            (slice(residual_values, n, "residual_values")?, figure(uplifts, uplift, n, "uplifts")?, figure(costs, cost, n, "costs")?)
        };
        let investment = crmv_investment::new(Investment::retention(values, uplift, cost)?);
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, investment, "out") }
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
/// crmv_investment_retention(); `out`: room for `capacity` values.
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
