//! A source that is asked over HTTP: from the plan to what is next.

use super::{Ahead, Found, Onward, Reader};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::stop::Stop;
use crate::targets::ms;
use credit_config::pull::{self as plan, HttpPlan};
use credit_config::{ProcessEnv, RoutePlan, Secret};
use credit_record::flow::Resume;
use credit_source::decode::Encoding;
use credit_source::files::Seen;
use credit_source::http::{
    Answer, Auth, ClientCertificate, Given, HttpError, HttpSource, Kept, Network, Oauth, Paging,
    Pull, Pulled, Reach,
};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// The pulls of one route.
pub(super) struct Pulls {
    plan: HttpPlan,
    route: String,
    /// What the answers are read as, whoever reads them.
    what: String,
    /// Who reads the answers of this run, and how.
    reader: String,
    encoding: Encoding,
    spool: PathBuf,
    runtime: Handle,
    /// The token that the route has, from run to run.
    kept: Arc<Kept>,
    /// Made for each run, so that a secret or a certificate that changed is read again.
    pull: Option<Pull>,
    /// Nothing was asked for in this run.
    fresh: bool,
}

impl Pulls {
    pub(super) fn new(plan: &HttpPlan, route: &RoutePlan, spool: PathBuf, runtime: Handle) -> Self {
        let RoutePlan { feed, settings, .. } = route;
        Self {
            plan: plan.clone(),
            route: route.name.clone(),
            what: format!("{feed} {} {settings:?}", plan.url),
            reader: String::new(),
            encoding: Encoding::Binary,
            spool,
            runtime,
            kept: Arc::default(),
            pull: None,
            fresh: true,
        }
    }

    pub(super) fn begin(&mut self) {
        (self.pull, self.fresh) = (None, true);
    }

    pub(super) const fn pages_max(&self) -> u64 {
        self.plan.pages_max
    }

    pub(super) fn goes_on(&self, before: Option<&str>, after: Option<&str>) -> bool {
        self.pull.as_ref().is_some_and(|p| p.goes_on(before, after))
    }

    pub(super) fn done(&mut self, name: &str) -> Result<(), Failure> {
        let forgotten = self.pull()?.done(name);
        forgotten.map_err(|e| Failure::of(Exit::Failed, &e))
    }

    pub(super) fn next(
        &mut self,
        (seen, reader, encoding): (&dyn Seen, Reader<'_>, Encoding),
        resume: &Resume,
        now_ms: i64,
        stop: &Stop,
    ) -> Result<Ahead, Failure> {
        let fresh = std::mem::take(&mut self.fresh);
        if fresh {
            self.reader = format!("{:?} {}", reader.adapter, self.what);
            self.encoding = encoding;
        }
        let cursor = resume.cursor.clone().or(self.plan.cursor_start.clone());
        let cursor = cursor.as_deref();
        let (runtime, route) = (self.runtime.clone(), self.route.clone());
        let pull = self.pull()?;
        if let Some(open) = &resume.open {
            let answer = pull.half_read(&open.name, cursor).map_err(failed)?;
            return Ok(answer.map_or_else(|| Ahead::Lost(open.name.clone()), feed));
        }
        let mut pulled = pull.fetch(&runtime, seen, cursor, (now_ms, stop.wait()));
        // A continuation of yesterday may be gone. The pull begins again; its keys are known.
        if let (Err(error @ HttpError::Continuation { .. }), true) = (&pulled, fresh) {
            tracing::warn!(route, %error, "the pull begins again with its first page");
            let again = pull.begin_again(cursor);
            let again = again.or_else(|| self.plan.cursor_start.clone());
            let until = (now_ms, stop.wait());
            pulled = self.pull()?.fetch(&runtime, seen, again.as_deref(), until);
        }
        Ok(match pulled.map_err(failed)? {
            Pulled::Nothing => Ahead::Nothing,
            Pulled::Ended { cursor } => Ahead::Ended(cursor),
            Pulled::Spooled(answer) => feed(answer),
        })
    }

    fn pull(&mut self) -> Result<&Pull, Failure> {
        let pull = match self.pull.take() {
            Some(pull) => pull,
            None => Pull::new(&self.source()?).map_err(failed)?,
        };
        Ok(self.pull.insert(pull))
    }

    fn source(&self) -> Result<HttpSource, Failure> {
        let plan = &self.plan;
        let network = |network: &plan::Network| Network {
            address: network.address,
            bits: network.bits,
        };
        let certificate = plan.client_certificate.as_ref();
        Ok(HttpSource {
            route: self.route.clone(),
            url: plan.url.clone(),
            auth: self.auth()?,
            client_certificate: certificate.map(|certificate| ClientCertificate {
                cert_file: certificate.cert_file.clone(),
                key_file: certificate.key_file.clone(),
            }),
            ca_file: plan.ca_file.clone(),
            reach: Reach {
                private: plan.allow_private,
                networks: plan.allow.iter().map(network).collect(),
            },
            paging: paging(&plan.paging),
            cursor_given: match &plan.next {
                plan::NextCursor::Adapter => None,
                plan::NextCursor::Given(given) => Some(given_in(given)),
            },
            overlap_s: plan.overlap_s,
            connect_timeout_ms: ms(plan.timeouts.connect),
            first_byte_timeout_ms: ms(plan.timeouts.first_byte),
            idle_timeout_ms: ms(plan.timeouts.idle),
            total_timeout_ms: ms(plan.timeouts.total),
            wire_bytes_max: plan.wire_bytes_max,
            body_bytes_max: plan.body_bytes_max,
            ratio_max: plan.ratio_max,
            encoding: self.encoding,
            reader: self.reader.clone(),
            spool_dir: self.spool.clone(),
        })
    }

    fn auth(&self) -> Result<Auth, Failure> {
        let read = |secret: &Secret| {
            let revealed = secret.reveal(&ProcessEnv);
            let revealed = revealed.map_err(|e| Failure::of(Exit::Waiting, &e))?;
            Ok::<_, Failure>(revealed.expose().to_owned())
        };
        Ok(match &self.plan.auth {
            plan::HttpAuth::None => Auth::None,
            plan::HttpAuth::Token(token) => Auth::Bearer(read(token)?),
            plan::HttpAuth::Basic(basic) => Auth::Basic {
                user: basic.user.clone(),
                password: read(&basic.password)?,
            },
            plan::HttpAuth::Oauth(oauth) => Auth::Oauth(Box::new(Oauth {
                token_url: oauth.token_url.clone(),
                client_id: oauth.client_id.clone(),
                client_secret: read(&oauth.client_secret)?,
                scope: oauth.scope.clone(),
                in_body: oauth.in_body,
                kept: Arc::clone(&self.kept),
            })),
        })
    }
}

fn feed(answer: Box<Answer>) -> Ahead {
    Ahead::Feed(Found {
        file: answer.file.clone(),
        onward: Onward::Answer(answer),
    })
}

fn failed(error: HttpError) -> Failure {
    let failure = Failure::of(Exit::Waiting, &error).remedy(error.remedy());
    match error.retry_after_ms() {
        Some(after) => failure.not_before(Duration::from_millis(after)),
        None => failure,
    }
}

fn paging(paging: &plan::Paging) -> Paging {
    match paging.clone() {
        plan::Paging::None => Paging::None,
        plan::Paging::Link => Paging::Link,
        plan::Paging::Token { param, given } => Paging::Token {
            param,
            given: given_in(&given),
        },
        plan::Paging::Number {
            param,
            first,
            size,
            pages,
        } => Paging::Number {
            param,
            first,
            size,
            pages,
        },
    }
}

fn given_in(given: &plan::Given) -> Given {
    match given.clone() {
        plan::Given::Header(name) => Given::Header(name),
        plan::Given::Pointer(pointer) => Given::Pointer(pointer),
    }
}
