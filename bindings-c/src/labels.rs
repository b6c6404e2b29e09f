//! Labels: a name for every customer, and what to do for customers of a tier.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{Error, Labels, TierAction, TierActions};

use crate::error::{Failure, crmv_status};
use crate::ffi::{Lent, fill, given, guard, hand_over, hand_over_json, slice, stored, text, texts};

/// A name for every customer: region, industry, tier, segment. Holds the distinct names, the levels, once.
///
/// Immutable, so any number of threads may use it at once. Free it with crmv_labels_free().
#[derive(Debug)]
pub struct crmv_labels {
    pub(crate) labels: Labels,
    levels: Lent,
}

impl crmv_labels {
    pub(crate) fn new(labels: Labels) -> Self {
        let levels = Lent::new(labels.levels().iter().map(String::as_str));
        crmv_labels { labels, levels }
    }
}

/// The caller's texts, each of which must be there.
///
/// # Safety
/// As [`texts`].
unsafe fn names<'a>(names: *const *const c_char, n: usize, column: &'static str) -> Result<Vec<&'a str>, Failure> {
    // SAFETY: the caller's contract.
    let names = unsafe { texts(names, n, column) }?;
    let missing = |row| Failure::Core(Error::Missing { column: column.to_owned(), row });
    names.into_iter().enumerate().map(|(row, name)| name.ok_or_else(|| missing(row))).collect()
}

/// Labels from `n` names, one per customer. The levels are the distinct names in the order of their UTF-8 bytes.
///
/// `names_of_customers`: `n` NUL-terminated texts, none of them NULL. Errors: CRMV_MISSING, CRMV_INVALID_UTF8. Free the labels with
/// crmv_labels_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_labels_new(
    names_of_customers: *const *const c_char,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_labels>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let labels = Labels::of(&unsafe { names(names_of_customers, n, "names_of_customers") }?);
        hand_over(out, crmv_labels::new(labels));
        Ok(())
    })
}

/// Labels from levels in an order of your own, some of which nobody may have, and the position (0-based) of every customer's level.
///
/// `levels`: `n_levels` distinct NUL-terminated texts; `codes`: `n` positions. Errors: CRMV_LABELS for a level that occurs twice and a code
/// without a level; CRMV_MISSING, CRMV_INVALID_UTF8. Free the labels with crmv_labels_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_labels_from_codes(
    levels: *const *const c_char,
    n_levels: usize,
    codes: *const u32,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_labels>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let (levels, codes) = unsafe { (names(levels, n_levels, "levels")?, slice(codes, n, "codes")?) };
        hand_over(out, crmv_labels::new(Labels::from_codes(&levels, codes)?));
        Ok(())
    })
}

/// Frees labels. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_labels_free(labels: Option<Box<crmv_labels>>) {
    guard(|| {
        drop(labels);
        Ok(())
    });
}

/// Number of customers.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_labels_count(labels: Option<&crmv_labels>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (labels, out) = (given(labels, "labels")?, given(out, "out")?);
        out.write(labels.labels.len());
        Ok(())
    })
}

/// Number of levels.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_labels_level_count(labels: Option<&crmv_labels>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (labels, out) = (given(labels, "labels")?, given(out, "out")?);
        out.write(labels.levels.len());
        Ok(())
    })
}

/// The name of level `index` (0-based). Valid until the labels are freed. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_labels_level(
    labels: Option<&crmv_labels>,
    index: usize,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| given(labels, "labels")?.levels.lend("level", index, given(out, "out")?))
}

/// Copies the position of every customer's level into `out`, which has room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_labels_codes(labels: Option<&crmv_labels>, out: *mut u32, capacity: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { fill(out, capacity, given(labels, "labels")?.labels.codes(), "out") })
}

/// The name of customer `index` (0-based). Valid until the labels are freed. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_labels_name(
    labels: Option<&crmv_labels>,
    index: usize,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| {
        let (labels, out) = (given(labels, "labels")?, given(out, "out")?);
        let codes = labels.labels.codes();
        let code = codes.get(index).ok_or(Failure::OutOfRange { what: "customer", index, len: codes.len() })?;
        labels.levels.lend("level", *code as usize, out)
    })
}

/// The labels as JSON. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_labels_to_json(labels: Option<&crmv_labels>, out: Option<&mut MaybeUninit<*mut c_char>>) -> crmv_status {
    guard(|| hand_over_json(given(out, "out")?, &given(labels, "labels")?.labels))
}

/// The labels that crmv_labels_to_json() wrote, checked again. Free them with crmv_labels_free().
///
/// `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_labels_from_json(json: *const c_char, out: Option<&mut MaybeUninit<*mut crmv_labels>>) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        hand_over(out, crmv_labels::new(unsafe { stored(json, "labels") }?));
        Ok(())
    })
}

/// The table from tier to action, best tier first. Immutable. Free it with crmv_tier_actions_free().
#[derive(Debug)]
pub struct crmv_tier_actions {
    actions: TierActions,
    /// Tier and action of every row, one after the other.
    texts: Lent,
}

impl crmv_tier_actions {
    fn new(actions: TierActions) -> Self {
        let texts = Lent::new(actions.rows().iter().flat_map(|row| [row.tier.as_str(), row.action.as_str()]));
        crmv_tier_actions { actions, texts }
    }
}

/// What to do for one tier: two NUL-terminated UTF-8 texts. This struct is frozen: it will never change.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_tier_action {
    /// The tier's name.
    pub tier: *const c_char,
    /// The action, in words.
    pub action: *const c_char,
}

/// The default table, for three tiers: top, middle, basic. Free it with crmv_tier_actions_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_tier_actions_default(out: Option<&mut MaybeUninit<*mut crmv_tier_actions>>) -> crmv_status {
    guard(|| {
        hand_over(given(out, "out")?, crmv_tier_actions::new(TierActions::default()));
        Ok(())
    })
}

/// A table of `n` rows, best tier first. Errors: CRMV_EMPTY, CRMV_LABELS for a tier that occurs twice, CRMV_INVALID_UTF8. Free it with
/// crmv_tier_actions_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_tier_actions_new(
    rows: *const crmv_tier_action,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_tier_actions>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let rows = unsafe { slice(rows, n, "rows") }?;
        let row = |row: &crmv_tier_action| {
            // SAFETY: the caller's contract in the header.
            let (tier, action) = unsafe { (text(row.tier, "tier")?, text(row.action, "action")?) };
            Ok(TierAction { tier: tier.to_owned(), action: action.to_owned() })
        };
        let rows = rows.iter().map(row).collect::<Result<_, Failure>>()?;
        hand_over(out, crmv_tier_actions::new(TierActions::new(rows)?));
        Ok(())
    })
}

/// Frees a table. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_tier_actions_free(actions: Option<Box<crmv_tier_actions>>) {
    guard(|| {
        drop(actions);
        Ok(())
    });
}

/// Number of tiers.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_tier_actions_count(actions: Option<&crmv_tier_actions>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (actions, out) = (given(actions, "actions")?, given(out, "out")?);
        out.write(actions.actions.rows().len());
        Ok(())
    })
}

/// The row of tier `index` (0 for the best). Its texts are valid until the table is freed. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_tier_actions_row(
    actions: Option<&crmv_tier_actions>,
    index: usize,
    out: Option<&mut MaybeUninit<crmv_tier_action>>,
) -> crmv_status {
    guard(|| {
        let (actions, out) = (given(actions, "actions")?, given(out, "out")?);
        let len = actions.actions.rows().len();
        if index >= len {
            return Err(Failure::OutOfRange { what: "tier", index, len });
        }
        out.write(crmv_tier_action { tier: actions.texts.pointer(2 * index), action: actions.texts.pointer(2 * index + 1) });
        Ok(())
    })
}

/// The names of the tiers of `n` customers, as crmv_tiers_assign() numbers them. Errors: CRMV_LABELS for a tier that the table does not have.
/// Free the labels with crmv_labels_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_tier_actions_label(
    actions: Option<&crmv_tier_actions>,
    tiers: *const u8,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_labels>>,
) -> crmv_status {
    guard(|| {
        let (actions, out) = (given(actions, "actions")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let labels = actions.actions.label(unsafe { slice(tiers, n, "tiers") }?)?;
        hand_over(out, crmv_labels::new(labels));
        Ok(())
    })
}

/// The table as JSON. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_tier_actions_to_json(
    actions: Option<&crmv_tier_actions>,
    out: Option<&mut MaybeUninit<*mut c_char>>,
) -> crmv_status {
    guard(|| hand_over_json(given(out, "out")?, &given(actions, "actions")?.actions))
}

/// A table from JSON, as crmv_tier_actions_to_json() writes it or written by hand. Free it with crmv_tier_actions_free().
///
/// `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_tier_actions_from_json(
    json: *const c_char,
    out: Option<&mut MaybeUninit<*mut crmv_tier_actions>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        hand_over(out, crmv_tier_actions::new(unsafe { stored(json, "tier actions") }?));
        Ok(())
    })
}
