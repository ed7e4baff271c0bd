//! Builds the shipped adapters for WebAssembly, so that one `cargo` command is enough.
//!
//! They go into a target folder of their own beside the host's (a build script that used the
//! host's would wait for itself), once for all profiles of the host, and are rebuilt when their
//! sources change. Where the WebAssembly target is missing it is fetched.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "adapter";
/// Package, and the file it becomes. The last two are for the tests of the whole, and not in the
/// binary: the worked example, and one that misbehaves on purpose.
const GUESTS: [(&str, &str); 6] = [
    ("credit-adapter-tax", "credit_adapter_tax"),
    ("credit-adapter-market", "credit_adapter_market"),
    ("credit-adapter-courts", "credit_adapter_courts"),
    ("credit-adapter-banks", "credit_adapter_banks"),
    ("dafang-tax", "dafang_tax"),
    ("hostile-adapter", "hostile_adapter"),
];

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("the adapters cannot be built for WebAssembly: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root
        .canonicalize()
        .map_err(|e| format!("{}: {e}", root.display()))?;
    for watched in [
        "plugins",
        "sdk/Cargo.toml",
        "sdk/build.rs",
        "sdk/directories",
        "sdk/examples/rust",
        "sdk/src",
        "sdk/wit",
        "tests/hostile",
        "Cargo.toml",
        "Cargo.lock",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
    let out = PathBuf::from(var("OUT_DIR")?);
    embed_sdk(&root, &out)?;
    // OUT_DIR is TARGET/PROFILE/build/gateway-HASH/out.
    let beside = out.ancestors().nth(4).unwrap_or(&out).join("adapters");

    fetch_target()?;
    let mut cargo = Command::new(var("CARGO")?);
    cargo
        .current_dir(&root)
        .args(["build", "--profile", PROFILE, "--target", TARGET]);
    cargo.arg("--target-dir").arg(&beside);
    for (package, _) in GUESTS {
        cargo.args(["--package", package]);
    }
    // What holds for the host (flags, clippy in the compiler's place) does not hold for a guest.
    cargo
        .env_remove("RUSTFLAGS")
        .env_remove("RUSTC_WORKSPACE_WRAPPER");
    cargo
        .env_remove("CARGO_BUILD_TARGET")
        .env("CARGO_ENCODED_RUSTFLAGS", flags(&root));
    let status = cargo
        .status()
        .map_err(|e| format!("cargo does not start: {e}"))?;
    if !status.success() {
        return Err(format!("{cargo:?} failed"));
    }
    for (_, file) in GUESTS {
        let from = beside
            .join(TARGET)
            .join(PROFILE)
            .join(format!("{file}.wasm"));
        let (to, new) = (out.join(format!("{file}.wasm")), out.join("new.wasm"));
        // Never written into: a copy of the target folder may share its files.
        std::fs::copy(&from, &new)
            .and_then(|_| std::fs::rename(&new, &to))
            .map_err(|e| format!("{}: {e}", from.display()))?;
    }
    for (name, file) in [
        ("EXAMPLE_ADAPTER", "dafang_tax.wasm"),
        ("HOSTILE_ADAPTER", "hostile_adapter.wasm"),
    ] {
        println!("cargo::rustc-env={name}={}", out.join(file).display());
    }
    Ok(())
}

/// Puts the SDK's sources into the binary, so that it can hand them to whoever writes an adapter.
fn embed_sdk(root: &Path, out: &Path) -> Result<(), String> {
    let sdk = root.join("sdk");
    let (mut folders, mut files) = (vec![sdk.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        let failed = |e| format!("{}: {e}", folder.display());
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                // Worked examples stay where they are, with whatever was built in them.
                if path != sdk.join("examples") {
                    folders.push(path);
                }
            } else if path != sdk.join("Cargo.toml") {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut rust = String::from("pub(super) const FILES: &[(&str, &str)] = &[\n");
    for path in files {
        let name = path.strip_prefix(&sdk).unwrap_or(&path);
        rust.push_str(&format!("    ({name:?}, include_str!({path:?})),\n"));
    }
    rust.push_str("];\n");
    for (name, path) in [
        ("MANIFEST", sdk.join("Cargo.toml")),
        ("WORKSPACE", root.join("Cargo.toml")),
        ("LOCK", root.join("Cargo.lock")),
    ] {
        rust.push_str(&format!(
            "pub(super) const {name}: &str = include_str!({path:?});\n"
        ));
    }
    let file = out.join("sdk_files.rs");
    std::fs::write(&file, rust).map_err(|e| format!("{}: {e}", file.display()))
}

/// SIMD for the readers; no paths of the builder in what is shipped.
fn flags(root: &Path) -> String {
    let simd = "-Ctarget-feature=+simd128".to_owned();
    let mut flags = vec![simd, format!("--remap-path-prefix={}=.", root.display())];
    for home in ["CARGO_HOME", "HOME"] {
        if let Ok(home) = std::env::var(home) {
            flags.push(format!("--remap-path-prefix={home}=~"));
        }
    }
    flags.join("\u{1f}")
}

fn fetch_target() -> Result<(), String> {
    let rustc = var("RUSTC")?;
    let printed = Command::new(&rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .map_err(|e| format!("{rustc} does not start: {e}"))?;
    let libraries = PathBuf::from(String::from_utf8_lossy(&printed.stdout).trim());
    if std::fs::read_dir(&libraries).is_ok_and(|mut files| files.next().is_some()) {
        return Ok(());
    }
    let toolchain = std::env::var("RUSTUP_TOOLCHAIN").unwrap_or_default();
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]);
    if !toolchain.is_empty() {
        rustup.args(["--toolchain", &toolchain]);
    }
    match rustup.status() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!(
            "its standard library is missing; type: rustup target add {TARGET}"
        )),
    }
}

fn var(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|_| format!("{name} is not set"))
}
