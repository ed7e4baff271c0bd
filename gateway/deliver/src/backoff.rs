//! How long to wait before the next attempt: exponential, with full jitter.
//!
//! Pure: the wait is a function of the attempt and of a random number, between nothing and a
//! ceiling that grows by `factor` up to `most_ms`.

use std::time::Duration;

/// The bounds of waiting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// Ceiling of the wait after the first attempt.
    pub first_ms: u64,
    /// What the ceiling is multiplied by after each attempt; below 1 it counts as 1.
    pub factor: f64,
    /// Highest ceiling.
    pub most_ms: u64,
}

impl Backoff {
    /// The wait after attempt number `attempt` (from 1) has failed.
    #[must_use]
    pub fn wait(&self, attempt: u32, random: u64) -> Duration {
        let choices = u128::from(self.ceiling_ms(attempt)) + 1;
        let drawn = (choices * u128::from(random)) >> 64;
        Duration::from_millis(u64::try_from(drawn).unwrap_or(self.most_ms))
    }

    fn ceiling_ms(&self, attempt: u32) -> u64 {
        let doublings = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let grown = self.first_ms as f64 * self.factor.max(1.0).powi(doublings);
        // A conversion from float saturates, and 0 × ∞ becomes 0.
        (grown as u64).min(self.most_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const USUAL: Backoff = Backoff {
        first_ms: 500,
        factor: 2.0,
        most_ms: 60_000,
    };

    #[test]
    fn the_longest_wait_doubles_until_it_meets_the_ceiling() {
        let longest = |attempt| USUAL.wait(attempt, u64::MAX).as_millis();
        assert_eq!(
            [1, 2, 3, 7, 8, 4_000_000_000].map(longest),
            [500, 1_000, 2_000, 32_000, 60_000, 60_000]
        );
    }

    #[test]
    fn the_shortest_wait_is_none_at_all() {
        assert_eq!(USUAL.wait(9, 0), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn a_wait_never_exceeds_its_ceiling(
            first_ms in 0_u64..100_000, factor in 0.0_f64..10.0, most_ms in 0_u64..1_000_000,
            attempt in 0_u32.., random in 0_u64..,
        ) {
            let backoff = Backoff { first_ms, factor, most_ms };
            let ceiling = backoff.ceiling_ms(attempt);
            prop_assert!(ceiling <= most_ms);
            prop_assert!(ceiling >= first_ms.min(most_ms));
            prop_assert!(backoff.wait(attempt, random).as_millis() <= u128::from(ceiling));
        }
    }
}
