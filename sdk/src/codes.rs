//! Code sets, and cells that hold several codes.

/// The spellings of a code set: values and aliases.
#[derive(Clone, Copy, Debug)]
pub struct CodeSet {
    spellings: &'static [&'static str],
}

impl CodeSet {
    pub(crate) const fn new(spellings: &'static [&'static str]) -> Self {
        Self { spellings }
    }

    /// Whether `text` is a value of the set, or another spelling of one.
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        self.spellings.contains(&text)
    }

    /// The codes of one cell: parted at `;` and `；` always, at `、` only where known codes stand
    /// on both sides of it, for there are codes that hold one (没收违法所得、没收非法财物).
    pub fn split<'t>(&self, cell: &'t str) -> impl Iterator<Item = &'t str> + use<'t> {
        let set = *self;
        cell.split([';', '；'])
            .flat_map(move |part| set.known(crate::text::trim(part)))
    }

    /// The known codes that `part` is made of, or `part` itself where any of it is not known.
    fn known<'t>(self, part: &'t str) -> Known<'t> {
        let whole = !part.contains('、') || self.contains(part);
        if !whole && self.steps(part).map(|(_, rest)| rest).last() == Some("") {
            Known {
                set: self,
                rest: part,
                whole: false,
            }
        } else {
            Known {
                set: self,
                rest: part,
                whole: true,
            }
        }
    }

    /// Steps through `part`, each time over the longest known code; stops where there is none.
    fn steps(self, part: &str) -> impl Iterator<Item = (&str, &str)> {
        let mut rest = part;
        std::iter::from_fn(move || {
            let step = self.longest(rest)?;
            rest = step.1;
            Some(step)
        })
    }

    /// The longest known code that `text` begins with, and what follows its `、`.
    fn longest(self, text: &str) -> Option<(&str, &str)> {
        if text.is_empty() {
            return None;
        }
        let ends = text
            .match_indices('、')
            .map(|(at, mark)| (at, at + mark.len()));
        let ends = ends.chain(std::iter::once((text.len(), text.len())));
        let cut = |(end, next): (usize, usize)| Some((text.get(..end)?, text.get(next..)?));
        ends.filter_map(cut).rfind(|(code, _)| self.contains(code))
    }
}

/// The codes of a part of a cell, one by one.
struct Known<'t> {
    set: CodeSet,
    rest: &'t str,
    whole: bool,
}

impl<'t> Iterator for Known<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        if self.rest.is_empty() {
            return None;
        }
        let step = if self.whole {
            None
        } else {
            self.set.longest(self.rest)
        };
        let (code, rest) = step.unwrap_or((self.rest, ""));
        self.rest = rest;
        Some(code)
    }
}

#[cfg(test)]
mod tests {
    use crate::directory::codes::PENALTY_KIND;

    #[test]
    fn a_cell_is_parted_between_known_kinds_only() {
        for (cell, kinds) in [
            ("罚款", vec!["罚款"]),
            ("警告；罚款", vec!["警告", "罚款"]),
            (
                "罚款;没收违法所得、没收非法财物",
                vec!["罚款", "没收违法所得、没收非法财物"],
            ),
            ("罚款、没收违法所得", vec!["罚款", "没收违法所得"]),
            ("警告、罚款、行政拘留", vec!["警告", "罚款", "行政拘留"]),
            (
                "暂扣许可证件、降低资质等级、吊销许可证件",
                vec!["暂扣许可证件、降低资质等级、吊销许可证件"],
            ),
            ("罚款、其他-责令赔偿", vec!["罚款、其他-责令赔偿"]),
            (" 罚款 ; ", vec!["罚款"]),
            ("", vec![]),
        ] {
            assert_eq!(
                PENALTY_KIND.split(cell).collect::<Vec<_>>(),
                kinds,
                "{cell}"
            );
        }
    }
}
