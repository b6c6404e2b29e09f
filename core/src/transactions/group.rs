//! Grouping rows by customer and day.
//!
//! Rows are first spread over buckets of customers that fit the cache (a radix sort on the rank of the id), then each bucket is sorted by
//! customer, day and value, and the days are merged on the way back. Each thread owns a range of buckets, scans all ids, and writes only its
//! own part, so the result does not depend on the number of threads; sorting by value within a day makes it independent of the row order to
//! the last bit.

use std::sync::Arc;

use hashbrown::HashMap;

use super::{Adjustment, LogOptions, MarginColumn, Occasion, RowClass, RowPolicy, TransactionLog, Transactions};
use crate::error::{Error, Result};
use crate::ids::{CustomerIds, IdColumn, signed_id};
use crate::parallel;
use crate::quality::DataQuality;
use crate::time::Date;

/// A net this small against the day's turnover is rounding of a full refund, not a purchase.
const FULL_REFUND_TOLERANCE: f64 = 1e-9;

/// Code of a dropped row.
const DROPPED: u32 = u32::MAX;

pub(super) fn read(options: &LogOptions, chunks: &[Transactions<'_>]) -> Result<TransactionLog> {
    let rows = options.check_shape(chunks)?;
    let threads = parallel::threads(options.threads, rows);
    let scan = scan(options, chunks, rows, threads)?;
    if scan.kept == 0 {
        return Err(no_purchases(options, &scan.quality));
    }
    if chunks[0].margin.is_some() {
        group::<WithMargin>(options, chunks, scan, threads)
    } else {
        group::<Occasion>(options, chunks, scan, threads)
    }
}

fn no_purchases(options: &LogOptions, quality: &DataQuality) -> Error {
    Error::NoPurchases { rows: quality.rows_read, dropped: quality.rows_dropped(), column: options.column_names[2].clone() }
}

/// What the first pass learns: policies applied, ranges of ids and days.
struct Scan {
    quality: DataQuality,
    kept: usize,
    keys: (u64, u64),
    days: (i32, i32),
    error: Option<Error>,
}

fn scan(options: &LogOptions, chunks: &[Transactions<'_>], rows: usize, threads: usize) -> Result<Scan> {
    let parts = parallel::run(parallel::ranges(rows, threads), |range| scan_range(options, chunks, range));
    let mut total = Scan::new();
    for part in parts {
        if let Some(error) = part.error {
            return Err(error);
        }
        total.kept += part.kept;
        total.keys = (total.keys.0.min(part.keys.0), total.keys.1.max(part.keys.1));
        total.days = (total.days.0.min(part.days.0), total.days.1.max(part.days.1));
        total.quality.dropped_missing += part.quality.dropped_missing;
        total.quality.dropped_invalid += part.quality.dropped_invalid;
        total.quality.dropped_refunds += part.quality.dropped_refunds;
        total.quality.dropped_zeros += part.quality.dropped_zeros;
        total.quality.refund_rows += part.quality.refund_rows;
        total.quality.zero_rows += part.quality.zero_rows;
    }
    total.quality.rows_read = rows;
    if total.kept < rows {
        total.quality.amount_dropped = ordered_sum(dropped_amounts(options, chunks));
    }
    if total.quality.refund_rows > 0 {
        let amounts = chunks.iter().flat_map(|chunk| chunk.amounts.iter().copied());
        total.quality.refund_amount = ordered_sum(amounts.filter(|&amount| amount < 0.0 && amount.is_finite()).collect());
    }
    Ok(total)
}

/// A sum that does not depend on the order in which the values come.
fn ordered_sum(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    sum(values.into_iter())
}

/// A sum whose empty case is 0, where `Iterator::sum` gives −0.
fn sum(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |sum, value| sum + value)
}

fn dropped_amounts(options: &LogOptions, chunks: &[Transactions<'_>]) -> Vec<f64> {
    let mut amounts = Vec::new();
    for chunk in chunks {
        for i in 0..chunk.ids.len() {
            let dropped = !matches!(options.classify(chunk, i, 0), Ok(RowClass::Keep));
            if dropped && chunk.amounts[i].is_finite() {
                amounts.push(chunk.amounts[i]);
            }
        }
    }
    amounts
}

impl Scan {
    fn new() -> Self {
        Scan { quality: DataQuality::default(), kept: 0, keys: (u64::MAX, 0), days: (i32::MAX, i32::MIN), error: None }
    }
}

fn scan_range(options: &LogOptions, chunks: &[Transactions<'_>], range: std::ops::Range<usize>) -> Scan {
    let mut scan = Scan::new();
    let mut first_row = 0;
    for chunk in chunks {
        let len = chunk.ids.len();
        let from = range.start.saturating_sub(first_row).min(len);
        let to = range.end.saturating_sub(first_row).min(len);
        for i in from..to {
            match options.classify(chunk, i, first_row + i) {
                Ok(RowClass::Keep) => {
                    scan.kept += 1;
                    if let Some(key) = chunk.ids.integer_key(i) {
                        scan.keys = (scan.keys.0.min(key), scan.keys.1.max(key));
                    }
                    let day = chunk.dates.day(i) as i32;
                    scan.days = (scan.days.0.min(day), scan.days.1.max(day));
                    let amount = chunk.amounts[i];
                    if amount < 0.0 {
                        scan.quality.refund_rows += 1;
                    } else if amount <= 0.0 {
                        scan.quality.zero_rows += 1;
                    }
                }
                Ok(RowClass::DropMissing) => scan.quality.dropped_missing += 1,
                Ok(RowClass::DropInvalid) => scan.quality.dropped_invalid += 1,
                Ok(RowClass::DropRefund) => {
                    scan.quality.dropped_refunds += 1;
                    scan.quality.refund_rows += 1;
                }
                Ok(RowClass::DropZero) => {
                    scan.quality.dropped_zeros += 1;
                    scan.quality.zero_rows += 1;
                }
                Err(error) => {
                    scan.error = Some(error);
                    return scan;
                }
            }
        }
        first_row += len;
    }
    scan
}

/// How a row finds its customer: directly by its integer id, or through a table of codes.
enum Codes {
    Direct { min: u64 },
    Table(Vec<u32>),
}

impl Codes {
    #[inline]
    fn of(&self, ids: &IdColumn<'_>, i: usize, row: usize) -> u32 {
        match self {
            Codes::Direct { min } => ids.integer_key(i).map_or(DROPPED, |key| key.wrapping_sub(*min).min(DROPPED.into()) as u32),
            Codes::Table(codes) => codes[row],
        }
    }
}

/// The customers in sorted order (all codes, also those that never occur) and the code of every row.
struct Dictionary {
    codes: Codes,
    len: usize,
    /// Sorted distinct ids for `Codes::Table`; computed from the code for `Codes::Direct`.
    ids: Option<CustomerIds>,
}

fn dictionary(options: &LogOptions, chunks: &[Transactions<'_>], scan: &Scan, rows: usize) -> Dictionary {
    // A gap-ridden range of integer ids may waste as much memory as a table of codes would take.
    let (min, max) = scan.keys;
    let direct_limit = (scan.kept as u64).saturating_mul(2).max(1 << 16);
    if !chunks[0].ids.is_text() && max - min < direct_limit {
        return Dictionary { codes: Codes::Direct { min }, len: (max - min) as usize + 1, ids: None };
    }
    let all_kept = scan.kept == rows;
    let kept = |chunk: &Transactions<'_>, i: usize| all_kept || matches!(options.classify(chunk, i, 0), Ok(RowClass::Keep));
    if chunks[0].ids.is_text() {
        let (codes, distinct) = encode(chunks, rows, kept, |ids, i| ids.text(i));
        let len = distinct.len();
        Dictionary { codes: Codes::Table(codes), len, ids: Some(CustomerIds::Text(distinct.into_iter().collect())) }
    } else {
        let (codes, distinct) = encode(chunks, rows, kept, |ids, i| ids.integer_key(i).unwrap_or(0));
        let len = distinct.len();
        let ids = integer_ids(&chunks[0].ids, distinct);
        Dictionary { codes: Codes::Table(codes), len, ids: Some(ids) }
    }
}

fn integer_ids(kind: &IdColumn<'_>, keys: Vec<u64>) -> CustomerIds {
    match kind {
        IdColumn::I64(_) => CustomerIds::I64(keys.into_iter().map(signed_id).collect()),
        _ => CustomerIds::U64(keys),
    }
}

/// Gives every kept row the rank of its key among the distinct keys.
fn encode<'a, K: Copy + Eq + Ord + std::hash::Hash>(
    chunks: &'a [Transactions<'_>],
    rows: usize,
    kept: impl Fn(&Transactions<'_>, usize) -> bool,
    key: impl Fn(&'a IdColumn<'_>, usize) -> K,
) -> (Vec<u32>, Vec<K>) {
    let mut codes = Vec::with_capacity(rows);
    let mut seen: HashMap<K, u32> = HashMap::new();
    let mut distinct: Vec<K> = Vec::new();
    for chunk in chunks {
        for i in 0..chunk.ids.len() {
            if !kept(chunk, i) {
                codes.push(DROPPED);
                continue;
            }
            let key = key(&chunk.ids, i);
            let code = *seen.entry(key).or_insert_with(|| {
                distinct.push(key);
                distinct.len() as u32 - 1
            });
            codes.push(code);
        }
    }
    drop(seen);
    let mut order: Vec<u32> = (0..distinct.len() as u32).collect();
    order.sort_unstable_by_key(|&code| distinct[code as usize]);
    let mut rank = vec![0u32; distinct.len()];
    for (position, &code) in order.iter().enumerate() {
        rank[code as usize] = position as u32;
    }
    for code in &mut codes {
        if *code != DROPPED {
            *code = rank[*code as usize];
        }
    }
    let sorted = order.into_iter().map(|code| distinct[code as usize]).collect();
    (codes, sorted)
}

/// An entry while it is being grouped, with or without margin. Until its day is merged, `day` holds a tag: the customer's place in the bucket
/// above the day's distance from the first day, so that an entry takes no more room than the occasion it becomes.
trait Entry: Copy + Send + Sync {
    fn new(day: i32, amount: f64, margin: f64) -> Self;
    fn day(&self) -> i32;
    fn amount(&self) -> f64;
    fn margin(&self) -> f64;
    /// The final occasions and margins.
    fn finish(entries: Vec<Self>) -> (Vec<Occasion>, Option<Vec<f64>>);
}

impl Entry for Occasion {
    #[inline]
    fn new(day: i32, amount: f64, _margin: f64) -> Self {
        Occasion { day, amount }
    }
    #[inline]
    fn day(&self) -> i32 {
        self.day
    }
    #[inline]
    fn amount(&self) -> f64 {
        self.amount
    }
    #[inline]
    fn margin(&self) -> f64 {
        0.0
    }
    fn finish(mut entries: Vec<Self>) -> (Vec<Occasion>, Option<Vec<f64>>) {
        entries.shrink_to_fit();
        (entries, None)
    }
}

#[derive(Clone, Copy)]
struct WithMargin {
    occasion: Occasion,
    margin: f64,
}

impl Entry for WithMargin {
    #[inline]
    fn new(day: i32, amount: f64, margin: f64) -> Self {
        WithMargin { occasion: Occasion { day, amount }, margin }
    }
    #[inline]
    fn day(&self) -> i32 {
        self.occasion.day
    }
    #[inline]
    fn amount(&self) -> f64 {
        self.occasion.amount
    }
    #[inline]
    fn margin(&self) -> f64 {
        self.margin
    }
    fn finish(entries: Vec<Self>) -> (Vec<Occasion>, Option<Vec<f64>>) {
        let occasions = entries.iter().map(|entry| entry.occasion).collect();
        (occasions, Some(entries.into_iter().map(|entry| entry.margin).collect()))
    }
}

/// How tags are made: `place in the bucket << day_bits | day − first_day`, as the bits of an i32.
#[derive(Clone, Copy)]
struct Tags {
    first_day: i32,
    day_bits: u32,
}

impl Tags {
    fn new(days: (i32, i32)) -> Self {
        Tags { first_day: days.0, day_bits: u32::BITS - days.1.abs_diff(days.0).leading_zeros() }
    }

    #[inline]
    fn tag(self, place: u32, day: i32) -> i32 {
        (place << self.day_bits | day.abs_diff(self.first_day)) as i32
    }

    #[inline]
    fn place(self, tag: i32) -> usize {
        (tag as u32 >> self.day_bits) as usize
    }

    /// The day's distance from the first day.
    #[inline]
    fn distance(self, tag: i32) -> u32 {
        tag as u32 & ((1 << self.day_bits) - 1)
    }
}

/// Rows per bucket aimed at: half a megabyte of entries.
const ROWS_PER_BUCKET: usize = 32_768;
/// More buckets than this would wear out the address translation of the scatter.
const MAX_BUCKETS: usize = 1_024;

/// The kept rows, with the codes of their customers and the buckets of the codes.
struct Rows<'a> {
    options: &'a LogOptions,
    chunks: &'a [Transactions<'a>],
    dictionary: Dictionary,
    all_kept: bool,
    /// Bucket of a code: `code >> shift`.
    shift: u32,
    tags: Tags,
}

impl Rows<'_> {
    fn buckets(&self) -> usize {
        ((self.dictionary.len - 1) >> self.shift) + 1
    }

    /// Visits the kept rows of a range in order: code, chunk, position in the chunk.
    #[inline]
    fn for_each(&self, rows: std::ops::Range<usize>, mut visit: impl FnMut(u32, &Transactions<'_>, usize)) {
        let mut first_row = 0;
        for chunk in self.chunks {
            let len = chunk.ids.len();
            let from = rows.start.saturating_sub(first_row).min(len);
            let to = rows.end.saturating_sub(first_row).min(len);
            for i in from..to {
                let code = self.dictionary.codes.of(&chunk.ids, i, first_row + i);
                if self.all_kept || (code != DROPPED && matches!(self.options.classify(chunk, i, 0), Ok(RowClass::Keep))) {
                    visit(code, chunk, i);
                }
            }
            first_row += len;
        }
    }
}

/// One thread's share: a range of buckets, the entries that belong to them, and a place for the number of occasions of each code.
struct Part<'p, E> {
    buckets: std::ops::Range<usize>,
    counts: &'p mut [u32],
    entries: &'p mut [E],
}

/// What merging a part yields beside the entries themselves.
#[derive(Default)]
struct Merged {
    occasions: usize,
    customers: u32,
    quality: DataQuality,
    adjustments: Vec<Adjustment>,
    /// Net amounts of customers that never bought.
    without_purchase: Vec<f64>,
    rows_per_day: Vec<u32>,
    dropped_amounts: Vec<f64>,
    error: Option<Error>,
}

fn group<E: Entry>(options: &LogOptions, chunks: &[Transactions<'_>], scan: Scan, threads: usize) -> Result<TransactionLog> {
    let n = scan.quality.rows_read;
    let dictionary = dictionary(options, chunks, &scan, n);
    let codes = dictionary.len;
    let wanted = (scan.kept / ROWS_PER_BUCKET).clamp(threads, MAX_BUCKETS);
    let tags = Tags::new(scan.days);
    let shift = codes.div_ceil(wanted).max(1).next_power_of_two().trailing_zeros().min(u32::BITS - tags.day_bits);
    let rows = Rows { options, chunks, dictionary, all_kept: scan.kept == n, shift, tags };

    let rows_per_day_len = scan.days.1.abs_diff(scan.days.0) as usize + 1;
    let bucket_rows = count_buckets(&rows, n, threads);
    let ranges = balanced_ranges(&bucket_rows, scan.kept, threads);
    let mut entries = vec![E::new(0, 0.0, 0.0); scan.kept];
    let mut counts = vec![0u32; codes];
    let lengths: Vec<usize> = ranges.iter().map(|range| bucket_rows[range.clone()].iter().map(|&rows| rows as usize).sum()).collect();
    let first_code = |bucket: usize| (bucket << shift).min(codes);
    let entry_parts = parallel::split_mut(&mut entries, lengths.iter().copied());
    let count_parts = parallel::split_mut(&mut counts, ranges.iter().map(|range| first_code(range.end) - first_code(range.start)));
    let parts: Vec<Part<'_, E>> = (ranges.into_iter().zip(count_parts).zip(entry_parts))
        .map(|((buckets, counts), entries)| Part { buckets, counts, entries })
        .collect();
    let merged = parallel::run(parts, |part| {
        let buckets = &bucket_rows[part.buckets.clone()];
        scatter(&rows, n, part.buckets.clone(), buckets, part.entries);
        merge(&rows, part, buckets, rows_per_day_len)
    });

    let mut quality = scan.quality;
    quality.rows_used = scan.kept;
    let (mut adjustments, mut dropped_amounts, mut without_purchase) = (Vec::new(), Vec::new(), Vec::new());
    let mut rows_per_day = vec![0u32; rows_per_day_len];
    let (mut written, mut read, mut customers) = (0, 0, 0u32);
    for (part, length) in merged.into_iter().zip(lengths) {
        if let Some(error) = part.error {
            return Err(error);
        }
        entries.copy_within(read..read + part.occasions, written);
        adjustments
            .extend(part.adjustments.into_iter().map(|adjustment| Adjustment { customer: adjustment.customer + customers, ..adjustment }));
        written += part.occasions;
        read += length;
        customers += part.customers;
        quality.duplicate_rows += part.quality.duplicate_rows;
        quality.dropped_duplicates += part.quality.dropped_duplicates;
        quality.same_day_merges += part.quality.same_day_merges;
        quality.cancelled_days += part.quality.cancelled_days;
        quality.customers_without_purchase += part.quality.customers_without_purchase;
        without_purchase.extend(part.without_purchase);
        dropped_amounts.extend(part.dropped_amounts);
        for (total, rows) in rows_per_day.iter_mut().zip(part.rows_per_day) {
            *total += rows;
        }
    }
    entries.truncate(written);
    quality.amount_without_purchase = sum(without_purchase.into_iter());
    quality.rows_used -= quality.dropped_duplicates;
    quality.amount_dropped += sum(dropped_amounts.into_iter());
    quality.occasions = written;
    quality.customers = customers as usize;
    quality.first_date = Some(Date::from_days_unchecked(scan.days.0));
    quality.last_date = Some(Date::from_days_unchecked(scan.days.1));
    if customers == 0 {
        return Err(no_purchases(options, &quality));
    }
    let (ids, starts) = present(&counts, rows.dictionary, &chunks[0].ids, customers as usize);
    let (occasions, margins) = E::finish(entries);
    let purchases = sum(occasions.iter().map(|occasion| occasion.amount));
    let refunds = sum(adjustments.iter().map(|adjustment| adjustment.amount));
    quality.amount_used = purchases + refunds + quality.amount_without_purchase;
    Ok(TransactionLog {
        ids: Arc::new(ids),
        starts,
        occasions,
        margins,
        adjustments,
        rows_per_day,
        first_day: scan.days.0,
        quality,
        threads: options.threads,
    })
}

/// Kept rows of every bucket.
fn count_buckets(rows: &Rows<'_>, n: usize, threads: usize) -> Vec<u32> {
    let parts = parallel::run(parallel::ranges(n, threads), |range| {
        let mut counts = vec![0u32; rows.buckets()];
        rows.for_each(range, |code, _, _| counts[(code >> rows.shift) as usize] += 1);
        counts
    });
    let mut total = vec![0u32; rows.buckets()];
    for part in parts {
        for (total, count) in total.iter_mut().zip(part) {
            *total += count;
        }
    }
    total
}

/// Copies the rows of a range of buckets to where their bucket lies in `entries`, in row order.
fn scatter<E: Entry>(rows: &Rows<'_>, n: usize, buckets: std::ops::Range<usize>, bucket_rows: &[u32], entries: &mut [E]) {
    let mut next = 0;
    let mut cursors: Vec<u32> = Vec::with_capacity(bucket_rows.len());
    for &rows in bucket_rows {
        cursors.push(next);
        next += rows;
    }
    rows.for_each(0..n, |code, chunk, i| {
        // Buckets below the range wrap around to positions that do not exist.
        let Some(cursor) = cursors.get_mut(((code >> rows.shift) as usize).wrapping_sub(buckets.start)) else { return };
        let amount = chunk.amounts[i];
        let margin = match chunk.margin {
            None => 0.0,
            Some(MarginColumn::Margin(margin)) => margin[i],
            Some(MarginColumn::Cost(cost)) => amount - cost[i],
        };
        let place = code & ((1 << rows.shift) - 1);
        entries[*cursor as usize] = E::new(rows.tags.tag(place, chunk.dates.day(i) as i32), amount, margin);
        *cursor += 1;
    });
}

/// Sorts each bucket by customer and each customer by day, and merges the days; occasions move to the front of the part.
fn merge<E: Entry>(rows: &Rows<'_>, part: Part<'_, E>, bucket_rows: &[u32], days: usize) -> Merged {
    let mut merged = Merged { rows_per_day: vec![0; days], ..Merged::default() };
    let first_code = (part.buckets.start as u32) << rows.shift;
    let codes = 1usize << rows.shift;
    let mut scratch: Vec<E> = Vec::new();
    let mut cursors = vec![0u32; codes + 1];
    let mut start = 0;
    for (bucket, &len) in part.buckets.zip(bucket_rows) {
        let len = len as usize;
        let bucket_code = (bucket as u32) << rows.shift;
        cursors.fill(0);
        for entry in &part.entries[start..start + len] {
            cursors[rows.tags.place(entry.day()) + 1] += 1;
        }
        for i in 0..codes {
            cursors[i + 1] += cursors[i];
        }
        scratch.clear();
        scratch.resize(len, E::new(0, 0.0, 0.0));
        for entry in &part.entries[start..start + len] {
            let cursor = &mut cursors[rows.tags.place(entry.day())];
            scratch[*cursor as usize] = *entry;
            *cursor += 1;
        }
        // Each cursor has run to the end of its customer.
        let mut from = 0;
        for (local, &to) in cursors[..codes].iter().enumerate() {
            let to = to as usize;
            if to > from {
                let code = bucket_code + local as u32;
                let count = merge_customer(rows, code, &mut scratch[from..to], part.entries, &mut merged);
                part.counts[(code - first_code) as usize] = count;
                if merged.error.is_some() {
                    return merged;
                }
            }
            from = to;
        }
        start += len;
    }
    merged
}

/// Merges one customer's rows and writes the occasions behind those of the customers before; returns their number.
fn merge_customer<E: Entry>(rows: &Rows<'_>, code: u32, entries: &mut [E], out: &mut [E], merged: &mut Merged) -> u32 {
    if entries.len() > 1 {
        // One customer's tags differ in their days alone.
        entries.sort_unstable_by(|a, b| {
            let days = rows.tags.distance(a.day()).cmp(&rows.tags.distance(b.day()));
            days.then_with(|| a.amount().total_cmp(&b.amount())).then_with(|| a.margin().total_cmp(&b.margin()))
        });
    }
    let (before, adjusted_before) = (merged.occasions, merged.adjustments.len());
    let mut i = 0;
    while i < entries.len() {
        let tag = entries[i].day();
        let next = i + entries[i..].iter().take_while(|entry| entry.day() == tag).count();
        merge_day(rows, code, &entries[i..next], out, merged);
        i = next;
    }
    let count = (merged.occasions - before) as u32;
    if count > 0 {
        merged.customers += 1;
    } else if merged.adjustments.len() > adjusted_before {
        merged.quality.customers_without_purchase += 1;
        merged.without_purchase.extend(merged.adjustments.drain(adjusted_before..).map(|adjustment| adjustment.amount));
    }
    count
}

fn merge_day<E: Entry>(rows: &Rows<'_>, code: u32, entries: &[E], out: &mut [E], merged: &mut Merged) {
    let distance = rows.tags.distance(entries[0].day());
    let day = rows.tags.first_day + distance as i32;
    let (mut used, mut duplicates) = (0u32, 0usize);
    let (mut amount, mut margin, mut gross, mut refunded) = (0.0, 0.0, 0.0, false);
    for (i, entry) in entries.iter().enumerate() {
        let row_amount = entry.amount();
        let same = i > 0 && {
            let other = &entries[i - 1];
            other.amount().to_bits() == row_amount.to_bits() && other.margin().to_bits() == entry.margin().to_bits()
        };
        duplicates += usize::from(same);
        if same && rows.options.duplicates == RowPolicy::Drop {
            merged.dropped_amounts.push(row_amount);
            continue;
        }
        used += 1;
        amount += row_amount;
        margin += entry.margin();
        gross += row_amount.abs();
        refunded |= row_amount < 0.0;
    }
    if duplicates > 0 {
        merged.quality.duplicate_rows += duplicates;
        match rows.options.duplicates {
            RowPolicy::Keep => {}
            RowPolicy::Drop => merged.quality.dropped_duplicates += duplicates,
            RowPolicy::Reject => {
                let customer = customer_name(&rows.dictionary, &rows.chunks[0].ids, code as usize);
                let date = Date::from_days_unchecked(day).to_string();
                merged.error = Some(Error::DuplicateRow { customer, date, count: duplicates + 1 });
                return;
            }
        }
    }
    merged.rows_per_day[distance as usize] += used;
    merged.quality.same_day_merges += used as usize - 1;
    if refunded && amount <= FULL_REFUND_TOLERANCE * gross {
        merged.quality.cancelled_days += 1;
        merged.adjustments.push(Adjustment { customer: merged.customers, day, amount, margin });
    } else {
        out[merged.occasions] = E::new(day, amount, margin);
        merged.occasions += 1;
    }
}

fn customer_name(dictionary: &Dictionary, column: &IdColumn<'_>, code: usize) -> String {
    match (&dictionary.ids, &dictionary.codes) {
        (Some(ids), _) => ids.get(code).map_or_else(String::new, |id| id.to_string()),
        (None, Codes::Direct { min }) => {
            let ids = integer_ids(column, vec![min + code as u64]);
            ids.get(0).map_or_else(String::new, |id| id.to_string())
        }
        (None, Codes::Table(_)) => String::new(),
    }
}

/// Ranges of buckets with about the same number of rows each.
fn balanced_ranges(counts: &[u32], rows: usize, threads: usize) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::with_capacity(threads);
    let (mut start, mut seen) = (0, 0usize);
    for (bucket, &count) in counts.iter().enumerate() {
        seen += count as usize;
        if ranges.len() + 1 < threads && seen * threads >= rows * (ranges.len() + 1) {
            ranges.push(start..bucket + 1);
            start = bucket + 1;
        }
    }
    ranges.push(start..counts.len());
    ranges
}

/// The ids of the codes with occasions, and where their occasions start.
fn present(counts: &[u32], dictionary: Dictionary, column: &IdColumn<'_>, customers: usize) -> (CustomerIds, Vec<u32>) {
    let mut starts = Vec::with_capacity(customers + 1);
    starts.push(0u32);
    let mut position = 0u32;
    for &count in counts.iter().filter(|&&count| count > 0) {
        position += count;
        starts.push(position);
    }
    let codes = || counts.iter().enumerate().filter(|&(_, &count)| count > 0).map(|(code, _)| code);
    let ids = match (dictionary.ids, dictionary.codes) {
        (Some(ids), _) if customers == counts.len() => ids,
        (Some(ids), _) => ids.select(&codes().map(|code| code as u32).collect::<Vec<_>>()),
        (None, kind) => {
            let min = if let Codes::Direct { min } = kind { min } else { 0 };
            let mut keys = Vec::with_capacity(customers);
            keys.extend(codes().map(|code| min + code as u64));
            integer_ids(column, keys)
        }
    };
    (ids, starts)
}
