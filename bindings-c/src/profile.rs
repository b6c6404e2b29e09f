//! Segments described by an attribute, and customers that move between segments.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{CustomerIds, Error, ProfileCell, SegmentMigration, SegmentProfile};

use crate::customers::IdPointers;
use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, Lent, fill, given, guard, hand_over, hand_over_json, read_options, room, slice, stored, text, write_struct};
use crate::labels::crmv_labels;

/// Who is in a segment: customers and value by attribute level and segment. Immutable. Free it with crmv_segment_profile_free().
#[derive(Debug)]
pub struct crmv_segment_profile {
    profile: SegmentProfile,
    /// Level and segment of every cell, one after the other.
    names: Lent,
}

impl crmv_segment_profile {
    fn new(profile: SegmentProfile) -> Self {
        let names = Lent::new(profile.cells().iter().flat_map(|cell| [cell.level.as_str(), cell.segment.as_str()]));
        crmv_segment_profile { profile, names }
    }

    fn row(&self, index: usize, cell: &ProfileCell) -> crmv_profile_cell {
        crmv_profile_cell {
            level: self.names.pointer(2 * index),
            segment: self.names.pointer(2 * index + 1),
            customers: cell.customers as u64,
            share_of_segment: cell.share_of_segment.unwrap_or_default(),
            share_of_level: cell.share_of_level.unwrap_or_default(),
            index: cell.index.unwrap_or_default(),
            value: cell.value,
            value_share: cell.value_share.unwrap_or_default(),
            mean_value: cell.mean_value.unwrap_or_default(),
            has_share_of_segment: i32::from(cell.share_of_segment.is_some()),
            has_share_of_level: i32::from(cell.share_of_level.is_some()),
            has_index: i32::from(cell.index.is_some()),
            has_value_share: i32::from(cell.value_share.is_some()),
        }
    }
}

/// The customers of one segment that have one level of the attribute. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_profile_cell {
    /// The level of the attribute, valid until the profile is freed.
    pub level: *const c_char,
    /// The segment, valid until the profile is freed.
    pub segment: *const c_char,
    /// Customers of the cell; mean_value is 0 where there are none.
    pub customers: u64,
    /// Their share of the segment's customers, in [0, 1]; absent for an empty segment.
    pub share_of_segment: f64,
    /// Their share of the level's customers, in [0, 1]; absent for an empty level.
    pub share_of_level: f64,
    /// How much more often the level occurs in the segment than among all customers (2 is twice as often); absent if either is empty.
    pub index: f64,
    /// The sum of their values.
    pub value: f64,
    /// Its share of the value of all customers; absent if that is not above 0.
    pub value_share: f64,
    /// The mean value.
    pub mean_value: f64,
    /// 1 if there is a share of the segment, 0 (and the number 0) if not; so with those below.
    pub has_share_of_segment: i32,
    /// See has_share_of_segment.
    pub has_share_of_level: i32,
    /// See has_share_of_segment.
    pub has_index: i32,
    /// See has_share_of_segment.
    pub has_value_share: i32,
}

/// Profiles `segments` by `attribute` for `n` values of any sign, one per customer.
///
/// Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_LENGTH_MISMATCH unless there are `n` labels each. Free it with crmv_segment_profile_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_segment_profile_new(
    values: *const f64,
    n: usize,
    segments: Option<&crmv_labels>,
    attribute: Option<&crmv_labels>,
    out: Option<&mut MaybeUninit<*mut crmv_segment_profile>>,
) -> crmv_status {
    guard(|| {
        let (segments, attribute, out) = (given(segments, "segments")?, given(attribute, "attribute")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let values = unsafe { slice(values, n, "values") }?;
        hand_over(out, crmv_segment_profile::new(SegmentProfile::of(values, &segments.labels, &attribute.labels)?));
        Ok(())
    })
}

/// Frees a profile. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_segment_profile_free(profile: Option<Box<crmv_segment_profile>>) {
    guard(|| {
        drop(profile);
        Ok(())
    });
}

/// Number of cells: levels times segments.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_segment_profile_count(profile: Option<&crmv_segment_profile>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (profile, out) = (given(profile, "profile")?, given(out, "out")?);
        out.write(profile.profile.cells().len());
        Ok(())
    })
}

/// The value of all customers.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_segment_profile_total(profile: Option<&crmv_segment_profile>, out: Option<&mut MaybeUninit<f64>>) -> crmv_status {
    guard(|| {
        let (profile, out) = (given(profile, "profile")?, given(out, "out")?);
        out.write(profile.profile.total());
        Ok(())
    })
}

/// Cell `index` (0-based), level by level, empty ones included. `struct_size`: sizeof(crmv_profile_cell). Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_segment_profile_cell(
    profile: Option<&crmv_segment_profile>,
    index: usize,
    out: *mut crmv_profile_cell,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let profile = given(profile, "profile")?;
        let cells = profile.profile.cells();
        let cell = cells.get(index).ok_or(Failure::OutOfRange { what: "cell", index, len: cells.len() })?;
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, profile.row(index, cell), "out") }
    })
}

/// The cell of a level and a segment by name. Returns CRMV_OK with `found` 1, or with `found` 0 and `out` unchanged if there is none.
///
/// `level`, `segment`: NUL-terminated texts. `struct_size`: sizeof(crmv_profile_cell). Errors: CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_segment_profile_find(
    profile: Option<&crmv_segment_profile>,
    level: *const c_char,
    segment: *const c_char,
    found: Option<&mut MaybeUninit<i32>>,
    out: *mut crmv_profile_cell,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let (profile, found) = (given(profile, "profile")?, given(found, "found")?);
        // SAFETY: the caller's contract in the header.
        let (level, segment) = unsafe { (text(level, "level")?, text(segment, "segment")?) };
        let cells = profile.profile.cells();
        let index = cells.iter().position(|cell| cell.level == level && cell.segment == segment);
        if let Some(index) = index {
            // SAFETY: the caller's contract in the header.
            unsafe { write_struct(out, struct_size, profile.row(index, &cells[index]), "out") }?;
        }
        found.write(i32::from(index.is_some()));
        Ok(())
    })
}

/// The profile as JSON. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_segment_profile_to_json(
    profile: Option<&crmv_segment_profile>,
    out: Option<&mut MaybeUninit<*mut c_char>>,
) -> crmv_status {
    guard(|| hand_over_json(given(out, "out")?, &given(profile, "profile")?.profile))
}

/// The profile that crmv_segment_profile_to_json() wrote, checked again. Free it with crmv_segment_profile_free().
///
/// `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_segment_profile_from_json(
    json: *const c_char,
    out: Option<&mut MaybeUninit<*mut crmv_segment_profile>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        hand_over(out, crmv_segment_profile::new(unsafe { stored(json, "segment profile") }?));
        Ok(())
    })
}

/// How customers moved between two labelings: last year's segments or tiers against this year's.
///
/// Customers are matched by id; those only in the second labeling are new, those only in the first are lost. Immutable. Free it with
/// crmv_segment_migration_free().
#[derive(Debug)]
pub struct crmv_segment_migration {
    migration: SegmentMigration,
    levels: Lent,
}

impl crmv_segment_migration {
    fn new(migration: SegmentMigration) -> Self {
        let levels = Lent::new(migration.levels().iter().map(String::as_str));
        crmv_segment_migration { migration, levels }
    }
}

/// Customers and their labels. Set it up with crmv_labelled_customers_init(), then fill in what you have.
///
/// Exactly one of the three arrays of ids has `n` elements; they and the labels are only read during the call.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_labelled_customers {
    /// Size of the struct, set by crmv_labelled_customers_init().
    pub struct_size: usize,
    /// Number of customers.
    pub n: usize,
    /// Distinct ids as unsigned integers.
    pub ids_u64: *const u64,
    /// Distinct ids as signed integers.
    pub ids_i64: *const i64,
    /// Distinct ids as NUL-terminated UTF-8 texts, none of them NULL.
    pub ids_text: *const *const c_char,
    /// The labels, `n` of them.
    pub labels: *const crmv_labels,
}

// SAFETY: integers and pointers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_labelled_customers {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_labelled_customers {
            struct_size: size_of::<Self>(),
            n: 0,
            ids_u64: std::ptr::null(),
            ids_i64: std::ptr::null(),
            ids_text: std::ptr::null(),
            labels: std::ptr::null(),
        }
    }
}

/// Sets all columns to NULL and n to 0. `struct_size`: sizeof(crmv_labelled_customers).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_labelled_customers_init(customers: *mut crmv_labelled_customers, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(customers, struct_size, crmv_labelled_customers { struct_size, ..Growing::defaults() }, "customers") })
}

/// The caller's customers: ids of their own and labels.
///
/// # Safety
/// As the header says of `crmv_labelled_customers`.
unsafe fn labelled<'a>(customers: *const crmv_labelled_customers, column: &'static str) -> Result<(CustomerIds, &'a crmv_labels), Failure> {
    if customers.is_null() {
        return Err(Failure::NullPointer(column));
    }
    // SAFETY: the caller's contract.
    unsafe {
        let customers = read_options(customers)?;
        let ids = match IdPointers::new(customers.n, customers.ids_u64, customers.ids_i64, customers.ids_text)? {
            IdPointers::None if customers.n == 0 => CustomerIds::U64(Vec::new()),
            IdPointers::None => return Err(Failure::NullPointer("ids")),
            IdPointers::U64(ids) => CustomerIds::U64(ids.to_vec()),
            IdPointers::I64(ids) => CustomerIds::I64(ids.to_vec()),
            IdPointers::Text(ids, null) => match null.and_then(|null| null.iter().position(|&null| null)) {
                Some(row) => return Err(Failure::Core(Error::Missing { column: format!("customer ids {column}"), row })),
                None => CustomerIds::Text(ids.into_iter().collect()),
            },
        };
        Ok((ids, given(customers.labels.as_ref(), "labels")?))
    }
}

/// Matches two labelings. The levels are those of `before` in their order, then those that only `after` has.
///
/// Errors: CRMV_LENGTH_MISMATCH if ids and labels differ in number, CRMV_DUPLICATE_CUSTOMER, CRMV_WRONG_TYPE if the two have ids of different
/// kinds, CRMV_MISSING, CRMV_INVALID_OPTION, CRMV_INVALID_UTF8. Free it with crmv_segment_migration_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_segment_migration_new(
    before: *const crmv_labelled_customers,
    after: *const crmv_labelled_customers,
    out: Option<&mut MaybeUninit<*mut crmv_segment_migration>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let ((ids_before, before), (ids_after, after)) = unsafe { (labelled(before, "before")?, labelled(after, "after")?) };
        let migration = SegmentMigration::between(&ids_before, &before.labels, &ids_after, &after.labels)?;
        hand_over(out, crmv_segment_migration::new(migration));
        Ok(())
    })
}

/// Frees a migration. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_segment_migration_free(migration: Option<Box<crmv_segment_migration>>) {
    guard(|| {
        drop(migration);
        Ok(())
    });
}

/// Number of levels of both labelings.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_segment_migration_level_count(
    migration: Option<&crmv_segment_migration>,
    out: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (migration, out) = (given(migration, "migration")?, given(out, "out")?);
        out.write(migration.levels.len());
        Ok(())
    })
}

/// The name of level `index` (0-based). Valid until the migration is freed. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_segment_migration_level(
    migration: Option<&crmv_segment_migration>,
    index: usize,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| given(migration, "migration")?.levels.lend("level", index, given(out, "out")?))
}

/// The whole matrix, row by row. With l levels it has l + 1 rows, the levels before and then new customers, and l + 1 columns, the levels
/// after and then lost customers. `out`: room for `capacity` values, (l + 1)^2 are needed. Errors: CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_segment_migration_matrix(
    migration: Option<&crmv_segment_migration>,
    out: *mut u64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let matrix: Vec<u64> = given(migration, "migration")?.migration.matrix().iter().flatten().map(|&count| count as u64).collect();
        room(out, capacity, matrix.len(), "out")?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &matrix, "out") }
    })
}

/// A level by name, or NULL.
///
/// # Safety
/// As [`text`].
unsafe fn level<'a>(name: *const c_char, argument: &'static str) -> Result<Option<&'a str>, Failure> {
    // SAFETY: the caller's contract.
    if name.is_null() { Ok(None) } else { unsafe { text(name, argument) }.map(Some) }
}

/// Customers that were in level `before` and are in level `after`, and their share of all that were in `before`.
///
/// NULL for `before`: customers that were not there, which are new, and their share of all new ones. NULL for `after`: customers that are no
/// longer there. `has_share` 0 and `share` 0 if nobody was in `before`; levels that do not occur have no customers. `share`, `has_share` may
/// be NULL. Errors: CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_segment_migration_customers(
    migration: Option<&crmv_segment_migration>,
    before: *const c_char,
    after: *const c_char,
    customers: Option<&mut MaybeUninit<u64>>,
    share: Option<&mut MaybeUninit<f64>>,
    has_share: Option<&mut MaybeUninit<i32>>,
) -> crmv_status {
    guard(|| {
        let (migration, customers) = (&given(migration, "migration")?.migration, given(customers, "customers")?);
        // SAFETY: the caller's contract in the header.
        let (before, after) = unsafe { (level(before, "before")?, level(after, "after")?) };
        customers.write(migration.customers(before, after) as u64);
        let found = migration.share(before, after);
        if let Some(share) = share {
            share.write(found.unwrap_or_default());
        }
        if let Some(has_share) = has_share {
            has_share.write(i32::from(found.is_some()));
        }
        Ok(())
    })
}

/// How many customers a level had before and after; those of all levels for NULL. `level_name`: NULL or a NUL-terminated text.
///
/// Errors: CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_segment_migration_totals(
    migration: Option<&crmv_segment_migration>,
    level_name: *const c_char,
    before: Option<&mut MaybeUninit<u64>>,
    after: Option<&mut MaybeUninit<u64>>,
) -> crmv_status {
    guard(|| {
        let migration = &given(migration, "migration")?.migration;
        let (before, after) = (given(before, "before")?, given(after, "after")?);
        // SAFETY: the caller's contract in the header.
        let level = unsafe { level(level_name, "level_name") }?;
        before.write(migration.before(level) as u64);
        after.write(migration.after(level) as u64);
        Ok(())
    })
}

/// Customers that kept their level, those in the second labeling only, and those in the first only.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_segment_migration_summary(
    migration: Option<&crmv_segment_migration>,
    stayed: Option<&mut MaybeUninit<u64>>,
    new_customers: Option<&mut MaybeUninit<u64>>,
    lost_customers: Option<&mut MaybeUninit<u64>>,
) -> crmv_status {
    guard(|| {
        let migration = &given(migration, "migration")?.migration;
        let (stayed, new_customers) = (given(stayed, "stayed")?, given(new_customers, "new_customers")?);
        given(lost_customers, "lost_customers")?.write(migration.lost_customers() as u64);
        stayed.write(migration.stayed() as u64);
        new_customers.write(migration.new_customers() as u64);
        Ok(())
    })
}

/// The migration as JSON. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_segment_migration_to_json(
    migration: Option<&crmv_segment_migration>,
    out: Option<&mut MaybeUninit<*mut c_char>>,
) -> crmv_status {
    guard(|| hand_over_json(given(out, "out")?, &given(migration, "migration")?.migration))
}

/// The migration that crmv_segment_migration_to_json() wrote, checked again. Free it with crmv_segment_migration_free().
///
/// `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_segment_migration_from_json(
    json: *const c_char,
    out: Option<&mut MaybeUninit<*mut crmv_segment_migration>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        hand_over(out, crmv_segment_migration::new(unsafe { stored(json, "segment migration") }?));
        Ok(())
    })
}
