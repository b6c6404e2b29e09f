//! `cargo xtask dist DIR`: the C library as a package that pkg-config and CMake find.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{exists, quietly, run};
use crate::project::{VERSION, absolute, at, cargo, files, short, target};
use crate::report::Report;

/// What a static link of the library needs besides, as `rustc --print native-static-libs` names it on Linux.
pub(crate) const STATIC_LIBS: [&str; 7] = ["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"];

const HEADER: &str = "bindings-c/include/crm_value.h";
const PKG_CONFIG: &str = "bindings-c/crm_value.pc.in";
const CMAKE_CONFIG: &str = include_str!("../templates/crm_valueConfig.cmake.in");
const CMAKE_VERSION: &str = include_str!("../templates/crm_valueConfigVersion.cmake.in");
const CMAKE_CONSUMER: &str = include_str!("../templates/consumer.cmake.in");

/// The command: build, install, say where. Returns whether it succeeded.
pub(crate) fn command(directory: &str) -> bool {
    let prefix = absolute(Path::new(directory));
    match build().and_then(|()| install(&prefix)) {
        Ok(()) => say!("installed in {}", prefix.display()),
        Err(problem) => {
            say!("{problem}");
            return false;
        }
    }
    true
}

/// Builds the C library in release mode.
pub(crate) fn build() -> Result<(), String> {
    let built = run(cargo().args(["build", "--release", "-p", "crm_value_c"])).ok;
    if built { Ok(()) } else { Err("the C library does not build".to_owned()) }
}

/// Copies header and libraries into `prefix` and writes the files by which build systems find them.
pub(crate) fn install(prefix: &Path) -> Result<(), String> {
    let (include, lib) = (prefix.join("include"), prefix.join("lib"));
    let (pkg_config, cmake) = (lib.join("pkgconfig"), lib.join("cmake/crm_value"));
    for folder in [&include, &pkg_config, &cmake] {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let built = target().join("release");
    copy(&at(HEADER), &include.join("crm_value.h"))?;
    copy(&built.join("libcrm_value.a"), &lib.join("libcrm_value.a"))?;

    // libcrm_value.so.0.1.0, the name programs ask for at run time (the SONAME), and the name the linker asks for
    let file = format!("libcrm_value.so.{VERSION}");
    let shared = lib.join(&file);
    copy(&built.join("libcrm_value.so"), &shared)?;
    let soname = soname(&shared)?;
    if soname != file {
        link(&file, &lib.join(&soname))?;
    }
    link(&soname, &lib.join("libcrm_value.so"))?;

    let template = fs::read_to_string(at(PKG_CONFIG)).map_err(|error| format!("{PKG_CONFIG}: {error}"))?;
    let fill = |template: &str| fill(template, prefix, &soname);
    write(&pkg_config.join("crm_value.pc"), &fill(&template)?)?;
    write(&cmake.join("crm_valueConfig.cmake"), &fill(CMAKE_CONFIG)?)?;
    write(&cmake.join("crm_valueConfigVersion.cmake"), &fill(CMAKE_VERSION)?)
}

/// Whether pkg-config and CMake, where present, can use what was installed.
pub(crate) fn test(report: &mut Report, prefix: &Path) {
    if exists("pkg-config") {
        let mut version = Command::new("pkg-config");
        version.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig")).args(["--print-errors", "--modversion", "crm_value"]);
        let mut flags = Command::new("pkg-config");
        flags.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig")).args(["--static", "--cflags", "--libs", "crm_value"]);
        let (version, flags) = (run(&mut version), run(&mut flags));
        report.check("pkg-config finds the package", version.output.trim() == VERSION && flags.ok && flags.output.contains("-lcrm_value"));
    } else {
        report.skip("pkg-config finds the package", "no pkg-config");
    }
    const CMAKE: &str = "CMake builds a project that finds the package";
    match files("examples/c", "c").first() {
        _ if !exists("cmake") => report.skip(CMAKE, "no cmake"),
        None => report.skip(CMAKE, "there is no examples/c/*.c to build"),
        Some(source) => match cmake_consumer(prefix, source) {
            Ok(built) => _ = report.check(CMAKE, built),
            Err(problem) => report.fail(CMAKE, &problem),
        },
    }
}

/// A project of its own that finds the package and links a program with the shared and with the static library.
fn cmake_consumer(prefix: &Path, source: &Path) -> Result<bool, String> {
    let folder = target().join("c-tests/cmake-consumer");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    write(&folder.join("CMakeLists.txt"), &CMAKE_CONSUMER.replace("@VERSION@", VERSION))?;
    let mut configure = Command::new("cmake");
    configure.arg("-S").arg(&folder).arg("-B").arg(folder.join("build")).arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.display()));
    configure.arg(format!("-DSOURCE={}", source.display()));
    Ok(run(&mut configure).ok && run(Command::new("cmake").arg("--build").arg(folder.join("build"))).ok)
}

/// The name the built library gives itself, its file name when it gives none.
fn soname(library: &Path) -> Result<String, String> {
    let read = quietly(Command::new("readelf").arg("-d").arg(library));
    if !read.ok {
        return Err(format!("readelf -d {}: {}", short(library), read.output.trim()));
    }
    let file = library.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(soname_in(&read.output).map_or(file, str::to_owned))
}

/// `0x...e (SONAME)  Library soname: [libcrm_value.so.0]`
fn soname_in(dynamic_section: &str) -> Option<&str> {
    let line = dynamic_section.lines().find(|line| line.contains("(SONAME)"))?;
    line.split_once('[')?.1.split_once(']').map(|(name, _)| name)
}

/// Puts values in place of the `@NAME@`s of a template; a name it does not know is an error, not text in the result.
fn fill(template: &str, prefix: &Path, soname: &str) -> Result<String, String> {
    let values = [
        ("@PREFIX@", prefix.display().to_string()),
        ("@VERSION@", VERSION.to_owned()),
        ("@SONAME@", soname.to_owned()),
        ("@STATIC_LIBS@", STATIC_LIBS.join(" ")),
    ];
    let filled = values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, value));
    match filled.split('@').nth(1).filter(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_')) {
        Some(unknown) => Err(format!("unknown @{unknown}@ in a template (known: PREFIX, VERSION, SONAME, STATIC_LIBS)")),
        None => Ok(filled),
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    // Not over the old file: a program that runs from it would see it change.
    remove(to)?;
    fs::copy(from, to).map(|_| ()).map_err(|error| format!("{}: {error}", short(from)))
}

fn link(points_to: &str, name: &PathBuf) -> Result<(), String> {
    remove(name)?;
    std::os::unix::fs::symlink(points_to, name).map_err(|error| format!("{}: {error}", name.display()))
}

fn remove(path: &Path) -> Result<(), String> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(format!("{}: {error}", path.display())),
        _ => Ok(()),
    }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soname_is_read_from_the_dynamic_section() {
        let section = " 0x0000000000000001 (NEEDED)  Shared library: [libc.so.6]\n 0x000000000000000e (SONAME)  Library soname: [libcrm_value.so.0]\n";
        assert_eq!(soname_in(section), Some("libcrm_value.so.0"));
        assert_eq!(soname_in("nothing"), None);
    }

    #[test]
    fn templates_are_filled_completely() {
        let filled = |template| fill(template, Path::new("/opt/crm"), "libcrm_value.so.0");
        assert_eq!(filled("prefix=@PREFIX@\nVersion: @VERSION@\n"), Ok(format!("prefix=/opt/crm\nVersion: {VERSION}\n")));
        assert!(filled("x=@NO_SUCH@").is_err_and(|problem| problem.contains("NO_SUCH")));
        for template in [CMAKE_CONFIG, CMAKE_VERSION, CMAKE_CONSUMER] {
            assert!(filled(template).is_ok_and(|text| !text.contains('@')));
        }
    }
}
