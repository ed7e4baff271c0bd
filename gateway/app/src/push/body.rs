//! The body of a request: whole, unpacked and durable.
//!
//! What must stay true: as it is sent and unpacked it is no longer, no slower and packed no tighter
//! than the limits say; it is known by what it holds, however it was packed.

use super::asked::Asked;
use super::problem::Problem;
use super::spool::Spool;
use crate::stop::Stop;
use credit_config::PushPlan;
use credit_source::coding::{Coding, UnpackError};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};
use std::time::Duration;
use tempfile::NamedTempFile;
use tokio::task::block_in_place;
use tokio::time::{Instant, timeout, timeout_at};

/// What a request brings.
pub(super) struct Content {
    /// It, durable.
    pub(super) file: NamedTempFile,
    /// Its digest.
    pub(super) sha256: [u8; 32],
}

/// Brings bodies in, within limits.
pub(super) struct Porter<'d> {
    pub(super) plan: &'d PushPlan,
    pub(super) stop: &'d Stop,
    pub(super) spool: &'d Spool,
}

/// A file, the digest and the length of what was written to it.
struct Sink {
    file: NamedTempFile,
    hash: Sha256,
    bytes: u64,
}

impl Porter<'_> {
    /// All of `body`.
    pub(super) async fn receive(
        &self,
        body: &mut Incoming,
        asked: &Asked,
    ) -> Result<Content, Problem> {
        if asked.bytes == Some(0) {
            return Err(Problem::Empty);
        }
        let came = self.come(body).await?;
        block_in_place(|| match asked.coding {
            Coding::Plain => came.durable(),
            coding => self.unpacked(coding, &came)?.durable(),
        })
    }

    /// A body of so many bytes may come.
    pub(super) const fn fits(&self, bytes: u64) -> Result<(), Problem> {
        let most = self.plan.body_bytes_max;
        match bytes > most {
            true => Err(Problem::TooLarge(most)),
            false => Ok(()),
        }
    }

    /// The body as it is sent.
    async fn come(&self, body: &mut Incoming) -> Result<Sink, Problem> {
        let timeouts = self.plan.timeouts;
        let until = Instant::now() + timeouts.total;
        let mut sink = Sink::new(self.spool)?;
        loop {
            let next = timeout_at(until.min(Instant::now() + timeouts.idle), body.frame());
            let frame = tokio::select! {
                frame = next => frame.map_err(|_| Problem::Slow)?,
                () = self.stop.wait() => return Err(Problem::Stopping),
            };
            let Some(frame) = frame else {
                return Ok(sink);
            };
            let Ok(data) = frame.map_err(|_| Problem::Broken)?.into_data() else {
                continue;
            };
            self.fits(sink.bytes.saturating_add(data.len() as u64))?;
            block_in_place(|| sink.write_all(&data)).map_err(|e| Problem::disk(&e))?;
        }
    }

    /// What was packed into `came`.
    fn unpacked(&self, coding: Coding, came: &Sink) -> Result<Sink, Problem> {
        let mut whole = Sink::new(self.spool)?;
        let packed = came.file.reopen().map_err(|e| Problem::disk(&e))?;
        let (most, ratio) = (self.plan.body_bytes_max, self.plan.ratio_max);
        let unpacked = coding.unpack(packed, came.bytes, &mut whole, (most, ratio));
        unpacked.map_err(|why| match why {
            UnpackError::Damaged(error) => Problem::Damaged(coding.word(), error.to_string()),
            UnpackError::Large => Problem::TooLarge(most),
            UnpackError::Bomb => Problem::Bomb(ratio),
            UnpackError::Kept(error) => Problem::disk(&error),
        })?;
        Ok(whole)
    }
}

impl Sink {
    fn new(spool: &Spool) -> Result<Self, Problem> {
        Ok(Self {
            file: spool.incoming().map_err(|e| Problem::disk(&e))?,
            hash: Sha256::new(),
            bytes: 0,
        })
    }

    fn durable(self) -> Result<Content, Problem> {
        if self.bytes == 0 {
            return Err(Problem::Empty);
        }
        let synced = self.file.as_file().sync_all();
        synced.map_err(|e| Problem::disk(&e))?;
        Ok(Content {
            file: self.file,
            sha256: self.hash.finalize().into(),
        })
    }
}

impl Write for Sink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.file.write(data)?;
        self.hash.update(data.get(..written).unwrap_or_default());
        self.bytes = self.bytes.saturating_add(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Lets a department that was refused say the rest of its body, and forgets it: one that is still
/// speaking when the connection ends does not hear why.
pub(super) fn let_out(mut body: Incoming, within: Duration) {
    tokio::spawn(async move {
        let spoken = async { while let Some(Ok(_)) = body.frame().await {} };
        // Who has not come to an end by then is cut off.
        drop(timeout(within, spoken).await);
    });
}
