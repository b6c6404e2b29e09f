//! Value by attribute, and large customers that lose money.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{AttributeConcentration, DependencyAlert, DilemmaOptions, Dilemmas, LevelShare};

use crate::concentration::{crmv_negative_policy, negative_policy};
use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, Lent, given, guard, hand_over, hand_over_json, read_options, slice, stored, write_struct};
use crate::labels::crmv_labels;

/// How much of the value hangs on single levels of an attribute: industry, region, channel.
///
/// Immutable. Free it with crmv_attribute_concentration_free().
#[derive(Debug)]
pub struct crmv_attribute_concentration {
    shares: AttributeConcentration,
    names: Lent,
}

impl crmv_attribute_concentration {
    fn new(shares: AttributeConcentration) -> Self {
        let names = Lent::new(shares.levels().iter().map(|level| level.level.as_str()));
        crmv_attribute_concentration { shares, names }
    }

    fn row(&self, index: usize, level: &LevelShare) -> crmv_level_share {
        crmv_level_share {
            level: self.names.pointer(index),
            customers: level.customers as u64,
            customer_share: level.customer_share,
            value: level.value,
            value_share: level.value_share,
            alert: i32::from(level.alert),
            reserved: 0,
        }
    }
}

/// When a concentration is reported as too high. Set it up with crmv_dependency_alert_init(); fields may be added at its end.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_dependency_alert {
    /// Size of the struct, set by crmv_dependency_alert_init().
    pub struct_size: usize,
    /// The share that one level may reach but not pass, in [0, 1]; default 0.25.
    pub share: f64,
    /// The HHI over the levels that may be reached but not passed, in [0, 1]; default 0.25.
    pub hhi: f64,
}

// SAFETY: numbers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_dependency_alert {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        let DependencyAlert { share, hhi } = DependencyAlert::default();
        crmv_dependency_alert { struct_size: size_of::<Self>(), share, hhi }
    }
}

/// Sets the limits to their defaults. `struct_size`: sizeof(crmv_dependency_alert).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_dependency_alert_init(alert: *mut crmv_dependency_alert, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(alert, struct_size, crmv_dependency_alert { struct_size, ..Growing::defaults() }, "alert") })
}

/// One level of an attribute. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_level_share {
    /// Its name, valid until the concentration is freed.
    pub level: *const c_char,
    /// Its customers.
    pub customers: u64,
    /// Their share of all customers, in [0, 1].
    pub customer_share: f64,
    /// The sum of their values.
    pub value: f64,
    /// Its share of the total.
    pub value_share: f64,
    /// 1 if the share passes the limit, else 0.
    pub alert: i32,
    /// 0.
    pub reserved: i32,
}

/// A concentration by attribute in numbers. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_attribute_summary {
    /// Number of levels.
    pub levels: u64,
    /// The sum of the values, as the policy for negatives left them.
    pub total: f64,
    /// The Herfindahl-Hirschman index over the levels: 1 if one level holds everything.
    pub hhi: f64,
    /// The limit of the share of one level.
    pub share_limit: f64,
    /// The limit of the HHI.
    pub hhi_limit: f64,
    /// 1 if the HHI passes its limit, else 0.
    pub hhi_alert: i32,
    /// 0.
    pub reserved: i32,
}

/// Shares of `n` values, one per customer, by the level of `attribute` that the customer belongs to.
///
/// `alert` may be NULL for the default limits. Errors: CRMV_LENGTH_MISMATCH unless there are `n` labels; CRMV_SHARE for limits outside
/// [0, 1]; as crmv_concentration_new(). Free it with crmv_attribute_concentration_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_attribute_concentration_new(
    values: *const f64,
    n: usize,
    attribute: Option<&crmv_labels>,
    negatives: crmv_negative_policy,
    alert: *const crmv_dependency_alert,
    out: Option<&mut MaybeUninit<*mut crmv_attribute_concentration>>,
) -> crmv_status {
    guard(|| {
        let (attribute, out) = (given(attribute, "attribute")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let (values, alert) = unsafe { (slice(values, n, "values")?, read_options(alert)?) };
        let alert = DependencyAlert { share: alert.share, hhi: alert.hhi };
        let shares = AttributeConcentration::of(values, &attribute.labels, negative_policy(negatives)?, alert)?;
        hand_over(out, crmv_attribute_concentration::new(shares));
        Ok(())
    })
}

/// Frees a concentration by attribute. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_attribute_concentration_free(concentration: Option<Box<crmv_attribute_concentration>>) {
    guard(|| {
        drop(concentration);
        Ok(())
    });
}

/// The concentration in numbers. `struct_size`: sizeof(crmv_attribute_summary).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_attribute_concentration_summary(
    concentration: Option<&crmv_attribute_concentration>,
    out: *mut crmv_attribute_summary,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let shares = &given(concentration, "concentration")?.shares;
        let summary = crmv_attribute_summary {
            levels: shares.levels().len() as u64,
            total: shares.total(),
            hhi: shares.hhi(),
            share_limit: shares.alert().share,
            hhi_limit: shares.alert().hhi,
            hhi_alert: i32::from(shares.hhi_alert()),
            reserved: 0,
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, summary, "out") }
    })
}

/// Level `index` (0-based), in the order of the attribute, empty ones included. `struct_size`: sizeof(crmv_level_share). Errors:
/// CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_attribute_concentration_level(
    concentration: Option<&crmv_attribute_concentration>,
    index: usize,
    out: *mut crmv_level_share,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let concentration = given(concentration, "concentration")?;
        let levels = concentration.shares.levels();
        let level = levels.get(index).ok_or(Failure::OutOfRange { what: "level", index, len: levels.len() })?;
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, concentration.row(index, level), "out") }
    })
}

/// The level of the largest value; the first of them if several have it. `struct_size`: sizeof(crmv_level_share).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_attribute_concentration_largest(
    concentration: Option<&crmv_attribute_concentration>,
    out: *mut crmv_level_share,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let concentration = given(concentration, "concentration")?;
        let shares = &concentration.shares;
        let largest = shares.largest().and_then(|largest| shares.levels().iter().position(|level| level.level == largest.level));
        let index = largest.ok_or(Failure::OutOfRange { what: "level", index: 0, len: 0 })?;
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, concentration.row(index, &shares.levels()[index]), "out") }
    })
}

/// The concentration as JSON. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_attribute_concentration_to_json(
    concentration: Option<&crmv_attribute_concentration>,
    out: Option<&mut MaybeUninit<*mut c_char>>,
) -> crmv_status {
    guard(|| hand_over_json(given(out, "out")?, &given(concentration, "concentration")?.shares))
}

/// What crmv_attribute_concentration_to_json() wrote, checked again. Free it with crmv_attribute_concentration_free().
///
/// `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_attribute_concentration_from_json(
    json: *const c_char,
    out: Option<&mut MaybeUninit<*mut crmv_attribute_concentration>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        hand_over(out, crmv_attribute_concentration::new(unsafe { stored(json, "attribute concentration") }?));
        Ok(())
    })
}

/// The dilemma list: customers among the largest by revenue whose margin is negative, the largest loss first.
///
/// Immutable. Free it with crmv_dilemmas_free().
#[derive(Debug)]
pub struct crmv_dilemmas {
    dilemmas: Dilemmas,
}

/// How dilemma customers are found. Set it up with crmv_dilemma_options_init(); fields may be added at its end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_dilemma_options {
    /// Size of the struct, set by crmv_dilemma_options_init().
    pub struct_size: usize,
    /// The fraction of customers, by revenue, that counts as large, in (0, 1]; default 0.20.
    pub top: f64,
    /// The share of a customer's costs that ends with the customer, in [0, 1]; default 1.
    pub avoidable: f64,
}

// SAFETY: numbers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_dilemma_options {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_dilemma_options {
            struct_size: size_of::<Self>(),
            top: DilemmaOptions::DEFAULT_TOP,
            avoidable: DilemmaOptions::DEFAULT_AVOIDABLE,
        }
    }
}

/// Sets the options to their defaults. `struct_size`: sizeof(crmv_dilemma_options).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_dilemma_options_init(options: *mut crmv_dilemma_options, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(options, struct_size, crmv_dilemma_options { struct_size, ..Growing::defaults() }, "options") })
}

/// A customer with large revenue and negative margin. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_dilemma {
    /// The customer's row in the columns given, 0-based.
    pub row: u64,
    /// Revenue, in money.
    pub revenue: f64,
    /// Margin, below 0, in money.
    pub margin: f64,
    /// By how much prices would have to rise for a margin of 0 at the same volume (0.10 is 10 %).
    pub price_rise: f64,
    /// What the total margin gains if the customer is repriced to a margin of 0.
    pub gain_if_repriced: f64,
    /// Costs saved if the customer is given up.
    pub costs_saved: f64,
    /// What the total margin gains if the customer is given up: costs saved less revenue; may be negative.
    pub gain_if_ended: f64,
}

/// The dilemma list in numbers. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_dilemma_summary {
    /// Number of customers on the list.
    pub customers: u64,
    /// The smallest revenue that counts as large, in money; see has_smallest_revenue.
    pub smallest_revenue: f64,
    /// The margin of all customers as it is, in money.
    pub total_margin: f64,
    /// The same if every listed customer is repriced to a margin of 0.
    pub total_margin_if_repriced: f64,
    /// The same if every listed customer is given up.
    pub total_margin_if_ended: f64,
    /// 1 if there is a smallest revenue, else 0.
    pub has_smallest_revenue: i32,
    /// 0.
    pub reserved: i32,
}

/// Finds the dilemma customers in two columns of `n` rows, one per customer, in money. `options` may be NULL for the defaults.
///
/// Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_SHARE for options out of range. Free the list with crmv_dilemmas_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_dilemmas_new(
    revenue: *const f64,
    margin: *const f64,
    n: usize,
    options: *const crmv_dilemma_options,
    out: Option<&mut MaybeUninit<*mut crmv_dilemmas>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let (revenue, margin, options) = unsafe { (slice(revenue, n, "revenue")?, slice(margin, n, "margin")?, read_options(options)?) };
        let options = DilemmaOptions::new().top(options.top).avoidable(options.avoidable);
        hand_over(out, crmv_dilemmas { dilemmas: Dilemmas::of(revenue, margin, &options)? });
        Ok(())
    })
}

/// Frees a list. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_dilemmas_free(dilemmas: Option<Box<crmv_dilemmas>>) {
    guard(|| {
        drop(dilemmas);
        Ok(())
    });
}

/// The list in numbers. `struct_size`: sizeof(crmv_dilemma_summary).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_dilemmas_summary(
    dilemmas: Option<&crmv_dilemmas>,
    out: *mut crmv_dilemma_summary,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let dilemmas = &given(dilemmas, "dilemmas")?.dilemmas;
        let summary = crmv_dilemma_summary {
            customers: dilemmas.rows().len() as u64,
            smallest_revenue: dilemmas.smallest_revenue().unwrap_or_default(),
            total_margin: dilemmas.total_margin(),
            total_margin_if_repriced: dilemmas.total_margin_if_repriced(),
            total_margin_if_ended: dilemmas.total_margin_if_ended(),
            has_smallest_revenue: i32::from(dilemmas.smallest_revenue().is_some()),
            reserved: 0,
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, summary, "out") }
    })
}

/// Customer `index` (0-based) of the list, the largest loss first. `struct_size`: sizeof(crmv_dilemma). Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_dilemmas_row(
    dilemmas: Option<&crmv_dilemmas>,
    index: usize,
    out: *mut crmv_dilemma,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let rows = given(dilemmas, "dilemmas")?.dilemmas.rows();
        let row = rows.get(index).ok_or(Failure::OutOfRange { what: "dilemma", index, len: rows.len() })?;
        let row = crmv_dilemma {
            row: row.row as u64,
            revenue: row.revenue,
            margin: row.margin,
            price_rise: row.price_rise,
            gain_if_repriced: row.gain_if_repriced,
            costs_saved: row.costs_saved,
            gain_if_ended: row.gain_if_ended,
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, row, "out") }
    })
}

/// The list as JSON. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_dilemmas_to_json(dilemmas: Option<&crmv_dilemmas>, out: Option<&mut MaybeUninit<*mut c_char>>) -> crmv_status {
    guard(|| hand_over_json(given(out, "out")?, &given(dilemmas, "dilemmas")?.dilemmas))
}

/// The list that crmv_dilemmas_to_json() wrote, checked again. Free it with crmv_dilemmas_free().
///
/// `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_dilemmas_from_json(json: *const c_char, out: Option<&mut MaybeUninit<*mut crmv_dilemmas>>) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        hand_over(out, crmv_dilemmas { dilemmas: unsafe { stored(json, "dilemma list") }? });
        Ok(())
    })
}
