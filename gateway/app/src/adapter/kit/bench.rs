//! The workbench: one adapter in the real sandbox, and the judge behind it. Nothing that is done
//! here is stored or sent.

use crate::compile;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::site::Site;
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use credit_adapter::{Adapter, Feed as FeedSpec, Installed, Limits, STACK_BYTES, Sandbox};
use credit_record::directory::{Counted, Directories};
use credit_record::flow::{Judged, Page};
use credit_record::judge::Judge;
use credit_record::rules::PublicityRules;
use credit_source::decode::{Decoder, Encoding};

/// Bytes of a piece where no route says another number: the gateway's default.
pub(super) const PIECE_BYTES: usize = 1024 * 1024;

/// What an adapter's drafts are judged by.
pub(super) struct Terms {
    pub judge: Judge,
    pub zone: Tz,
    pub counted: Counted,
    /// What the operator allows any adapter.
    pub caps: Option<Limits>,
    pub stack_bytes: u64,
}

impl Terms {
    /// What is shipped, for whoever has no configuration.
    pub(super) fn shipped() -> Result<Self, Failure> {
        let failed = |e: &(dyn std::error::Error + 'static)| Failure::of(Exit::Failed, e);
        let directories = Directories::shipped().map_err(|e| failed(&e))?;
        let rules = PublicityRules::shipped().map_err(|e| failed(&e))?;
        Ok(Self {
            judge: Judge::new(directories, rules),
            zone: chrono_tz::Asia::Shanghai,
            counted: Counted::Characters,
            caps: None,
            stack_bytes: STACK_BYTES,
        })
    }

    /// What an operator has set up.
    pub(super) fn of(site: &Site) -> Self {
        let caps = site.plan.caps;
        Self {
            judge: Judge::new(site.directories.clone(), site.publicity.clone()),
            zone: site.plan.timezone,
            counted: Counted::Characters,
            caps: Some(crate::shelf::limits(&caps)),
            stack_bytes: caps.stack_bytes,
        }
    }
}

/// An adapter ready to be tried.
pub(super) struct Bench {
    pub adapter: Adapter,
    terms: Terms,
    today: NaiveDate,
    /// Keeps the compiled form as long as there is an adapter.
    _cache: tempfile::TempDir,
}

impl Bench {
    /// Compiles the adapter, in a process of its own as the gateway does, and loads it.
    pub(super) fn open(installed: &Installed, terms: Terms) -> Result<Self, Failure> {
        let failed = |e: &(dyn std::error::Error + 'static)| Failure::of(Exit::Failed, e);
        let folder = tempfile::tempdir().map_err(|e| failed(&e))?;
        let cache = compile::cache(folder.path())?;
        compile::ensure(installed, &cache)?;
        let sandbox = Sandbox::start(&cache, terms.stack_bytes).map_err(|e| failed(&e))?;
        let caps = terms.caps.unwrap_or(installed.manifest.limits);
        let adapter = sandbox.load(installed, caps).map_err(|e| failed(&e))?;
        let now = DateTime::from_timestamp_millis(crate::inbound::now_ms()).unwrap_or_default();
        let today = now.with_timezone(&terms.zone).date_naive();
        Ok(Self {
            adapter,
            terms,
            today,
            _cache: folder,
        })
    }

    /// What becomes of a page.
    pub(super) fn judge(&self, page: &Page) -> Judged {
        self.terms.judge.judge(page, self.today, self.terms.counted)
    }

    /// The common credit schema.
    pub(super) fn directories(&self) -> &Directories {
        self.terms.judge.directories()
    }
}

/// A feed as an adapter sees it: text is decoded, anything else is left as it is.
pub(super) fn decoded(spec: &FeedSpec, raw: &[u8], encoding: Encoding) -> Vec<u8> {
    let encoding = if spec.text {
        encoding
    } else {
        Encoding::Binary
    };
    Decoder::new(encoding).decode(raw, true, Vec::new())
}
