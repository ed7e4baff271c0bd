//! What may be loaded: signed as the policy says, and what it says it is.

use crate::admission::{manifest, of_component, refused, summary, today};
use crate::exit::Exit;
use crate::failure::Failure;
use credit_adapter::Installed;
use credit_bundle::{Against, Bundle, Ledger, Occasion, OpenError, Policy, Refusal, Signer, Trust};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Looks at what is to be loaded.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    /// What the operator asks of adapters.
    pub policy: Policy,
    /// The folder of trusted keys; without one nobody is trusted.
    pub trust: Option<PathBuf>,
    /// The memory of what was taken in.
    pub ledger: PathBuf,
}

/// A version that may be loaded.
#[derive(Clone, Debug)]
pub(crate) struct Admitted {
    /// The adapter.
    pub installed: Arc<Installed>,
    /// Who signed it as its author, and who admitted it.
    pub signed: Signed,
    /// What the policy lets pass and a person should know.
    pub warnings: Vec<String>,
}

/// Who signed a version.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signed {
    pub author: Option<Signer>,
    pub office: Option<Signer>,
}

impl Admitted {
    /// A shipped one, as good as the binary.
    pub(crate) fn shipped(installed: &Arc<Installed>) -> Self {
        Self {
            installed: Arc::clone(installed),
            signed: Signed::default(),
            warnings: Vec::new(),
        }
    }
}

impl Gate {
    /// The adapter that lies unpacked in `folder`.
    pub(crate) fn unpacked(&self, folder: &Path) -> Result<Admitted, Failure> {
        if self.policy == Policy::Signed {
            let message = format!(
                "{} is not signed, and [adapters] policy = \"signed\"",
                folder.display()
            );
            let remedy = "pack it, have it signed and admitted, and install the bundle; on a \
                          developer's machine say policy = \"development\"";
            return Err(Failure::new(Exit::Refused, message).remedy(remedy));
        }
        let installed = Installed::read(folder).map_err(|e| Failure::of(Exit::Config, &e))?;
        let warnings = vec![format!(
            "{} {} is signed by nobody, and the policy \"development\" lets it serve",
            installed.manifest.name, installed.manifest.version
        )];
        Ok(Admitted {
            installed: Arc::new(installed),
            signed: Signed::default(),
            warnings,
        })
    }

    /// The adapter in a bundle's file, and the bundle.
    pub(crate) fn bundle(
        &self,
        file: &Path,
        occasion: Occasion,
    ) -> Result<(Admitted, Bundle), Failure> {
        let bundle = Bundle::open(file).map_err(|e| match e {
            OpenError::Refused { source, .. } => refused(file, &[source]),
            other => Failure::of(Exit::Failed, &other),
        })?;
        let looked = manifest(bundle.manifest()).and_then(|m| Ok((summary(&m)?, m)));
        let (summary, manifest) = looked.map_err(|refusal| refused(file, &[refusal]))?;
        let ledger = Ledger::read(&self.ledger).map_err(|e| Failure::of(Exit::Failed, &e))?;
        let trust = self.trust()?;
        let against = Against {
            trust: &trust,
            ledger: &ledger,
            today: today(),
            occasion,
        };
        let mut verdict = bundle.verify(&summary, &against);
        if occasion != Occasion::Load {
            // What a component reaches for is told before anything compiles it.
            let examined = credit_adapter::imports(bundle.component());
            verdict.refusals.extend(examined.err().map(of_component));
        }
        let signed = Signed {
            author: verdict.author.clone(),
            office: verdict.office.clone(),
        };
        let (refusals, forgiven) = verdict.under(self.policy);
        if !refusals.is_empty() {
            return Err(refused(file, &refusals));
        }
        let (name, version) = (&manifest.name, &manifest.version);
        let warn = |r: &Refusal| format!("{name} {version}: {r}; the policy lets it serve");
        let warnings = forgiven.iter().map(warn).collect();
        let component = Cow::Owned(bundle.component().to_vec());
        let installed = Installed::new(bundle.manifest(), component)
            .map_err(|e| Failure::of(Exit::Config, &e))?;
        let admitted = Admitted {
            installed: Arc::new(installed),
            signed,
            warnings,
        };
        Ok((admitted, bundle))
    }

    /// Remembers a bundle as taken in.
    pub(crate) fn remember(&self, bundle: &Bundle) -> Result<(), Failure> {
        let failed = |e| Failure::of(Exit::Failed, &e);
        let mut ledger = Ledger::read(&self.ledger).map_err(failed)?;
        ledger.remember(bundle.statement(), today());
        ledger.save(&self.ledger).map_err(failed)
    }

    /// Whom the operator trusts.
    fn trust(&self) -> Result<Trust, Failure> {
        let read = self.trust.as_deref().map(Trust::read).transpose();
        let trust = read.map_err(|e| Failure::of(Exit::Config, &e))?;
        Ok(trust.unwrap_or_default())
    }
}
