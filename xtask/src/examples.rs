//! The examples run, in Rust and Python (those in C run with the C part), and the README names the commands that do.

use std::process::Command;

use crate::process::run;
use crate::project::{at, cargo, files, root, short, stem};
use crate::python::Python;
use crate::report::Report;

/// The two commands a reader is promised.
const README_COMMANDS: [&str; 2] = ["cargo run --release --example analyze", "cargo xtask test"];

pub(crate) fn test(report: &mut Report, python: &mut Python) {
    report.heading("README commands");
    let readme = std::fs::read_to_string(at("README.md")).unwrap_or_default();
    for command in README_COMMANDS {
        report.check(
            &format!("README.md names `{command}`"),
            readme.lines().any(|line| line.trim().trim_start_matches("$ ").starts_with(command)),
        );
    }

    report.heading("Rust examples");
    let examples = files("examples/rust", "rs");
    if examples.is_empty() {
        report.fail("Rust examples", "there is no examples/rust/*.rs");
    }
    for source in examples {
        // Exactly as README and the example's own text say: from the root, by name alone.
        let run = run(cargo().args(["run", "--release", "--example", &stem(&source)]));
        report.check(&format!("{} runs", short(&source)), run.ok && !run.stdout.trim().is_empty());
    }

    report.heading("Python examples");
    let examples = files("examples/python", "py");
    if examples.is_empty() {
        report.fail("Python examples", "there is no examples/python/*.py");
        return;
    }
    let Some(interpreter) = python.with_package(report) else { return };
    for source in examples {
        let mut command = Command::new(&interpreter);
        command.current_dir(root()).arg(&source).env("MPLBACKEND", "Agg");
        report.check(&format!("{} runs", short(&source)), run(&mut command).ok);
    }
}
