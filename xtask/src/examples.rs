//! The examples run, in Rust and Python (those in C run with the C part), and the README names the commands that do.

use std::path::Path;
use std::process::Command;

use crate::process::{Run, run};
use crate::project::{at, cargo, files, root, short, stem};
use crate::python::Python;
use crate::report::Report;

/// The two commands a reader is promised.
const README_COMMANDS: [&str; 2] = ["cargo run --release --example analyze", "cargo xtask test"];

/// What every `analyze` says of the bundled log, whatever its language: its total, the peak of the whale curve and what is lost from it, and the
/// spend of two half-years. `examples/tests` counts them from the rows of the file.
const FIGURES: [&str; 5] = ["244091.94", "53419.16", "654.58", "55096.58", "42867.12"];

/// Whether an example ran and its report holds the figures that all languages share.
pub(crate) fn agrees(source: &Path, run: &Run) -> bool {
    let report = run.stdout.replace(',', "");
    run.ok && !report.trim().is_empty() && (stem(source) != "analyze" || FIGURES.iter().all(|figure| report.contains(figure)))
}

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
        report.check(&format!("{} runs", short(&source)), agrees(&source, &run));
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
        report.check(&format!("{} runs", short(&source)), agrees(&source, &run(&mut command)));
    }
}
