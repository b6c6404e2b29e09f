//! Who would be missed: the value that hangs on the largest customers, and on one industry, region or channel.

use super::inequality::sum_of_squared_shares;
use super::{COLUMN, Concentration, NegativePolicy, Ranked, ascending, check_finite};
use crate::error::{Error, Result};
use crate::segments::Labels;

/// What is at risk with the largest customers; see [`Concentration::dependency`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct Dependency {
    /// k, the number of customers that leave; n if more were asked for.
    pub customers: usize,
    /// k/n, in [0, 1].
    pub customer_share: f64,
    /// The value lost with the k largest.
    pub value: f64,
    /// Its share of the total.
    pub value_share: f64,
}

impl Concentration {
    /// The numbers of customers for which [`Concentration::dependency`] is usually asked: 1, 5, 10, and 1 % of n, rounded up.
    pub fn default_dependency(&self) -> [usize; 4] {
        [1, 5, 10, self.n().div_ceil(100)]
    }

    /// The value lost if the `k` largest customers leave, for every `k` given; see [`Concentration::default_dependency`].
    ///
    /// ```
    /// use crm_value::Concentration;
    /// let c = Concentration::of(&[10.0, 30.0, 20.0, 40.0])?;
    /// let lost: Vec<_> = c.dependency(&c.default_dependency()).iter().map(|row| (row.customers, row.value_share)).collect();
    /// assert_eq!(lost, [(1, 0.40), (4, 1.0), (4, 1.0), (1, 0.40)]);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn dependency(&self, k: &[usize]) -> Vec<Dependency> {
        let row = |&k: &usize| {
            let customers = k.min(self.n());
            let value = self.ranked.top(customers);
            Dependency { customers, customer_share: customers as f64 / self.n() as f64, value, value_share: value / self.total() }
        };
        k.iter().map(row).collect()
    }
}

/// When a concentration by attribute is reported as too high; both are limits that a level share or the HHI may reach but not pass.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct DependencyAlert {
    /// Limit of the share of one level; default 0.25.
    pub share: f64,
    /// Limit of the HHI over the levels; default 0.25.
    pub hhi: f64,
}

impl Default for DependencyAlert {
    fn default() -> Self {
        DependencyAlert { share: 0.25, hhi: 0.25 }
    }
}

/// One level of an attribute, for example one region; see [`AttributeConcentration`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct LevelShare {
    /// The level's name.
    pub level: String,
    /// Its customers.
    pub customers: usize,
    /// Their share of all customers, in [0, 1].
    pub customer_share: f64,
    /// The sum of their values.
    pub value: f64,
    /// Its share of the total.
    pub value_share: f64,
    /// Whether the share passes the limit.
    pub alert: bool,
}

/// How much of the value hangs on single levels of an attribute: industry, region, channel.
///
/// # Formula
/// ```text
/// share(l) = Σ{v_i : i in l} / V,   HHI = Σ share(l)²
/// ```
///
/// # Examples
/// ```
/// use crm_value::{AttributeConcentration, DependencyAlert, Labels, NegativePolicy};
/// let region = Labels::of(&["north", "south", "north", "east"]);
/// let by_region = AttributeConcentration::of(&[40.0, 20.0, 30.0, 10.0], &region, NegativePolicy::Reject, DependencyAlert::default())?;
/// assert_eq!(by_region.largest().map(|level| (level.level.as_str(), level.value_share, level.alert)), Some(("north", 0.7, true)));
/// assert!((by_region.hhi() - 0.54).abs() < 1e-15 && by_region.hhi_alert());
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::AttributeConcentration", into = "stored::AttributeConcentration")
)]
pub struct AttributeConcentration {
    levels: Vec<LevelShare>,
    hhi: f64,
    total: f64,
    alert: DependencyAlert,
}

impl AttributeConcentration {
    /// Shares of `values`, one per customer, by the level of `attribute` that the customer belongs to.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; for the values and the policy as [`Concentration::with_policy`]; [`Error::Share`] unless the limits lie in
    /// [0, 1].
    pub fn of(values: &[f64], attribute: &Labels, negatives: NegativePolicy, alert: DependencyAlert) -> Result<Self> {
        attribute.check_length(COLUMN, values.len())?;
        check_finite(COLUMN, values)?;
        if let Some((row, &value)) = values.iter().enumerate().find(|(_, value)| **value < 0.0)
            && negatives == NegativePolicy::Reject
        {
            return Err(Error::Negative { column: COLUMN.to_owned(), row, value });
        }
        let mut members: Vec<Vec<f64>> = vec![Vec::new(); attribute.levels().len()];
        for (&value, &level) in values.iter().zip(attribute.codes()) {
            members[level as usize].push(if negatives == NegativePolicy::Clamp { value.max(0.0) } else { value });
        }
        let mut levels = Vec::with_capacity(members.len());
        for (level, values) in attribute.levels().iter().zip(&members) {
            let value = if values.is_empty() { 0.0 } else { Ranked::new(COLUMN, ascending(values.iter().copied()))?.total() };
            levels.push((level.clone(), values.len(), value));
        }
        Self::of_levels(levels, alert)
    }

    /// The shares of levels of (name, customers, value).
    fn of_levels(levels: Vec<(String, usize, f64)>, alert: DependencyAlert) -> Result<Self> {
        super::lorenz::checked_share("limit of the level share", alert.share)?;
        super::lorenz::checked_share("limit of the HHI", alert.hhi)?;
        let ranked = Ranked::new(COLUMN, ascending(levels.iter().map(|(_, _, value)| *value)))?;
        let total = ranked.total();
        if !(total > 0.0) {
            return Err(Error::TotalNotPositive { total });
        }
        let all = levels.iter().fold(0.0, |all, (_, customers, _)| all + *customers as f64);
        let level = |(level, customers, value): (String, usize, f64)| LevelShare {
            level,
            customers,
            customer_share: customers as f64 / all,
            value,
            value_share: value / total,
            alert: value / total > alert.share,
        };
        let hhi = sum_of_squared_shares(ranked.values(), total);
        Ok(AttributeConcentration { levels: levels.into_iter().map(level).collect(), hhi, total, alert })
    }

    /// The levels in the order of the attribute, empty ones included. Customers and values add up to those given.
    pub fn levels(&self) -> &[LevelShare] {
        &self.levels
    }

    /// The level of the largest value; the first of them if several have it.
    pub fn largest(&self) -> Option<&LevelShare> {
        self.levels.iter().rev().max_by(|a, b| a.value.total_cmp(&b.value))
    }

    /// The Herfindahl-Hirschman index over the levels: 1 if one level holds everything.
    pub fn hhi(&self) -> f64 {
        self.hhi
    }

    /// The sum of the values, as the policy for negatives left them.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// The limits.
    pub fn alert(&self) -> DependencyAlert {
        self.alert
    }

    /// Whether the HHI passes its limit.
    pub fn hhi_alert(&self) -> bool {
        self.hhi > self.alert.hhi
    }
}

#[cfg(feature = "serde")]
mod stored {
    use super::{DependencyAlert, Labels, LevelShare, check_finite};
    use crate::error::{Error, Result};
    use crate::stored::{VERSION, check_version, invalid};

    const WHAT: &str = "attribute concentration";

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct AttributeConcentration {
        version: u32,
        alert: DependencyAlert,
        total: f64,
        hhi: f64,
        levels: Vec<LevelShare>,
    }

    impl From<super::AttributeConcentration> for AttributeConcentration {
        fn from(super::AttributeConcentration { levels, hhi, total, alert }: super::AttributeConcentration) -> Self {
            AttributeConcentration { version: VERSION, alert, total, hhi, levels }
        }
    }

    impl TryFrom<AttributeConcentration> for super::AttributeConcentration {
        type Error = Error;

        /// Reads names, customers and values, calculates the shares again, and takes them only if they are those that were stored.
        fn try_from(stored: AttributeConcentration) -> Result<Self> {
            check_version(WHAT, stored.version)?;
            let names: Vec<&str> = stored.levels.iter().map(|level| level.level.as_str()).collect();
            Labels::from_codes::<_, u32>(&names, &[])?;
            let values: Vec<f64> = stored.levels.iter().map(|level| level.value).collect();
            check_finite("value", &values)?;
            let levels = stored.levels.iter().map(|level| (level.level.clone(), level.customers, level.value)).collect();
            let read = super::AttributeConcentration::of_levels(levels, stored.alert)?;
            let same = |a: f64, b: f64| a.to_bits() == b.to_bits();
            if !(read.levels == stored.levels && same(read.total, stored.total) && same(read.hhi, stored.hhi)) {
                return Err(invalid(WHAT, "total, HHI or shares are not those of the levels' customers and values"));
            }
            Ok(read)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependency_of_large_bases() -> Result<()> {
        let c = Concentration::of(&(1..=250).map(f64::from).collect::<Vec<_>>())?;
        let rows = c.dependency(&c.default_dependency());
        assert_eq!(
            rows.iter().map(|row| (row.customers, row.value)).collect::<Vec<_>>(),
            [(1, 250.0), (5, 1240.0), (10, 2455.0), (3, 747.0)]
        );
        assert_eq!((rows[3].customer_share, rows[1].value_share), (0.012, 1240.0 / 31_375.0));
        assert!(c.dependency(&[0]).iter().all(|row| row.value == 0.0));
        Ok(())
    }

    #[test]
    fn levels_add_up_and_limits_are_passed_not_reached() -> Result<()> {
        let attribute = Labels::from_codes(&["a", "b", "empty", "c", "d"], &[0_u8, 1, 3, 4])?;
        let equal = AttributeConcentration::of(&[2.0; 4], &attribute, NegativePolicy::Reject, DependencyAlert::default())?;
        assert_eq!(
            equal.levels().iter().map(|level| (level.customers, level.value_share)).collect::<Vec<_>>(),
            [(1, 0.25), (1, 0.25), (0, 0.0), (1, 0.25), (1, 0.25)]
        );
        assert!(equal.levels().iter().all(|level| !level.alert) && !equal.hhi_alert());
        assert_eq!((equal.hhi(), equal.total()), (0.25, 8.0));
        assert_eq!(equal.largest().map(|level| level.level.as_str()), Some("a"));
        let strict = DependencyAlert { share: 0.2, hhi: 0.2 };
        let alerted = AttributeConcentration::of(&[2.0; 4], &attribute, NegativePolicy::Reject, strict)?;
        assert!(alerted.hhi_alert() && alerted.levels().iter().filter(|level| level.alert).count() == 4);
        Ok(())
    }

    #[test]
    fn negative_values_by_policy() -> Result<()> {
        let region = Labels::of(&["n", "s", "n"]);
        let of = |values: &[f64], policy| AttributeConcentration::of(values, &region, policy, DependencyAlert::default());
        assert!(matches!(of(&[5.0, -1.0, 2.0], NegativePolicy::Reject), Err(Error::Negative { row: 1, .. })));
        assert_eq!(of(&[5.0, -1.0, 3.0], NegativePolicy::Clamp)?.hhi().to_bits(), 1.0_f64.to_bits());
        // 12 and −2 of 10.
        let net = of(&[5.0, -2.0, 7.0], NegativePolicy::Allow)?;
        assert_eq!((net.hhi(), net.levels()[1].value_share), (1.2 * 1.2 + 0.2 * 0.2, -0.2));
        assert!(matches!(of(&[1.0, -1.0, 0.0], NegativePolicy::Allow), Err(Error::TotalNotPositive { .. })));
        assert!(matches!(of(&[0.0; 3], NegativePolicy::Reject), Err(Error::TotalNotPositive { .. })));
        assert!(matches!(of(&[1.0; 2], NegativePolicy::Reject), Err(Error::LengthMismatch { .. })));
        let nan = DependencyAlert { share: f64::NAN, hhi: 0.25 };
        assert!(matches!(AttributeConcentration::of(&[1.0; 3], &region, NegativePolicy::Reject, nan), Err(Error::Share { .. })));
        Ok(())
    }

    #[cfg(feature = "serde")]
    #[test]
    fn attribute_concentrations_are_stored() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let attribute = Labels::from_codes(&["a", "b", "empty"], &[0_u8, 1, 1, 0])?;
        let values = [0.1, 0.2, 0.3, 0.7];
        let by = AttributeConcentration::of(&values, &attribute, NegativePolicy::Reject, DependencyAlert { share: 0.4, hhi: 0.5 })?;
        let json = serde_json::to_string(&by)?;
        assert_eq!(serde_json::from_str::<AttributeConcentration>(&json)?, by);
        for (from, to, says) in [
            (r#""customers":2"#, r#""customers":3"#, "not those of the levels"),
            (r#""alert":true"#, r#""alert":false"#, "not those of the levels"),
            (r#""share":0.4"#, r#""share":1.4"#, "1.4"),
            (r#""level":"b""#, r#""level":"a""#, "twice"),
            (r#""version":1"#, r#""version":3"#, "version 3"),
            (r#""hhi":0.5}"#, r#""hhi":0.5,"gini":1}"#, "unknown field"),
        ] {
            let error = serde_json::from_str::<AttributeConcentration>(&json.replacen(from, to, 1)).map(|_| ()).map_err(|e| e.to_string());
            assert!(error.as_ref().is_err_and(|error| error.contains(says)), "{error:?} does not say {says}");
        }
        Ok(())
    }
}
