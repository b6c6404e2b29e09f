//! BG/NBD: Poisson purchases, dropout after a purchase.

use crate::time::TimeUnit;

/// The beta-geometric / negative binomial model: customers buy at random and may leave for good after any repeat purchase.
///
/// # Assumptions
/// 1. While alive, a customer's purchases are Poisson with rate λ.
/// 2. λ varies over customers as Gamma(r, rate α).
/// 3. After every repeat purchase the customer drops out with probability p.
/// 4. p varies over customers as Beta(a, b).
/// 5. λ and p are independent.
///
/// | parameter | unit | range |
/// |---|---|---|
/// | r | none | > 0 |
/// | alpha (α) | time: the model's unit | > 0 |
/// | a, b | none | > 0 |
///
/// Prefer it to Pareto/NBD when purchases are what makes customers leave, and for its speed. A customer without repeat purchases is alive with
/// certainty under assumption 3; where that is not wanted, use a model that also tosses a coin after the first purchase.
///
/// # Limits
/// All quantities hold to about 1e-12 relative, also at a = 1 and for x in the thousands.
///
/// # Examples
/// ```
/// use crm_value::{BgNbd, History, PurchaseModel, TimeUnit};
/// let model = BgNbd::new(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
/// let customer = History::new(2, 30.43, 38.86)?;
/// assert!((model.p_alive(&customer) - 0.7266).abs() < 1e-3);
/// assert!((model.conditional_expectation(&customer, 39.0) - 1.226).abs() < 1e-3);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2): likelihood eq. 6, E[X(t)] eq. 9,
/// E[Y(t)] eq. 10; Fader, Hardie & Lee (2008), note on P(alive).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Stored", into = "Stored"))]
pub struct BgNbd {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    unit: TimeUnit,
}

super::beta_dropout::beta_geometric_model!(BgNbd, "BG/NBD", first_coin = 0.0);

#[cfg(feature = "serde")]
super::stored::stored_form!(BgNbd { r: f64, alpha: f64, a: f64, b: f64, unit: TimeUnit });
