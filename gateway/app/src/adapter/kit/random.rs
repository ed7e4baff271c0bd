//! Numbers that look random and are the same for the same seed, on any machine (SplitMix64).

/// A source of numbers.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// The numbers of one case of one sample under a seed.
    pub(super) fn of(seed: u64, sample: &str, case: u64) -> Self {
        let mut random = Self(seed);
        for byte in sample.bytes() {
            random.0 ^= u64::from(byte);
            random.next();
        }
        random.0 ^= case.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where `end` is 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % end).unwrap_or_default()
    }

    /// Two numbers from 0 to `end`, the smaller first.
    pub(super) fn span(&mut self, end: usize) -> (usize, usize) {
        let (one, other) = (self.below(end + 1), self.below(end + 1));
        (one.min(other), one.max(other))
    }

    /// Any byte.
    pub(super) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    /// One of several.
    pub(super) fn of_several<'a, T>(&mut self, several: &'a [T]) -> Option<&'a T> {
        several.get(self.below(several.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn the_same_case_has_the_same_numbers_and_another_has_others() {
        let numbers = |seed, sample, case| {
            let mut random = Random::of(seed, sample, case);
            [(); 8].map(|()| random.below(1_000_000))
        };
        assert_eq!(numbers(7, "a.csv", 3), numbers(7, "a.csv", 3));
        for other in [
            numbers(8, "a.csv", 3),
            numbers(7, "b.csv", 3),
            numbers(7, "a.csv", 4),
        ] {
            assert_ne!(numbers(7, "a.csv", 3), other);
        }
        assert_eq!(Random::of(1, "", 0).below(0), 0);
    }
}
