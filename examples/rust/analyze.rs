//! What is every customer worth? `cargo run --release --example analyze` answers for the bundled CDNOW log, with a path for any CSV.
//!
//! The calls to `crm_value` are in `examples/src/analysis.rs`; reading the CSV, the options and the printing are beside it.

use std::io::{BufWriter, IsTerminal, stderr, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut out = BufWriter::new(stdout().lock());
    let code = crm_value_examples::run(std::env::args_os(), &mut out, &mut stderr(), stderr().is_terminal());
    ExitCode::from(code)
}
