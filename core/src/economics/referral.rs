//! What the customers are worth whom a customer brought.

use hashbrown::HashMap;

use super::{check_column, finite};
use crate::error::{Error, Result};
use crate::ids::{CustomerId, IdColumn};

/// How far down a chain of referrals credit reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum ReferralDepth {
    /// Only those whom the customer referred directly. The default.
    #[default]
    Direct,
    /// Down to this many referrals; 1 is [`ReferralDepth::Direct`], 0 credits nothing.
    Levels(u32),
    /// The whole chain.
    Endless,
}

/// Who referred whom: a customer table with the referrer of each customer, if there is one.
///
/// Every customer has at most one referrer, so referrals form trees. A self-referral, a loop and a referrer who is not in
/// the table are errors.
///
/// # Formula
/// ```text
/// credit_i = Σ_{k=1}^{depth} share^k · (sum of the values of the customers k referrals below i)
/// ```
/// Directly: share × the sum of the values of those referred. Down a chain each referrer passes the same share of the credit on.
///
/// Credit is a second view of the same money: it says who brought the value in, and is not to be added to the total of the values.
///
/// # Examples
/// ```
/// use crm_value::Referrals;
/// // Ann brought Bob and Cid, Cid brought Dan.
/// let referrals = Referrals::new(&["ann", "bob", "cid", "dan"], &["", "ann", "ann", "cid"], Some(&[true, false, false, false]))?;
/// let value = referrals.credit(&[100.0, 50.0, 30.0, 80.0], 0.10, Default::default())?;
/// assert_eq!(value.credit(), [8.0, 0.0, 8.0, 0.0]);
/// assert_eq!(value.referred(), [2, 0, 1, 0]);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// V. Kumar, J. A. Petersen & R. P. Leone (2010), "Driving profitability by encouraging customer referrals: who, when, and how", Journal of
/// Marketing 74(5), 1-17, on customer referral value; the share credited is the user's to choose.
#[derive(Debug, Clone)]
pub struct Referrals {
    /// Customers referred by customer i: `referred[starts[i]..starts[i + 1]]`, ascending.
    starts: Vec<u32>,
    referred: Vec<u32>,
    /// Every customer after its referrer.
    top_down: Vec<u32>,
    /// Referrals in the longest chain.
    longest_chain: usize,
}

const COLUMN: &str = "referred_by";

impl Referrals {
    /// Reads a table: `ids` of the customers, distinct, and `referred_by`, the id of each one's referrer, of the same type. `none` flags the
    /// rows without a referrer (their entry in `referred_by` is not read); `None`: every row has one.
    ///
    /// # Errors
    /// * [`Error::Empty`], [`Error::LengthMismatch`], [`Error::TooLarge`], [`Error::DuplicateCustomer`]; [`Error::WrongType`] if the two
    ///   columns differ in type;
    /// * [`Error::UnknownCustomer`], [`Error::SelfReferral`], [`Error::ReferralLoop`] with the row of `referred_by` at fault.
    pub fn new<'a>(ids: impl Into<IdColumn<'a>>, referred_by: impl Into<IdColumn<'a>>, none: Option<&[bool]>) -> Result<Self> {
        let (ids, referred_by) = (ids.into(), referred_by.into());
        let n = ids.len();
        if n == 0 {
            return Err(Error::Empty { what: "referral table".to_owned() });
        }
        if u32::try_from(n).is_err() {
            return Err(Error::TooLarge { what: "referral table", rows: n });
        }
        for actual in [referred_by.len(), none.map_or(n, <[bool]>::len)] {
            if actual != n {
                let (column, reference) = (COLUMN.to_owned(), "customer_id".to_owned());
                return Err(Error::LengthMismatch { column, actual, reference, expected: n });
            }
        }
        if ids.is_text() != referred_by.is_text() {
            let actual = if referred_by.is_text() { "text" } else { "whole number" };
            let (column, actual) = (COLUMN.to_owned(), actual.to_owned());
            return Err(Error::WrongType { column, actual, expected: "the type of the customer ids" });
        }

        let mut rows: HashMap<CustomerId<'_>, u32> = HashMap::with_capacity(n);
        for row in 0..n {
            if rows.insert(id(ids, row), row as u32).is_some() {
                return Err(Error::DuplicateCustomer { customer: id(ids, row).to_string() });
            }
        }
        let mut referrers = Vec::with_capacity(n);
        for row in 0..n {
            if none.is_some_and(|none| none[row]) {
                referrers.push(None);
                continue;
            }
            let customer = id(referred_by, row);
            let Some(&referrer) = rows.get(&customer) else {
                let (column, customer) = (COLUMN.to_owned(), customer.to_string());
                return Err(Error::UnknownCustomer { column, row, customer, table: "the customer table" });
            };
            if referrer as usize == row {
                return Err(Error::SelfReferral { column: COLUMN.to_owned(), row, customer: customer.to_string() });
            }
            referrers.push(Some(referrer));
        }
        Self::of_referrers(&referrers).map_err(|row| {
            let length = on_loop(&referrers, row).count();
            Error::ReferralLoop { column: COLUMN.to_owned(), row, customer: id(ids, row).to_string(), length }
        })
    }

    /// The trees, or the first row of a loop.
    fn of_referrers(referrers: &[Option<u32>]) -> std::result::Result<Self, usize> {
        let n = referrers.len();
        let mut starts = vec![0_u32; n + 1];
        for referrer in referrers.iter().flatten() {
            starts[*referrer as usize + 1] += 1;
        }
        for i in 0..n {
            starts[i + 1] += starts[i];
        }
        let mut next = starts.clone();
        let mut referred = vec![0_u32; starts[n] as usize];
        for (row, referrer) in referrers.iter().enumerate() {
            if let Some(referrer) = referrer {
                referred[next[*referrer as usize] as usize] = row as u32;
                next[*referrer as usize] += 1;
            }
        }
        let mut top_down: Vec<u32> = (0..n as u32).filter(|&row| referrers[row as usize].is_none()).collect();
        let mut depth = vec![0_usize; n];
        let mut done = 0;
        while let Some(&row) = top_down.get(done) {
            let row = row as usize;
            for &below in &referred[starts[row] as usize..starts[row + 1] as usize] {
                depth[below as usize] = depth[row] + 1;
                top_down.push(below);
            }
            done += 1;
        }
        if top_down.len() < n {
            return Err(first_on_loop(referrers));
        }
        Ok(Referrals { longest_chain: depth.into_iter().max().unwrap_or(0), starts, referred, top_down })
    }

    /// Number of customers.
    pub fn len(&self) -> usize {
        self.top_down.len()
    }

    /// Whether there are no customers; never true, as empty tables are refused.
    pub fn is_empty(&self) -> bool {
        self.top_down.is_empty()
    }

    /// Referrals in the longest chain.
    pub fn longest_chain(&self) -> usize {
        self.longest_chain
    }

    /// The rows of the customers whom customer `row` referred directly, ascending; empty if there is no such customer.
    pub fn referred_by(&self, row: usize) -> &[u32] {
        match (self.starts.get(row), self.starts.get(row + 1)) {
            (Some(&start), Some(&end)) => &self.referred[start as usize..end as usize],
            _ => &[],
        }
    }

    /// Credits every customer with a `share` in [0, 1] of the values of those whom it brought.
    ///
    /// `values`: one per customer of the table, in its order, in money; may be negative, and so may the credit.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`], [`Error::NonFinite`]; [`Error::Share`] for a share outside [0, 1].
    pub fn credit(&self, values: &[f64], share: f64, depth: ReferralDepth) -> Result<ReferralValue> {
        check_column("value", values, "customer_id", self.len())?;
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::Share { what: "share credited to the referrer", value: share });
        }
        let mut terms = Vec::new();
        let credit = match depth {
            ReferralDepth::Endless => {
                let mut credit = vec![0.0; self.len()];
                for &row in self.top_down.iter().rev() {
                    let row = row as usize;
                    credit[row] = share * self.sum_below(row, &mut terms, |below| values[below] + credit[below]);
                }
                credit
            }
            ReferralDepth::Direct => self.levels(values, share, 1),
            ReferralDepth::Levels(levels) => self.levels(values, share, levels),
        };
        let referred = (0..self.len()).map(|row| self.referred_by(row).len() as u32).collect();
        let total = super::total(credit.iter().copied());
        Ok(ReferralValue { credit: finite("referral value", credit)?, referred, total, share, depth })
    }

    fn levels(&self, values: &[f64], share: f64, levels: u32) -> Vec<f64> {
        let mut credit = vec![0.0; self.len()];
        let mut terms = Vec::new();
        // What customer i got from the last level: share^k times the values k referrals below.
        let mut passed_up = values.to_vec();
        for _ in 0..(levels as usize).min(self.longest_chain) {
            passed_up = (0..self.len()).map(|row| share * self.sum_below(row, &mut terms, |below| passed_up[below])).collect();
            for (credit, passed_up) in credit.iter_mut().zip(&passed_up) {
                *credit += passed_up;
            }
        }
        credit
    }

    /// A sum over those referred by a customer, the same bits for any order of the rows.
    fn sum_below(&self, row: usize, terms: &mut Vec<f64>, term: impl Fn(usize) -> f64) -> f64 {
        terms.clear();
        terms.extend(self.referred_by(row).iter().map(|&below| term(below as usize)));
        terms.sort_unstable_by(f64::total_cmp);
        terms.iter().fold(0.0, |sum, term| sum + term)
    }
}

fn id(ids: IdColumn<'_>, row: usize) -> CustomerId<'_> {
    match ids {
        IdColumn::U64(ids) => CustomerId::U64(ids[row]),
        // One kind for both whole-number types, so that the two columns may differ in signedness.
        IdColumn::I64(ids) => u64::try_from(ids[row]).map_or(CustomerId::I64(ids[row]), CustomerId::U64),
        IdColumn::Str(ids) => CustomerId::Text(ids[row]),
        IdColumn::String(ids) => CustomerId::Text(&ids[row]),
    }
}

/// The smallest row that lies on a loop.
fn first_on_loop(referrers: &[Option<u32>]) -> usize {
    let mut walks = vec![0_usize; referrers.len()];
    let mut first = usize::MAX;
    for start in 0..referrers.len() {
        let (walk, mut row) = (start + 1, start);
        while walks[row] == 0 {
            walks[row] = walk;
            row = referrers[row].map_or(row, |referrer| referrer as usize);
        }
        // A row met twice on one walk is on a loop, unless the walk ended there.
        if walks[row] == walk && referrers[row].is_some() {
            first = on_loop(referrers, row).min().map_or(first, |smallest| first.min(smallest));
        }
    }
    first
}

/// The rows of the loop through `row`, once each.
fn on_loop(referrers: &[Option<u32>], row: usize) -> impl Iterator<Item = usize> {
    let next = move |&at: &usize| referrers[at].map(|referrer| referrer as usize).filter(|&referrer| referrer != row);
    std::iter::successors(Some(row), next)
}

/// What referrals are worth to every customer.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferralValue {
    credit: Vec<f64>,
    referred: Vec<u32>,
    total: f64,
    share: f64,
    depth: ReferralDepth,
}

impl ReferralValue {
    /// Value credited to every customer, in money; 0 for those who brought nobody.
    pub fn credit(&self) -> &[f64] {
        &self.credit
    }

    /// Number of customers whom every customer referred directly.
    pub fn referred(&self) -> &[u32] {
        &self.referred
    }

    /// Sum of the credit, in money.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// The share credited.
    pub fn share(&self) -> f64 {
        self.share
    }

    /// How far down the credit reaches.
    pub fn depth(&self) -> ReferralDepth {
        self.depth
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use proptest::prelude::*;

    /// 1 brought 2 and 3, 3 brought 4, 4 brought 5; 6 stands alone.
    fn chain() -> Result<Referrals> {
        let none = [true, false, false, false, false, true];
        Referrals::new(&[1_u64, 2, 3, 4, 5, 6], &[0_u64, 1, 1, 3, 4, 0], Some(&none))
    }

    const VALUES: [f64; 6] = [1000.0, 40.0, 80.0, -16.0, 64.0, 7.0];

    #[test]
    fn by_hand() -> Result<()> {
        let referrals = chain()?;
        let credit = |depth| Ok::<_, Error>(referrals.credit(&VALUES, 0.5, depth)?.credit().to_vec());
        // Level 1 for customer 1: 40 + 80; level 2: −16; level 3: 64.
        let direct = vec![60.0, 0.0, -8.0, 32.0, 0.0, 0.0];
        assert_eq!(credit(ReferralDepth::Direct)?, direct);
        assert_eq!(credit(ReferralDepth::Levels(1))?, direct);
        assert_eq!(credit(ReferralDepth::Levels(2))?, [60.0 - 4.0, 0.0, -8.0 + 16.0, 32.0, 0.0, 0.0]);
        let all = vec![60.0 - 4.0 + 8.0, 0.0, 8.0, 32.0, 0.0, 0.0];
        assert_eq!(credit(ReferralDepth::Levels(3))?, all);
        assert_eq!(credit(ReferralDepth::Levels(u32::MAX))?, all);
        assert_eq!(credit(ReferralDepth::Endless)?, all);
        assert_eq!(credit(ReferralDepth::Levels(0))?, [0.0; 6]);
        let value = referrals.credit(&VALUES, 0.5, ReferralDepth::Endless)?;
        assert_eq!((value.total(), value.referred()), (104.0, &[2, 0, 1, 1, 0, 0][..]));
        assert_eq!((referrals.longest_chain(), referrals.referred_by(0), referrals.referred_by(9)), (3, &[1, 2][..], &[][..]));
        Ok(())
    }

    #[test]
    fn every_bad_row_is_named() {
        let error = |ids: &[i64], by: &[i64]| {
            let none: Vec<bool> = by.iter().map(|&by| by == 0).collect();
            Referrals::new(ids, by, Some(&none)).map_or_else(|error| (error.kind(), error.row(), error.to_string()), |_| panic!("{by:?}"))
        };
        let (kind, row, text) = error(&[1, 2, 3], &[0, 1, 9]);
        assert_eq!((kind, row), (ErrorKind::UnknownCustomer, Some(2)));
        assert!(text.contains("`referred_by`, row 2: there is no customer 9"), "{text}");
        let (kind, row, text) = error(&[1, 2, 3], &[0, 2, 9]);
        assert_eq!((kind, row), (ErrorKind::SelfReferral, Some(1)));
        assert!(text.contains("customer 2"), "{text}");
        // 1 is below the loop 2 → 4 → 3 → 2, not on it.
        let (kind, row, text) = error(&[1, 2, 3, 4, 5], &[2, 4, 2, 3, 0]);
        assert_eq!((kind, row), (ErrorKind::ReferralLoop, Some(1)));
        assert!(text.contains("customer 2 comes back to itself after 3 referrals"), "{text}");
        // Of two loops the one with the first row.
        let (kind, row, _) = error(&[1, 2, 3, 4, 5], &[5, 3, 2, 5, 4]);
        assert_eq!((kind, row), (ErrorKind::ReferralLoop, Some(1)));

        let kind = |result: Result<Referrals>| result.map_or_else(|error| error.kind(), |_| panic!());
        assert_eq!(kind(Referrals::new(&[] as &[u64], &[] as &[u64], None)), ErrorKind::Empty);
        assert_eq!(kind(Referrals::new(&[1_u64, 2], &[1_u64], None)), ErrorKind::LengthMismatch);
        assert_eq!(kind(Referrals::new(&[1_u64, 2], &[1_u64, 2], Some(&[true]))), ErrorKind::LengthMismatch);
        assert_eq!(kind(Referrals::new(&[1_u64, 1], &[1_u64, 1], None)), ErrorKind::DuplicateCustomer);
        assert_eq!(kind(Referrals::new(&[1_u64, 2], &["1", "2"], None)), ErrorKind::WrongType);
        assert_eq!(kind(Referrals::new(&[1_u64, 2], &[2_u64, 1], None)), ErrorKind::ReferralLoop);
    }

    #[test]
    fn one_customer_and_bad_shares() -> Result<()> {
        let alone = Referrals::new(&["a"], &[""], Some(&[true]))?;
        assert_eq!(alone.credit(&[5.0], 1.0, ReferralDepth::Endless)?.credit(), [0.0]);
        let kind = |error: Error| (error.kind(), error.row());
        for share in [-0.1, 1.1, f64::NAN] {
            assert_eq!(alone.credit(&[5.0], share, ReferralDepth::Direct).map_err(kind), Err((ErrorKind::Share, None)));
        }
        assert_eq!(alone.credit(&[f64::NAN], 0.1, ReferralDepth::Direct).map_err(kind), Err((ErrorKind::NonFinite, Some(0))));
        assert_eq!(alone.credit(&[], 0.1, ReferralDepth::Direct).map_err(kind), Err((ErrorKind::LengthMismatch, None)));
        // A chain of a million is a loop, not a recursion.
        let ids: Vec<u64> = (0..1_000_000).collect();
        let by: Vec<u64> = ids.iter().map(|id| id.saturating_sub(1)).collect();
        let mut none = vec![false; ids.len()];
        none[0] = true;
        let long = Referrals::new(&ids, &by, Some(&none))?.credit(&vec![1.0; ids.len()], 0.5, ReferralDepth::Endless)?;
        assert!((long.credit()[0] - 1.0).abs() < 1e-15);
        Ok(())
    }

    proptest! {
        /// Full credit over the whole chain is the value of everyone below, and the level sum agrees with the recursion.
        #[test]
        fn levels_and_recursion_agree(parents in prop::collection::vec(0.0..1.0_f64, 1..80), share in 0.0..=1.0_f64) {
            let n = parents.len();
            let ids: Vec<u64> = (0..n as u64).collect();
            let by: Vec<u64> = parents.iter().enumerate().map(|(i, parent)| (parent * i as f64) as u64).collect();
            let none: Vec<bool> = (0..n).map(|i| i == 0 || i % 11 == 0).collect();
            let values: Vec<f64> = parents.iter().map(|parent| 100.0 * parent - 20.0).collect();
            let referrals = Referrals::new(&ids, &by, Some(&none))?;
            let endless = referrals.credit(&values, share, ReferralDepth::Endless)?;
            let levels = referrals.credit(&values, share, ReferralDepth::Levels(u32::MAX))?;
            for (a, b) in endless.credit().iter().zip(levels.credit()) {
                prop_assert!((a - b).abs() < 1e-9);
            }
            // Turning the rows round turns the results round, bit for bit.
            let turn = |column: &[u64]| column.iter().rev().copied().collect::<Vec<_>>();
            let (mut values_turned, mut none_turned) = (values.clone(), none.clone());
            values_turned.reverse();
            none_turned.reverse();
            let turned = Referrals::new(&turn(&ids), &turn(&by), Some(&none_turned))?.credit(&values_turned, share, ReferralDepth::Endless)?;
            for (a, b) in endless.credit().iter().zip(turned.credit().iter().rev()) {
                prop_assert_eq!(a.to_bits(), b.to_bits());
            }
        }
    }
}
