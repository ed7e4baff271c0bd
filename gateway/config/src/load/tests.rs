use super::*;
use crate::env::ProcessEnv;
use std::fs;

const GATEWAY_TEXT: &str = "[targets.county]\nurl = \"https://county.example\"\n\
                            token = { file = \"token\" }\nca_file = \"ca.pem\"\n";

fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(ROUTES)).unwrap();
    fs::write(dir.path().join(GATEWAY), GATEWAY_TEXT).unwrap();
    dir
}

fn codes(dir: &Path) -> Vec<&'static str> {
    let problems = match load(dir, &ProcessEnv, |_| Known::default()) {
        Ok(plan) => plan.warnings,
        Err(problems) => problems,
    };
    problems.0.iter().map(|problem| problem.code).collect()
}

#[test]
fn the_files_that_a_configuration_names_are_looked_at() {
    let dir = folder();
    assert_eq!(
        codes(dir.path()),
        ["no_routes", "file_missing", "file_missing"]
    );
    fs::create_dir(dir.path().join("ca.pem")).unwrap();
    fs::write(dir.path().join("token"), "t").unwrap();
    assert_eq!(codes(dir.path()).last(), Some(&"file_missing"));
}

#[cfg(unix)]
#[test]
fn a_secret_that_every_user_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let dir = folder();
    fs::write(dir.path().join("ca.pem"), "").unwrap();
    let token = dir.path().join("token");
    fs::write(&token, "t").unwrap();
    fs::set_permissions(&token, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(codes(dir.path()), ["no_routes", "secret_world_readable"]);
    fs::set_permissions(&token, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(codes(dir.path()), ["no_routes"]);
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem_like_any_other() {
    let dir = folder();
    fs::write(
        dir.path().join(ROUTES).join("tax.toml"),
        b"name = \"\xcb\xb0\xce\xf1\"",
    )
    .unwrap();
    fs::write(dir.path().join(ROUTES).join("notes.txt"), "no route").unwrap();
    let problems = load(dir.path(), &ProcessEnv, |_| Known::default()).unwrap_err();
    assert_eq!(problems.0[0].code, "unreadable_file");
    assert!(problems.0[0].file.ends_with("routes/tax.toml"));
    assert!(
        problems
            .0
            .iter()
            .all(|problem| problem.code != "unknown_file")
    );
}
