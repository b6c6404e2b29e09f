//! From tier to action.

use crate::error::{Error, Result};

/// What to do for one tier.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct TierAction {
    /// The tier's name.
    pub tier: String,
    /// The action, in words.
    pub action: String,
}

/// The table from tier to action: data, one row per tier, best first.
///
/// The default table is for three tiers, such as those of [`crate::Tiers::CUSTOMER_BOUNDS`]:
///
/// | tier | action |
/// |---|---|
/// | top | personal contact; secure and deepen the relationship |
/// | middle | develop towards the top tier; targeted offers |
/// | basic | serve at low cost; automated contact |
///
/// # Examples
/// ```
/// use crm_value::{TierActions, Tiers};
/// let value = [900.0, 100.0, 80.0, 20.0];
/// let tiers = Tiers::by_customer_share(&value, &[0.25, 0.75, 1.0])?;
/// let labels = TierActions::default().label(&tiers.assign(&value)?)?;
/// assert_eq!((0..4).filter_map(|i| labels.get(i)).collect::<Vec<_>>(), ["top", "middle", "middle", "basic"]);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Vec<TierAction>", into = "Vec<TierAction>"))]
pub struct TierActions(Vec<TierAction>);

impl Default for TierActions {
    fn default() -> Self {
        let rows = [
            ("top", "personal contact; secure and deepen the relationship"),
            ("middle", "develop towards the top tier; targeted offers"),
            ("basic", "serve at low cost; automated contact"),
        ];
        TierActions(rows.map(|(tier, action)| TierAction { tier: tier.to_owned(), action: action.to_owned() }).into())
    }
}

impl TierActions {
    /// A table of the caller's, best tier first.
    ///
    /// # Errors
    /// [`Error::Empty`] without rows; [`Error::Labels`] if a tier's name occurs twice.
    pub fn new(rows: Vec<TierAction>) -> Result<Self> {
        if rows.is_empty() {
            return Err(Error::Empty { what: "table of tier actions".to_owned() });
        }
        let names: Vec<&str> = rows.iter().map(|row| row.tier.as_str()).collect();
        super::Labels::from_codes::<_, u32>(&names, &[])?;
        Ok(TierActions(rows))
    }

    /// The rows, best tier first.
    pub fn rows(&self) -> &[TierAction] {
        &self.0
    }

    /// The row of a tier, 0 for the best; `None` if the table has none for it.
    pub fn of(&self, tier: u8) -> Option<&TierAction> {
        self.0.get(usize::from(tier))
    }

    /// The names of the tiers of customers, as [`crate::Tiers::assign`] numbers them.
    ///
    /// # Errors
    /// [`Error::Labels`] with the first row whose tier the table does not have.
    pub fn label(&self, tiers: &[u8]) -> Result<super::Labels> {
        let names: Vec<&str> = self.0.iter().map(|row| row.tier.as_str()).collect();
        super::Labels::from_codes(&names, tiers)
    }
}

impl TryFrom<Vec<TierAction>> for TierActions {
    type Error = Error;

    fn try_from(rows: Vec<TierAction>) -> Result<Self> {
        Self::new(rows)
    }
}

impl From<TierActions> for Vec<TierAction> {
    fn from(actions: TierActions) -> Self {
        actions.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_checked() {
        let row = |tier: &str| TierAction { tier: tier.to_owned(), action: "call".to_owned() };
        assert!(matches!(TierActions::new(vec![]), Err(Error::Empty { .. })));
        assert!(matches!(TierActions::new(vec![row("a"), row("a")]), Err(Error::Labels { .. })));
        let two = TierActions::new(vec![row("a"), row("b")]);
        assert!(two.as_ref().is_ok_and(|two| two.of(1).is_some_and(|row| row.tier == "b") && two.of(2).is_none()));
        assert!(matches!(TierActions::default().label(&[0, 3]), Err(Error::Labels { .. })));
    }
}
