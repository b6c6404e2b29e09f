//! The integration tests of the core, as one binary.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod bad_input;
mod cdnow;
mod close;
mod determinism;
mod invariants;
mod log;
mod maximum_likelihood;
mod reference;
mod stored;
