//! The stages of a customer relationship.

use super::relationship::Relationship;
use crate::error::{Error, Result};

/// Where a customer stands. See [`StageRules`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[repr(u8)]
pub enum Stage {
    /// Has not bought yet.
    Prospect,
    /// Bought for the first time not long ago, and once.
    New,
    /// Buys in the usual rhythm.
    Active,
    /// Overdue.
    AtRisk,
    /// Long overdue.
    Lapsed,
    /// Hardly to be expected back.
    Lost,
    /// Came back not long ago, after having lapsed.
    WonBack,
}

impl Stage {
    /// Every stage, in the order of the relationship.
    pub const ALL: [Stage; 7] = [Stage::Prospect, Stage::New, Stage::Active, Stage::AtRisk, Stage::Lapsed, Stage::Lost, Stage::WonBack];

    /// The stage's name: `"prospect"`, `"new"`, `"active"`, `"at risk"`, `"lapsed"`, `"lost"`, `"won back"`.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Prospect => "prospect",
            Stage::New => "new",
            Stage::Active => "active",
            Stage::AtRisk => "at risk",
            Stage::Lapsed => "lapsed",
            Stage::Lost => "lost",
            Stage::WonBack => "won back",
        }
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What tells active customers from those at risk, lapsed and lost.
#[derive(Debug, Clone, Copy)]
pub enum StageBasis<'a> {
    /// Time since the last purchase in multiples of the customer's usual time between purchases.
    Rhythm,
    /// P(alive) of every customer, in [0, 1], from any model.
    PAlive(&'a [f64]),
}

/// The rules of the stages, as data. The first that holds decides.
///
/// | stage | rule | default |
/// |---|---|---|
/// | prospect | no purchase | |
/// | new | one purchase, at most `new_within` days ago | 90 |
/// | won back | at most `won_back_within` days ago came back after a gap above `rhythm[1]` times the usual one | 90 |
/// | active, at risk, lapsed | by rhythm: days since the last purchase ≤ `rhythm` times the usual gap | 2, 3, 6 |
/// | | by P(alive): ≥ `p_alive` | 0.8, 0.5, 0.2 |
/// | lost | everyone else | |
///
/// The usual gap is the customer's mean time between purchases if there are at least two gaps, else the median of the base: see
/// [`Relationship`]. Limits belong to the better stage.
///
/// ```
/// use crm_value::{Relationship, Stage, StageBasis, StageRules};
/// // Purchases; days since the first and the last; mean gap in days; days since a return.
/// let base = Relationship::from_columns(
///     &[0.0, 1.0, 6.0, 6.0, 9.0],
///     &[0.0, 40.0, 400.0, 400.0, 800.0],
///     &[0.0, 40.0, 50.0, 130.0, 30.0],
///     &[None, None, Some(60.0), Some(60.0), Some(90.0)],
///     &[None, None, None, None, Some(30.0)],
/// )?;
/// let stages = StageRules::default().assign(&base, StageBasis::Rhythm)?;
/// assert_eq!(stages, [Stage::Prospect, Stage::New, Stage::Active, Stage::AtRisk, Stage::WonBack]);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct StageRules {
    /// Days for which a first purchase makes a customer new.
    pub new_within: f64,
    /// Days for which a return makes a customer won back.
    pub won_back_within: f64,
    /// Upper limits of active, at risk and lapsed, in multiples of the usual gap; above 0, rising.
    pub rhythm: [f64; 3],
    /// Lower limits of active, at risk and lapsed in P(alive); in [0, 1], falling.
    pub p_alive: [f64; 3],
    /// Days between purchases of customers with fewer than two gaps; `None`: the median of the base.
    pub usual_gap: Option<f64>,
}

impl Default for StageRules {
    fn default() -> Self {
        StageRules { new_within: 90.0, won_back_within: 90.0, rhythm: [2.0, 3.0, 6.0], p_alive: [0.8, 0.5, 0.2], usual_gap: None }
    }
}

impl StageRules {
    /// The stage of every customer.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for rules outside their range, or if a rhythm is needed of which nobody in the base shows any;
    /// [`Error::LengthMismatch`], [`Error::NonFinite`], [`Error::InvalidParameter`] for P(alive).
    pub fn assign(&self, base: &Relationship, basis: StageBasis<'_>) -> Result<Vec<Stage>> {
        self.check()?;
        if let StageBasis::PAlive(p_alive) = basis {
            check_probabilities(p_alive, base.len(), "purchases")?;
        }
        let usual = self.usual_gap.or(base.usual_gap());
        (0..base.len())
            .map(|i| {
                let overdue = match basis {
                    StageBasis::PAlive(p_alive) => Ok(self.by_p_alive(p_alive[i])),
                    StageBasis::Rhythm => {
                        let gap = base.own_gap(i).or(usual).ok_or(Error::InvalidOption {
                            option: "usual_gap",
                            value: "not given".to_owned(),
                            requirement: "nobody in the base shows a rhythm; give the usual days between purchases, or P(alive)",
                        });
                        gap.map(|gap| self.by_rhythm(base.since_last()[i] / gap))
                    }
                };
                match base.purchases()[i] {
                    0 => Ok(Stage::Prospect),
                    1 if base.since_first()[i] <= self.new_within => Ok(Stage::New),
                    _ if base.since_return()[i].is_some_and(|days| days <= self.won_back_within) => Ok(Stage::WonBack),
                    _ => overdue,
                }
            })
            .collect()
    }

    fn by_rhythm(&self, gaps: f64) -> Stage {
        let [active, at_risk, lapsed] = self.rhythm;
        if gaps <= active {
            Stage::Active
        } else if gaps <= at_risk {
            Stage::AtRisk
        } else if gaps <= lapsed {
            Stage::Lapsed
        } else {
            Stage::Lost
        }
    }

    fn by_p_alive(&self, p_alive: f64) -> Stage {
        let [active, at_risk, lapsed] = self.p_alive;
        if p_alive >= active {
            Stage::Active
        } else if p_alive >= at_risk {
            Stage::AtRisk
        } else if p_alive >= lapsed {
            Stage::Lapsed
        } else {
            Stage::Lost
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let refuse = |option, value: String, requirement| Err(Error::InvalidOption { option, value, requirement });
        for (option, days) in [("new_within", self.new_within), ("won_back_within", self.won_back_within)] {
            if !(days >= 0.0 && days.is_finite()) {
                return refuse(option, days.to_string(), "give a number of days, 0 or more");
            }
        }
        if let Some(gap) = self.usual_gap.filter(|gap| !(*gap > 0.0 && gap.is_finite())) {
            return refuse("usual_gap", gap.to_string(), "give a number of days above 0");
        }
        let [active, at_risk, lapsed] = self.rhythm;
        if !(active > 0.0 && active < at_risk && at_risk < lapsed && lapsed.is_finite()) {
            return refuse("rhythm", format!("{:?}", self.rhythm), "give three rising multiples above 0");
        }
        let [active, at_risk, lapsed] = self.p_alive;
        if !(active <= 1.0 && active > at_risk && at_risk > lapsed && lapsed >= 0.0) {
            return refuse("p_alive", format!("{:?}", self.p_alive), "give three falling probabilities");
        }
        Ok(())
    }
}

/// Refuses a column of probabilities that has another length, or a value outside [0, 1].
pub(crate) fn check_probabilities(p_alive: &[f64], expected: usize, reference: &str) -> Result<()> {
    let column = || "p_alive".to_owned();
    if p_alive.len() != expected {
        return Err(Error::LengthMismatch { column: column(), actual: p_alive.len(), reference: reference.to_owned(), expected });
    }
    match p_alive.iter().enumerate().find(|(_, p)| !(0.0..=1.0).contains(*p)) {
        Some((row, &value)) if !value.is_finite() => Err(Error::NonFinite { column: column(), row, value }),
        Some((row, &value)) if value < 0.0 => Err(Error::Negative { column: column(), row, value }),
        Some((_, &value)) => Err(Error::Share { what: "P(alive)", value }),
        None => Ok(()),
    }
}
