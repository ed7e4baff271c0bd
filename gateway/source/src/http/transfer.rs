//! One question and its answer, from the request to a whole file in the spool.
//!
//! What must stay true: a file gets its name only when the answer said where it ends and ended
//! there; the rest of an answer is put behind its beginning only where the source proves that
//! they belong together.

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::{HeaderMap, Response, StatusCode, Uri};
use tokio::time::timeout;

use super::incomplete::{Incomplete, Partial, Whole};
use super::kept::Known;
use super::paging::{Facts, Given, Paging};
use super::pointer::{Text, value_at};
use super::position::{PageAt, Position};
use super::request::{Before, header_text, request};
use super::{Auth, HttpError, Pull, answer, link};
use crate::coding::{Coding, UnpackError};
use crate::decode::Encoding;
use crate::feed::Feed;
use crate::files::FoundFile;
use crate::spool::failed;

/// How often an answer that breaks off is gone on with at once; then the next run does.
const RESUMES_MAX: u32 = 3;

/// What is asked.
pub(super) struct Question<'a> {
    pub(super) uri: Uri,
    /// The source itself made up the address, some time ago.
    pub(super) continues: bool,
    pub(super) here: &'a Position,
    /// What the answer is called.
    pub(super) name: &'a str,
    /// By what the last answer is known again.
    pub(super) known: Option<Known>,
    /// It is remembered by what this one is known again.
    pub(super) whole: bool,
    pub(super) now_ms: i64,
}

/// What became of one attempt.
enum Tried {
    Answered(Option<FoundFile>),
    /// Ask once more.
    Again,
}

/// A body that is about to be taken in.
struct Begun {
    incomplete: Incomplete,
    coding: Coding,
    /// How much it is to be in the end.
    total: Option<u64>,
    facts: Facts,
}

impl Pull {
    /// Asks until there is an answer or none to be had now. The file is written here, on the
    /// thread that waits for it, not on the runtime's.
    pub(super) async fn pull(&self, ask: &Question<'_>) -> Result<Option<FoundFile>, HttpError> {
        let (mut renewed, mut resumed, mut stale) = (false, 0, false);
        loop {
            let partial = self.spool.partial(ask.name)?;
            let before = partial.as_ref().map_or(0, |partial| partial.bytes);
            match self.attempt(ask, partial, &mut renewed).await {
                Ok(Tried::Answered(file)) => return Ok(file),
                Ok(Tried::Again) => {}
                Err(error @ HttpError::Body { .. }) => {
                    let partial = self.spool.partial(ask.name)?;
                    let further = partial.is_some_and(|partial| partial.bytes > before);
                    if !further || resumed == RESUMES_MAX {
                        return Err(error);
                    }
                    resumed += 1;
                }
                // A connection that was kept may have ended just when it was used again.
                Err(HttpError::Connect { source, .. }) if !stale && !source.is_connect() => {
                    stale = true;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn attempt(
        &self,
        ask: &Question<'_>,
        partial: Option<Partial>,
        renewed: &mut bool,
    ) -> Result<Tried, HttpError> {
        let (authorization, kept) = self.authorization(ask.now_ms).await?;
        let before = Before {
            known: ask.known.as_ref(),
            partial: partial.as_ref(),
        };
        let request = request(ask.uri.clone(), authorization, before);
        let response = self.caller.ask(&self.target.place, request).await?;
        match (response.status(), partial) {
            (StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION, _) => {
                self.receive(ask, response, None).await
            }
            (StatusCode::PARTIAL_CONTENT, Some(partial)) => {
                self.receive(ask, response, Some(partial)).await
            }
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(_)) => {
                self.spool.forget_partial(ask.name)?;
                Ok(Tried::Again)
            }
            (StatusCode::NO_CONTENT, _) => Ok(Tried::Answered(None)),
            (StatusCode::NOT_MODIFIED, _) if ask.known.is_some() => Ok(Tried::Answered(None)),
            // A token may end before its time. A new one that is refused is not renewed.
            (StatusCode::UNAUTHORIZED, _) if kept && !*renewed => {
                if let Auth::Oauth(oauth) = &self.auth {
                    oauth.forget();
                }
                *renewed = true;
                Ok(Tried::Again)
            }
            (status, _) if ask.continues && matches!(status.as_u16(), 400 | 404 | 410 | 422) => {
                let (place, status) = (self.place(), status.as_u16());
                Err(HttpError::Continuation { place, status })
            }
            _ => Err(answer::refusal(&self.target.place, &response, ask.now_ms)),
        }
    }

    /// What shows who asks, and whether it is a token that may have ended.
    async fn authorization(&self, now_ms: i64) -> Result<(Option<HeaderValue>, bool), HttpError> {
        let Auth::Oauth(oauth) = &self.auth else {
            return Ok((self.authorization.clone(), false));
        };
        let (header, kept) = oauth.header(&self.caller, now_ms).await?;
        Ok((Some(header), kept))
    }

    /// Takes the body in: all of it, or what is behind `partial`.
    async fn receive(
        &self,
        ask: &Question<'_>,
        response: Response<Incoming>,
        partial: Option<Partial>,
    ) -> Result<Tried, HttpError> {
        let (head, body) = response.into_parts();
        let head = head.headers;
        let Some(begun) = self.begin(ask, &head, partial)? else {
            // What is half here is of no use.
            self.spool.forget_partial(ask.name)?;
            return Ok(Tried::Again);
        };
        let Begun {
            incomplete,
            coding,
            total,
            mut facts,
        } = begun;
        let incomplete = self.body(body, incomplete, coding).await?;
        if let Some(total) = total.filter(|total| *total != incomplete.bytes) {
            let (place, bytes) = (self.place(), incomplete.bytes);
            drop(incomplete);
            self.spool.forget_partial(ask.name)?;
            return Err(HttpError::Range {
                place,
                bytes,
                total,
            });
        }
        let whole = self.unpack(incomplete, coding)?;
        self.look_into(&whole, &mut facts)?;
        self.follows(ask.here, &facts)?;
        let at = whole.path().to_owned();
        // Were it known before it is read, a crash could let it be taken for read.
        self.spool.unknow(ask.name)?;
        let file = whole.complete(&facts).map_err(|error| failed(&at, error))?;
        if ask.whole {
            let known = Known {
                etag: answer::etag(&head),
                modified: answer::modified(&head),
                reader: self.reader.clone(),
                ..Known::default()
            };
            self.spool.know(&file, known)?;
        }
        Ok(Tried::Answered(Some(file)))
    }

    /// A place for the body; none where it is not the rest of `partial`.
    fn begin(
        &self,
        ask: &Question<'_>,
        head: &HeaderMap,
        partial: Option<Partial>,
    ) -> Result<Option<Begun>, HttpError> {
        let place = || self.place();
        let coding = Coding::of(head).map_err(|coding| HttpError::Coding {
            place: place(),
            coding,
        })?;
        let mut facts = self.facts_of(head, &ask.uri)?;
        let mut total = answer::declared(head);
        if let Some(partial) = &partial {
            if coding != partial.coding || !answer::is_rest(head, partial) {
                return Ok(None);
            }
            facts.cursor = facts.cursor.or(partial.facts.cursor.clone());
            facts.page = facts.page.or(partial.facts.page.clone());
            let range = answer::content_range(head);
            total = range.and_then(|(_, all)| all).or(partial.total);
        }
        self.room(total, coding)?;
        // Over TLS the end is signed.
        if !answer::has_end(head) && !self.target.secure {
            return Err(HttpError::Endless { place: place() });
        }
        let validator = match &partial {
            Some(partial) => Some(partial.validator.clone()),
            None => answer::validator(head),
        };
        let mut incomplete = self.spool.begin(ask.name, partial)?;
        incomplete.can_go_on(validator.map(|validator| Partial {
            validator,
            coding,
            bytes: incomplete.bytes,
            total,
            facts: facts.clone(),
        }));
        Ok(Some(Begun {
            incomplete,
            coding,
            total,
            facts,
        }))
    }

    /// There is room for so much.
    fn room(&self, bytes: Option<u64>, coding: Coding) -> Result<(), HttpError> {
        let bytes = bytes.unwrap_or(0);
        let (bytes_max, what) = match coding {
            Coding::Plain if bytes > self.limits.body_bytes_max => {
                (self.limits.body_bytes_max, "unpacked")
            }
            _ if bytes > self.limits.wire_bytes_max => (self.limits.wire_bytes_max, "as sent"),
            _ => return Ok(()),
        };
        Err(HttpError::TooLarge {
            place: self.place(),
            what,
            bytes_max,
        })
    }

    async fn body(
        &self,
        body: Incoming,
        incomplete: Incomplete,
        coding: Coding,
    ) -> Result<Incomplete, HttpError> {
        let (mut body, mut incomplete) = (body, incomplete);
        loop {
            let frame = timeout(self.caller.idle(), body.frame())
                .await
                .map_err(|_| self.caller.late(&self.target.place, "more of the answer"))?;
            let Some(frame) = frame else {
                return Ok(incomplete);
            };
            let frame = frame.map_err(|source| HttpError::Body {
                place: self.place(),
                bytes: incomplete.bytes,
                source,
            })?;
            let Some(bytes) = frame.data_ref() else {
                continue;
            };
            let room = self.room(Some(incomplete.bytes + bytes.len() as u64), coding);
            if room.is_err() {
                incomplete.can_go_on(None);
            }
            room?;
            incomplete
                .write(bytes)
                .map_err(|error| failed(&incomplete.path(), error))?;
        }
    }

    fn unpack(&self, incomplete: Incomplete, coding: Coding) -> Result<Whole, HttpError> {
        let (place, path) = (self.place(), incomplete.path());
        let limits = (self.limits.body_bytes_max, self.limits.ratio_max);
        incomplete.unpack(coding, limits).map_err(|why| match why {
            UnpackError::Damaged(source) => HttpError::Unpack {
                place,
                coding: coding.word(),
                source,
            },
            UnpackError::Large => HttpError::TooLarge {
                place,
                what: "unpacked",
                bytes_max: self.limits.body_bytes_max,
            },
            UnpackError::Bomb => HttpError::Bomb {
                place,
                ratio_max: self.limits.ratio_max,
            },
            UnpackError::Kept(error) => failed(&path, error).into(),
        })
    }

    /// What the head of an answer to `uri` says.
    fn facts_of(&self, head: &HeaderMap, uri: &Uri) -> Result<Facts, HttpError> {
        let place = &self.target.place;
        let mut facts = Facts::default();
        if let Some(Given::Header(name)) = &self.cursor_given {
            facts.cursor = header_text(head, name, place)?;
        }
        facts.page = match &self.steps.paging {
            Paging::Token {
                given: Given::Header(name),
                ..
            } => header_text(head, name, place)?.map(PageAt::Token),
            Paging::Link => match answer::links(head).find_map(link::next_of) {
                Some(next) => Some(PageAt::Link(self.target.follow(uri, next)?)),
                None => None,
            },
            _ => None,
        };
        Ok(facts)
    }

    /// What the body says. A page to log in, sent as a success, is none of text that an adapter
    /// reads; documents may be web pages.
    fn look_into(&self, whole: &Whole, facts: &mut Facts) -> Result<(), HttpError> {
        let text = self.encoding != Encoding::Binary;
        if text && whole.is_web_page().map_err(|e| failed(whole.path(), e))? {
            let place = self.place();
            return Err(HttpError::WebPage { place });
        }
        if let Some(Given::Pointer(pointer)) = &self.cursor_given {
            facts.cursor = self.value_at(whole, pointer)?;
        }
        match &self.steps.paging {
            Paging::Token {
                given: Given::Pointer(pointer),
                ..
            } => facts.page = self.value_at(whole, pointer)?.map(PageAt::Token),
            Paging::Number {
                pages: Some(pointer),
                ..
            } => {
                let pages = self.value_at(whole, pointer)?;
                let pages = pages.and_then(|pages| pages.parse().ok());
                facts.pages = Some(pages.ok_or_else(|| HttpError::Pointer {
                    place: self.place(),
                    pointer: pointer.clone(),
                    what: "number of pages",
                    source: None,
                })?);
            }
            _ => {}
        }
        Ok(())
    }

    fn value_at(&self, whole: &Whole, pointer: &str) -> Result<Option<String>, HttpError> {
        let unreadable = |error: std::io::Error| failed(whole.path(), error);
        let file = whole.file().map_err(unreadable)?;
        let feed = Feed::open(&file, self.encoding, None)
            .map_err(|error| unreadable(std::io::Error::other(error)))?;
        value_at(Text(feed), pointer).map_err(|error| HttpError::Pointer {
            place: self.place(),
            pointer: pointer.to_owned(),
            what: "text or number",
            source: Some(error.into()),
        })
    }

    /// A page that is followed by itself would be asked for for ever.
    fn follows(&self, here: &Position, facts: &Facts) -> Result<(), HttpError> {
        if facts.page.is_some() && facts.page == here.page {
            return Err(HttpError::Next {
                place: self.place(),
                why: "is the one that was asked for",
            });
        }
        Ok(())
    }
}
