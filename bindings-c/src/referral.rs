//! Referral value.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{IdColumn, ReferralDepth, Referrals};

use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, fill, given, guard, optional_slice, read_options, slice, texts, write_struct};

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

/// # Safety
/// As the header says.
unsafe fn referrals(columns: &crmv_referral_columns) -> Result<Referrals, Failure> {
    let n = columns.n;
    // SAFETY: the caller's contract.
    let flags = unsafe { optional_slice(columns.no_referrer, n, "no_referrer") }?;
    let mut none: Option<Vec<bool>> = flags.map(|flags| flags.iter().map(|&flag| flag != 0).collect());
    if !columns.ids_text.is_null() {
        // SAFETY: the caller's contract.
        let (ids, by) = unsafe { (texts(columns.ids_text, n, "ids_text")?, texts(columns.referred_by_text, n, "referred_by_text")?) };
        let ids: Vec<&str> = ids.into_iter().collect::<Option<_>>().ok_or(Failure::NullPointer("ids_text"))?;
        none = Some(by.iter().enumerate().map(|(row, by)| by.is_none() || none.as_ref().is_some_and(|none| none[row])).collect());
        let by: Vec<&str> = by.into_iter().map(Option::unwrap_or_default).collect();
        Ok(Referrals::new(IdColumn::Str(&ids), IdColumn::Str(&by), none.as_deref())?)
    } else if !columns.ids_i64.is_null() {
        // SAFETY: the caller's contract.
        let (ids, by) = unsafe { (slice(columns.ids_i64, n, "ids_i64")?, slice(columns.referred_by_i64, n, "referred_by_i64")?) };
        Ok(Referrals::new(IdColumn::I64(ids), IdColumn::I64(by), none.as_deref())?)
    } else {
        // SAFETY: the caller's contract.
        let (ids, by) = unsafe { (slice(columns.ids_u64, n, "ids_u64")?, slice(columns.referred_by_u64, n, "referred_by_u64")?) };
        Ok(Referrals::new(IdColumn::U64(ids), IdColumn::U64(by), none.as_deref())?)
    }
}

/// Credits every customer with a share of the values of those whom it brought, in money.
///
/// `share`: in [0, 1]; down a chain its powers. `levels`: how many referrals down the credit reaches, 1 for direct referrals only,
/// CRMV_REFERRALS_ENDLESS for the whole chain. `out_credit`: room for `capacity` values. `out_total`: NULL, or the sum of the credit. Errors:
/// CRMV_EMPTY, CRMV_DUPLICATE_CUSTOMER, CRMV_UNKNOWN_CUSTOMER, CRMV_SELF_REFERRAL, CRMV_REFERRAL_LOOP, CRMV_SHARE, CRMV_NON_FINITE,
/// CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_referral_value(
    columns: *const crmv_referral_columns,
    share: f64,
    levels: u32,
    out_credit: *mut f64,
    capacity: usize,
    out_total: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        if columns.is_null() {
            return Err(Failure::NullPointer("columns"));
        }
        // SAFETY: the caller's contract in the header.
        let columns = unsafe { read_options(columns) }?;
        // SAFETY: the caller's contract in the header.
        let (referrals, values) = unsafe { (referrals(&columns)?, slice(columns.values, columns.n, "values")?) };
        let depth = if levels == CRMV_REFERRALS_ENDLESS { ReferralDepth::Endless } else { ReferralDepth::Levels(levels) };
        let value = referrals.credit(values, share, depth)?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out_credit, capacity, value.credit(), "out_credit") }?;
        if let Some(out_total) = out_total {
            out_total.write(value.total());
        }
        Ok(())
    })
}

/// Number of customers whom every customer referred directly, and of referrals in the longest chain. `values` are not read.
///
/// `out_referred`: room for `capacity` numbers. Errors as crmv_referral_value().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_referral_counts(
    columns: *const crmv_referral_columns,
    out_referred: *mut u32,
    capacity: usize,
    out_longest_chain: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let out_longest_chain = given(out_longest_chain, "out_longest_chain")?;
        if columns.is_null() {
            return Err(Failure::NullPointer("columns"));
        }
        // SAFETY: the caller's contract in the header.
        let columns = unsafe { read_options(columns) }?;
        // SAFETY: the caller's contract in the header.
        let referrals = unsafe { referrals(&columns) }?;
        let referred: Vec<u32> = (0..referrals.len()).map(|row| referrals.referred_by(row).len() as u32).collect();
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out_referred, capacity, &referred, "out_referred") }?;
        out_longest_chain.write(referrals.longest_chain());
        Ok(())
    })
}
