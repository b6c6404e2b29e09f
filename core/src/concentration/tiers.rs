//! Tiers: the customers cut into A, B, C, ... by rank or by value.

use super::ranked::smallest;
use super::{COLUMN, Concentration, Ranked, ascending, check_finite};
use crate::error::{Error, Result};
use crate::parallel;

/// What the bounds of [`Tiers`] are shares of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum TierBasis {
    /// Cumulative share of the customers: "the best 10 %".
    CustomerShare,
    /// Cumulative share of the value: "those who hold 80 %". ABC analysis.
    ValueShare,
    /// Values chosen by the user: "those worth 1000 or more".
    Threshold,
}

/// One tier: what was asked for and what it came to.
///
/// Ties are never split, so the realised shares may differ from the bounds, and a tier may be empty.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct Tier {
    /// The cumulative share at which the tier was to end, in (0, 1]. By thresholds no share is asked for, and this is the share of customers
    /// at which it does end, in [0, 1].
    pub bound: f64,
    /// Customers in the tier.
    pub customers: usize,
    /// Their share of all customers, in [0, 1].
    pub customer_share: f64,
    /// The sum of their values.
    pub value: f64,
    /// Their share of the total value; absent if the total is not above 0.
    pub value_share: Option<f64>,
    /// The smallest value in the tier: its entry ticket. Absent if the tier is empty.
    pub smallest: Option<f64>,
    /// The value from which on a customer belongs to the tier or a better one, if the tiers were cut by thresholds; absent for the last.
    #[cfg_attr(feature = "serde", serde(default))]
    pub threshold: Option<f64>,
}

/// Tiers of customers in descending value, best first, with the value at which each begins.
///
/// The tiers are numbered 0, 1, 2, ...; they hold no customer data, and [`Tiers::assign`] finds the tier of any customer, also of one that
/// was not there when the tiers were cut.
///
/// # Formula
/// A customer starts where all customers of strictly greater value end, and belongs to the first tier whose bound lies above that start:
/// ```text
/// by customer share:  tier(i) = first t with  #{j : v_j > v_i} / n     < bound(t)
/// by value share:     tier(i) = first t with  Σ{v_j : v_j > v_i} / V   < bound(t)
/// ```
/// Equal values start together and so share a tier. By value share, the customer who crosses a bound still belongs to the tier it starts
/// in. Whoever starts at the very end (value 0 by value share) belongs to the last tier. By thresholds, a customer belongs to the best tier
/// whose threshold its value reaches, whatever the others are worth.
///
/// # Examples
/// ```
/// use crm_value::Tiers;
/// let value = [10.0, 5.0, 60.0, 20.0, 5.0];
///
/// let tiers = Tiers::by_customer_share(&value, &[0.2, 0.6, 1.0])?;
/// assert_eq!(tiers.assign(&value)?, [1, 2, 0, 1, 2]);
/// assert_eq!(tiers.rows()[0].value_share, Some(0.60));
/// assert_eq!(tiers.rows()[1].smallest, Some(10.0));
/// assert_eq!(tiers.assign(&[15.0, 1000.0])?, [1, 0]);     // new customers, same yardstick
///
/// let abc = Tiers::by_value_share(&value, &Tiers::ABC_BOUNDS)?;
/// assert_eq!(abc.assign(&value)?, [1, 1, 0, 0, 1]);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "stored::Tiers", into = "stored::Tiers"))]
pub struct Tiers {
    basis: TierBasis,
    rows: Vec<Tier>,
}

impl Tiers {
    /// The usual tiers by customer share: the best 10 %, the next 20 %, the remaining 70 %.
    pub const CUSTOMER_BOUNDS: [f64; 3] = [0.10, 0.30, 1.00];

    /// The usual ABC tiers by value share: A holds 80 % of the value, B the next 15 %, C the last 5 %.
    pub const ABC_BOUNDS: [f64; 3] = [0.80, 0.95, 1.00];

    /// Most tiers there can be, as the number of a tier is a `u8`.
    pub const MAX: usize = 256;

    /// Tiers by cumulative share of the customers; see [`Tiers::CUSTOMER_BOUNDS`].
    ///
    /// Values may be negative and their total need not be above 0, since only their order counts; without a positive total there are no
    /// value shares. Where a [`Concentration`] of the same values exists, [`Concentration::tiers`] saves the sorting.
    ///
    /// # Errors
    /// * [`Error::Empty`] without values; [`Error::NonFinite`] with the first row that is NaN or infinite;
    /// * [`Error::Empty`] or [`Error::TierBounds`] unless the bounds rise strictly from above 0 and end at 1;
    ///   [`Error::InvalidOption`] if there are more than [`Tiers::MAX`].
    pub fn by_customer_share(values: &[f64], bounds: &[f64]) -> Result<Self> {
        check_bounds(bounds)?;
        check_finite(COLUMN, values)?;
        Self::cut_by_customer_share(&Ranked::new(COLUMN, ascending(values.iter().copied()))?, bounds)
    }

    /// Tiers by cumulative share of the value; see [`Tiers::ABC_BOUNDS`].
    ///
    /// Values must be 0 or more; for another policy, and to save the sorting, see [`Concentration::abc`].
    ///
    /// # Errors
    /// As [`Concentration::of`], and for the bounds as [`Tiers::by_customer_share`].
    pub fn by_value_share(values: &[f64], bounds: &[f64]) -> Result<Self> {
        check_bounds(bounds)?;
        Concentration::of(values)?.abc(bounds)
    }

    /// Empty tiers, for a period in which nobody bought.
    pub(crate) fn without_customers(bounds: &[f64]) -> Result<Self> {
        check_bounds(bounds)?;
        let empty = |&bound: &f64| Tier {
            bound,
            customers: 0,
            customer_share: 0.0,
            value: 0.0,
            value_share: None,
            smallest: None,
            threshold: None,
        };
        Ok(Tiers { basis: TierBasis::CustomerShare, rows: bounds.iter().map(empty).collect() })
    }

    /// Tiers by values chosen by the user, in rising order as in [`crate::CutPoints::fixed`]; one tier more than thresholds, best first.
    ///
    /// A value on a threshold belongs to the better tier. Values may be negative.
    ///
    /// # Errors
    /// [`Error::Empty`] without values; [`Error::NonFinite`]; [`Error::CutPoints`] unless the thresholds are finite and rise strictly;
    /// [`Error::InvalidOption`] if there are more than 255.
    ///
    /// ```
    /// use crm_value::Tiers;
    /// let value = [1000.0, 40.0, 999.0, 100.0];
    /// let tiers = Tiers::by_thresholds(&value, &[100.0, 1000.0])?;
    /// assert_eq!(tiers.assign(&value)?, [0, 2, 1, 1]);
    /// assert_eq!(tiers.rows()[1].value, 1099.0);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn by_thresholds(values: &[f64], thresholds: &[f64]) -> Result<Self> {
        check_thresholds(thresholds)?;
        check_finite(COLUMN, values)?;
        let ranked = Ranked::new(COLUMN, ascending(values.iter().copied()))?;
        let (n, total) = (ranked.n(), ranked.total());
        let mut rows = Vec::with_capacity(thresholds.len() + 1);
        let mut taken = 0;
        for threshold in thresholds.iter().rev().copied().map(Some).chain([None]) {
            let until = threshold.map_or(n, |threshold| ranked.count_from(threshold));
            let value = ranked.between(taken, until);
            rows.push(Tier {
                bound: until as f64 / n as f64,
                customers: until - taken,
                customer_share: (until - taken) as f64 / n as f64,
                value,
                value_share: (total > 0.0).then(|| value / total),
                smallest: if until > taken { ranked.value(n - until) } else { None },
                threshold: threshold.map(|threshold| threshold + 0.0),
            });
            taken = until;
        }
        Ok(Tiers { basis: TierBasis::Threshold, rows })
    }

    /// The share the bounds refer to.
    pub fn basis(&self) -> TierBasis {
        self.basis
    }

    /// The tiers, best first; at least one.
    pub fn rows(&self) -> &[Tier] {
        &self.rows
    }

    /// The tier number of every value: the first tier whose smallest value it reaches; the last tier if it reaches none.
    ///
    /// For the values the tiers were cut from, exactly the tiers counted in [`Tiers::rows`].
    ///
    /// # Errors
    /// [`Error::NonFinite`] with the first row that is NaN or infinite.
    pub fn assign(&self, values: &[f64]) -> Result<Vec<u8>> {
        if values.is_empty() {
            return Ok(Vec::new());
        }
        check_finite(COLUMN, values)?;
        let last = self.rows.len().saturating_sub(1) as u8;
        let by_share = self.basis != TierBasis::Threshold;
        let (floors, tiers): (Vec<f64>, Vec<u8>) =
            (0..=last).zip(&self.rows).filter_map(|(tier, row)| Some((row.threshold.or(row.smallest.filter(|_| by_share))?, tier))).unzip();
        // Floors fall, so that a search without branches finds the first one reached.
        let tier_of = |value: f64| tiers.get(floors.partition_point(|floor| value < *floor)).copied().unwrap_or(last);
        Ok(parallel::map(values.len(), 1, |row| tier_of(values[row])))
    }

    fn cut_by_customer_share(ranked: &Ranked, bounds: &[f64]) -> Result<Self> {
        let n = ranked.n() as f64;
        Ok(Self::cut(ranked, TierBasis::CustomerShare, bounds, |k| k as f64 / n))
    }

    /// `share_before(k)` is the share of the k customers of greatest value: where the one after them starts. Bounds must be checked.
    fn cut(ranked: &Ranked, basis: TierBasis, bounds: &[f64], share_before: impl Fn(usize) -> f64) -> Self {
        let n = ranked.n();
        let total = ranked.total();
        let mut rows = Vec::with_capacity(bounds.len());
        let mut taken = 0;
        for (tier, &bound) in bounds.iter().enumerate() {
            let is_last = tier + 1 == bounds.len();
            // A start is compared as a quotient rounded to f64, so that 1 of 10 customers meets the bound written 0.1 exactly.
            let start_below = if is_last { n } else { smallest(n, |k| share_before(k) >= bound) };
            // The last customer that starts below the bound brings all customers of equal value along.
            let floor = n.checked_sub(start_below).and_then(|position| ranked.value(position));
            let until = floor.map_or(taken, |floor| ranked.count_from(floor)).max(taken);
            let value = ranked.between(taken, until);
            rows.push(Tier {
                bound,
                customers: until - taken,
                customer_share: (until - taken) as f64 / n as f64,
                value,
                value_share: (total > 0.0).then(|| value / total),
                smallest: floor.filter(|_| until > taken),
                threshold: None,
            });
            taken = until;
        }
        Tiers { basis, rows }
    }
}

impl Concentration {
    /// Tiers by cumulative share of the customers, as [`Tiers::by_customer_share`], of the values as the policy for negatives left them.
    ///
    /// # Errors
    /// For the bounds as [`Tiers::by_customer_share`].
    ///
    /// ```
    /// use crm_value::{Concentration, Tiers};
    /// let c = Concentration::of(&[10.0, 5.0, 60.0, 20.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0])?;
    /// let customers: Vec<_> = c.tiers(&Tiers::CUSTOMER_BOUNDS)?.rows().iter().map(|tier| tier.customers).collect();
    /// assert_eq!(customers, [1, 2, 7]);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn tiers(&self, bounds: &[f64]) -> Result<Tiers> {
        check_bounds(bounds)?;
        Tiers::cut_by_customer_share(&self.ranked, bounds)
    }

    /// Tiers by cumulative share of the value, as [`Tiers::by_value_share`], of the values as the policy for negatives left them.
    ///
    /// # Errors
    /// For the bounds as [`Tiers::by_customer_share`].
    pub fn abc(&self, bounds: &[f64]) -> Result<Tiers> {
        check_bounds(bounds)?;
        Ok(Tiers::cut(&self.ranked, TierBasis::ValueShare, bounds, |k| self.top_count_share(k)))
    }
}

fn check_bounds(bounds: &[f64]) -> Result<()> {
    if bounds.is_empty() {
        return Err(Error::Empty { what: "list of tier bounds".to_owned() });
    }
    if bounds.len() > Tiers::MAX {
        let value = format!("a list of {}", bounds.len());
        return Err(Error::InvalidOption { option: "tier bounds", value, requirement: "give at most 256" });
    }
    let mut previous = 0.0;
    for (index, &value) in bounds.iter().enumerate() {
        let is_last = index + 1 == bounds.len();
        if !(value > previous && value <= 1.0 && (value < 1.0) != is_last) {
            return Err(Error::TierBounds { index, value });
        }
        previous = value;
    }
    Ok(())
}

fn check_thresholds(thresholds: &[f64]) -> Result<()> {
    if thresholds.len() >= Tiers::MAX {
        let value = format!("a list of {}", thresholds.len());
        return Err(Error::InvalidOption { option: "tier thresholds", value, requirement: "give at most 255" });
    }
    let mut previous = f64::NEG_INFINITY;
    for (index, &value) in thresholds.iter().enumerate() {
        if !(value > previous && value.is_finite()) {
            return Err(Error::CutPoints { index, value });
        }
        previous = value;
    }
    Ok(())
}

#[cfg(feature = "serde")]
mod stored {
    use super::{Tier, TierBasis, check_bounds, check_thresholds};
    use crate::error::{Error, Result};

    const VERSION: u32 = 1;

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Tiers {
        version: u32,
        basis: TierBasis,
        tiers: Vec<Tier>,
    }

    impl From<super::Tiers> for Tiers {
        fn from(tiers: super::Tiers) -> Self {
            Tiers { version: VERSION, basis: tiers.basis, tiers: tiers.rows }
        }
    }

    impl TryFrom<Tiers> for super::Tiers {
        type Error = Error;

        fn try_from(stored: Tiers) -> Result<Self> {
            let invalid = |reason: String| Error::Deserialize { what: "tiers", reason };
            if stored.version != VERSION {
                return Err(invalid(format!("version {} is not known, this library reads version {VERSION}", stored.version)));
            }
            if stored.basis == TierBasis::Threshold {
                let mut thresholds: Vec<f64> = stored.tiers.iter().filter_map(|tier| tier.threshold).collect();
                thresholds.reverse();
                check_thresholds(&thresholds)?;
                let but_last = stored
                    .tiers
                    .split_last()
                    .is_some_and(|(last, others)| last.threshold.is_none() && others.iter().all(|tier| tier.threshold.is_some()));
                if !but_last || !stored.tiers.iter().all(|tier| tier.bound.is_finite()) {
                    return Err(invalid("every tier but the last needs a threshold".to_owned()));
                }
            } else {
                check_bounds(&stored.tiers.iter().map(|tier| tier.bound).collect::<Vec<_>>())?;
                if stored.tiers.iter().any(|tier| tier.threshold.is_some()) {
                    return Err(invalid("tiers by shares have no thresholds".to_owned()));
                }
            }
            let mut floor = f64::INFINITY;
            for (index, tier) in stored.tiers.iter().enumerate() {
                let shares = [Some(tier.customer_share), tier.value_share];
                if !shares.into_iter().flatten().all(f64::is_finite)
                    || !tier.value.is_finite()
                    || (tier.customers > 0) != tier.smallest.is_some()
                {
                    return Err(invalid(format!("tier {index} contradicts itself")));
                }
                if let Some(smallest) = tier.smallest {
                    if !(smallest < floor && smallest.is_finite()) {
                        return Err(invalid(format!(
                            "the smallest value of tier {index} is {smallest}, not below that of the tier before"
                        )));
                    }
                    floor = smallest;
                }
            }
            Ok(super::Tiers { basis: stored.basis, rows: stored.tiers })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::NegativePolicy;
    use super::*;
    use proptest::prelude::*;

    fn customers(tiers: &Tiers) -> Vec<usize> {
        tiers.rows().iter().map(|tier| tier.customers).collect()
    }

    /// The definition, customer by customer.
    fn naive(values: &[f64], bounds: &[f64], start: impl Fn(f64) -> f64) -> Vec<u8> {
        let tier_of = |&value: &f64| bounds.iter().position(|bound| start(value) < *bound).unwrap_or(bounds.len() - 1) as u8;
        values.iter().map(tier_of).collect()
    }

    #[test]
    fn default_bounds_on_a_hundred_customers() -> Result<()> {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        let tiers = Tiers::by_customer_share(&values, &Tiers::CUSTOMER_BOUNDS)?;
        assert_eq!(customers(&tiers), [10, 20, 70]);
        // 91..=100, 71..=90, 1..=70.
        let found: Vec<_> = tiers.rows().iter().map(|tier| (tier.value, tier.smallest)).collect();
        assert_eq!(found, [(955.0, Some(91.0)), (1610.0, Some(71.0)), (2485.0, Some(1.0))]);
        assert_eq!(tiers.rows().iter().filter_map(|tier| tier.value_share).sum::<f64>().to_bits(), 1.0_f64.to_bits());
        assert_eq!(tiers.basis(), TierBasis::CustomerShare);
        Ok(())
    }

    #[test]
    fn ties_stay_together_in_the_better_tier() -> Result<()> {
        // Ranks 1, 2, 2, 2, 5, ...: the tie at 8 starts at 1/10 < 0.30 and so fills the second tier past its bound.
        let values = [9.0, 8.0, 8.0, 8.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0];
        let tiers = Tiers::by_customer_share(&values, &Tiers::CUSTOMER_BOUNDS)?;
        assert_eq!(customers(&tiers), [1, 3, 6]);
        // A tie at the top takes the first tier and leaves the second empty.
        let values = [9.0, 9.0, 9.0, 1.0, 1.0];
        let tiers = Tiers::by_customer_share(&values, &[0.2, 0.6, 1.0])?;
        assert_eq!(customers(&tiers), [3, 0, 2]);
        assert_eq!(tiers.rows()[1].smallest, None);
        assert_eq!(tiers.assign(&[9.0, 5.0, 1.0, 0.0])?, [0, 2, 2, 2]);
        Ok(())
    }

    #[test]
    fn equal_values_and_single_customers_are_all_in_the_first_tier() -> Result<()> {
        for values in [vec![7.0; 12], vec![7.0]] {
            for tiers in [Tiers::by_customer_share(&values, &Tiers::CUSTOMER_BOUNDS)?, Tiers::by_value_share(&values, &Tiers::ABC_BOUNDS)?]
            {
                assert_eq!(customers(&tiers), [values.len(), 0, 0]);
                assert_eq!(tiers.assign(&values)?, vec![0; values.len()]);
            }
        }
        Ok(())
    }

    #[test]
    fn abc_by_hand() -> Result<()> {
        // Starts: 60 at 0, 20 at 0.60, 10 at 0.80, 6 at 0.90, 4 at 0.96, the zeros at 1.
        let values = [0.0, 4.0, 60.0, 10.0, 20.0, 6.0, 0.0];
        let abc = Tiers::by_value_share(&values, &Tiers::ABC_BOUNDS)?;
        assert_eq!(abc.assign(&values)?, [2, 2, 0, 1, 0, 1, 2]);
        assert_eq!(customers(&abc), [2, 2, 3]);
        assert_eq!(abc.rows().iter().map(|tier| tier.value_share).collect::<Vec<_>>(), [Some(0.80), Some(0.16), Some(0.04)]);
        Ok(())
    }

    #[test]
    fn negative_values() -> Result<()> {
        let values = [-5.0, 10.0, -50.0, 30.0];
        let tiers = Tiers::by_customer_share(&values, &[0.25, 0.5, 1.0])?;
        assert_eq!(customers(&tiers), [1, 1, 2]);
        assert!(tiers.rows().iter().all(|tier| tier.value_share.is_none()));
        assert!(matches!(Tiers::by_value_share(&values, &Tiers::ABC_BOUNDS), Err(Error::Negative { row: 0, .. })));
        let clamped = Concentration::with_policy(&values, NegativePolicy::Clamp)?.abc(&[0.7, 1.0])?;
        assert_eq!(clamped.assign(&values)?, [1, 1, 1, 0]);
        // 100 -10 -40, total 50: the first customer alone passes every bound.
        let net = Concentration::with_policy(&[100.0, -10.0, -40.0], NegativePolicy::Allow)?.abc(&Tiers::ABC_BOUNDS)?;
        assert_eq!(customers(&net), [1, 0, 2]);
        Ok(())
    }

    #[test]
    fn thresholds_count_what_reaches_them() -> Result<()> {
        let values = [-5.0, 10.0, 10.0, 99.9, 100.0, 0.0];
        let tiers = Tiers::by_thresholds(&values, &[0.0, 10.0, 100.0, 500.0])?;
        assert_eq!(tiers.assign(&values)?, [4, 2, 2, 2, 1, 3]);
        assert_eq!(customers(&tiers), [0, 1, 3, 1, 1]);
        let smallest: Vec<_> = tiers.rows().iter().map(|tier| (tier.smallest, tier.threshold)).collect();
        let expected =
            [(None, Some(500.0)), (Some(100.0), Some(100.0)), (Some(10.0), Some(10.0)), (Some(0.0), Some(0.0)), (Some(-5.0), None)];
        assert_eq!(smallest, expected);
        // New customers are measured by the thresholds, not by who happened to be there.
        assert_eq!(tiers.assign(&[600.0, 99.95, -9.0])?, [0, 2, 4]);
        assert_eq!(customers(&Tiers::by_thresholds(&[3.0], &[])?), [1]);
        for (wrong, at) in [(vec![2.0, 1.0], 1), (vec![f64::NAN], 0), (vec![1.0, 1.0], 1), (vec![1.0, f64::INFINITY], 1)] {
            assert!(matches!(Tiers::by_thresholds(&[1.0], &wrong), Err(Error::CutPoints { index, .. }) if index == at), "{wrong:?}");
        }
        let many: Vec<f64> = (0..256).map(f64::from).collect();
        assert!(matches!(Tiers::by_thresholds(&[1.0], &many), Err(Error::InvalidOption { .. })));
        assert!(matches!(Tiers::by_thresholds(&[], &[1.0]), Err(Error::Empty { .. })));
        Ok(())
    }

    #[cfg(feature = "serde")]
    #[test]
    fn stored_thresholds_are_checked_on_reading() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let tiers = Tiers::by_thresholds(&[0.5, 0.7, 7.5], &[0.6, 7.2])?;
        let json = serde_json::to_string(&tiers)?;
        assert_eq!(serde_json::from_str::<Tiers>(&json)?, tiers);
        for (good, bad) in [("7.2", "0.6"), ("\"threshold\":null", "\"threshold\":0.1"), ("\"threshold\":7.2", "\"threshold\":null")] {
            assert!(json.contains(good) && serde_json::from_str::<Tiers>(&json.replace(good, bad)).is_err(), "{bad}");
        }
        Ok(())
    }

    #[test]
    fn bounds_are_checked() {
        for (bounds, wrong) in [
            (vec![0.0, 1.0], 0),
            (vec![f64::NAN, 1.0], 0),
            (vec![0.5, 0.5, 1.0], 1),
            (vec![0.5], 0),
            (vec![0.5, 1.2], 1),
            (vec![1.0, 1.0], 0),
            (vec![0.1, 0.3, f64::NAN], 2),
        ] {
            let error = Tiers::by_customer_share(&[1.0], &bounds).err();
            assert!(matches!(error, Some(Error::TierBounds { index, .. }) if index == wrong), "{bounds:?}: {error:?}");
        }
        assert!(matches!(Tiers::by_value_share(&[1.0], &[]), Err(Error::Empty { .. })));
        let many: Vec<f64> = (1..=257).map(|i| f64::from(i) / 257.0).collect();
        assert!(matches!(Tiers::by_customer_share(&[1.0], &many), Err(Error::InvalidOption { .. })));
        assert!(matches!(Tiers::by_customer_share(&[], &[1.0]), Err(Error::Empty { .. })));
        assert!(matches!(Tiers::by_customer_share(&[0.0, f64::NAN], &[1.0]), Err(Error::NonFinite { row: 1, .. })));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn stored_tiers_are_checked_on_reading() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let tiers = Tiers::by_customer_share(&[0.1, 0.2, 0.2, 7.7], &Tiers::CUSTOMER_BOUNDS)?;
        let json = serde_json::to_string(&tiers)?;
        assert_eq!(serde_json::from_str::<Tiers>(&json)?, tiers);
        for (good, bad) in [("\"version\":1", "\"version\":2"), ("7.7", "0.1"), ("\"bound\":0.3", "\"bound\":0.05"), ("basis", "bases")] {
            assert!(serde_json::from_str::<Tiers>(&json.replace(good, bad)).is_err(), "{bad}");
        }
        Ok(())
    }

    fn bounds() -> impl Strategy<Value = Vec<f64>> {
        prop::collection::btree_set(1..20_u32, 0..6).prop_map(|set| set.into_iter().map(|i| f64::from(i) / 20.0).chain([1.0]).collect())
    }

    proptest! {
        #[test]
        fn tiers_by_customer_share_are_the_definition_and_a_partition(
            values in prop::collection::vec(prop_oneof![-9..9_i32, -999..999_i32].prop_map(f64::from), 1..80), bounds in bounds(),
        ) {
            let tiers = Tiers::by_customer_share(&values, &bounds)?;
            let assigned = tiers.assign(&values)?;
            let start = |value: f64| values.iter().filter(|other| **other > value).count() as f64 / values.len() as f64;
            prop_assert_eq!(&assigned, &naive(&values, &bounds, start));
            for (tier, row) in (0_u8..).zip(tiers.rows()) {
                let members: Vec<f64> = values.iter().zip(&assigned).filter(|(_, of)| **of == tier).map(|(value, _)| *value).collect();
                prop_assert_eq!(row.customers, members.len());
                prop_assert_eq!(row.value.to_bits(), (members.iter().sum::<f64>() + 0.0).to_bits());
                prop_assert_eq!(row.smallest, members.into_iter().reduce(f64::min));
            }
            prop_assert_eq!(tiers.rows().iter().map(|row| row.customers).sum::<usize>(), values.len());
        }

        #[test]
        fn tiers_by_value_share_are_the_definition(
            values in prop::collection::vec(prop_oneof![0..9_i32, 0..999_i32].prop_map(f64::from), 1..80), bounds in bounds(),
        ) {
            let total: f64 = values.iter().sum();
            prop_assume!(total > 0.0);
            let start = |value: f64| values.iter().filter(|other| **other > value).sum::<f64>() / total;
            let tiers = Tiers::by_value_share(&values, &bounds)?;
            prop_assert_eq!(tiers.assign(&values)?, naive(&values, &bounds, start));
        }
    }
}
