//! The files in `configs/` are right, and complete.

use super::*;
use crate::limits::LIMITS;

pub(super) const SHIPPED: [(&str, &str); 10] = [
    (
        "gateway.toml",
        include_str!("../../../../../configs/gateway.toml"),
    ),
    (
        "routes/tax-rating.toml",
        include_str!("../../../../../configs/routes/tax-rating.toml"),
    ),
    (
        "routes/tax-rating-push.toml",
        include_str!("../../../../../configs/routes/tax-rating-push.toml"),
    ),
    (
        "routes/market-penalties.toml",
        include_str!("../../../../../configs/routes/market-penalties.toml"),
    ),
    (
        "routes/market-penalties-http.toml",
        include_str!("../../../../../configs/routes/market-penalties-http.toml"),
    ),
    (
        "routes/market-penalties-sftp.toml",
        include_str!("../../../../../configs/routes/market-penalties-sftp.toml"),
    ),
    (
        "routes/market-penalties-sql.toml",
        include_str!("../../../../../configs/routes/market-penalties-sql.toml"),
    ),
    (
        "routes/tax-arrears.toml",
        include_str!("../../../../../configs/routes/tax-arrears.toml"),
    ),
    (
        "routes/courts-dishonest.toml",
        include_str!("../../../../../configs/routes/courts-dishonest.toml"),
    ),
    (
        "routes/banks-guarantee.toml",
        include_str!("../../../../../configs/routes/banks-guarantee.toml"),
    ),
];

/// The shipped files with every setting that is commented out put to work.
fn uncommented() -> Vec<SourceText> {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(setting) if setting.starts_with(|c: char| c.is_ascii_lowercase() || c == '[') => {
            format!("{setting}\n")
        }
        _ => format!("{line}\n"),
    };
    let mut files = files(SHIPPED);
    for file in &mut files {
        file.text = file.text.lines().map(line).collect();
    }
    files
}

#[test]
fn the_shipped_configuration_checks_without_a_word() {
    // The examples of other kinds of targets are named by no route.
    let unused: &[&str] = &["unused_target"; 3];
    for (files, said) in [(files(SHIPPED), &[][..]), (uncommented(), unused)] {
        let plan = check(&files, &env(), &known()).unwrap_or_else(|e| panic!("{e}"));
        let warned: Vec<&str> = plan.warnings.0.iter().map(|w| w.code).collect();
        assert_eq!(warned, said, "{}", plan.warnings);
        assert_eq!(plan.routes.len(), 9);
        assert!(plan.routes["market-penalties-http"].paused);
        assert!(plan.routes["market-penalties-sql"].paused);
        assert!(plan.routes["tax-rating-push"].paused);
        assert_eq!(plan.timezone, chrono_tz::Asia::Shanghai);
    }
}

#[test]
fn the_shipped_configuration_mentions_every_key_and_its_default() {
    let files = uncommented();
    let env = env();
    let mut desk = Desk::new(&files, &env);
    examine(&files, &mut desk, &known());
    let text: String = files.iter().map(|file| file.text.as_str()).collect();
    let words: BTreeSet<&str> = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c)))
        .collect();
    for key in &desk.keys {
        let name = key.rsplit('.').next().unwrap();
        assert!(
            words.contains(name),
            "{key} is in none of the files in configs/"
        );
    }
    for limit in LIMITS {
        let (section, name) = limit.key.rsplit_once('.').unwrap();
        let register = match section.split('.').next().unwrap() {
            "source" | "schedule" | "chunk" | "parcel" | "snapshot" => {
                format!("route.{section}.{name}")
            }
            _ => format!("gateway.{section}.{name}"),
        };
        assert!(
            desk.keys.contains(&register),
            "{register} is read by nobody"
        );
        let value = |(at, _): (usize, &str)| {
            let own = !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            let value = text[at..].split([' ', '\n']).nth(2).filter(|_| own)?;
            Some(value.replace('_', "").parse::<u64>().unwrap())
        };
        let needle = format!("{name} = ");
        let shipped = text.match_indices(&needle).filter_map(value);
        assert!(
            shipped.clone().count() > 0,
            "{name} has no value in configs/"
        );
        shipped.for_each(|value| assert_eq!(value, limit.default, "{}", limit.key));
    }
}
