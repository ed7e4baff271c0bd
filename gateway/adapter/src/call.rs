//! One call of an adapter: a fresh instance, its limits, and what came of it.

use crate::check::{self, Lie};
use crate::contract::{AdapterImports, AdapterPre, fold};
use crate::limits::{LOG_LINE_BYTES_MAX, LOG_LINES_MAX, Limits, TABLE_ELEMENTS_MAX};
use crate::manifest::{Feed, Manifest};
use crate::sandbox::TICK;
use crate::usage::Usage;
use credit_record::flow::{AdapterId, Page};
use credit_record::mask::mask_text;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wasmtime::{Engine, ResourceLimiter, Store, Trap};

/// What the engine may build up of a guest's answer before it is checked, beside `output_bytes`.
const ANSWER_SLACK_BYTES: u64 = 32 * 1024 * 1024;

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The adapter gave up by itself: a panic, an index out of bounds, a division by zero.
    #[error("the adapter trapped: {trap}{said}")]
    Trap {
        /// What the engine calls it.
        trap: String,
        /// The adapter's last words, with ids masked.
        said: String,
    },
    /// It was not ready in time.
    #[error("the adapter was not ready after {} ms", limit.as_millis())]
    Timeout {
        /// The time it had.
        limit: Duration,
    },
    /// It asked for more memory than it may have.
    #[error("the adapter asked for more than {limit_bytes} bytes of memory")]
    Memory {
        /// The most it may have.
        limit_bytes: u64,
    },
    /// It called itself too deeply.
    #[error("the adapter's stack overflowed")]
    Stack,
    /// It returned what cannot be.
    #[error("the adapter lied: it {0}")]
    Lie(#[from] Lie),
    /// It returned something that is not of the contract's shape, or too much to take in.
    #[error("the adapter's answer cannot be taken in: {0}")]
    Answer(String),
    /// It says that the feed as a whole cannot be read. Not a misbehaviour.
    #[error("the feed cannot be read: {code}: {en}")]
    Feed {
        /// Stable word.
        code: String,
        /// Why, in Chinese.
        zh: String,
        /// Why, in English.
        en: String,
        /// The row, where there is one.
        source_row: Option<u64>,
    },
}

impl CallError {
    /// The stable word for it.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Trap { .. } => "adapter_trap",
            Self::Timeout { .. } => "adapter_timeout",
            Self::Memory { .. } => "adapter_memory",
            Self::Stack => "adapter_stack",
            Self::Lie(_) => "adapter_lie",
            Self::Answer(_) => "adapter_answer",
            Self::Feed { code, .. } => code,
        }
    }

    /// The same in Chinese, for officials.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Trap { .. } => "适配器在处理此段数据时异常终止".to_owned(),
            Self::Timeout { limit } => format!("适配器在 {} 毫秒内未完成处理", limit.as_millis()),
            Self::Memory { limit_bytes } => {
                format!("适配器申请的内存超过上限 {} MiB", limit_bytes >> 20)
            }
            Self::Stack => "适配器调用层次过深，栈溢出".to_owned(),
            Self::Lie(lie) => format!("适配器的返回不可信：{}", lie.zh()),
            Self::Answer(_) => "适配器的返回无法接收".to_owned(),
            Self::Feed { zh, .. } => zh.clone(),
        }
    }
}

/// What a call is given.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Name of the file or of the pull.
    pub file: &'a str,
    /// The piece.
    pub bytes: &'a [u8],
    /// Where it begins in the decoded feed.
    pub offset: u64,
    /// Nothing follows it.
    pub last: bool,
    /// Records cut out just before it.
    pub lost: u32,
    /// The adapter's state.
    pub carry: &'a [u8],
    /// The route's settings.
    pub settings: &'a [(String, String)],
}

/// An adapter ready to be called, from any thread.
pub struct Adapter {
    engine: Engine,
    pre: AdapterPre<Guest>,
    manifest: Manifest,
    id: AdapterId,
    limits: Limits,
    /// Keeps deadlines running as long as there is an adapter.
    _clock: Arc<()>,
}

impl Adapter {
    pub(crate) fn new(
        engine: Engine,
        pre: AdapterPre<Guest>,
        manifest: Manifest,
        id: AdapterId,
        limits: Limits,
        clock: Arc<()>,
    ) -> Self {
        Self {
            engine,
            pre,
            manifest,
            id,
            limits,
            _clock: clock,
        }
    }

    /// What it says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Name, version and digest.
    #[must_use]
    pub fn id(&self) -> &AdapterId {
        &self.id
    }

    /// Whether it can go on with a feed that `begun_by` began: with its own, and with those of the
    /// versions whose carry it reads.
    #[must_use]
    pub fn goes_on_from(&self, begun_by: &AdapterId) -> bool {
        let earlier = &self.manifest.reads_carry_of;
        let same_name = begun_by.name == self.id.name;
        *begun_by == self.id || same_name && earlier.contains(&begun_by.version)
    }

    /// The limits in force.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// One call. The page is checked; nothing of it is kept when it is not as promised.
    ///
    /// # Errors
    /// What the adapter did instead.
    pub fn translate(&self, feed: &Feed, input: &Input<'_>) -> Result<Page, CallError> {
        self.measured(feed, input).0
    }

    /// One call, and what it used of its limits, whatever came of it.
    pub fn measured(&self, feed: &Feed, input: &Input<'_>) -> (Result<Page, CallError>, Usage) {
        let mut usage = Usage::default();
        let answer = self.call(feed, input, &mut usage);
        (answer, usage)
    }

    fn call(&self, feed: &Feed, input: &Input<'_>, usage: &mut Usage) -> Result<Page, CallError> {
        let mut store = Store::new(&self.engine, Guest::new(self.limits.memory_bytes));
        store.limiter(|guest| guest);
        let fuel = self.limits.output_bytes + ANSWER_SLACK_BYTES;
        store.set_hostcall_fuel(usize::try_from(fuel).unwrap_or(usize::MAX));
        store.epoch_deadline_trap();
        let ticks = self.limits.call.as_millis().div_ceil(TICK.as_millis());
        store.set_epoch_deadline(u64::try_from(ticks).unwrap_or(u64::MAX).saturating_add(1));

        let settings: Vec<fold::Setting<'_>> = input
            .settings
            .iter()
            .map(|(name, value)| fold::Setting { name, value })
            .collect();
        let piece = fold::Piece {
            feed: &feed.name,
            file: input.file,
            part: 0,
            parts: 1,
            bytes: input.bytes,
            offset: input.offset,
            last: input.last,
            lost: input.lost,
        };
        let began = Instant::now();
        let answer = self.pre.instantiate(&mut store).and_then(|instance| {
            let fold = instance.credit_adapter_fold();
            fold.call_translate(&mut store, piece, input.carry, &settings)
        });
        usage.time = began.elapsed();
        let guest = store.into_data();
        usage.memory_bytes = guest.memory_bytes;
        guest.report(&self.id.name);
        match answer {
            Err(error) => Err(self.named(&error, &guest)),
            Ok(Err(fault)) => Err(CallError::Feed {
                code: fault.code,
                zh: mask_text(&fault.zh).into_owned(),
                en: mask_text(&fault.en).into_owned(),
                source_row: fault.source_row,
            }),
            Ok(Ok(page)) => {
                usage.output_bytes = check::output_bytes(&page);
                usage.carry_bytes = page.carry.len() as u64;
                let given = input.bytes.len() as u64;
                check::page(&page, given, input.last, &feed.directories, &self.limits)?;
                Ok(page.into())
            }
        }
    }

    fn named(&self, error: &wasmtime::Error, guest: &Guest) -> CallError {
        if guest.memory_refused {
            return CallError::Memory {
                limit_bytes: self.limits.memory_bytes,
            };
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => CallError::Timeout {
                limit: self.limits.call,
            },
            Some(Trap::StackOverflow) => CallError::Stack,
            Some(trap) => CallError::Trap {
                trap: trap.to_string(),
                said: guest
                    .lines
                    .last()
                    .map(|l| format!("; it said: {l}"))
                    .unwrap_or_default(),
            },
            None => CallError::Answer(mask_text(&format!("{error:#}")).into_owned()),
        }
    }
}

/// What the host keeps of an instance: its memory in use, and its words.
pub(crate) struct Guest {
    memory_bytes: u64,
    memory_bytes_max: u64,
    memory_refused: bool,
    lines: Vec<String>,
    lines_dropped: u64,
}

impl Guest {
    fn new(memory_bytes_max: u64) -> Self {
        let (lines, lines_dropped) = (Vec::new(), 0);
        Self {
            memory_bytes: 0,
            memory_bytes_max,
            memory_refused: false,
            lines,
            lines_dropped,
        }
    }

    fn report(&self, adapter: &str) {
        for line in &self.lines {
            tracing::debug!(adapter, line, "the adapter says");
        }
        if self.lines_dropped > 0 {
            tracing::warn!(
                adapter,
                lines = self.lines_dropped,
                "the adapter said too much"
            );
        }
    }
}

impl AdapterImports for Guest {
    fn log(&mut self, message: String) {
        if self.lines.len() >= LOG_LINES_MAX {
            self.lines_dropped += 1;
            return;
        }
        let end = message.floor_char_boundary(LOG_LINE_BYTES_MAX.min(message.len()));
        let line = message.get(..end).unwrap_or_default();
        self.lines.push(mask_text(line).into_owned());
    }
}

impl ResourceLimiter for Guest {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let sum = self
            .memory_bytes
            .saturating_add(desired.saturating_sub(current) as u64);
        if sum > self.memory_bytes_max {
            self.memory_refused = true;
            // Not `false`: an adapter that goes on without the memory it asked for is one more
            // way to be wrong.
            wasmtime::bail!("more than {} bytes of memory", self.memory_bytes_max);
        }
        self.memory_bytes = sum;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS_MAX)
    }
}
