//! Finds out what the plugin is built with. A build for the test bed stands in for the library that
//! goes to production, so that `COPRSIM_PLUGIN_RUSTC` and `COPRSIM_PLUGIN_TARGET` may state the
//! toolchain of that one.

use std::env;
use std::process::Command;

fn main() {
    let rustc = stated("COPRSIM_PLUGIN_RUSTC").unwrap_or_else(rustc_line);
    let target = stated("COPRSIM_PLUGIN_TARGET").unwrap_or_else(|| variable("TARGET"));
    println!("cargo:rustc-env=API_VERSION={}", env!("CARGO_PKG_VERSION"));
    println!("cargo:rustc-env=TARGET={}", target);
    println!("cargo:rustc-env=RUSTC_VERSION={}", rustc);
    println!("cargo:rerun-if-changed=build.rs");
}

fn stated(name: &str) -> Option<String> {
    println!("cargo:rerun-if-env-changed={}", name);
    env::var(name).ok().filter(|text| !text.is_empty())
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {}", name))
}

/// The compiler's own line, such as `rustc 1.89.0-nightly (414482f6a 2025-05-13)`.
fn rustc_line() -> String {
    let output = Command::new(variable("RUSTC"))
        .arg("--version")
        .output()
        .expect("the compiler that builds this can be asked its version");
    String::from_utf8_lossy(&output.stdout).trim().to_string()
}
