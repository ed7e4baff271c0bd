//! Secrets that are not where the configuration says, told before somebody waits for them.
//!
//! What must stay true: no secret is shown, only where it is kept; a source that has to show one
//! and lacks it fails alone.

use crate::exit::Exit;
use crate::failure::{Failure, causes};
use credit_config::{
    Plan, Problem, Problems, ProcessEnv, Secret, SecretError, Severity, SourcePlan,
};

const HELP: &str = "set the variable in the gateway's environment, or let its user read the file; \
                    where the service has it from elsewhere, all is well";

/// A secret that cannot be had.
struct Lacking<'p> {
    /// Of which target or route.
    owner: (&'static str, &'p str),
    /// The gateway starts all the same: the source fails alone.
    starts: bool,
    why: SecretError,
}

impl Lacking<'_> {
    fn message(&self) -> String {
        let (kind, name) = self.owner;
        format!("{kind} {name}: {}", causes(&self.why))
    }
}

/// Reads every secret once, so that a missing one is told now and not at night. A source without
/// its own fails by itself, each time that it is asked.
pub(crate) fn reveal(plan: &Plan) -> Result<(), Failure> {
    for lacking in lacking(plan) {
        if lacking.starts {
            tracing::error!("{}", lacking.message());
        } else {
            return Err(Failure::new(Exit::Config, lacking.message()));
        }
    }
    Ok(())
}

/// What is lacking in the environment of this process, as warnings.
pub(crate) fn warnings(plan: &Plan) -> Problems {
    let warning = |lacking: Lacking<'_>| Problem {
        severity: Severity::Warning,
        code: lacking.why.code(),
        message: lacking.message(),
        help: HELP.to_owned(),
        file: match lacking.owner {
            ("route", name) => format!("routes/{name}.toml"),
            _ => "gateway.toml".to_owned(),
        },
        place: None,
    };
    Problems(lacking(plan).map(warning).collect())
}

fn lacking(plan: &Plan) -> impl Iterator<Item = Lacking<'_>> {
    let targets = plan.targets.values().flat_map(|target| {
        let secrets = target.secrets();
        secrets.filter_map(|secret| without(secret, ("target", &target.name), false))
    });
    let routes = plan.routes.values().filter(|route| !route.paused);
    let sources = routes.flat_map(|route| {
        let pulled = !matches!(route.source, SourcePlan::Push(_));
        let secrets = route.source.secrets();
        secrets.filter_map(move |secret| without(secret, ("route", &route.name), pulled))
    });
    targets.chain(sources)
}

fn without<'p>(
    secret: &Secret,
    owner: (&'static str, &'p str),
    starts: bool,
) -> Option<Lacking<'p>> {
    let why = secret.reveal(&ProcessEnv).err()?;
    Some(Lacking { owner, starts, why })
}
