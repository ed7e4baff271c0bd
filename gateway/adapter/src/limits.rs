//! What an adapter may use: its manifest asks, the operator caps, the sandbox enforces.

use std::time::Duration;

const MIB: u64 = 1024 * 1024;
const KIB: u64 = 1024;

/// One limit: its name with its unit, and what may be asked for.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Key in the manifest and in the gateway's configuration.
    pub name: &'static str,
    /// What an adapter gets that asks for nothing.
    pub default: u64,
    /// The least that makes sense.
    pub least: u64,
    /// The most that may be asked for.
    pub most: u64,
}

/// Every limit of the sandbox that a manifest can ask for.
pub const LIMITS: [Limit; 4] = [MEMORY, CALL, OUTPUT, CARRY];

/// The sum of an instance's linear memories.
pub(crate) const MEMORY: Limit = Limit {
    name: "memory_mib",
    default: 128,
    least: 2,
    most: 1024,
};
/// Wall time of one call.
pub(crate) const CALL: Limit = Limit {
    name: "call_ms",
    default: 2_000,
    least: 50,
    most: 60_000,
};
/// Bodies, doubts and carry that one call returns; a take of it fits into a segment of the queue.
pub(crate) const OUTPUT: Limit = Limit {
    name: "output_mib",
    default: 32,
    least: 1,
    most: 48,
};
/// The state handed from one call to the next.
pub(crate) const CARRY: Limit = Limit {
    name: "carry_kib",
    default: 64,
    least: 1,
    most: 4096,
};

/// Stack of a guest where the operator says nothing, in bytes.
pub const STACK_BYTES: u64 = 1024 * 1024;
/// Elements of all of an instance's tables.
pub(crate) const TABLE_ELEMENTS_MAX: usize = 100_000;
/// Lines an adapter may log in one call; what comes after is counted, not kept.
pub(crate) const LOG_LINES_MAX: usize = 64;
/// Bytes of one logged line.
pub(crate) const LOG_LINE_BYTES_MAX: usize = 1024;

const _: () = assert!(MEMORY.least <= MEMORY.default && MEMORY.default <= MEMORY.most);
const _: () = assert!(CALL.least <= CALL.default && CALL.default <= CALL.most);
const _: () = assert!(
    OUTPUT.default < MEMORY.default,
    "what is returned was in memory before"
);
const _: () = assert!(CARRY.most * KIB < OUTPUT.default * MIB);

/// The limits in force for one adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory.
    pub memory_bytes: u64,
    /// Wall time of one call.
    pub call: Duration,
    /// Bytes one call returns.
    pub output_bytes: u64,
    /// Bytes of carry.
    pub carry_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self::of(MEMORY.default, CALL.default, OUTPUT.default, CARRY.default)
    }
}

impl Limits {
    /// Limits in the units of the manifest.
    #[must_use]
    pub const fn of(memory_mib: u64, call_ms: u64, output_mib: u64, carry_kib: u64) -> Self {
        Self {
            memory_bytes: memory_mib * MIB,
            call: Duration::from_millis(call_ms),
            output_bytes: output_mib * MIB,
            carry_bytes: carry_kib * KIB,
        }
    }

    /// The lesser of each.
    #[must_use]
    pub fn capped_by(self, cap: Self) -> Self {
        Self {
            memory_bytes: self.memory_bytes.min(cap.memory_bytes),
            call: self.call.min(cap.call),
            output_bytes: self.output_bytes.min(cap.output_bytes),
            carry_bytes: self.carry_bytes.min(cap.carry_bytes),
        }
    }
}
