//! Threads without a pool: scoped threads over contiguous parts, results in order.
//!
//! A global thread pool does not survive `fork()`, and this library runs inside forked Python workers; spawning two scoped threads costs some
//! 20 µs. Every sum is taken over chunks whose borders depend on the data only, and the partial sums are added in order, so the number of
//! threads never changes a bit of a result.

use std::thread;

/// Below this many items a second thread costs more than it saves.
const MIN_ITEMS_PER_THREAD: usize = 10_000;

/// Number of threads for `items` items of ordinary work; `requested` caps it.
pub(crate) fn threads(requested: Option<usize>, items: usize) -> usize {
    let useful = (items / MIN_ITEMS_PER_THREAD).max(1);
    if useful == 1 {
        return 1;
    }
    let available = requested.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
    available.clamp(1, useful)
}

/// Runs `work(part)` for every part, on one thread each, and returns the results in the order of the parts.
pub(crate) fn run<P: Send, R: Send>(parts: Vec<P>, work: impl Fn(P) -> R + Sync) -> Vec<R> {
    if parts.len() <= 1 {
        return parts.into_iter().map(work).collect();
    }
    thread::scope(|scope| {
        let work = &work;
        let mut parts = parts.into_iter();
        let first = parts.next();
        let handles: Vec<_> = parts.map(|part| scope.spawn(move || work(part))).collect();
        let mut results: Vec<R> = first.map(work).into_iter().collect();
        for handle in handles {
            match handle.join() {
                Ok(result) => results.push(result),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

/// `count` contiguous ranges that cover `0..len`, of nearly equal length.
pub(crate) fn ranges(len: usize, count: usize) -> Vec<std::ops::Range<usize>> {
    let count = count.max(1);
    (0..count).map(|i| i * len / count..(i + 1) * len / count).collect()
}

/// Splits a slice into consecutive mutable parts of the given lengths.
pub(crate) fn split_mut<T>(mut slice: &mut [T], lengths: impl IntoIterator<Item = usize>) -> Vec<&mut [T]> {
    let mut parts = Vec::new();
    for length in lengths {
        let (head, tail) = slice.split_at_mut(length.min(slice.len()));
        parts.push(head);
        slice = tail;
    }
    parts
}

/// `f(i)` for every `i`, where `costs[i]` is its work in units of some 10 ns: each thread gets about the same work.
pub(crate) fn map_by_cost<T: Send>(requested: Option<usize>, costs: &[f64], f: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let total: f64 = costs.iter().sum();
    let threads = threads(requested, total as usize).min(costs.len().max(1));
    let (mut ranges, mut start, mut passed) = (Vec::with_capacity(threads), 0, 0.0);
    for (i, cost) in costs.iter().enumerate() {
        passed += cost;
        if passed >= total * (ranges.len() + 1) as f64 / threads as f64 || i + 1 == costs.len() {
            ranges.push(start..i + 1);
            start = i + 1;
        }
    }
    run(ranges, |range: std::ops::Range<usize>| range.map(&f).collect::<Vec<T>>()).into_iter().flatten().collect()
}

/// `out[i] = f(i)` for every `i`, in parallel when that pays; `cost` is the work of one item in units of a cheap kernel.
pub(crate) fn map<T: Send + Clone + Default>(len: usize, cost: usize, f: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let mut out = vec![T::default(); len];
    let ranges = ranges(len, threads(None, len.saturating_mul(cost)).min(len.max(1)));
    let parts = split_mut(&mut out, ranges.iter().map(ExactSizeIterator::len));
    run(ranges.into_iter().zip(parts).collect(), |(range, part): (std::ops::Range<usize>, &mut [T])| {
        for (slot, i) in part.iter_mut().zip(range) {
            *slot = f(i);
        }
    });
    out
}
