//! Cohorts: customers grouped by the calendar period of their first purchase and followed by age, and how long they stay.
//!
//! | file | holds |
//! |---|---|
//! | `build` | a transaction log counted into cells in one pass |
//! | `table` | the cells: cohort × age, masked where the observation ends too early |
//! | `periods` | the same log by calendar period: ARPU, order value, orders per customer; and the cohorts pooled by age |
//! | `lifetimes` | a log turned into durations: churned after so long without a purchase |
//! | `survival` | Kaplan-Meier curve with Greenwood intervals |
//! | `log_rank` | are the curves of several groups the same? |

mod build;
mod lifetimes;
mod log_rank;
mod periods;
mod survival;
mod table;

pub use build::Cohorts;
pub use lifetimes::Lifetimes;
pub use log_rank::{LogRank, LogRankGroup};
pub use periods::{AgeMetrics, PeriodMetrics};
pub use survival::{KaplanMeier, SurvivalStep};
pub use table::{Cohort, CohortCell, CohortMeasure, CohortTable, CohortTotals};
