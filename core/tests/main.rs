//! The integration tests of the core, as one binary.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[allow(dead_code)]
mod close;
mod reference;
