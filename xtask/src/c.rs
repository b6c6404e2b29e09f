//! The C part: the library as it is installed, used from C11 and C++17 programs, shared and static, under valgrind when present.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::count;
use crate::dist::{self, STATIC_LIBS};
use crate::examples;
use crate::process::{exists, run};
use crate::project::{at, files, root, setting, short, stem, target};
use crate::report::Report;

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// One language the header promises to be usable from.
struct Language {
    name: &'static str,
    compiler: String,
    standard: &'static str,
    extension: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Linking {
    Shared,
    Static,
}

pub(crate) fn test(report: &mut Report) {
    report.heading("C library, installed");
    let prefix = target().join("c-dist");
    // Nothing of an earlier version may help a test to pass.
    let _ = std::fs::remove_dir_all(&prefix);
    if let Err(problem) = dist::build().and_then(|()| dist::install(&prefix)) {
        report.fail("C library, installed", &problem);
        return;
    }
    report.check("C library, installed", true);
    dist::test(report, &prefix);

    let c = Language { name: "C11", compiler: setting("CC", "cc"), standard: "-std=c11", extension: "c" };
    let cpp = Language { name: "C++17", compiler: setting("CXX", "c++"), standard: "-std=c++17", extension: "cpp" };
    for language in [&c, &cpp] {
        report.heading(&format!("{} tests", language.name));
        if exists(&language.compiler) {
            test_language(report, language, &prefix);
        } else if language.extension == "cpp" {
            report.skip("C++17 tests", &format!("no `{}`", language.compiler));
        } else {
            report.fail("C11 tests", &format!("no C compiler `{}`", language.compiler));
        }
    }

    report.heading("C examples");
    let examples = files("examples/c", "c");
    if examples.is_empty() {
        report.fail("C examples", "there is no examples/c/*.c");
    }
    for source in examples {
        let name = short(&source);
        let Some(program) = compile(report, &c, Linking::Shared, &source, &prefix) else { continue };
        let run = run(prepared(Command::new(program)).arg(at("examples/data/cdnow.csv")));
        report.check(&format!("{name} runs"), examples::agrees(&source, &run));
    }
}

fn test_language(report: &mut Report, language: &Language, prefix: &Path) {
    let sources = files("bindings-c/tests", language.extension);
    if sources.is_empty() {
        report.fail(&format!("{} tests", language.name), &format!("there is no bindings-c/tests/*.{}", language.extension));
    }
    for source in sources {
        let name = short(&source);
        let program = |path: &Path| prepared(Command::new(path));
        if let Some(shared) = compile(report, language, Linking::Shared, &source, prefix) {
            let tests = run(&mut program(&shared));
            report.suite(&name, &tests, count::summary(&tests.output));
            if exists("valgrind") {
                let mut valgrind = Command::new("valgrind");
                valgrind.args(["--error-exitcode=9", "--leak-check=full", "-q"]).arg(&shared);
                report.check(&format!("{name} under valgrind"), run(&mut prepared(valgrind)).ok);
            } else {
                report.skip(&format!("{name} under valgrind"), "no valgrind");
            }
        }
        if let Some(linked) = compile(report, language, Linking::Static, &source, prefix) {
            report.check(&format!("{name}, statically linked"), run(&mut program(&linked)).ok);
        }
    }
}

/// Programs run in the root and find the reference values and the bundled data by these variables.
fn prepared(mut command: Command) -> Command {
    // `cargo run` puts its own folders there, and they would win over the folder the program was linked with.
    command.env_remove("LD_LIBRARY_PATH");
    if std::env::var_os("CRM_VALUE_REFERENCE_DIR").is_none() {
        command.env("CRM_VALUE_REFERENCE_DIR", at("core/tests/reference"));
    }
    command.current_dir(root()).env("CRM_VALUE_DATA_DIR", at("examples/data"));
    command
}

/// Compiles and links one program; a program that does not compile is one failed test.
fn compile(report: &mut Report, language: &Language, linking: Linking, source: &Path, prefix: &Path) -> Option<PathBuf> {
    let folder = target().join("c-tests");
    let kind = if linking == Linking::Shared { "shared" } else { "static" };
    let program = folder.join(format!("{}-{}-{kind}", stem(source), language.extension));
    if let Err(error) = std::fs::create_dir_all(&folder) {
        report.fail(&short(source), &format!("{}: {error}", folder.display()));
        return None;
    }
    let library = prefix.join("lib");
    let mut command = Command::new(&language.compiler);
    command.current_dir(root()).arg(language.standard).args(WARNINGS).args(["-g", "-O1"]);
    command.arg("-I").arg(prefix.join("include")).arg(source).arg("-o").arg(&program);
    match linking {
        Linking::Shared => {
            command.arg("-L").arg(&library).arg(format!("-Wl,-rpath,{}", library.display())).args(["-lcrm_value", "-lpthread", "-lm"])
        }
        Linking::Static => command.arg(library.join("libcrm_value.a")).args(STATIC_LIBS),
    };
    if run(&mut command).ok {
        return Some(program);
    }
    report.fail(&short(source), &format!("does not compile as {} ({kind})", language.name));
    None
}
