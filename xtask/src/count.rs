//! How many tests passed and failed, read from what the test runners print.

/// A number of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

/// `cargo test`: the sum of its `test result:` lines, `None` without any.
pub(crate) fn cargo(output: &str) -> Option<Count> {
    let results = output.lines().filter(|line| line.starts_with("test result: "));
    results.filter_map(in_line).reduce(|a, b| Count { passed: a.passed + b.passed, failed: a.failed + b.failed })
}

/// pytest (its closing line, with or without the frame of `=`) and our own C tests (`N passed, N failed`): the last such line.
pub(crate) fn summary(output: &str) -> Option<Count> {
    output.lines().rev().find_map(in_line)
}

/// The numbers before the words `passed`, `failed` and `error(s)` of a line; `None` when it has none of them.
fn in_line(line: &str) -> Option<Count> {
    let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let numbered = words.windows(2).filter_map(|pair| Some((pair[0].parse::<u64>().ok()?, pair[1])));
    let mut count = None;
    for (number, word) in numbered {
        let (passed, failed) = match word {
            "passed" => (number, 0),
            "failed" | "error" | "errors" => (0, number),
            _ => continue,
        };
        let before = count.unwrap_or(Count { passed: 0, failed: 0 });
        count = Some(Count { passed: before.passed + passed, failed: before.failed + failed });
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(passed: u64, failed: u64) -> Option<Count> {
        Some(Count { passed, failed })
    }

    #[test]
    fn cargo_results_are_summed() {
        let output = "running 2 tests\ntest a ... ok\ntest b ... FAILED\n\
            test result: FAILED. 1 passed; 1 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.00s\n   Doc-tests x\n\
            test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 5 filtered out; finished in 1.20s\n";
        assert_eq!(cargo(output), count(13, 1));
    }

    #[test]
    fn cargo_that_did_not_compile_has_no_count() {
        assert_eq!(cargo("error: could not compile `crm_value` (lib) due to 3 previous errors\n"), None);
    }

    #[test]
    fn cargo_ignores_what_the_tests_themselves_print() {
        assert_eq!(cargo("reference: 354 passed, 0 failed\n"), None);
    }

    #[test]
    fn pytest_long_and_quiet_forms() {
        assert_eq!(summary("==== 2 failed, 10 passed, 3 skipped, 1 warning, 1 error in 0.52s ====\n"), count(10, 3));
        assert_eq!(summary("..........\n10 passed in 0.01s\n"), count(10, 0));
        assert_eq!(summary("=== 1 passed, 2 xfailed, 1 xpassed, 7 deselected, 2 errors in 3.00s (0:00:03) ===\n"), count(1, 2));
    }

    #[test]
    fn pytest_without_tests_has_no_count() {
        assert_eq!(summary("no tests ran in 0.00s\n"), None);
        assert_eq!(summary("collected 0 items\n"), None);
    }

    #[test]
    fn the_last_line_that_counts_is_taken() {
        assert_eq!(summary("3 passed, 0 failed\nnow more\n17 passed, 2 failed\nbye\n"), count(17, 2));
        assert_eq!(summary("nothing here"), None);
    }
}
