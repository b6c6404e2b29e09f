//! Large customers that lose money, and what could be done about each.

use std::cmp::Ordering;

use super::{Ranked, Tiers, ascending, check_finite};
use crate::error::{Error, Result};

/// How the dilemma customers are found; see [`Dilemmas`].
///
/// | option | default | range |
/// |---|---|---|
/// | `top` | 0.20 | (0, 1]: the fraction of customers, by revenue, that counts as large |
/// | `avoidable` | 1 | [0, 1]: the share of a customer's costs that ends with the customer |
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
#[must_use]
pub struct DilemmaOptions {
    top: f64,
    avoidable: f64,
}

impl Default for DilemmaOptions {
    fn default() -> Self {
        DilemmaOptions { top: Self::DEFAULT_TOP, avoidable: Self::DEFAULT_AVOIDABLE }
    }
}

impl DilemmaOptions {
    /// The default fraction of customers that counts as large.
    pub const DEFAULT_TOP: f64 = 0.20;
    /// The default share of a customer's costs that ends with the customer: all of them.
    pub const DEFAULT_AVOIDABLE: f64 = 1.0;

    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the fraction of customers, by revenue, that counts as large.
    pub fn top(mut self, fraction: f64) -> Self {
        self.top = fraction;
        self
    }

    /// Sets the share of a customer's costs that would be saved if the customer were given up. Shared costs stay.
    pub fn avoidable(mut self, share: f64) -> Self {
        self.avoidable = share;
        self
    }
}

/// A customer with large revenue and negative margin.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct Dilemma {
    /// The customer's row in the columns given, 0-based.
    pub row: usize,
    /// Revenue, in money.
    pub revenue: f64,
    /// Margin, below 0, in money.
    pub margin: f64,
    /// By how much prices would have to rise for a margin of 0 at the same volume, −margin / revenue (0.10 is 10 %).
    pub price_rise: f64,
    /// What the total margin gains if the customer is repriced to a margin of 0: −margin.
    pub gain_if_repriced: f64,
    /// Costs saved if the customer is given up: the avoidable share of revenue − margin.
    pub costs_saved: f64,
    /// What the total margin gains if the customer is given up: costs saved − revenue. Negative if the loss is smaller than the costs that
    /// stay.
    pub gain_if_ended: f64,
}

impl Dilemma {
    fn new(row: usize, revenue: f64, margin: f64, costs_saved: f64) -> Self {
        let (price_rise, gain_if_repriced, gain_if_ended) = (-margin / revenue, -margin, costs_saved - revenue);
        Dilemma { row, revenue, margin, price_rise, gain_if_repriced, costs_saved, gain_if_ended }
    }

    /// The largest loss first; among equal losses the larger revenue, then the row.
    fn order(a: &Self, b: &Self) -> Ordering {
        a.margin.total_cmp(&b.margin).then(b.revenue.total_cmp(&a.revenue)).then(a.row.cmp(&b.row))
    }
}

/// The dilemma list: customers among the largest by revenue whose margin is negative. To drop them costs revenue, to keep them money.
///
/// # Formula
/// ```text
/// listed:    v_j > revenue_i for fewer than top · n customers j,   revenue_i > 0,   margin_i < 0
/// repriced:  gain = −margin                                        ended:  gain = a (revenue − margin) − revenue,   a avoidable share
/// ```
/// Customers of equal revenue are treated alike. The largest loss comes first; among equal losses the larger revenue, then the row.
///
/// # Examples
/// ```
/// use crm_value::{DilemmaOptions, Dilemmas};
/// let revenue = [900.0, 1000.0, 50.0, 40.0, 30.0];
/// let margin = [-90.0, 300.0, -60.0, 5.0, 4.0];
/// let dilemmas = Dilemmas::of(&revenue, &margin, &DilemmaOptions::new().top(0.4).avoidable(0.95))?;
/// let only = dilemmas.rows()[0];
/// assert_eq!((dilemmas.rows().len(), only.row, only.price_rise), (1, 0, 0.10));
/// assert_eq!((only.gain_if_repriced, only.costs_saved, only.gain_if_ended), (90.0, 940.5, 40.5));
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::Dilemmas", into = "stored::Dilemmas")
)]
pub struct Dilemmas {
    rows: Vec<Dilemma>,
    smallest_revenue: Option<f64>,
    total_margin: f64,
}

impl Dilemmas {
    /// Finds them in two columns with one row per customer, in money.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`], [`Error::NonFinite`]; [`Error::Share`] for options out of range.
    pub fn of(revenue: &[f64], margin: &[f64], options: &DilemmaOptions) -> Result<Self> {
        let DilemmaOptions { top, avoidable } = *options;
        if !(top > 0.0 && top <= 1.0) {
            return Err(Error::Share { what: "fraction of large customers, above 0", value: top });
        }
        super::lorenz::checked_share("avoidable share of costs", avoidable)?;
        check_finite("revenue", revenue)?;
        if margin.len() != revenue.len() {
            let (column, reference) = ("margin".to_owned(), "revenue".to_owned());
            return Err(Error::LengthMismatch { column, actual: margin.len(), reference, expected: revenue.len() });
        }
        check_finite("margin", margin)?;
        let bounds = [top, 1.0];
        let tiers = Tiers::by_customer_share(revenue, if top < 1.0 { &bounds } else { &bounds[1..] })?;
        let smallest_revenue = tiers.rows().first().and_then(|large| large.smallest);
        let large = |revenue: f64| smallest_revenue.is_some_and(|smallest| revenue >= smallest) && revenue > 0.0;
        let mut rows: Vec<Dilemma> = revenue
            .iter()
            .zip(margin)
            .enumerate()
            .filter(|(_, (revenue, margin))| **margin < 0.0 && large(**revenue))
            .map(|(row, (&revenue, &margin))| Dilemma::new(row, revenue, margin, avoidable * (revenue - margin)))
            .collect();
        if let Some(row) = rows.iter().find(|row| !(row.price_rise.is_finite() && row.costs_saved.is_finite())) {
            return Err(Error::NonFinite { column: "margin over revenue".to_owned(), row: row.row, value: row.price_rise });
        }
        rows.sort_by(Dilemma::order);
        let total_margin = Ranked::new("margin", ascending(margin.iter().copied()))?.total();
        Ok(Dilemmas { rows, smallest_revenue, total_margin })
    }

    /// The customers, largest loss first.
    pub fn rows(&self) -> &[Dilemma] {
        &self.rows
    }

    /// The smallest revenue that counts as large, in money.
    pub fn smallest_revenue(&self) -> Option<f64> {
        self.smallest_revenue
    }

    /// The margin of all customers as it is, in money.
    pub fn total_margin(&self) -> f64 {
        self.total_margin
    }

    /// The margin of all customers if every listed one is repriced to 0.
    pub fn total_margin_if_repriced(&self) -> f64 {
        self.rows.iter().fold(self.total_margin, |total, row| total + row.gain_if_repriced)
    }

    /// The margin of all customers if every listed one is given up.
    pub fn total_margin_if_ended(&self) -> f64 {
        self.rows.iter().fold(self.total_margin, |total, row| total + row.gain_if_ended)
    }
}

#[cfg(feature = "serde")]
mod stored {
    use super::Dilemma;
    use crate::error::{Error, Result};
    use crate::stored::{VERSION, check_version, invalid};

    const WHAT: &str = "dilemma list";

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Dilemmas {
        version: u32,
        total_margin: f64,
        smallest_revenue: Option<f64>,
        customers: Vec<Dilemma>,
    }

    impl From<super::Dilemmas> for Dilemmas {
        fn from(super::Dilemmas { rows, smallest_revenue, total_margin }: super::Dilemmas) -> Self {
            Dilemmas { version: VERSION, total_margin, smallest_revenue, customers: rows }
        }
    }

    impl TryFrom<Dilemmas> for super::Dilemmas {
        type Error = Error;

        fn try_from(stored: Dilemmas) -> Result<Self> {
            let Dilemmas { version, total_margin, smallest_revenue, customers: rows } = stored;
            check_version(WHAT, version)?;
            if !(total_margin.is_finite() && smallest_revenue.is_none_or(f64::is_finite)) {
                return Err(invalid(WHAT, "its totals must be finite"));
            }
            for row in &rows {
                let large = row.revenue > 0.0 && smallest_revenue.is_some_and(|smallest| row.revenue >= smallest);
                let again = Dilemma::new(row.row, row.revenue, row.margin, row.costs_saved);
                if !(large && row.margin < 0.0 && again.gain_if_ended.is_finite() && again.price_rise.is_finite() && again == *row) {
                    return Err(invalid(WHAT, format!("the entry of row {} contradicts itself", row.row)));
                }
            }
            if !rows.is_sorted_by(|a, b| Dilemma::order(a, b).is_lt()) {
                return Err(invalid(WHAT, "the entries do not begin with the largest loss"));
            }
            Ok(super::Dilemmas { rows, smallest_revenue, total_margin })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_and_order() -> Result<()> {
        // The top 20 % of five is one; two share that place, a third is next.
        let revenue = [500.0, 500.0, 499.0, 10.0, 10.0];
        let margin = [-5.0, -50.0, -999.0, -1.0, 3.0];
        let dilemmas = Dilemmas::of(&revenue, &margin, &DilemmaOptions::new())?;
        assert_eq!(dilemmas.rows().iter().map(|row| row.row).collect::<Vec<_>>(), [1, 0]);
        assert_eq!(dilemmas.smallest_revenue(), Some(500.0));
        // All costs avoidable: giving up gains what repricing does.
        let totals = [dilemmas.total_margin(), dilemmas.total_margin_if_repriced(), dilemmas.total_margin_if_ended()];
        assert_eq!(totals.map(f64::to_bits), [-1052.0_f64, -997.0, -997.0].map(f64::to_bits));
        let all = Dilemmas::of(&revenue, &margin, &DilemmaOptions::new().top(1.0).avoidable(0.0))?;
        assert_eq!(
            all.rows().iter().map(|row| (row.row, row.gain_if_ended)).collect::<Vec<_>>(),
            [(2, -499.0), (1, -500.0), (0, -500.0), (3, -10.0)]
        );
        Ok(())
    }

    #[test]
    fn nobody_listed() -> Result<()> {
        let dilemmas = Dilemmas::of(&[0.0], &[-5.0], &DilemmaOptions::new())?;
        assert!(dilemmas.rows().is_empty());
        assert_eq!((dilemmas.total_margin_if_ended(), dilemmas.smallest_revenue()), (-5.0, Some(0.0)));
        assert!(Dilemmas::of(&[9.0, 8.0], &[0.0, 1.0], &DilemmaOptions::new())?.rows().is_empty());
        Ok(())
    }

    #[test]
    fn bad_input_is_refused() {
        let of = |revenue: &[f64], margin: &[f64], options| Dilemmas::of(revenue, margin, &options).err();
        let usual = DilemmaOptions::new();
        assert!(matches!(of(&[], &[], usual), Some(Error::Empty { .. })));
        assert!(matches!(of(&[1.0], &[1.0, 2.0], usual), Some(Error::LengthMismatch { actual: 2, .. })));
        assert!(matches!(of(&[1.0], &[f64::NAN], usual), Some(Error::NonFinite { row: 0, .. })));
        assert!(matches!(of(&[5e-324], &[-1.0], usual), Some(Error::NonFinite { row: 0, .. })));
        for wrong in [usual.top(0.0), usual.top(f64::NAN), usual.top(1.1), usual.avoidable(-0.1), usual.avoidable(f64::NAN)] {
            assert!(matches!(of(&[1.0], &[1.0], wrong), Some(Error::Share { .. })), "{wrong:?}");
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn lists_are_stored() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let dilemmas = Dilemmas::of(&[500.0, 499.9, 10.0], &[-5.5, -50.1, 3.0], &DilemmaOptions::new().top(1.0).avoidable(0.3))?;
        let json = serde_json::to_string(&dilemmas)?;
        assert_eq!(serde_json::from_str::<Dilemmas>(&json)?, dilemmas);
        for (from, to, says) in [
            (r#""margin":-50.1"#, r#""margin":-1.0"#, "row 1 contradicts itself"),
            (r#""revenue":500.0"#, r#""revenue":5.0"#, "row 0 contradicts itself"),
            (r#""smallest_revenue":10.0"#, r#""smallest_revenue":null"#, "contradicts itself"),
            (r#""version":1"#, r#""version":2"#, "version 2"),
            (r#""row":0"#, r#""line":0"#, "unknown field"),
        ] {
            let error = serde_json::from_str::<Dilemmas>(&json.replacen(from, to, 1)).map(|_| ()).map_err(|error| error.to_string());
            assert!(error.as_ref().is_err_and(|error| error.contains(says)), "{error:?} does not say {says}");
        }
        let mut value: serde_json::Value = serde_json::from_str(&json)?;
        value["customers"].as_array_mut().into_iter().for_each(|rows| rows.reverse());
        assert!(serde_json::from_value::<Dilemmas>(value).is_err_and(|error| error.to_string().contains("largest loss")));
        assert_eq!(serde_json::from_str::<DilemmaOptions>(r#"{"top":0.1}"#)?, DilemmaOptions::new().top(0.1));
        Ok(())
    }
}
