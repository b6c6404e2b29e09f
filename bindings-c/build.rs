//! Gives the shared library its SONAME, so that programs linked with one version do not load an incompatible one.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let linux = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux");
    // cargo-c sets the feature `capi` and a SONAME of its own.
    let cargo_c = std::env::var_os("CARGO_FEATURE_CAPI").is_some();
    if linux && !cargo_c {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libcrm_value.so.0");
    }
}
