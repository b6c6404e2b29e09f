//! Compiles and runs C programs with the library.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A path seen from this package.
pub(crate) fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What a program prints; it must succeed.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().expect("the program can be started");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed:\n{complaint}");
    String::from_utf8(output.stdout).expect("its output is text")
}

/// Builds the library in the profile of this test and a program with it, and returns the program.
pub(crate) fn program(source: &Path) -> PathBuf {
    let test = std::env::current_exe().expect("a program knows where it is");
    let profile = test.ancestors().nth(2).expect("it lies in the deps folder of a profile");
    let target = profile.parent().expect("which lies in the target folder");
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--quiet", "--package", "crm_value_c"]).env("CARGO_TARGET_DIR", target).current_dir(at(""));
    if profile.ends_with("release") {
        build.arg("--release");
    }
    run(&mut build);
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(source.file_stem().expect("a file has a name"));
    let compiler = std::env::var("CC").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "cc".to_owned());
    let mut compile = Command::new(compiler);
    compile.args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]).arg("-I").arg(at("include")).arg(source);
    compile.arg("-o").arg(&program).arg(profile.join("libcrm_value.a"));
    run(compile.args(["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"]));
    program
}
