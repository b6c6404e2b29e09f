//! BG/CNBD-k: regular purchases, dropout after a repeat purchase.

use crate::time::TimeUnit;

const NAME: &str = "BG/CNBD-k";

/// The beta-geometric / condensed negative binomial model of order k: as [`crate::BgNbd`], but the times between purchases vary less than at
/// random.
///
/// # Assumptions
/// 1. While alive, a customer's times between purchases are Erlang-k with rate λ: the sum of k exponential stages, k / λ on average. The first
///    one starts with the first purchase.
/// 2. λ varies over customers as Gamma(r, rate α); k is the same for all.
/// 3. After every repeat purchase the customer drops out with probability p.
/// 4. p varies over customers as Beta(a, b).
/// 5. λ and p are independent.
///
/// | parameter | unit | range |
/// |---|---|---|
/// | k | none | whole, 1 to 20; k = 1 is BG/NBD |
/// | r | none | > 0 |
/// | alpha (α) | time: the model's unit | > 0 |
/// | a, b | none | > 0 |
///
/// Prefer it to BG/NBD when customers buy at a rhythm of their own (groceries, contact lenses, donations); a fit that chooses k = 1 says that they do not. P(alive) falls faster when a regular customer is overdue. The likelihood, and so the choice of k, needs the sum of the logarithms of
/// each customer's intervals ([`crate::Summarize::log_sums`], [`crate::CustomerSummary::with_log_intervals`]); predictions do not.
///
/// # Formula
/// With R = r + k x, w = T − t_x and m = 0:
/// ```text
/// A = B(a, b + x + m) / B(a, b) α^r Σ_{j<k} (r)_{kx+j} w^j / j! (α + T)^−(R+j)        alive at T, j stages after the last purchase
/// D = B(a + 1, b + x − 1 + m) / B(a, b) α^r (r)_{kx} (α + t_x)^−R                                dead; 0 where x = 0
/// L = (A + D) Π (interval)^(k−1) / (k−1)!^x
/// E[Y(t)] = 1 / (A + D) Σ_{j<k} A_j Σ_{n≥1} B(a, b + x + m + n − 1) / B(a, b + x + m) I_{t/(α+T+t)}(n k − j, R + j)
/// ```
/// `DIFFERENCE:` the conditional expectation is exact. Platzer & Reutterer (2016) approximate it by that of BG/NBD with a rescaled rate,
/// which is off by several per cent for k > 1 and, where it is rescaled to a total, depends on the other customers.
///
/// # Limits
/// All quantities hold to about 1e-12 relative, also at a = 1 and for x in the thousands. The work grows with t / (α + T) and with k².
///
/// # Examples
/// ```
/// use crm_value::{BgCnbdK, History, PurchaseModel, TimeUnit};
/// let model = BgCnbdK::new(3, 0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
/// let customer = History::new(2, 30.43, 38.86)?;
/// assert!((model.p_alive(&customer) - 0.774_461_996_5).abs() < 1e-10);
/// // Bought at the same age, but is overdue.
/// assert!(model.p_alive(&History::new(2, 10.0, 38.86)?) < 0.1);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// Platzer & Reutterer (2016), Ticking Away the Moments: Timing Regularity Helps to Better Predict Customer Activity, Marketing Science
/// 35(5); Chatfield & Goodhardt (1973), A Consumer Purchasing Model with Erlang Inter-Purchase Times, JASA 68.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Stored", into = "Stored"))]
pub struct BgCnbdK {
    k: u32,
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    unit: TimeUnit,
}

super::erlang_dropout::erlang_dropout_model!(BgCnbdK, first_coin = 0.0);

#[cfg(feature = "serde")]
super::stored::stored_form!(BgCnbdK { k: u32, r: f64, alpha: f64, a: f64, b: f64, unit: TimeUnit });
