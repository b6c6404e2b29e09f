//! The integration tests of the core, as one binary.

#[allow(dead_code)]
mod close;
mod reference;
