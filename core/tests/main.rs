//! The integration tests of the core, as one binary.
#![allow(clippy::unwrap_used)]

mod bad_input;
mod cdnow;
mod close;
mod cnbd_k;
mod cohort;
mod contractual;
mod covariates;
mod determinism;
mod discrete;
mod invariants;
mod log;
mod matrix;
mod maximum_likelihood;
mod published;
mod recovery;
mod reference;
mod review;
mod sbg_covariates;
mod simulated;
mod simulated_contracts;
mod simulation;
#[cfg(feature = "serde")]
mod stored;
mod value;

/// Prints a line that the test harness does not swallow: what was checked should be seen, not only what failed.
#[allow(clippy::explicit_write, reason = "println! is what the harness swallows")]
fn say(line: &str) {
    use std::io::Write;
    writeln!(std::io::stdout(), "{line}").unwrap();
}
