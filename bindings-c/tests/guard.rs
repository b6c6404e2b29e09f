//! No panic crosses into C. The library has no known way to panic, so its guard is tested from inside.

#[allow(dead_code, unreachable_pub, non_camel_case_types, clippy::missing_safety_doc)]
#[path = "../src/error.rs"]
mod error;

use std::ffi::CStr;

use error::{CRMV_OK, CRMV_PANIC, Failure, crmv_last_error, guard};

fn last_error() -> String {
    // SAFETY: the last error is a NUL-terminated text that lasts until the next failure on this thread.
    unsafe { CStr::from_ptr(crmv_last_error()) }.to_string_lossy().into_owned()
}

#[test]
fn panics_become_a_code_and_a_message() {
    assert_eq!(guard(|| Ok(())), CRMV_OK);
    assert_eq!(guard(|| panic!("row {} is odd", 7)), CRMV_PANIC);
    assert_eq!(last_error(), "internal error: row 7 is odd");
    assert_eq!(guard(|| panic!("plain")), CRMV_PANIC);
    assert_eq!(last_error(), "internal error: plain");
    assert_eq!(guard(|| std::panic::panic_any(5)), CRMV_PANIC);
    assert_eq!(last_error(), "internal error: a panic without a message");
    // And the thread goes on as before.
    assert_eq!(guard(|| Err(Failure::NullPointer("out"))), error::CRMV_NULL_POINTER);
    assert_eq!(last_error(), "argument `out` is NULL");
}

#[test]
fn messages_hold_no_nul() {
    guard(|| Err(Failure::option("name", "a\0b", "leave the NUL out")));
    assert_eq!(last_error(), "option `name` is ab; leave the NUL out");
}
