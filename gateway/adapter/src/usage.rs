//! What calls use of what they may use.

use std::time::Duration;

/// What one call used, or the most that any of several used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of linear memory at its end, which is its peak: it never shrinks.
    pub memory_bytes: u64,
    /// Wall time, a fresh instance included.
    pub time: Duration,
    /// Bytes returned, counted as `output_mib` limits them; 0 where nothing came of it.
    pub output_bytes: u64,
    /// Bytes of carry returned.
    pub carry_bytes: u64,
}

impl Usage {
    /// The greater of each.
    #[must_use]
    pub fn most(self, other: Self) -> Self {
        Self {
            memory_bytes: self.memory_bytes.max(other.memory_bytes),
            time: self.time.max(other.time),
            output_bytes: self.output_bytes.max(other.output_bytes),
            carry_bytes: self.carry_bytes.max(other.carry_bytes),
        }
    }
}
