//! Every number that an operator can set: what it is where nobody sets it, its least and its most.
//! The key carries the unit.

/// A number of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Section and key.
    pub key: &'static str,
    /// What it is where nobody sets it.
    pub default: u64,
    /// The least that makes sense.
    pub least: u64,
    /// The most that is allowed.
    pub most: u64,
}

/// Ports are the protocol's, and no limits of the gateway.
pub(crate) const fn port(default: u64) -> Limit {
    Limit {
        key: "port",
        default,
        least: 1,
        most: 65_535,
    }
}

macro_rules! limits {
    ($($name:ident $key:literal $default:literal, $least:literal ..= $most:literal;)*) => {
        $(pub(crate) const $name: Limit =
            Limit { key: $key, default: $default, least: $least, most: $most };
          const _: () = assert!($least <= $default && $default <= $most);)*

        /// All of them.
        pub const LIMITS: &[Limit] = &[$($name),*];
    };
}

limits! {
    // What an adapter may use at most; routes can set less.
    MEMORY_MIB "adapters.memory_mib" 128, 2..=1_024;
    CALL_MS "adapters.call_ms" 5_000, 50..=60_000;
    OUTPUT_MIB "adapters.output_mib" 32, 1..=48;
    CARRY_KIB "adapters.carry_kib" 1_024, 1..=4_096;
    STACK_KIB "adapters.stack_kib" 1_024, 64..=4_096;
    // When an adapter's version is put into quarantine.
    QUARANTINE_TRAPS "adapters.quarantine_traps" 100, 1..=10_000;
    QUARANTINE_FEEDS "adapters.quarantine_feeds" 3, 0..=1_000;
    // What a route may have waiting before its source is no longer asked, and what is kept.
    WAITING_RECORDS_MAX "queue.waiting_records_max" 1_000_000, 1_000..=100_000_000;
    WAITING_MIB_MAX "queue.waiting_mib_max" 2_048, 16..=1_048_576;
    RETENTION_DAYS "queue.retention_days" 180, 1..=3_650;
    RETENTION_GIB "queue.retention_gib" 50, 1..=100_000;
    // Feeds that are handed in.
    PUSH_BODY_MIB_MAX "push.body_mib_max" 256, 1..=4_096;
    PUSH_RATIO_MAX "push.ratio_max" 200, 1..=10_000;
    PUSH_REQUESTS_MAX "push.requests_max" 16, 1..=1_000;
    PUSH_HEAD_KIB_MAX "push.head_kib_max" 16, 8..=64;
    PUSH_HEAD_TIMEOUT_MS "push.head_timeout_ms" 10_000, 100..=600_000;
    PUSH_IDLE_TIMEOUT_MS "push.idle_timeout_ms" 30_000, 10..=600_000;
    PUSH_TOTAL_TIMEOUT_MS "push.total_timeout_ms" 600_000, 100..=86_400_000;
    PUSH_ANSWER_TIMEOUT_MS "push.answer_timeout_ms" 120_000, 10..=3_600_000;
    // Raw input, kept so that it can be read again.
    KEEP_DAYS "raw.keep_days" 180, 1..=3_650;
    KEEP_GIB "raw.keep_gib" 20, 1..=100_000;
    FREE_GIB "raw.free_gib" 1, 0..=10_000;
    // Delivery.
    TARGET_TIMEOUT_MS "targets.timeout_ms" 30_000, 100..=600_000;
    RETRY_FIRST_MS "targets.retry.first_ms" 500, 10..=60_000;
    RETRY_FACTOR "targets.retry.factor" 2, 1..=10;
    RETRY_MOST_MS "targets.retry.most_ms" 300_000, 10..=3_600_000;
    BREAKER_FAILURES "targets.breaker.failures" 5, 1..=1_000;
    BREAKER_OPEN_MS "targets.breaker.open_ms" 30_000, 10..=3_600_000;
    // 0: as many as it takes.
    RECORDS_PER_SECOND "targets.records_per_second" 0, 0..=1_000_000;
    TARGET_LATE_S "alarms.target_late_s" 1_800, 1..=2_592_000;
    FIRST_ROW "targets.reply.first_row" 1, 0..=1;
    RECEIPT_POLL_MS "targets.poll_ms" 5_000, 10..=3_600_000;
    RECEIPT_LATE_MS "targets.late_ms" 86_400_000, 1_000..=1_209_600_000;
    RECEIPT_MIB_MAX "targets.receipt_mib_max" 64, 1..=1_024;
    TRANSFER_MS "targets.transfer_ms" 600_000, 1_000..=86_400_000;
    // Feeds.
    STABLE_MS "source.ready.stable_ms" 5_000, 0..=3_600_000;
    CONNECT_TIMEOUT_MS "source.connect_timeout_ms" 10_000, 10..=600_000;
    FIRST_BYTE_TIMEOUT_MS "source.first_byte_timeout_ms" 30_000, 10..=3_600_000;
    IDLE_TIMEOUT_MS "source.idle_timeout_ms" 30_000, 10..=600_000;
    TOTAL_TIMEOUT_MS "source.total_timeout_ms" 600_000, 100..=86_400_000;
    STEP_TIMEOUT_MS "source.timeout_ms" 30_000, 100..=600_000;
    COPY_MS "source.copy_ms" 3_600_000, 1_000..=86_400_000;
    FILE_MIB_MAX "source.file_mib_max" 1_024, 1..=1_048_576;
    WIRE_MIB_MAX "source.wire_mib_max" 256, 1..=4_096;
    BODY_MIB_MAX "source.body_mib_max" 256, 1..=4_096;
    RATIO_MAX "source.ratio_max" 200, 1..=10_000;
    OVERLAP_S "source.overlap_s" 0, 0..=31_536_000;
    PAGE_FIRST "source.paging.first" 1, 0..=1_000_000;
    PAGE_SIZE "source.paging.size" 500, 1..=1_000_000;
    PAGES_MAX "source.pages_max" 10_000, 1..=1_000_000;
    ROWS_MAX "source.rows_max" 50_000, 1..=1_000_000;
    // Seconds where the position is a time, ones where it is a number.
    OVERLAP "source.overlap" 0, 0..=31_536_000;
    // 0: not at all.
    JITTER_S "schedule.jitter_s" 0, 0..=86_400;
    SILENT_AFTER_H "schedule.silent_after_h" 0, 0..=8_784;
    EVERY_MS "schedule.every_ms" 10_000, 100..=86_400_000;
    CHUNK_KIB "chunk.kib" 1_024, 4..=8_192;
    ABSENT_MAX_PERCENT "snapshot.absent_max_percent" 10, 0..=100;
    PARCEL_RECORDS_MAX "parcel.records_max" 500, 1..=5_000;
    PARCEL_MIB_MAX "parcel.mib_max" 4, 1..=64;
}

/// Days that network and access logs, and so the receipts that prove them, are to be kept.
pub(crate) const RETENTION_DAYS_ADVISED: u64 = 180;

const _: () = assert!(RETENTION_DAYS.default >= RETENTION_DAYS_ADVISED);
const _: () = assert!(RETRY_FIRST_MS.default <= RETRY_MOST_MS.default);
const _: () = assert!(
    CHUNK_KIB.default <= MEMORY_MIB.default * 1024 / 8,
    "a piece is held some times"
);
const _: () = assert!(
    PARCEL_MIB_MAX.most * 1024 * 1024 <= 0xffff_ffff,
    "parcels count in u32"
);

impl Limit {
    /// The key without its section.
    pub(crate) fn name(&self) -> &'static str {
        self.key.rsplit_once('.').map_or(self.key, |(_, name)| name)
    }

    /// What it counts, as its key says.
    pub(crate) fn unit(&self) -> &'static str {
        let unit = |part| match part {
            "ms" => Some("milliseconds"),
            "s" => Some("seconds"),
            "kib" => Some("KiB"),
            "mib" => Some("MiB"),
            "gib" => Some("GiB"),
            "days" => Some("days"),
            "records" => Some("records"),
            "rows" => Some("rows"),
            "pages" => Some("pages"),
            "requests" => Some("requests"),
            "failures" => Some("failures"),
            "percent" => Some("percent"),
            "ratio" => Some("times"),
            "size" => Some("rows"),
            "traps" => Some("failures"),
            "feeds" => Some("feeds"),
            _ => None,
        };
        self.name().split('_').find_map(unit).unwrap_or("")
    }
}
