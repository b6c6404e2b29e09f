//! The Python part: a virtual environment of its own, the wheel built and installed, then every check on it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::count;
use crate::process::{quietly, run};
use crate::project::{absolute, at, root, setting, short, target};
use crate::report::Report;

const REQUIREMENTS: &str = "bindings-python/requirements-test.txt";
const PACKAGE: &str = "bindings-python";

/// What of the Python environment is ready. Each stage is tried once in a run; a failure is reported once.
#[derive(Debug, Default)]
pub(crate) struct Python {
    interpreter: Option<bool>,
    installed: Option<bool>,
}

impl Python {
    /// The interpreter of the virtual environment, made if missing.
    pub(crate) fn interpreter(&mut self, report: &mut Report) -> Option<PathBuf> {
        let ready = *self.interpreter.get_or_insert_with(|| make_environment(report));
        ready.then(|| tool("python"))
    }

    /// The same, with the test tools and a fresh build of the package installed.
    pub(crate) fn with_package(&mut self, report: &mut Report) -> Option<PathBuf> {
        let interpreter = self.interpreter(report)?;
        let ready = *self.installed.get_or_insert_with(|| install_tools(report) && install_package(report));
        ready.then_some(interpreter)
    }
}

/// Tests, doctests, types and style of the installed package.
pub(crate) fn test(report: &mut Report, python: &mut Python) {
    let Some(interpreter) = python.with_package(report) else { return };
    let module = |arguments: &[&str]| {
        let mut command = Command::new(&interpreter);
        // From the package's folder, so that its pyproject.toml configures every tool.
        command.current_dir(at(PACKAGE)).arg("-m").args(arguments).env("MPLBACKEND", "Agg");
        command
    };

    report.heading("Python tests");
    let tests = run(&mut module(&["pytest", "tests"]));
    report.suite("Python tests", &tests, count::summary(&tests.output));

    report.heading("Python doctests");
    let doctests = run(&mut module(&["pytest", "--doctest-modules", "--pyargs", "crm_value"]));
    report.suite("Python doctests", &doctests, count::summary(&doctests.output));

    report.heading("Python types and style");
    let mut stubtest = module(&["mypy.stubtest", "crm_value"]);
    let allowlist = at("bindings-python/stubtest-allowlist.txt");
    if allowlist.is_file() {
        stubtest.arg("--allowlist").arg(allowlist);
    }
    report.check("mypy.stubtest", run(&mut stubtest).ok);
    report.check("mypy --strict", run(&mut module(&["mypy", "--strict", "python/crm_value"])).ok);
    report.check("ruff check", run(ruff().arg("check").args(linted_folders())).ok);
    report.check("ruff format --check", run(ruff().args(["format", "--check"]).args(linted_folders())).ok);
}

/// A program of the virtual environment.
pub(crate) fn tool(name: &str) -> PathBuf {
    environment().join("bin").join(name)
}

/// ruff with the package's configuration, in the project's root.
pub(crate) fn ruff() -> Command {
    let mut command = Command::new(tool("ruff"));
    command.current_dir(root());
    if at("bindings-python/pyproject.toml").is_file() {
        command.args(["--config", "bindings-python/pyproject.toml"]);
    }
    command
}

/// The folders with Python code of ours.
pub(crate) fn linted_folders() -> Vec<&'static str> {
    [PACKAGE, "examples/python"].into_iter().filter(|folder| at(folder).is_dir()).collect()
}

fn environment() -> PathBuf {
    std::env::var_os("CRM_VALUE_VENV").map_or_else(|| at(".venv"), |path| absolute(Path::new(&path)))
}

fn make_environment(report: &mut Report) -> bool {
    const NAME: &str = "Python environment";
    report.heading(NAME);
    let system = setting("PYTHON", "python3");
    if !quietly(Command::new(tool("python")).arg("--version")).ok {
        let recent = "import sys; sys.exit(sys.version_info < (3, 11))";
        if !quietly(Command::new(&system).args(["-c", recent])).ok {
            report.fail(NAME, &format!("`{system}` is missing or older than Python 3.11 (set PYTHON to another interpreter)"));
            return false;
        }
        if !run(Command::new(&system).args(["-m", "venv", "--clear"]).arg(environment())).ok {
            report.fail(NAME, "python3 cannot make virtual environments (on Debian: apt-get install python3-venv)");
            return false;
        }
    }
    say!("{}", short(&environment()));
    true
}

/// Installs the test tools, unless the same list was installed before.
fn install_tools(report: &mut Report) -> bool {
    const NAME: &str = "Python test tools";
    let Ok(wanted) = std::fs::read_to_string(at(REQUIREMENTS)) else {
        report.fail(NAME, &format!("cannot read {REQUIREMENTS}"));
        return false;
    };
    let stamp = environment().join("crm-value-requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return true;
    }
    report.heading(NAME);
    if !run(pip().args(["--quiet", "--requirement"]).arg(at(REQUIREMENTS))).ok {
        report.fail(NAME, "pip could not install them");
        return false;
    }
    if let Err(error) = std::fs::write(&stamp, wanted) {
        say!("{}: {error}", short(&stamp));
    }
    true
}

/// Builds the wheel and installs it.
fn install_package(report: &mut Report) -> bool {
    const NAME: &str = "Python wheel";
    report.heading(NAME);
    let folder = target().join("wheels");
    for old in wheels(&folder) {
        if let Err(error) = std::fs::remove_file(&old) {
            say!("{}: {error}", short(&old));
        }
    }
    let mut maturin = Command::new(tool("maturin"));
    maturin.current_dir(at(PACKAGE)).env("CARGO_TARGET_DIR", target());
    maturin.args(["build", "--release", "--interpreter"]).arg(tool("python")).arg("--out").arg(&folder);
    if !run(&mut maturin).ok {
        report.fail(NAME, "maturin could not build it");
        return false;
    }
    let built = wheels(&folder);
    let [wheel] = built.as_slice() else {
        report.fail(NAME, &format!("expected one wheel in {}, found {}", short(&folder), built.len()));
        return false;
    };
    report.check(NAME, run(pip().args(["--quiet", "--force-reinstall", "--no-deps"]).arg(wheel)).ok)
}

fn wheels(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|it| it == "whl")).collect()
}

fn pip() -> Command {
    let mut command = Command::new(tool("python"));
    command.current_dir(root()).args(["-m", "pip", "install", "--disable-pip-version-check"]);
    command
}
