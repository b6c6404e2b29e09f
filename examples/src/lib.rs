//! The parts of the `analyze` example, as a library so that they can be tested.
//!
//! | file | holds |
//! |---|---|
//! | `analysis` | the calls to `crm_value`: from the log to models, forecast, values, segments and concentration |
//! | `args` | the command line |
//! | `orders`, `ids`, `progress` | reading a CSV of orders |
//! | `profit` | the whale curve, and its part of the report |
//! | `base` | cohorts, value by stage and the half-year review, and their part of the report |
//! | `report`, `customers` | the printed report |
//! | `table` | aligned columns and readable numbers |

pub mod analysis;
pub mod args;
pub mod base;
mod customers;
mod ids;
pub mod orders;
pub mod profit;
mod progress;
mod report;
mod table;

use std::ffi::OsString;
use std::io::{ErrorKind, Write};

use clap::Parser;

/// The exit code of a run that went well.
pub const SUCCESS: u8 = 0;
/// The exit code if the data cannot be analysed.
pub const FAILURE: u8 = 1;
/// The exit code if the command line cannot be understood.
pub const USAGE: u8 = 2;

/// Runs the example: `arguments` as in a shell, the program's name first. The report goes to `out`, progress and errors to `err`.
pub fn run<A>(arguments: A, out: &mut dyn Write, err: &mut dyn Write, terminal: bool) -> u8
where
    A: IntoIterator,
    A::Item: Into<OsString> + Clone,
{
    let args = match args::Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(problem) => {
            let text = problem.render();
            // Nobody is left to tell if even this cannot be written.
            let _ = if problem.use_stderr() { write!(err, "{text}") } else { write!(out, "{text}").and_then(|()| out.flush()) };
            return if problem.use_stderr() { USAGE } else { SUCCESS };
        }
    };
    let analysis = orders::read(&args, err, terminal).and_then(|log| analysis::Analysis::of(&log, &args));
    let problem = match analysis {
        Ok(analysis) => match report::print(&analysis, &args, out).and_then(|()| out.flush()) {
            Ok(()) => return SUCCESS,
            // The reader closed the pipe (`| head`): it has seen enough.
            Err(problem) if problem.kind() == ErrorKind::BrokenPipe => return SUCCESS,
            Err(problem) => problem.to_string(),
        },
        Err(problem) => problem,
    };
    let _ = writeln!(err, "error: {problem}");
    FAILURE
}
