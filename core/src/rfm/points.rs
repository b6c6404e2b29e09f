//! RFMR points: the scoring table of mail order, in which every purchase earns points and every return and mailing costs some.

use super::history::RfmrHistory;
use crate::error::{Error, Result};
use crate::parallel;

/// Points by the size of a number: one row per band, by rising upper limit, and the points of everything above the last.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct PointBands {
    /// Upper limit of each band, itself included, and its points. Limits rise strictly.
    pub bands: Vec<(f64, f64)>,
    /// Points above the last limit.
    pub above: f64,
}

impl PointBands {
    /// Bands from (upper limit, points), and the points above the last limit.
    pub fn new(bands: &[(f64, f64)], above: f64) -> Self {
        PointBands { bands: bands.to_vec(), above }
    }

    fn check(&self) -> Result<()> {
        let mut previous = f64::NEG_INFINITY;
        for (index, &(limit, points)) in self.bands.iter().enumerate() {
            if !(limit > previous && limit.is_finite()) {
                return Err(Error::CutPoints { index, value: limit });
            }
            finite("points of a band", points)?;
            previous = limit;
        }
        finite("points above the last band", self.above)
    }

    fn of(&self, value: f64) -> f64 {
        self.bands.iter().find(|(limit, _)| value <= *limit).map_or(self.above, |&(_, points)| points)
    }
}

/// The table of RFMR points: recency, frequency, monetary value, and reaction (returns and contacts).
///
/// All of it is data. The default is the table that direct-marketing textbooks print for mail order; its money bands are in units of the
/// currency and want adapting to the assortment.
///
/// | part | default |
/// |---|---|
/// | `start` | 25 |
/// | `recency`, months since the last purchase | up to 6: +40, 9: +25, 12: +15, 18: +5, 24: −5, above: −15 |
/// | `per_order`, each order of the last 18 months | +6 |
/// | `value`, mean value of the last 3 orders | up to 50: +5, 100: +15, 200: +25, 300: +35, 400: +40, above: +45 |
/// | `returns`, number of returns | up to 1: 0, 3: −5, 6: −10, 10: −20, 15: −30, above: −40 |
/// | `per_main_catalogue`, `per_special_catalogue`, `per_mailing`, each since the last purchase | −12, −6, −2 |
///
/// # Formula
/// ```text
/// points = start + recency(months) + per_order · orders + value(mean value) + returns(returns)
///        + per_main_catalogue · main + per_special_catalogue · special + per_mailing · mailings
/// ```
///
/// # Examples
/// ```
/// use crm_value::{RfmrHistory, RfmrPoints};
/// // Bought 8 months ago, 3 orders in 18 months of 80 each, 2 returns; since then 2 main catalogues and 1 mailing.
/// let history = RfmrHistory::from_columns(None, &[8.0], &[3.0], &[80.0], &[2.0])?.with_contacts(&[2.0], &[0.0], &[1.0])?;
/// let table = RfmrPoints::default();
/// assert_eq!(table.points(&history)?, [25.0 + 25.0 + 18.0 + 15.0 - 5.0 - 24.0 - 2.0]);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// The scheme goes back to the mail-order houses of the 1930s; A. M. Hughes (1994), *Strategic Database Marketing*, Probus.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct RfmrPoints {
    /// Points everyone starts with.
    pub start: f64,
    /// Points by months since the last purchase.
    pub recency: PointBands,
    /// Points per recent order.
    pub per_order: f64,
    /// Points by the mean value of the last orders, in money.
    pub value: PointBands,
    /// Points by the number of returns.
    pub returns: PointBands,
    /// Points per main catalogue sent since the last purchase.
    pub per_main_catalogue: f64,
    /// Points per special catalogue sent since the last purchase.
    pub per_special_catalogue: f64,
    /// Points per mailing sent since the last purchase.
    pub per_mailing: f64,
}

impl Default for RfmrPoints {
    fn default() -> Self {
        RfmrPoints {
            start: 25.0,
            recency: PointBands::new(&[(6.0, 40.0), (9.0, 25.0), (12.0, 15.0), (18.0, 5.0), (24.0, -5.0)], -15.0),
            per_order: 6.0,
            value: PointBands::new(&[(50.0, 5.0), (100.0, 15.0), (200.0, 25.0), (300.0, 35.0), (400.0, 40.0)], 45.0),
            returns: PointBands::new(&[(1.0, 0.0), (3.0, -5.0), (6.0, -10.0), (10.0, -20.0), (15.0, -30.0)], -40.0),
            per_main_catalogue: -12.0,
            per_special_catalogue: -6.0,
            per_mailing: -2.0,
        }
    }
}

impl RfmrPoints {
    /// The points of every customer.
    ///
    /// # Errors
    /// [`Error::CutPoints`] unless the limits of the bands are finite and rise strictly; [`Error::InvalidOption`] if points are not finite;
    /// [`Error::NonFinite`] if a customer's points are not.
    pub fn points(&self, customers: &RfmrHistory) -> Result<Vec<f64>> {
        self.check()?;
        let counts = [customers.main_catalogues(), customers.special_catalogues(), customers.mailings()];
        let per_contact = [self.per_main_catalogue, self.per_special_catalogue, self.per_mailing];
        let points = parallel::map(customers.len(), 4, |i| {
            let contacts: f64 = counts.iter().zip(per_contact).map(|(counts, points)| points * f64::from(counts[i])).sum();
            self.start
                + self.recency.of(customers.months_since_last()[i])
                + self.per_order * f64::from(customers.recent_orders()[i])
                + self.value.of(customers.mean_recent_value()[i])
                + self.returns.of(f64::from(customers.returns()[i]))
                + contacts
        });
        match points.iter().position(|points| !points.is_finite()) {
            Some(row) => Err(Error::NonFinite { column: "points".to_owned(), row, value: points[row] }),
            None => Ok(points),
        }
    }

    fn check(&self) -> Result<()> {
        for bands in [&self.recency, &self.value, &self.returns] {
            bands.check()?;
        }
        for (option, points) in [
            ("start", self.start),
            ("per_order", self.per_order),
            ("per_main_catalogue", self.per_main_catalogue),
            ("per_special_catalogue", self.per_special_catalogue),
            ("per_mailing", self.per_mailing),
        ] {
            finite(option, points)?;
        }
        Ok(())
    }
}

fn finite(option: &'static str, points: f64) -> Result<()> {
    if points.is_finite() {
        return Ok(());
    }
    Err(Error::InvalidOption { option, value: points.to_string(), requirement: "points must be finite" })
}

/// What to do with a customer, by points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum MailingDecision {
    /// Below the elimination threshold: take out of the mailing.
    Remove,
    /// From the one to the other threshold, both included.
    #[default]
    Keep,
    /// Above the A threshold: concentrate on them.
    Concentrate,
}

impl MailingDecision {
    /// The decision for every customer: below `elimination` remove, above `a_threshold` concentrate.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] unless `elimination` ≤ `a_threshold`, both finite.
    ///
    /// ```
    /// use crm_value::MailingDecision::{self, Concentrate, Keep, Remove};
    /// assert_eq!(MailingDecision::by_points(&[19.9, 20.0, 100.0, 100.5], 20.0, 100.0)?, [Remove, Keep, Keep, Concentrate]);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn by_points(points: &[f64], elimination: f64, a_threshold: f64) -> Result<Vec<Self>> {
        if !(elimination <= a_threshold && elimination.is_finite() && a_threshold.is_finite()) {
            let value = format!("{elimination} with A threshold {a_threshold}");
            let requirement = "both thresholds must be finite, and elimination not above A";
            return Err(Error::InvalidOption { option: "elimination threshold", value, requirement });
        }
        if let Some(row) = points.iter().position(|points| points.is_nan()) {
            return Err(Error::NonFinite { column: "points".to_owned(), row, value: points[row] });
        }
        let decide = |&points: &f64| {
            if points < elimination {
                MailingDecision::Remove
            } else if points > a_threshold {
                MailingDecision::Concentrate
            } else {
                MailingDecision::Keep
            }
        };
        Ok(points.iter().map(decide).collect())
    }

    /// The decision in lower case: `"remove"`, `"keep"`, `"concentrate"`.
    pub fn name(self) -> &'static str {
        match self {
            MailingDecision::Remove => "remove",
            MailingDecision::Keep => "keep",
            MailingDecision::Concentrate => "concentrate",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_band_of_the_printed_table() -> Result<()> {
        let table = RfmrPoints::default();
        let points = |bands: &PointBands, values: &[f64]| values.iter().map(|&value| bands.of(value) as i32).collect::<Vec<_>>();
        assert_eq!(points(&table.recency, &[0.0, 6.0, 6.1, 9.0, 12.0, 18.0, 24.0, 24.1]), [40, 40, 25, 25, 15, 5, -5, -15]);
        assert_eq!(points(&table.value, &[-5.0, 50.0, 50.01, 100.0, 200.0, 300.0, 400.0, 401.0]), [5, 5, 15, 15, 25, 35, 40, 45]);
        let returns: Vec<f64> = [0, 1, 2, 3, 4, 6, 7, 10, 11, 15, 16].map(f64::from).into();
        assert_eq!(points(&table.returns, &returns), [0, 0, -5, -5, -10, -10, -20, -20, -30, -30, -40]);
        Ok(())
    }

    #[test]
    fn customers_by_hand() -> Result<()> {
        // Good: 2 months, 5 orders, mean 250, 1 return, no contacts: 25 + 40 + 30 + 35 = 130.
        // Gone: 30 months, none, mean 40, 20 returns, 4 main, 3 special, 10 mailings: 25 − 15 + 5 − 40 − 48 − 18 − 20 = −111.
        let history = RfmrHistory::from_columns(None, &[2.0, 30.0], &[5.0, 0.0], &[250.0, 40.0], &[1.0, 20.0])?.with_contacts(
            &[0.0, 4.0],
            &[0.0, 3.0],
            &[0.0, 10.0],
        )?;
        assert_eq!(RfmrPoints::default().points(&history)?, [130.0, -111.0]);
        Ok(())
    }

    #[test]
    fn bad_tables_are_refused() -> Result<()> {
        let history = RfmrHistory::from_columns(None, &[2.0], &[5.0], &[250.0], &[1.0])?;
        let usual = RfmrPoints::default();
        let error = |table: RfmrPoints| table.points(&history).err();
        let falling = PointBands::new(&[(6.0, 1.0), (6.0, 2.0)], 0.0);
        assert!(matches!(error(RfmrPoints { recency: falling, ..usual.clone() }), Some(Error::CutPoints { index: 1, .. })));
        let nan = PointBands::new(&[(6.0, f64::NAN)], 0.0);
        assert!(matches!(error(RfmrPoints { value: nan, ..usual.clone() }), Some(Error::InvalidOption { .. })));
        assert!(matches!(error(RfmrPoints { start: f64::INFINITY, ..usual.clone() }), Some(Error::InvalidOption { .. })));
        assert!(matches!(error(RfmrPoints { per_order: f64::MAX, ..usual }), Some(Error::NonFinite { row: 0, .. })));
        for (low, high) in [(2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            assert!(matches!(MailingDecision::by_points(&[1.0], low, high), Err(Error::InvalidOption { .. })));
        }
        assert!(matches!(MailingDecision::by_points(&[f64::NAN], 0.0, 1.0), Err(Error::NonFinite { .. })));
        Ok(())
    }

    #[cfg(feature = "serde")]
    #[test]
    fn tables_are_stored_as_data() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let table = RfmrPoints { per_order: 7.5, ..RfmrPoints::default() };
        assert_eq!(serde_json::from_str::<RfmrPoints>(&serde_json::to_string(&table)?)?, table);
        assert_eq!(serde_json::from_str::<RfmrPoints>("{\"per_order\":7.5}")?, table);
        assert!(serde_json::from_str::<RfmrPoints>("{\"per_orders\":7.5}").is_err());
        Ok(())
    }
}
