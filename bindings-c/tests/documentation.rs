//! The programs in docs/c-api.md compile and run as they stand.

mod support;

use std::path::Path;
use std::process::Command;

use support::{at, program, run};

#[test]
fn programs_of_the_page_run() {
    let page = std::fs::read_to_string(at("../docs/c-api.md")).expect("the page can be read");
    let mut programs = 0;
    for block in page.split("\n```c\n").skip(1).filter_map(|rest| rest.split("\n```").next()).filter(|block| block.contains("int main")) {
        programs += 1;
        let source = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("page_{programs}.c"));
        std::fs::write(&source, block).expect("the program can be written");
        assert!(run(&mut Command::new(program(&source))).contains("customer"));
    }
    assert!(programs > 0, "docs/c-api.md holds no program");
}
