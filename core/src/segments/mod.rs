//! Customers in groups: labels of any kind, profiles of segments, migration between them, and what to do for each tier.
//!
//! | file | holds |
//! |---|---|
//! | `labels` | a column of names: attribute, tier or segment of every customer |
//! | `profile` | segments described by an attribute |
//! | `migration` | who moved where between two labelings |
//! | `actions` | the table from tier to action |

mod actions;
mod labels;
mod migration;
mod profile;

pub use actions::{TierAction, TierActions};
pub use labels::Labels;
pub use migration::SegmentMigration;
pub use profile::{ProfileCell, SegmentProfile};
