//! What to do with the customers of a cell, as a table of data.

use super::axis::MatrixAxis;
use crate::error::{Error, Result};

/// One row of an [`ActionTable`]: the action and the cells it is for. An axis that is not restricted covers all its levels.
///
/// ```
/// use crm_value::Action;
/// let action = Action::new("call").row("high").column("at risk");
/// assert_eq!(action.text(), "call");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[must_use]
pub struct Action {
    action: String,
    row: Option<String>,
    column: Option<String>,
}

impl Action {
    /// An action for every cell, until it is restricted.
    pub fn new(action: impl Into<String>) -> Self {
        Action { action: action.into(), row: None, column: None }
    }

    /// Restricts the action to a level of the row axis.
    pub fn row(mut self, level: impl Into<String>) -> Self {
        self.row = Some(level.into());
        self
    }

    /// Restricts the action to a level of the column axis.
    pub fn column(mut self, level: impl Into<String>) -> Self {
        self.column = Some(level.into());
        self
    }

    /// What to do.
    pub fn text(&self) -> &str {
        &self.action
    }

    /// The level of the row axis it is for; `None` for all.
    pub fn row_level(&self) -> Option<&str> {
        self.row.as_deref()
    }

    /// The level of the column axis it is for; `None` for all.
    pub fn column_level(&self) -> Option<&str> {
        self.column.as_deref()
    }
}

/// Actions for the cells of a matrix: data, not code. The first row that covers a cell names its action; a cell no row covers has none.
///
/// The tables given here are starting points, to be replaced by the house's own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct ActionTable {
    actions: Vec<Action>,
}

impl ActionTable {
    /// A table of actions, first match first.
    pub fn new(actions: Vec<Action>) -> Self {
        ActionTable { actions }
    }

    /// The default for value (low, medium, high) × stage.
    pub fn value_by_stage() -> Self {
        Self::of(&[
            ("win the first order", None, Some("prospect")),
            ("welcome personally, win the second order", Some("high"), Some("new")),
            ("welcome, win the second order", None, Some("new")),
            ("look after personally", Some("high"), Some("active")),
            ("offer more", Some("medium"), Some("active")),
            ("serve at low cost", Some("low"), Some("active")),
            ("call now", Some("high"), Some("at risk")),
            ("remind with an offer", Some("medium"), Some("at risk")),
            ("remind at low cost", Some("low"), Some("at risk")),
            ("win back personally", Some("high"), Some("lapsed")),
            ("win back with an offer", Some("medium"), Some("lapsed")),
            ("let go", Some("low"), Some("lapsed")),
            ("ask why, try once more", Some("high"), Some("lost")),
            ("let go", None, Some("lost")),
            ("confirm the return personally", Some("high"), Some("won back")),
            ("confirm the return", None, Some("won back")),
        ])
    }

    /// The default for value (low, medium, high) × churn risk (very high, high, medium, low).
    pub fn value_by_churn_risk() -> Self {
        Self::of(&[
            ("win back personally", Some("high"), Some("very high")),
            ("call now", Some("high"), Some("high")),
            ("strengthen the relationship", Some("high"), Some("medium")),
            ("look after personally", Some("high"), Some("low")),
            ("win back with an offer", Some("medium"), Some("very high")),
            ("remind with an offer", Some("medium"), Some("high")),
            ("offer more", Some("medium"), None),
            ("let go", Some("low"), Some("very high")),
            ("remind at low cost", Some("low"), Some("high")),
            ("serve at low cost", Some("low"), None),
        ])
    }

    fn of(rows: &[(&str, Option<&str>, Option<&str>)]) -> Self {
        let action = |&(action, row, column): &(&str, Option<&str>, Option<&str>)| Action {
            action: action.to_owned(),
            row: row.map(str::to_owned),
            column: column.map(str::to_owned),
        };
        ActionTable { actions: rows.iter().map(action).collect() }
    }

    /// The rows, first match first.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// The position of each cell's action, row by row.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for an action without text, or for a level that the axes do not have.
    pub(super) fn assign(&self, rows: &MatrixAxis, columns: &MatrixAxis) -> Result<Vec<Option<usize>>> {
        for action in &self.actions {
            if action.action.trim().is_empty() {
                let requirement = "say what to do";
                return Err(Error::InvalidOption { option: "actions", value: "an action without text".to_owned(), requirement });
            }
            for (axis, level) in [(rows, &action.row), (columns, &action.column)] {
                if let Some(level) = level.as_ref().filter(|level| !axis.levels().contains(level)) {
                    let value = format!("`{level}` on axis {} (levels: {})", axis.name(), axis.levels().join(", "));
                    return Err(Error::InvalidOption { option: "actions", value, requirement: "use the levels of the matrix" });
                }
            }
        }
        let covers = |wanted: &Option<String>, level: &String| wanted.as_ref().is_none_or(|wanted| wanted == level);
        let first = |row: &String, column: &String| {
            self.actions.iter().position(|action| covers(&action.row, row) && covers(&action.column, column))
        };
        Ok(rows.levels().iter().flat_map(|row| columns.levels().iter().map(move |column| first(row, column))).collect())
    }
}
