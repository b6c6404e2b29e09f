//! The Rust tests: core, the C crate (with the freshness of its header), the examples' and benchmarks' crates, this crate, and the documentation.

use crate::count;
use crate::process::run;
use crate::project::{at, cargo};
use crate::report::Report;

/// The packages with tests of their own, with the arguments they are tested with.
const SUITES: [(&str, &[&str]); 3] =
    [("core", &["-p", "crm_value", "--all-features"]), ("C crate", &["-p", "crm_value_c"]), ("xtask", &["-p", "xtask"])];

pub(crate) fn test(report: &mut Report) {
    for (name, arguments) in SUITES {
        report.heading(&format!("Rust tests: {name}"));
        let run = run(cargo().args(["test", "--no-fail-fast"]).args(arguments));
        report.suite(&format!("Rust tests: {name}"), &run, count::cargo(&run.output));
    }

    report.heading("Rust tests: examples");
    let examples = run(cargo().args(["test", "--no-fail-fast", "-p", "crm_value_examples"]));
    match count::cargo(&examples.output) {
        Some(count) if count.passed + count.failed > 0 => report.suite("Rust tests: examples", &examples, Some(count)),
        // No tests of their own: that they compile is the test.
        _ => _ = report.check("Rust tests: examples", examples.ok),
    }

    report.heading("benchmarks run");
    if at("benches/src/main.rs").is_file() {
        report.check("benchmarks run", run(cargo().args(["run", "--release", "-p", "crm_value_benches", "--", "--quick"])).ok);
    } else {
        report.fail("benchmarks run", "there is no benches/src/main.rs");
    }

    report.heading("Rust documentation");
    let doc = ["doc", "--no-deps", "-p", "crm_value", "--all-features"];
    report.check("Rust documentation without warnings", run(cargo().env("RUSTDOCFLAGS", "-D warnings").args(doc)).ok);
}
