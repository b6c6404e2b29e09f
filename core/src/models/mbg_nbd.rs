//! MBG/NBD: Poisson purchases, dropout after any purchase, the first one included.

use crate::time::TimeUnit;

/// The modified beta-geometric / negative binomial model: as [`crate::BgNbd`], but customers may leave right after their first purchase, too.
///
/// # Assumptions
/// 1. While alive, a customer's purchases are Poisson with rate λ.
/// 2. λ varies over customers as Gamma(r, rate α).
/// 3. After every purchase, the first one included, the customer drops out with probability p.
/// 4. p varies over customers as Beta(a, b).
/// 5. λ and p are independent.
///
/// | parameter | unit | range |
/// |---|---|---|
/// | r | none | > 0 |
/// | alpha (α) | time: the model's unit | > 0 |
/// | a, b | none | > 0 |
///
/// Prefer it to BG/NBD when one-time buyers are many: BG/NBD holds every one of them for alive, for ever.
///
/// # Limits
/// All quantities hold to about 1e-12 relative, also at a = 1 and for x in the thousands.
///
/// # Examples
/// ```
/// use crm_value::{History, MbgNbd, PurchaseModel, TimeUnit};
/// let model = MbgNbd::new(0.525, 6.183, 0.891, 1.614, TimeUnit::Week)?;
/// let bought_once = History::new(0, 0.0, 38.86)?;
/// assert!((model.p_alive(&bought_once) - 0.3897).abs() < 1e-3);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// Batislam, Denizel & Filiztekin (2007), Empirical validation and comparison of models for customer base analysis, Int. J. Research in
/// Marketing 24(3); Hoppe & Wagner (2007), Customer Base Analysis: The Case for a Central Variant of the Betageometric/NBD Model, Marketing
/// ZFP 3(2).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Stored", into = "Stored"))]
pub struct MbgNbd {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    unit: TimeUnit,
}

super::beta_dropout::beta_geometric_model!(MbgNbd, "MBG/NBD", first_coin = 1.0);

#[cfg(feature = "serde")]
super::stored::stored_form!(MbgNbd { r: f64, alpha: f64, a: f64, b: f64, unit: TimeUnit });
