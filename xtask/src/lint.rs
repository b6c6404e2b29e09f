//! Formatting and lints. Each counts as one test; a component that is not installed is left out and said.

use crate::process::{quietly, run};
use crate::project::{at, cargo};
use crate::python::{self, Python};
use crate::report::Report;

/// rustfmt and clippy. The Python lints run with the Python part, where their tools are installed.
pub(crate) fn test(report: &mut Report, python: &mut Python) {
    report.heading("rustfmt");
    if installed("fmt") {
        report.check("cargo fmt --check", run(cargo().args(["fmt", "--all", "--check"])).ok);
    } else {
        report.skip("rustfmt", "not installed (rustup component add rustfmt)");
    }
    report.heading("clippy");
    if !installed("clippy") {
        report.skip("clippy", "not installed (rustup component add clippy)");
        return;
    }
    let core = ["clippy", "-p", "crm_value", "--all-targets", "--", "-D", "warnings"];
    report.check("clippy, core without features", run(cargo().args(core)).ok);
    // The extension module compiles for the stable ABI, so an interpreter is all its build script asks for.
    let Some(interpreter) = python.interpreter(report) else { return };
    let all = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    report.check("clippy, workspace with all features", run(cargo().env("PYO3_PYTHON", interpreter).args(all)).ok);
}

/// Formats, or only checks the format of, what is Rust and what is Python.
pub(crate) fn format(write: bool) -> bool {
    let check: &[&str] = if write { &[] } else { &["--check"] };
    let rust = run(cargo().args(["fmt", "--all"]).args(check)).ok;
    let ruff = python::tool("ruff");
    if !ruff.is_file() {
        say!("Python left as it is: no ruff yet (`cargo xtask test python` installs it)");
        return rust;
    }
    let python = run(python::ruff().arg("format").args(check).args(python::linted_folders())).ok;
    rust && python
}

fn installed(component: &str) -> bool {
    at("Cargo.toml").is_file() && quietly(cargo().args([component, "--version"])).ok
}
