//! `gateway trust …`: whose signatures the operator believes.

use crate::admission::{folders, today};
use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::key::role;
use crate::report;
use clap::{Args, Subcommand};
use credit_bundle::{Day, KeyFile, Pattern, Revoked, Role, Trust, TrustError, Trusted};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What is done with the trust store.
#[derive(Debug, Args)]
pub(crate) struct Command {
    /// The trust store, where it is not the one that gateway.toml names.
    #[arg(long, global = true, value_name = "FOLDER")]
    trust: Option<PathBuf>,
    #[command(subcommand)]
    deed: Deed,
}

#[derive(Debug, Subcommand)]
enum Deed {
    /// Trust a public key, after its fingerprint was compared with its owner.
    Add {
        /// The public key's file.
        key: PathBuf,
        /// What it is trusted for; what its file says, where it is not given.
        #[arg(long, value_parser = role)]
        role: Option<Role>,
        /// Whose it is; what its file says, where it is not given.
        #[arg(long)]
        name: Option<String>,
        /// The adapters that an author may sign: names, or beginnings and *, as in "qianxi-*".
        #[arg(long, value_delimiter = ',', value_parser = Pattern::parse, value_name = "NAMES")]
        adapters: Vec<Pattern>,
        /// Its first day.
        #[arg(long, value_parser = credit_bundle::day, value_name = "DAY")]
        from: Option<Day>,
        /// Its last day.
        #[arg(long, value_parser = credit_bundle::day, value_name = "DAY")]
        until: Option<Day>,
    },
    /// All keys of the trust store.
    List,
    /// Trust a key no longer, for good: what it signed is not loaded any more, whenever that was.
    Revoke {
        /// The key's fingerprint, or its first eight digits or more.
        fingerprint: String,
        /// Why; it is shown with every adapter that is refused for it.
        #[arg(long)]
        reason: String,
        /// Since when; today, where it is not given.
        #[arg(long, value_parser = credit_bundle::day, value_name = "DAY")]
        on: Option<Day>,
    },
}

/// A key of the trust store.
#[derive(Serialize)]
struct Listed {
    fingerprint: String,
    role: Role,
    name: String,
    adapters: Vec<Pattern>,
    valid_from: Option<String>,
    valid_until: Option<String>,
    state: &'static str,
    revoked: Option<Revoked>,
}

/// Does it.
pub(crate) fn run(command: Command, config: &Path, format: Format) -> Result<Exit, Failure> {
    let folder = match command.trust {
        Some(folder) => folder,
        None => folders(config)?.admission.trust.ok_or_else(|| {
            let message = "gateway.toml names no trust store";
            let remedy = "name one: [adapters] trust = \"../trust\"; or here: --trust FOLDER";
            Failure::new(Exit::Config, message).remedy(remedy)
        })?,
    };
    let today = today();
    let keys = match command.deed {
        Deed::Add {
            key,
            role,
            name,
            adapters,
            from,
            until,
        } => {
            let file = KeyFile::read(&key).map_err(|e| Failure::of(Exit::Failed, &e))?;
            let said = |what: &str| {
                let message = format!("{} does not say {what}", key.display());
                Failure::new(Exit::Failed, message).remedy(format!("say it here: --{what}"))
            };
            let trusted = Trusted {
                role: role.or(file.role).ok_or_else(|| said("role"))?,
                name: name.or(file.name).ok_or_else(|| said("name"))?,
                key: file.key,
                adapters,
                valid_from: from,
                valid_until: until,
                revoked: None,
            };
            Trust::add(&folder, &trusted).map_err(failure)?;
            vec![trusted]
        }
        Deed::List => {
            let trust = Trust::read(&folder).map_err(failure)?;
            trust.iter().cloned().collect()
        }
        Deed::Revoke {
            fingerprint,
            reason,
            on,
        } => {
            let on = on.unwrap_or(today);
            let revoked = Trust::revoke(&folder, &fingerprint, Revoked { on, reason });
            vec![revoked.map_err(failure)?]
        }
    };
    let listed: Vec<Listed> = keys.iter().map(|key| listed(key, today)).collect();
    report::print(format, &listed, text).map_err(|e| Failure::of(Exit::Failed, &e))?;
    Ok(Exit::Done)
}

fn failure(error: TrustError) -> Failure {
    let exit = match error {
        TrustError::Unknown(_) => Exit::NotFound,
        _ => Exit::Failed,
    };
    let failure = Failure::of(exit, &error);
    match error {
        TrustError::Unknown(_) | TrustError::Ambiguous(_) => {
            failure.remedy("all keys with their fingerprints: gateway trust list")
        }
        TrustError::Known { .. } => {
            failure.remedy("its file in the trust store says what it may sign, and can be edited")
        }
        TrustError::Form { .. } | TrustError::Twice { .. } => failure.remedy(
            "no adapter is loaded until the file is corrected or taken away: it could be a \
             revocation",
        ),
        _ => failure,
    }
}

fn listed(key: &Trusted, today: Day) -> Listed {
    let state = match (&key.revoked, key.valid_from, key.valid_until) {
        (Some(_), ..) => "revoked",
        (_, _, Some(until)) if until < today => "expired",
        (_, Some(from), _) if today < from => "early",
        _ => "valid",
    };
    Listed {
        fingerprint: key.key.fingerprint().to_string(),
        role: key.role,
        name: key.name.clone(),
        adapters: key.adapters.clone(),
        valid_from: key.valid_from.map(|day| day.to_string()),
        valid_until: key.valid_until.map(|day| day.to_string()),
        state,
        revoked: key.revoked.clone(),
    }
}

fn text(keys: &[Listed]) -> String {
    let head = [
        "指纹\nfingerprint",
        "角色\nrole",
        "名称\nname",
        "可签适配器\nadapters",
        "有效期\nvalid",
        "状态\nstate",
    ];
    let rows = keys.iter().map(|key| {
        let open = |day: &Option<String>| day.clone().unwrap_or_else(|| "…".to_owned());
        let adapters: Vec<String> = key.adapters.iter().map(ToString::to_string).collect();
        let state = match (&key.revoked, key.state) {
            (Some(Revoked { on, reason }), _) => format!("已吊销 revoked {on}\n{reason}"),
            (_, "expired") => "已过期 expired".to_owned(),
            (_, "early") => "未生效 early".to_owned(),
            _ => "有效 valid".to_owned(),
        };
        vec![
            key.fingerprint.chars().take(16).collect(),
            format!("{}\n{}", key.role.zh(), key.role),
            key.name.clone(),
            adapters.join("\n"),
            format!("{}\n{}", open(&key.valid_from), open(&key.valid_until)),
            state,
        ]
    });
    report::table(&head, rows)
}
