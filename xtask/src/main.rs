//! The project's own commands, in plain Rust so that they need nothing but cargo, python3 and a C compiler.

/// Prints a line. Unlike `println!` it goes on when nobody listens any more (`| head`).
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

mod c;
mod count;
mod dist;
mod examples;
mod lint;
mod process;
mod project;
mod python;
mod report;
mod rust;
mod test;

use std::process::ExitCode;

use process::run;

const HELP: &str = "\
The commands of the crm_value project.

    cargo xtask test [PART...]   every test, or only some parts: lint, rust, python, c, examples
                                 the last line is `N passed, N failed`; the exit code is 0 only when nothing failed
    cargo xtask bench [ARG...]   the benchmarks (release build); `--quick` only shows that they run
    cargo xtask header           regenerate bindings-c/include/crm_value.h
    cargo xtask docs [ARG...]    the Rust documentation; `--open` shows it
    cargo xtask dist DIR         an installable C package in DIR: header, shared and static library, pkg-config and CMake files
    cargo xtask format           format Rust and Python in place
    cargo xtask check-format     only say what is not formatted
    cargo xtask help             this text

Environment: PYTHON (default python3) is the interpreter the virtual environment is made from; CRM_VALUE_VENV (default .venv) is
where it lives; CC and CXX (default cc, c++) are the compilers; CARGO_TARGET_DIR is honoured.";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rest = args.get(1..).unwrap_or_default();
    let ok = match args.first().map(String::as_str) {
        Some("test") => match test::parts(rest) {
            Ok(parts) => test::run_parts(&parts),
            Err(problem) => return usage(&problem),
        },
        Some("bench") => run(project::cargo().args(["run", "--release", "-p", "crm_value_benches", "--"]).args(rest)).ok,
        Some("header") => run(project::cargo().env("CRM_VALUE_BLESS", "1").args(["test", "-p", "crm_value_c", "--test", "header"])).ok,
        Some("docs") => run(project::cargo().args(["doc", "--no-deps", "-p", "crm_value", "--all-features"]).args(rest)).ok,
        Some("dist") => match rest {
            [directory] => dist::command(directory),
            _ => return usage("`dist` takes one directory"),
        },
        Some("format") => lint::format(true),
        Some("check-format") => lint::format(false),
        Some("help" | "--help" | "-h") => {
            say!("{HELP}");
            true
        }
        Some(other) => return usage(&format!("unknown command `{other}`")),
        None => return usage("which command?"),
    };
    if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn usage(problem: &str) -> ExitCode {
    say!("xtask: {problem}\n\n{HELP}");
    ExitCode::from(2)
}
