//! CRM matrices: customers by two criteria at once, with what they are worth, what is at risk, and what to do.
//!
//! Takes plain columns and knows nothing of the models they may come from.
//!
//! | file | holds |
//! |---|---|
//! | `axis` | a criterion: labels, or a column cut into levels |
//! | `stages` | the stages of a relationship, prospect to won back, by rules that are data |
//! | `relationship` | what the rules look at, read from a log |
//! | `table` | the matrix: cells, totals, the usual matrices |
//! | `actions` | what to do with the customers of a cell, as a table of data |
//! | `suppress` | small cells withheld, so that no total gives them away |

mod actions;
mod axis;
mod relationship;
mod stages;
mod suppress;
mod table;

pub use actions::{Action, ActionTable};
pub use axis::MatrixAxis;
pub use relationship::Relationship;
pub use stages::{Stage, StageBasis, StageRules};
pub use suppress::SuppressedMatrix;
pub use table::{CrmMatrix, MatrixCell};

pub(crate) use stages::check_probabilities;
