//! Whether a bundle may be taken in: what it is, who signed it, all that speaks against it.

use crate::admission::{folders, manifest, of_component, policy, summary, today};
use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report;
use credit_bundle::{
    Against, Bundle, Day, LEDGER, Ledger, Occasion, Policy, Refusal, Signer, Summary, Trust,
};
use credit_config::AdapterPolicy;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What bundles are held against.
pub(super) struct Terms {
    /// What the operator asks of them.
    pub policy: Policy,
    /// Whom the operator trusts.
    pub trust: Trust,
    /// What was taken in here before.
    pub ledger: Ledger,
    /// The day.
    pub today: Day,
}

impl Terms {
    /// Those of the gateway that `config` sets up; or those of a trust store alone.
    pub(super) fn of(config: &Path, trust: Option<PathBuf>) -> Result<Self, Failure> {
        let unusable = |e: &(dyn std::error::Error + 'static)| Failure::of(Exit::Config, e);
        let today = today();
        if let Some(trust) = trust {
            return Ok(Self {
                policy: Policy::Signed,
                trust: Trust::read(&trust).map_err(|e| unusable(&e))?,
                ledger: Ledger::default(),
                today,
            });
        }
        let folders = folders(config)?;
        let trust = folders.admission.trust.as_deref().map(Trust::read);
        Ok(Self {
            policy: policy(folders.admission.policy),
            trust: trust
                .transpose()
                .map_err(|e| unusable(&e))?
                .unwrap_or_default(),
            ledger: Ledger::read(&folders.state.join(LEDGER)).map_err(|e| unusable(&e))?,
            today,
        })
    }

    /// All that is to be said of a bundle.
    pub(super) fn report(&self, file: &Path, bundle: &Bundle, occasion: Occasion) -> Report {
        let looked = manifest(bundle.manifest()).and_then(|m| summary(&m));
        let summary = match looked {
            Ok(summary) => summary,
            Err(refusal) => return self.unread(file, refusal),
        };
        let against = Against {
            trust: &self.trust,
            ledger: &self.ledger,
            today: self.today,
            occasion,
        };
        let mut verdict = bundle.verify(&summary, &against);
        let imports = credit_adapter::imports(bundle.component()).unwrap_or_else(|e| {
            verdict.refusals.push(of_component(e));
            Vec::new()
        });
        let (author, office) = (verdict.author.clone(), verdict.office.clone());
        let (refused, forgiven) = verdict.under(self.policy);
        let statement = bundle.statement();
        let admission = bundle.admission();
        let content = |sha256: [u8; 32]| sha256.map(|b| format!("{b:02x}")).concat();
        Report {
            told: Some(Told {
                component_sha256: content(statement.component.sha256),
                component_bytes: statement.component.bytes,
                manifest_sha256: content(statement.manifest.sha256),
                created: statement.created.to_string(),
                admitted: admission.map(|a| a.admitted.to_string()),
                note: admission.map(|a| a.note.clone()).filter(|n| !n.is_empty()),
                author: author.map(Signed::from),
                office: office.map(Signed::from),
                summary,
                imports,
            }),
            ..self.of_problems(file, &refused, &forgiven)
        }
    }

    /// All that is to be said of a file that cannot be read as a bundle.
    pub(super) fn unread(&self, file: &Path, refusal: Refusal) -> Report {
        self.of_problems(file, &[refusal], &[])
    }

    fn of_problems(&self, file: &Path, refused: &[Refusal], forgiven: &[Refusal]) -> Report {
        let problem = |severity| move |refusal: &Refusal| Problem::new(severity, refusal);
        let refusals = refused.iter().map(problem("error"));
        let warnings = forgiven.iter().map(problem("warning"));
        Report {
            file: file.display().to_string(),
            accepted: refused.is_empty(),
            policy: match self.policy {
                Policy::Signed => AdapterPolicy::Signed.word(),
                Policy::Development => AdapterPolicy::Development.word(),
            },
            told: None,
            problems: refusals.chain(warnings).collect(),
        }
    }
}

/// All that is to be said of a bundle.
#[derive(Serialize)]
pub(super) struct Report {
    /// Its file.
    pub file: String,
    /// It would be taken in.
    pub accepted: bool,
    /// Under which policy.
    pub policy: &'static str,
    /// What it is, as far as it can be read.
    #[serde(flatten)]
    pub told: Option<Told>,
    /// All that speaks against it; warnings are what the policy forgives.
    pub problems: Vec<Problem>,
}

/// What a bundle is.
#[derive(Serialize)]
pub(super) struct Told {
    #[serde(flatten)]
    summary: Summary,
    imports: Vec<String>,
    component_bytes: u64,
    component_sha256: String,
    manifest_sha256: String,
    created: String,
    author: Option<Signed>,
    office: Option<Signed>,
    admitted: Option<String>,
    note: Option<String>,
}

/// Who signed.
#[derive(Serialize)]
struct Signed {
    name: Option<String>,
    fingerprint: String,
}

impl From<Signer> for Signed {
    fn from(signer: Signer) -> Self {
        Self {
            name: signer.name,
            fingerprint: signer.key.to_string(),
        }
    }
}

/// What speaks against a bundle.
#[derive(Serialize)]
pub(super) struct Problem {
    severity: &'static str,
    code: &'static str,
    message_zh: String,
    message_en: String,
    help_zh: &'static str,
    help_en: &'static str,
}

impl Problem {
    fn new(severity: &'static str, refusal: &Refusal) -> Self {
        let (help_zh, help_en) = refusal.remedy();
        Self {
            severity,
            code: refusal.code(),
            message_zh: refusal.zh(),
            message_en: refusal.to_string(),
            help_zh,
            help_en,
        }
    }
}

impl Report {
    /// Shows it; a refused bundle is an exit code of its own.
    pub(super) fn show(self, format: Format) -> Result<Exit, Failure> {
        let exit = match self.accepted {
            true => Exit::Done,
            false => Exit::Refused,
        };
        let text = |reports: &[Self]| reports.iter().map(Self::text).collect();
        report::print(format, &[self], text).map_err(|e| Failure::of(Exit::Failed, &e))?;
        Ok(exit)
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |word: &str, value: &str| {
            text.push_str(&format!("{word}  {value}\n"));
        };
        line("文件 file     ", &self.file);
        if let Some(told) = &self.told {
            told.lines(&mut line);
        }
        let verdict = match (self.accepted, self.problems.is_empty()) {
            (true, true) => "可以接收 it would be taken in",
            (true, false) => "仅因 policy = \"development\" 可以接收 taken in by that policy alone",
            (false, _) => "拒绝 refused",
        };
        line(
            "结论 verdict  ",
            &format!("{verdict} (policy: {})", self.policy),
        );
        for problem in &self.problems {
            line(
                problem.severity,
                &format!("[{}] {}", problem.code, problem.message_zh),
            );
            line("       ", &problem.message_en);
            line("  help:", problem.help_zh);
            line("       ", problem.help_en);
        }
        text
    }
}

impl Told {
    fn lines(&self, line: &mut impl FnMut(&str, &str)) {
        let s = &self.summary;
        let adapter = format!("{} {}, contract {}", s.name, s.version, s.contract);
        line("适配器 adapter", &adapter);
        line("数据 feeds    ", &s.feeds.join(", "));
        let limits = format!(
            "memory {} MiB, call {} ms, output {} MiB, carry {} KiB",
            s.memory_mib, s.call_ms, s.output_mib, s.carry_kib
        );
        line("限额 limits   ", &limits);
        line("引入 imports  ", &self.imports.join(", "));
        let kib = report::thousands(self.component_bytes.div_ceil(1024));
        let component = format!("{kib} KiB, sha256 {}", self.component_sha256);
        line("组件 wasm     ", &component);
        line("打包 packed   ", &self.created);
        let signer = |signed: &Option<Signed>| match signed {
            None => "无 nobody".to_owned(),
            Some(Signed { name, fingerprint }) => {
                let name = name.as_deref().unwrap_or("未知 unknown");
                format!("{name}, key {fingerprint}")
            }
        };
        line("编写 author   ", &signer(&self.author));
        line("准入 office   ", &signer(&self.office));
        if let Some(admitted) = &self.admitted {
            let note = self.note.as_deref().unwrap_or_default();
            line("准入 admitted ", format!("{admitted} {note}").trim_end());
        }
    }
}
