//! What has passed, failed and been left out so far.

use std::time::Instant;

use crate::count::Count;
use crate::process::Run;

/// The running total of a `cargo xtask test`.
#[derive(Debug)]
pub(crate) struct Report {
    passed: u64,
    failed: u64,
    problems: Vec<String>,
    skipped: Vec<String>,
    started: Instant,
}

impl Report {
    /// Nothing counted yet.
    pub(crate) fn new() -> Self {
        Self { passed: 0, failed: 0, problems: Vec::new(), skipped: Vec::new(), started: Instant::now() }
    }

    /// Announces a step.
    pub(crate) fn heading(&self, name: &str) {
        say!("\n=== {name} ({} s) ===", self.started.elapsed().as_secs());
    }

    /// A step that is one test: it holds or it does not. Returns whether it holds.
    pub(crate) fn check(&mut self, name: &str, ok: bool) -> bool {
        if ok {
            self.passed += 1;
            say!("ok: {name}");
        } else {
            self.fail(name, "failed");
        }
        ok
    }

    /// A step that failed before it could test anything, or as a whole.
    pub(crate) fn fail(&mut self, name: &str, why: &str) {
        self.failed += 1;
        self.problems.push(format!("{name}: {why}"));
        say!("FAILED: {name}: {why}");
    }

    /// A suite that counts its own tests. One that broke off without naming a failed test, or ran no test at all, is itself a failure.
    pub(crate) fn suite(&mut self, name: &str, run: &Run, count: Option<Count>) {
        let count = count.unwrap_or(Count { passed: 0, failed: 0 });
        self.passed += count.passed;
        self.failed += count.failed;
        match (run.ok, count.passed, count.failed) {
            (_, _, failed @ 1..) => self.problems.push(format!("{name}: {failed} failed")),
            (false, _, 0) => self.fail(name, "broke off (see above)"),
            (true, 0, 0) => self.fail(name, "no test ran"),
            (true, passed, 0) => say!("ok: {name}: {passed} passed"),
        }
    }

    /// Something this machine cannot test; said again at the end, counted nowhere.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        say!("skipped: {name}: {why}");
        self.skipped.push(format!("{name}: {why}"));
    }

    /// The closing lines. Returns whether nothing failed.
    pub(crate) fn close(&self) -> bool {
        say!("\n=== summary ({} s) ===", self.started.elapsed().as_secs());
        for line in &self.skipped {
            say!("skipped: {line}");
        }
        for line in &self.problems {
            say!("FAILED: {line}");
        }
        say!("{} passed, {} failed", self.passed, self.failed);
        self.failed == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(ok: bool, count: Option<Count>) -> (u64, u64, usize) {
        let mut report = Report::new();
        report.suite("suite", &Run { ok, stdout: String::new(), output: String::new() }, count);
        (report.passed, report.failed, report.problems.len())
    }

    #[test]
    fn suites_are_counted() {
        assert_eq!(after(true, Some(Count { passed: 7, failed: 0 })), (7, 0, 0));
        assert_eq!(after(false, Some(Count { passed: 7, failed: 2 })), (7, 2, 1));
    }

    #[test]
    fn a_suite_that_broke_off_or_tested_nothing_is_a_failure() {
        assert_eq!(after(false, Some(Count { passed: 7, failed: 0 })), (7, 1, 1), "a crash after seven tests");
        assert_eq!(after(false, None), (0, 1, 1), "did not compile");
        assert_eq!(after(true, None), (0, 1, 1), "no test");
        assert_eq!(after(true, Some(Count { passed: 0, failed: 0 })), (0, 1, 1), "no test");
        assert_eq!(after(true, Some(Count { passed: 1, failed: 1 })), (1, 1, 1), "says so itself, whatever its exit code");
    }

    #[test]
    fn checks_count_one_each() {
        let mut report = Report::new();
        assert!(report.check("good", true));
        assert!(!report.check("bad", false));
        report.skip("absent", "not here");
        assert_eq!((report.passed, report.failed, report.skipped.len()), (1, 1, 1));
        assert!(!report.close());
    }
}
