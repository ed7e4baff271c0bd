//! Is what a guest returned what the contract promises? It is read as if an enemy had written it.
//!
//! The engine checks shapes (text is UTF-8, lists lie in memory); meaning is checked here.

use crate::contract::fold;
use crate::limits::Limits;

/// Most directories one page may name.
const DIRECTORIES_MAX: usize = 64;
/// Most bytes of a code, a field's name, a skip reason or a directory's code.
const WORD_BYTES_MAX: usize = 128;
/// Most bytes of a message or of a cursor.
const MESSAGE_BYTES_MAX: usize = 2_048;
/// Most control totals and skip entries of one page.
const ENTRIES_MAX: usize = 10_000;
/// Most drafts of one page, and most doubts: one take of the queue holds them. An adapter that
/// makes more of a piece is given less of it.
const ROWS_MAX: usize = 65_535;
/// What an entry of a list costs the host, beside its text.
const ENTRY_BYTES: u64 = 64;

/// What a guest claimed that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lie {
    /// More consumed than was handed over.
    #[error("consumed {consumed} of {given} bytes")]
    ConsumedPastPiece {
        /// What it claimed.
        consumed: u64,
        /// What it was given.
        given: u64,
    },
    /// Bytes left on the last piece.
    #[error("left {left} bytes of the last piece")]
    LeftOnLastPiece {
        /// How many.
        left: u64,
    },
    /// Nothing consumed, and yet something made of it.
    #[error("made {drafts} drafts and {doubts} doubts of nothing")]
    MadeOfNothing {
        /// How many drafts.
        drafts: usize,
        /// How many doubts.
        doubts: usize,
    },
    /// A draft's end that lies before the last, outside the bodies, or inside a character.
    #[error("ended draft {draft} at byte {end}, which is no place for it")]
    End {
        /// Which draft, from 0.
        draft: usize,
        /// What it claimed.
        end: u32,
    },
    /// Bodies that belong to no draft.
    #[error("left {left} bytes of bodies that belong to no draft")]
    BodiesLeft {
        /// How many bytes.
        left: usize,
    },
    /// A directory index that names nothing, or a directory that the manifest does not declare.
    #[error("put draft {draft} into directory {directory:?}, which the feed does not declare")]
    Directory {
        /// Which draft, from 0.
        draft: usize,
        /// The directory.
        directory: String,
    },
    /// More than a limit.
    #[error("returned {value} {what}, more than {most}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much.
        value: u64,
        /// The limit.
        most: u64,
    },
}

impl Lie {
    /// The same in Chinese, for officials.
    pub(crate) fn zh(&self) -> String {
        match self {
            Self::ConsumedPastPiece { consumed, given } => {
                format!("称已处理 {consumed} 字节，而只收到 {given} 字节")
            }
            Self::LeftOnLastPiece { left } => format!("最后一段数据剩余 {left} 字节未处理"),
            Self::MadeOfNothing { .. } => "未处理任何数据却产生了记录".to_owned(),
            Self::End { draft, end } => format!("第 {draft} 条记录的结束位置 {end} 不成立"),
            Self::BodiesLeft { left } => format!("有 {left} 字节内容不属于任何记录"),
            Self::Directory { draft, directory } => {
                format!("第 {draft} 条记录使用了未声明的目录 {directory:?}")
            }
            Self::TooMuch { value, most, .. } => format!("返回数量 {value} 超过上限 {most}"),
        }
    }
}

/// Checks a page against the piece it was made of.
pub(crate) fn page(
    page: &fold::Page,
    given: u64,
    last: bool,
    declared: &[String],
    limits: &Limits,
) -> Result<(), Lie> {
    if page.consumed > given {
        return Err(Lie::ConsumedPastPiece {
            consumed: page.consumed,
            given,
        });
    }
    if last && page.consumed < given {
        return Err(Lie::LeftOnLastPiece {
            left: given - page.consumed,
        });
    }
    if page.consumed == 0 && !last && !(page.drafts.is_empty() && page.doubts.is_empty()) {
        let (drafts, doubts) = (page.drafts.len(), page.doubts.len());
        return Err(Lie::MadeOfNothing { drafts, doubts });
    }
    sizes(page, limits)?;
    drafts(page, declared)
}

fn drafts(page: &fold::Page, declared: &[String]) -> Result<(), Lie> {
    let known = |name: &str| {
        let code = name.split_once('@').map_or(name, |(code, _)| code);
        declared.iter().any(|d| d == code)
    };
    let named: Vec<bool> = page.directories.iter().map(|d| known(d)).collect();
    let mut before = 0;
    for (n, draft) in page.drafts.iter().enumerate() {
        let end = draft.end as usize;
        if end <= before || !page.bodies.is_char_boundary(end) {
            return Err(Lie::End {
                draft: n,
                end: draft.end,
            });
        }
        if named.get(usize::from(draft.directory)) != Some(&true) {
            let name = page.directories.get(usize::from(draft.directory));
            let directory = name
                .cloned()
                .unwrap_or_else(|| format!("#{}", draft.directory));
            return Err(Lie::Directory {
                draft: n,
                directory,
            });
        }
        before = end;
    }
    match page.bodies.len() - before {
        0 => Ok(()),
        left => Err(Lie::BodiesLeft { left }),
    }
}

fn sizes(page: &fold::Page, limits: &Limits) -> Result<(), Lie> {
    let most = |what, value: usize, most: u64| {
        let value = value as u64;
        if value > most {
            Err(Lie::TooMuch { what, value, most })
        } else {
            Ok(())
        }
    };
    most("bytes of carry", page.carry.len(), limits.carry_bytes)?;
    most(
        "directories",
        page.directories.len(),
        DIRECTORIES_MAX as u64,
    )?;
    most("drafts", page.drafts.len(), ROWS_MAX as u64)?;
    most("doubts", page.doubts.len(), ROWS_MAX as u64)?;
    most("skip entries", page.skipped.len(), ENTRIES_MAX as u64)?;
    most("control totals", page.controls.len(), ENTRIES_MAX as u64)?;
    for doubt in &page.doubts {
        most("bytes of a code", doubt.code.len(), WORD_BYTES_MAX as u64)?;
        most(
            "bytes of a field's name",
            doubt.field.len(),
            WORD_BYTES_MAX as u64,
        )?;
        most(
            "bytes of a message",
            doubt.zh.len().max(doubt.en.len()),
            MESSAGE_BYTES_MAX as u64,
        )?;
    }
    let words = page
        .directories
        .iter()
        .chain(page.skipped.iter().map(|s| &s.reason));
    for word in words.chain(page.controls.iter().map(|c| &c.name)) {
        most("bytes of a word", word.len(), WORD_BYTES_MAX as u64)?;
    }
    for value in page.controls.iter().flat_map(|c| [&c.declared, &c.found]) {
        most(
            "bytes of a control total",
            value.len(),
            WORD_BYTES_MAX as u64,
        )?;
    }
    most(
        "bytes of a cursor",
        page.cursor.as_ref().map_or(0, String::len),
        MESSAGE_BYTES_MAX as u64,
    )?;
    let (value, most) = (output_bytes(page), limits.output_bytes);
    if value > most {
        let what = "bytes in all";
        return Err(Lie::TooMuch { what, value, most });
    }
    Ok(())
}

/// What a page costs the host, in bytes: what `output_mib` limits.
pub(crate) fn output_bytes(page: &fold::Page) -> u64 {
    let mut output = (page.bodies.len() + page.carry.len()) as u64;
    output += (page.drafts.len() + page.skipped.len() + page.controls.len()) as u64 * ENTRY_BYTES;
    for doubt in &page.doubts {
        output += (doubt.excerpt.len() + doubt.zh.len() + doubt.en.len()) as u64 + ENTRY_BYTES;
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(end: u32, directory: u16) -> fold::Draft {
        fold::Draft {
            source_row: 1,
            directory,
            operation: fold::Operation::Insert,
            end,
        }
    }

    fn good() -> fold::Page {
        fold::Page {
            bodies: r#"{"a":"税"}{}"#.to_owned(),
            drafts: vec![draft(11, 0), draft(13, 0)],
            directories: vec!["tax-rating@gen1".to_owned()],
            doubts: Vec::new(),
            skipped: Vec::new(),
            controls: Vec::new(),
            consumed: 10,
            carry: vec![1],
            cursor: None,
        }
    }

    fn judged(change: impl FnOnce(&mut fold::Page)) -> Result<(), Lie> {
        let mut it = good();
        change(&mut it);
        page(
            &it,
            10,
            true,
            &["tax-rating".to_owned()],
            &Limits::of(2, 50, 1, 1),
        )
    }

    #[test]
    fn an_honest_page_passes() {
        assert_eq!(judged(|_| ()), Ok(()));
    }

    #[test]
    fn every_lie_is_named() {
        let lie = |change: fn(&mut fold::Page)| judged(change).unwrap_err();
        assert!(matches!(
            lie(|p| p.consumed = 11),
            Lie::ConsumedPastPiece { consumed: 11, .. }
        ));
        assert!(matches!(
            lie(|p| p.consumed = 9),
            Lie::LeftOnLastPiece { left: 1 }
        ));
        assert!(matches!(
            lie(|p| p.drafts[0].end = 7),
            Lie::End { draft: 0, end: 7 }
        ));
        assert!(matches!(
            lie(|p| p.drafts[1].end = 11),
            Lie::End { draft: 1, .. }
        ));
        assert!(matches!(lie(|p| p.drafts[1].end = 99), Lie::End { .. }));
        assert!(matches!(
            lie(|p| p.drafts.truncate(1)),
            Lie::BodiesLeft { left: 2 }
        ));
        assert!(matches!(
            lie(|p| p.drafts[0].directory = 3),
            Lie::Directory { .. }
        ));
        assert!(matches!(
            lie(|p| p.directories[0] = "penalty".into()),
            Lie::Directory { .. }
        ));
        assert!(matches!(
            lie(|p| p.carry = vec![0; 2000]),
            Lie::TooMuch { .. }
        ));
        assert!(matches!(
            lie(|p| p.cursor = Some("x".repeat(9999))),
            Lie::TooMuch { .. }
        ));
    }

    #[test]
    fn something_made_of_nothing_is_a_lie() {
        let mut it = good();
        it.consumed = 0;
        let lie = page(
            &it,
            10,
            false,
            &["tax-rating".to_owned()],
            &Limits::default(),
        );
        assert_eq!(
            lie,
            Err(Lie::MadeOfNothing {
                drafts: 2,
                doubts: 0
            })
        );
    }
}
