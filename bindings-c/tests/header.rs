//! The committed header is the one made from the sources, and its codes are those of the core.

use std::path::{Path, PathBuf};

use crm_value::ErrorKind;

const VERSION: [&str; 3] = [env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"), env!("CARGO_PKG_VERSION_PATCH")];

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("include/crm_value.h")
}

fn generated() -> String {
    let directory = env!("CARGO_MANIFEST_DIR");
    let mut config = cbindgen::Config::from_file(Path::new(directory).join("cbindgen.toml")).expect("cbindgen.toml can be read");
    config.header = Some(include_str!("header_intro.txt").trim_end().to_owned());
    let [major, minor, patch] = VERSION;
    let version = env!("CARGO_PKG_VERSION");
    config.after_includes = Some(format!(
        "\n/* The version of this header; crmv_version() is that of the library. */\n\
         #define CRMV_VERSION_MAJOR {major}\n#define CRMV_VERSION_MINOR {minor}\n#define CRMV_VERSION_PATCH {patch}\n\
         #define CRMV_VERSION \"{version}\""
    ));
    let mut text = Vec::new();
    cbindgen::Builder::new().with_crate(directory).with_config(config).generate().expect("the header can be made").write(&mut text);
    compact(&String::from_utf8(text).expect("a header is text"))
}

/// The value of a numeric constant.
fn constant(line: &str) -> Option<i64> {
    line.strip_prefix("#define ")?.split(' ').nth(1)?.parse().ok()
}

/// Puts comments of one line on one line, constants whose values rise without blank lines between them, and negative ones in parentheses.
fn compact(header: &str) -> String {
    let lines: Vec<&str> = header.lines().collect();
    let mut kept: Vec<String> = Vec::with_capacity(lines.len());
    let mut i = 0;
    while i < lines.len() {
        let (indent, start) = lines[i].split_at(lines[i].len() - lines[i].trim_start().len());
        let comment = lines.get(i + 1).and_then(|line| line.trim_start().strip_prefix("* "));
        let end = lines.get(i + 2).map(|line| line.trim_start());
        let (line, used) = match (start, comment, end) {
            ("/**", Some(comment), Some("*/")) => (format!("{indent}/** {comment} */"), 3),
            // A minus sign must not meet the expression around the macro.
            _ => match (lines[i].split_once(" -"), constant(lines[i])) {
                (Some((define, digits)), Some(_)) => (format!("{define} (-{digits})"), 1),
                _ => (lines[i].to_owned(), 1),
            },
        };
        if let [.., constant_before, blank] = kept.as_slice()
            && blank.is_empty()
            && let (Some(before), Some(next)) = (constant(constant_before), lines.get(i + used).and_then(|line| constant(line)))
            && before < next
        {
            kept.pop();
        }
        kept.push(line);
        i += used;
    }
    kept.join("\n") + "\n"
}

/// `CRM_VALUE_BLESS=1 cargo test -p crm_value_c --test header` writes the header anew.
#[test]
fn committed_header_is_fresh() {
    let generated = generated();
    if std::env::var_os("CRM_VALUE_BLESS").is_some() {
        std::fs::write(committed(), &generated).expect("the header can be written");
    }
    let committed = std::fs::read_to_string(committed()).expect("the header can be read");
    let differs = committed.lines().zip(generated.lines()).position(|(old, new)| old != new);
    let line = differs.map_or_else(|| "its end".to_owned(), |line| format!("line {}", line + 1));
    assert!(
        committed == generated,
        "include/crm_value.h is stale from {line} on; run CRM_VALUE_BLESS=1 cargo test -p crm_value_c --test header"
    );
}

/// `NoPurchases` as C writes it: `CRMV_NO_PURCHASES`.
fn macro_name(kind: ErrorKind) -> String {
    let mut name = "CRMV".to_owned();
    for letter in kind.name().chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

#[test]
fn codes_are_those_of_the_error_kinds() {
    let header = std::fs::read_to_string(committed()).expect("the header can be read");
    let source = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/error.rs")).expect("the source can be read");
    for &kind in ErrorKind::ALL {
        let (name, code) = (macro_name(kind), kind.code());
        assert!(header.lines().any(|line| line == format!("#define {name} {code}")), "the header lacks #define {name} {code}");
        assert!((1..1000).contains(&code), "{name} is {code}, but codes from 1000 on belong to the C interface");
    }
    // One constant per kind, CRMV_OK, those of the C interface, and CRMV_ABI_VERSION.
    let constants = source.lines().filter(|line| line.starts_with("pub const CRMV_")).count();
    assert_eq!(constants, ErrorKind::ALL.len() + 7, "a constant in src/error.rs is no error kind of the core");
}

#[test]
fn version_macros_are_those_of_the_package() {
    let header = std::fs::read_to_string(committed()).expect("the header can be read");
    for (name, value) in ["MAJOR", "MINOR", "PATCH"].into_iter().zip(VERSION) {
        assert!(header.lines().any(|line| line == format!("#define CRMV_VERSION_{name} {value}")));
    }
    assert!(header.contains(&format!("#define CRMV_VERSION \"{}\"\n", env!("CARGO_PKG_VERSION"))));
}
