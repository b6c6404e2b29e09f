//! `cargo xtask test`: all parts, in order, to the end.

use crate::python::Python;
use crate::report::Report;
use crate::{c, examples, lint, python, rust};

/// The parts and the order they run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Lint,
    Rust,
    Python,
    C,
    Examples,
}

const PARTS: [(&str, Part); 5] =
    [("lint", Part::Lint), ("rust", Part::Rust), ("python", Part::Python), ("c", Part::C), ("examples", Part::Examples)];

/// The parts named on the command line, all of them when none is.
pub(crate) fn parts(names: &[String]) -> Result<Vec<Part>, String> {
    if let Some(unknown) = names.iter().find(|name| !PARTS.iter().any(|(known, _)| known == name)) {
        return Err(format!("unknown part of the tests `{unknown}`"));
    }
    Ok(PARTS.iter().filter(|(name, _)| names.is_empty() || names.iter().any(|it| it == name)).map(|&(_, part)| part).collect())
}

/// Runs the parts and closes with the totals. Returns whether nothing failed.
pub(crate) fn run_parts(parts: &[Part]) -> bool {
    let mut report = Report::new();
    let mut python = Python::default();
    for part in parts {
        match part {
            Part::Lint => lint::test(&mut report, &mut python),
            Part::Rust => rust::test(&mut report),
            Part::Python => python::test(&mut report, &mut python),
            Part::C => c::test(&mut report),
            Part::Examples => examples::test(&mut report, &mut python),
        }
    }
    report.close()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_their_order_and_unknown_ones_are_refused() {
        assert_eq!(parts(&[]).map(|all| all.len()), Ok(5));
        assert_eq!(parts(&["c".into(), "rust".into()]), Ok(vec![Part::Rust, Part::C]));
        assert!(parts(&["java".into()]).is_err_and(|problem| problem.contains("`java`")));
    }
}
