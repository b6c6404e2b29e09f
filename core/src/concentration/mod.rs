//! How unequally value is spread over customers: Lorenz curve, Gini coefficient, top shares, tiers.
//!
//! Takes any value column (revenue, contribution margin, predicted CLV) and knows nothing of where it came from. Each measure is a method
//! on [`Concentration`] in the file of its family:
//!
//! | file | question |
//! |---|---|
//! | `lorenz` | what share do the top p hold, and how many customers hold a share s? |
//! | `inequality` | how unequal in one number? |
//! | `tail` | how fast do the large values thin out? |
//! | `rule` | do 20 % really hold 80 %? |
//! | `whale` | where do profits peak, and how much of them is lost again? |
//! | `dilemma` | which large customers lose money, and what if they were repriced or given up? |
//! | `dependency` | what is lost with the largest customers, or with one region? |
//! | `tiers` | which customers are A, B, C, and where do the tiers begin? |
//! | `ranked` | the sorted values and their running sums, from which all of them are read |

mod dependency;
mod dilemma;
mod inequality;
mod lorenz;
mod ranked;
mod rule;
mod tail;
mod tiers;
mod whale;

pub use dependency::{AttributeConcentration, Dependency, DependencyAlert, LevelShare};
pub use dilemma::{Dilemma, DilemmaOptions, Dilemmas};
pub use lorenz::CustomersForShare;
pub use rule::{RuleTest, RuleVerdict, ShareRule};
pub use tail::TailIndex;
pub use tiers::{Tier, TierBasis, Tiers};
pub use whale::{WhaleCurve, WhalePoint};

pub(crate) use ranked::{Ranked, Sum, ascending, check_finite};

use crate::error::{Error, Result};

/// Name of the value column in errors.
const COLUMN: &str = "value";

/// What to do with customers whose value is negative: refunds above purchases, or margins below zero.
///
/// Lorenz curve and Gini coefficient are made for values of 0 or more; negatives need a decision, not a default that hides them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum NegativePolicy {
    /// Refuse them with [`Error::Negative`] and the row. The default.
    #[default]
    Reject,
    /// Count them as 0. [`Concentration::negatives_clamped`] says how many; the total rises by what was cut off.
    Clamp,
    /// Take them as they are. The total must still be above 0. The Lorenz curve then dips below 0, top shares may exceed 1, and so may the
    /// Gini coefficient.
    Allow,
}

/// Concentration of a value over customers.
///
/// Holds the values in ascending order and a running sum every 256 values, 8 bytes per customer in all; no measure needs the customers' ids
/// or order. Results are the same to the last bit for any row order and number of threads.
///
/// In the formulae v(1) ≤ ... ≤ v(n) are the sorted values and V is their sum.
///
/// # Examples
/// ```
/// use crm_value::Concentration;
///
/// let value = [10.0, 5.0, 60.0, 20.0, 5.0];
/// let c = Concentration::of(&value)?;
/// assert_eq!(c.top_share(0.20)?, 0.60);               // the best fifth holds 60 %
/// assert_eq!(c.customers_for_share(0.80)?.customers, 2);
/// assert_eq!(c.gini(), 0.5);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// M. O. Lorenz (1905), "Methods of measuring the concentration of wealth", Publications of the American Statistical Association 9,
/// 209-219. C. Gini (1912), *Variabilità e mutabilità*, Bologna.
#[derive(Debug, Clone)]
pub struct Concentration {
    ranked: Ranked,
    policy: NegativePolicy,
    negatives_clamped: usize,
}

impl Concentration {
    /// Concentration of `values`, one per customer, in money or any other unit, all 0 or more.
    ///
    /// # Errors
    /// * [`Error::Empty`] without values;
    /// * [`Error::NonFinite`] with the first row that is NaN or infinite, or if the values are so large that their sums are;
    /// * [`Error::Negative`] with the first row below 0: see [`Concentration::with_policy`];
    /// * [`Error::TotalNotPositive`] if the values sum to 0, as no one holds a share of nothing.
    ///
    /// ```
    /// use crm_value::{Concentration, ErrorKind};
    /// assert_eq!(Concentration::of(&[0.0, 0.0]).unwrap_err().kind(), ErrorKind::TotalNotPositive);
    /// ```
    pub fn of(values: &[f64]) -> Result<Self> {
        Self::with_policy(values, NegativePolicy::Reject)
    }

    /// The same with a chosen policy for negative values.
    ///
    /// # Errors
    /// As [`Concentration::of`]; [`Error::Negative`] only under [`NegativePolicy::Reject`].
    ///
    /// ```
    /// use crm_value::{Concentration, NegativePolicy};
    /// let margin = [-20.0, 30.0, 90.0];
    /// let clamped = Concentration::with_policy(&margin, NegativePolicy::Clamp)?;
    /// assert_eq!((clamped.total(), clamped.negatives_clamped()), (120.0, 1));
    /// let net = Concentration::with_policy(&margin, NegativePolicy::Allow)?;
    /// assert_eq!(net.top_count_share(2), 1.2);            // 120 of 100: the loss-maker destroys the rest
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn with_policy(values: &[f64], policy: NegativePolicy) -> Result<Self> {
        check_finite(COLUMN, values)?;
        let negative = |value: &f64| *value < 0.0;
        let mut negatives_clamped = 0;
        let sorted = match policy {
            NegativePolicy::Reject => match values.iter().enumerate().find(|(_, value)| negative(value)) {
                Some((row, &value)) => return Err(Error::Negative { column: COLUMN.to_owned(), row, value }),
                None => ascending(values.iter().copied()),
            },
            NegativePolicy::Clamp => {
                negatives_clamped = values.iter().filter(|value| negative(value)).count();
                ascending(values.iter().map(|value| value.max(0.0)))
            }
            NegativePolicy::Allow => ascending(values.iter().copied()),
        };
        let ranked = Ranked::new(COLUMN, sorted)?;
        let total = ranked.total();
        if !(total > 0.0 && total.is_finite()) {
            return Err(Error::TotalNotPositive { total });
        }
        Ok(Concentration { ranked, policy, negatives_clamped })
    }

    /// n, the number of customers, those of value 0 included.
    pub fn n(&self) -> usize {
        self.ranked.n()
    }

    /// V, the sum of the values, above 0; under [`NegativePolicy::Clamp`] without the negatives.
    pub fn total(&self) -> f64 {
        self.ranked.total()
    }

    /// The policy for negative values these results rest on.
    pub fn policy(&self) -> NegativePolicy {
        self.policy
    }

    /// How many negative values [`NegativePolicy::Clamp`] counted as 0; 0 under the other policies.
    pub fn negatives_clamped(&self) -> usize {
        self.negatives_clamped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_has_no_concentration() {
        assert!(matches!(Concentration::of(&[]), Err(Error::Empty { .. })));
        assert!(matches!(Concentration::of(&[1.0, f64::NAN, -1.0]), Err(Error::NonFinite { row: 1, .. })));
        assert!(matches!(Concentration::of(&[1.0, f64::INFINITY]), Err(Error::NonFinite { row: 1, .. })));
        assert!(matches!(Concentration::of(&[1.0, 2.0, -1.0, -2.0]), Err(Error::Negative { row: 2, .. })));
        assert!(matches!(Concentration::of(&[0.0, -0.0]), Err(Error::TotalNotPositive { .. })));
        assert!(matches!(Concentration::of(&[f64::MAX, f64::MAX]), Err(Error::NonFinite { .. })));
        for policy in [NegativePolicy::Clamp, NegativePolicy::Allow] {
            assert!(matches!(Concentration::with_policy(&[-3.0, -1.0], policy), Err(Error::TotalNotPositive { .. })));
        }
        assert!(matches!(Concentration::with_policy(&[3.0, -3.0], NegativePolicy::Allow), Err(Error::TotalNotPositive { .. })));
    }

    #[test]
    fn says_what_it_assumed() -> Result<()> {
        let plain = Concentration::of(&[4.0, -0.0])?;
        assert_eq!((plain.n(), plain.policy(), plain.negatives_clamped()), (2, NegativePolicy::Reject, 0));
        let clamped = Concentration::with_policy(&[4.0, -1.0, -3.0], NegativePolicy::Clamp)?;
        assert_eq!((clamped.n(), clamped.policy(), clamped.negatives_clamped()), (3, NegativePolicy::Clamp, 2));
        assert_eq!(clamped.total().to_bits(), 4.0_f64.to_bits());
        let net = Concentration::with_policy(&[4.0, -1.0], NegativePolicy::Allow)?;
        assert_eq!((net.negatives_clamped(), net.total().to_bits()), (0, 3.0_f64.to_bits()));
        Ok(())
    }
}
