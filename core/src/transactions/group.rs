//! Grouping rows by customer and day.
//!
//! Rows are scattered once into their customer's place (a counting sort on the rank of the id), sorted there by (day, amount, margin) and
//! merged in place. Each thread owns a range of customers, scans all ids, and writes only its own part, so the result does not depend on the
//! number of threads; sorting by value within a day makes it independent of the row order to the last bit.

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

/// An entry while it is being grouped: with or without margin.
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
    day: i32,
    amount: f64,
    margin: f64,
}

impl Entry for WithMargin {
    fn new(day: i32, amount: f64, margin: f64) -> Self {
        WithMargin { day, amount, margin }
    }
    fn day(&self) -> i32 {
        self.day
    }
    fn amount(&self) -> f64 {
        self.amount
    }
    fn margin(&self) -> f64 {
        self.margin
    }
    fn finish(entries: Vec<Self>) -> (Vec<Occasion>, Option<Vec<f64>>) {
        let occasions = entries.iter().map(|entry| Occasion { day: entry.day, amount: entry.amount }).collect();
        (occasions, Some(entries.into_iter().map(|entry| entry.margin).collect()))
    }
}

/// One thread's share: a range of customer codes with the entries that belong to them.
struct Part<'p, E> {
    codes: std::ops::Range<usize>,
    /// Entries of each code; becomes the number of occasions.
    counts: &'p mut [u32],
    entries: &'p mut [E],
}

/// What merging a part yields beside the entries themselves.
#[derive(Default)]
struct Merged {
    occasions: usize,
    quality: DataQuality,
    adjustments: Vec<Adjustment>,
    rows_per_day: Vec<u32>,
    dropped_amounts: Vec<f64>,
    error: Option<Error>,
}

/// The kept rows, with the codes of their customers.
struct Rows<'a> {
    options: &'a LogOptions,
    chunks: &'a [Transactions<'a>],
    dictionary: Dictionary,
    all_kept: bool,
}

impl Rows<'_> {
    /// Visits the rows of a range of codes in row order: code, chunk, position in the chunk.
    #[inline]
    fn for_each(&self, codes: &std::ops::Range<usize>, mut visit: impl FnMut(usize, &Transactions<'_>, usize)) {
        let mut first_row = 0;
        for chunk in self.chunks {
            for i in 0..chunk.ids.len() {
                let code = self.dictionary.codes.of(&chunk.ids, i, first_row + i) as usize;
                if codes.contains(&code) && (self.all_kept || matches!(self.options.classify(chunk, i, 0), Ok(RowClass::Keep))) {
                    visit(code, chunk, i);
                }
            }
            first_row += chunk.ids.len();
        }
    }
}

fn group<E: Entry>(options: &LogOptions, chunks: &[Transactions<'_>], scan: Scan, threads: usize) -> Result<TransactionLog> {
    let all_kept = scan.kept == scan.quality.rows_read;
    let dictionary = dictionary(options, chunks, &scan, scan.quality.rows_read);
    let rows = Rows { options, chunks, dictionary, all_kept };

    let mut counts = vec![0u32; rows.dictionary.len];
    let ranges = parallel::ranges(rows.dictionary.len, threads);
    let parts = parallel::split_mut(&mut counts, ranges.iter().map(ExactSizeIterator::len));
    parallel::run(ranges.into_iter().zip(parts).collect(), |(range, counts): (std::ops::Range<usize>, &mut [u32])| {
        rows.for_each(&range, |code, _, _| counts[code - range.start] += 1);
    });

    let ranges = balanced_ranges(&counts, scan.kept, threads);
    let mut entries = vec![E::new(0, 0.0, 0.0); scan.kept];
    let lengths: Vec<usize> = ranges.iter().map(|range| counts[range.clone()].iter().map(|&count| count as usize).sum()).collect();
    let entry_parts = parallel::split_mut(&mut entries, lengths.iter().copied());
    let count_parts = parallel::split_mut(&mut counts, ranges.iter().map(ExactSizeIterator::len));
    let parts: Vec<Part<'_, E>> =
        (ranges.into_iter().zip(count_parts).zip(entry_parts)).map(|((codes, counts), entries)| Part { codes, counts, entries }).collect();
    let name = |code: usize| customer_name(&rows.dictionary, &chunks[0].ids, code);
    let merged = parallel::run(parts, |part| {
        scatter(&rows, &part.codes, part.counts, part.entries);
        merge(options, part, scan.days, &name)
    });

    let mut quality = scan.quality;
    quality.rows_used = scan.kept;
    let (mut adjustments, mut dropped_amounts) = (Vec::new(), Vec::new());
    let mut rows_per_day = vec![0u32; (scan.days.1 - scan.days.0) as usize + 1];
    let mut written = 0;
    let mut read = 0;
    for (part, length) in merged.into_iter().zip(lengths) {
        if let Some(error) = part.error {
            return Err(error);
        }
        entries.copy_within(read..read + part.occasions, written);
        written += part.occasions;
        read += length;
        quality.duplicate_rows += part.quality.duplicate_rows;
        quality.dropped_duplicates += part.quality.dropped_duplicates;
        quality.same_day_merges += part.quality.same_day_merges;
        quality.cancelled_days += part.quality.cancelled_days;
        adjustments.extend(part.adjustments);
        dropped_amounts.extend(part.dropped_amounts);
        for (total, rows) in rows_per_day.iter_mut().zip(part.rows_per_day) {
            *total += rows;
        }
    }
    entries.truncate(written);
    quality.rows_used -= quality.dropped_duplicates;
    quality.amount_dropped += sum(dropped_amounts.into_iter());
    quality.occasions = written;
    quality.first_date = Some(Date::from_days_unchecked(scan.days.0));
    quality.last_date = Some(Date::from_days_unchecked(scan.days.1));

    let Dictionary { codes, ids, .. } = rows.dictionary;
    let min = if let Codes::Direct { min } = codes { min } else { 0 };
    let (ids, starts, adjustments) = compact(&counts, ids, &chunks[0].ids, min, adjustments, &mut quality);
    if ids.is_empty() {
        return Err(no_purchases(options, &quality));
    }
    quality.customers = ids.len();
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

/// Ranges of codes with about the same number of rows each.
fn balanced_ranges(counts: &[u32], rows: usize, threads: usize) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::with_capacity(threads);
    let (mut start, mut seen) = (0, 0usize);
    for (code, &count) in counts.iter().enumerate() {
        seen += count as usize;
        if ranges.len() + 1 < threads && seen * threads >= rows * (ranges.len() + 1) {
            ranges.push(start..code + 1);
            start = code + 1;
        }
    }
    ranges.push(start..counts.len());
    ranges
}

fn scatter<E: Entry>(rows: &Rows<'_>, codes: &std::ops::Range<usize>, counts: &mut [u32], entries: &mut [E]) {
    // Counts become cursors and, one pass later, are counts again: no second array of their size.
    let mut next = 0;
    for count in counts.iter_mut() {
        next += std::mem::replace(count, next);
    }
    rows.for_each(codes, |code, chunk, i| {
        let cursor = &mut counts[code - codes.start];
        let amount = chunk.amounts[i];
        let margin = match chunk.margin {
            None => 0.0,
            Some(MarginColumn::Margin(margin)) => margin[i],
            Some(MarginColumn::Cost(cost)) => amount - cost[i],
        };
        entries[*cursor as usize] = E::new(chunk.dates.day(i) as i32, amount, margin);
        *cursor += 1;
    });
    let mut previous = 0;
    for cursor in counts.iter_mut() {
        let end = *cursor;
        *cursor = end - previous;
        previous = end;
    }
}

/// Sorts and merges each customer's entries in place; occasions move to the front of the part.
fn merge<E: Entry>(options: &LogOptions, part: Part<'_, E>, days: (i32, i32), name: &impl Fn(usize) -> String) -> Merged {
    let Part { codes, counts, entries } = part;
    let mut merged = Merged { rows_per_day: vec![0; (days.1 - days.0) as usize + 1], ..Merged::default() };
    let mut start = 0;
    for (code, count) in codes.zip(counts) {
        let end = start + *count as usize;
        let before = merged.occasions;
        if end - start > 1 {
            entries[start..end].sort_unstable_by(|a, b| {
                (a.day().cmp(&b.day())).then_with(|| a.amount().total_cmp(&b.amount())).then_with(|| a.margin().total_cmp(&b.margin()))
            });
        }
        let mut i = start;
        while i < end {
            let mut next = i + 1;
            while next < end && entries[next].day() == entries[i].day() {
                next += 1;
            }
            merge_day(options, code, entries, i..next, days.0, name, &mut merged);
            if merged.error.is_some() {
                return merged;
            }
            i = next;
        }
        *count = (merged.occasions - before) as u32;
        start = end;
    }
    merged
}

fn merge_day<E: Entry>(
    options: &LogOptions,
    code: usize,
    entries: &mut [E],
    rows: std::ops::Range<usize>,
    first_day: i32,
    name: &impl Fn(usize) -> String,
    merged: &mut Merged,
) {
    let day = entries[rows.start].day();
    let (mut used, mut duplicates) = (0u32, 0usize);
    let (mut amount, mut margin, mut gross, mut refunded) = (0.0, 0.0, 0.0, false);
    for i in rows.clone() {
        let entry = entries[i];
        let same = i > rows.start && {
            let other = entries[i - 1];
            other.amount().to_bits() == entry.amount().to_bits() && other.margin().to_bits() == entry.margin().to_bits()
        };
        duplicates += usize::from(same);
        if same && options.duplicates == RowPolicy::Drop {
            merged.dropped_amounts.push(entry.amount());
            continue;
        }
        used += 1;
        amount += entry.amount();
        margin += entry.margin();
        gross += entry.amount().abs();
        refunded |= entry.amount() < 0.0;
    }
    if duplicates > 0 {
        merged.quality.duplicate_rows += duplicates;
        match options.duplicates {
            RowPolicy::Keep => {}
            RowPolicy::Drop => merged.quality.dropped_duplicates += duplicates,
            RowPolicy::Reject => {
                let date = Date::from_days_unchecked(day).to_string();
                merged.error = Some(Error::DuplicateRow { customer: name(code), date, count: duplicates + 1 });
                return;
            }
        }
    }
    merged.rows_per_day[(day - first_day) as usize] += used;
    merged.quality.same_day_merges += used as usize - 1;
    if refunded && amount <= FULL_REFUND_TOLERANCE * gross {
        merged.quality.cancelled_days += 1;
        merged.adjustments.push(Adjustment { customer: code as u32, day, amount, margin });
    } else {
        entries[merged.occasions] = E::new(day, amount, margin);
        merged.occasions += 1;
    }
}

/// Drops codes without occasions, and books the refunds of customers that never bought.
fn compact(
    counts: &[u32],
    ids: Option<CustomerIds>,
    column: &IdColumn<'_>,
    min: u64,
    mut adjustments: Vec<Adjustment>,
    quality: &mut DataQuality,
) -> (CustomerIds, Vec<u32>, Vec<Adjustment>) {
    let mut without_purchase = Vec::new();
    let mut last_without = None;
    adjustments.retain(|adjustment| {
        let bought = counts[adjustment.customer as usize] > 0;
        if !bought {
            without_purchase.push(adjustment.amount);
            if last_without != Some(adjustment.customer) {
                quality.customers_without_purchase += 1;
                last_without = Some(adjustment.customer);
            }
        }
        bought
    });
    quality.amount_without_purchase = sum(without_purchase.into_iter());

    let present = counts.iter().filter(|&&count| count > 0).count();
    let mut starts = Vec::with_capacity(present + 1);
    starts.push(0u32);
    let mut position = 0u32;
    for &count in counts.iter().filter(|&&count| count > 0) {
        position += count;
        starts.push(position);
    }
    let codes_present = || counts.iter().enumerate().filter(|&(_, &count)| count > 0).map(|(code, _)| code);
    if present < counts.len() && !adjustments.is_empty() {
        let mut rank = vec![0u32; counts.len()];
        for (position, code) in codes_present().enumerate() {
            rank[code] = position as u32;
        }
        for adjustment in &mut adjustments {
            adjustment.customer = rank[adjustment.customer as usize];
        }
    }
    let ids = match ids {
        Some(ids) if present == counts.len() => ids,
        Some(ids) => ids.select(&codes_present().map(|code| code as u32).collect::<Vec<_>>()),
        None => {
            let mut keys = Vec::with_capacity(present);
            keys.extend(codes_present().map(|code| min + code as u64));
            integer_ids(column, keys)
        }
    };
    (ids, starts, adjustments)
}
