//! Why a draft is doubtful: the one table of the judge's codes and words.
//!
//! A code never changes its meaning. No text holds an id unmasked, nor anything of a column of
//! personal data.

use crate::{
    directory::{Column, Counted, Personal},
    flow::Reason,
    id::IdError,
    mask::mask_text,
    money::Unit,
};

/// Characters of a value that a message shows.
const SHOWN_CHARS_MAX: usize = 40;

/// What is wrong.
#[derive(Clone, Copy, Debug)]
pub(super) enum Why<'a> {
    BodyMalformed {
        at: usize,
    },
    BodyTooLong,
    DirectoryUnknown {
        name: &'a str,
    },
    ColumnUnknown {
        name: &'a str,
    },
    ColumnTwice,
    ValueShape,
    TextDamaged,
    TooLong {
        found: usize,
        max: u32,
        counted: Counted,
    },
    RequiredMissing,
    RequiredGroup {
        zh: &'a str,
        en: &'a str,
    },
    RequiredWhen {
        on: &'a Column,
    },
    AmountMissing {
        on: &'a Column,
    },
    AmountNotText,
    AmountPrecision {
        value: &'a str,
        unit: Unit,
    },
    AmountImplausible {
        value: &'a str,
        unit: Unit,
    },
    NotANumber {
        value: &'a str,
    },
    DateUnreadable {
        value: &'a str,
    },
    DateImplausible {
        value: &'a str,
    },
    DateFuture {
        value: &'a str,
    },
    DateOpenEnd,
    Order {
        than: &'a Column,
        strict: bool,
    },
    PublicityTooLong {
        zh: &'a str,
        en: &'a str,
        last: &'a str,
    },
    CodeUnknown {
        value: &'a str,
        zh: &'a str,
        en: &'a str,
    },
    PersonalIdInTaxId,
    Id(IdError),
}

impl Why<'_> {
    /// The reason as it is kept, of a column or of the whole row.
    pub(super) fn reason(&self, column: Option<&Column>) -> Reason {
        let personal = column.is_some_and(|c| c.personal != Personal::None);
        let show = |value: &str| {
            if personal {
                "***".to_owned()
            } else {
                shown(value)
            }
        };
        let (zh, en) = (self.zh(show), self.en(show));
        let (zh, en) = match column {
            None => (zh, en),
            Some(c) => (
                format!("{}：{zh}", c.title_zh),
                format!("{}: {en}", c.title_en),
            ),
        };
        let field = column.map_or_else(String::new, |c| c.code.clone());
        Reason {
            field,
            code: self.code().to_owned(),
            zh,
            en,
        }
    }

    /// Stable word.
    const fn code(&self) -> &'static str {
        match self {
            Self::BodyMalformed { .. } => "body_malformed",
            Self::BodyTooLong => "body_too_long",
            Self::DirectoryUnknown { .. } => "directory_unknown",
            Self::ColumnUnknown { .. } => "column_unknown",
            Self::ColumnTwice => "column_twice",
            Self::ValueShape => "value_shape",
            Self::TextDamaged => "text_damaged",
            Self::TooLong { .. } => "too_long",
            Self::RequiredMissing | Self::RequiredWhen { .. } => "required_missing",
            Self::RequiredGroup { .. } => "required_group",
            Self::AmountMissing { .. } => "amount_missing",
            Self::AmountNotText => "amount_not_text",
            Self::AmountPrecision { .. } => "amount_precision",
            Self::AmountImplausible { .. } => "amount_implausible",
            Self::NotANumber { .. } => "not_a_number",
            Self::DateUnreadable { .. } => "date_unreadable",
            Self::DateImplausible { .. } => "date_implausible",
            Self::DateFuture { .. } => "date_future",
            Self::DateOpenEnd => "date_open_end",
            Self::Order { .. } => "order",
            Self::PublicityTooLong { .. } => "publicity_too_long",
            Self::CodeUnknown { .. } => "code_unknown",
            Self::PersonalIdInTaxId => "personal_id_in_tax_id",
            Self::Id(error) => error.code(),
        }
    }

    fn zh(&self, show: impl Fn(&str) -> String) -> String {
        match *self {
            Self::BodyMalformed { at } => {
                format!("适配器输出的记录在第{at}字节处不是单层JSON对象")
            }
            Self::BodyTooLong => "本页记录合计过长".into(),
            Self::DirectoryUnknown { name } => format!("没有目录“{}”", show(name)),
            Self::ColumnUnknown { name } => format!("目录没有数据项“{}”", show(name)),
            Self::ColumnTwice => "同一数据项出现两次".into(),
            Self::ValueShape => "值的类型不符，应为文本".into(),
            Self::TextDamaged => "含有无法识别的字符，原文编码可能损坏".into(),
            Self::TooLong {
                found,
                max,
                counted,
            } => {
                let unit = match counted {
                    Counted::Characters => "个字符",
                    Counted::Bytes => "个UTF-8字节",
                };
                format!("长{found}{unit}，最多{max}{unit}")
            }
            Self::RequiredMissing => "必填项为空".into(),
            Self::RequiredGroup { zh, .. } => format!("以下各项至少填一项：{zh}"),
            Self::RequiredWhen { on } => format!("“{}”的内容要求填写此项", on.title_zh),
            Self::AmountMissing { on } => format!("“{}”的内容要求填写金额", on.title_zh),
            Self::AmountNotText => "金额须为十进制文本，不能为浮点数".into(),
            Self::AmountPrecision { value, unit } => {
                format!("{}{}不足一分，无法精确表示", show(value), unit.zh())
            }
            Self::AmountImplausible { value, unit } => {
                format!("{}{}不合常理，请核对单位", show(value), unit.zh())
            }
            Self::NotANumber { value } => format!("“{}”不是此项所要求的数字", show(value)),
            Self::DateUnreadable { value } => format!("“{}”不是有效日期", show(value)),
            Self::DateImplausible { value } => format!("日期{}不合常理", show(value)),
            Self::DateFuture { value } => format!("{}晚于今天", show(value)),
            Self::DateOpenEnd => "此项不能为长期".into(),
            Self::Order { than, strict: true } => format!("须晚于“{}”", than.title_zh),
            Self::Order {
                than,
                strict: false,
            } => format!("不得早于“{}”", than.title_zh),
            Self::PublicityTooLong { zh, last, .. } => format!("按{zh}最晚公示至{last}"),
            Self::CodeUnknown { value, zh, .. } => {
                format!("“{}”不在代码集“{zh}”中", show(value))
            }
            Self::PersonalIdInTaxId => "含公民身份号码，属于自然人，不得进入法人目录".into(),
            Self::Id(ref error) => error.zh(),
        }
    }

    fn en(&self, show: impl Fn(&str) -> String) -> String {
        match *self {
            Self::BodyMalformed { at } => {
                format!("what the adapter made is no flat JSON object: wrong at byte {at}")
            }
            Self::BodyTooLong => "the records of this page are too long together".into(),
            Self::DirectoryUnknown { name } => format!("there is no directory `{}`", show(name)),
            Self::ColumnUnknown { name } => format!("the directory has no column `{}`", show(name)),
            Self::ColumnTwice => "the column stands twice".into(),
            Self::ValueShape => "the value must be text".into(),
            Self::TextDamaged => "holds characters that could not be decoded".into(),
            Self::TooLong {
                found,
                max,
                counted,
            } => {
                let unit = match counted {
                    Counted::Characters => "characters",
                    Counted::Bytes => "bytes of UTF-8",
                };
                format!("{found} {unit}, at most {max} are allowed")
            }
            Self::RequiredMissing => "required, and missing".into(),
            Self::RequiredGroup { en, .. } => format!("at least one of these is required: {en}"),
            Self::RequiredWhen { on } => format!("required by what stands in {}", on.code),
            Self::AmountMissing { on } => format!("what stands in {} requires an amount", on.code),
            Self::AmountNotText => "an amount must be decimal text, not a float".into(),
            Self::AmountPrecision { value, unit } => {
                format!("{} {} is finer than one 分", show(value), unit.zh())
            }
            Self::AmountImplausible { value, unit } => {
                format!(
                    "{} {} is implausible: check the unit",
                    show(value),
                    unit.zh()
                )
            }
            Self::NotANumber { value } => format!("`{}` is not such a number", show(value)),
            Self::DateUnreadable { value } => format!("`{}` is no date", show(value)),
            Self::DateImplausible { value } => format!("the date {} is implausible", show(value)),
            Self::DateFuture { value } => format!("{} lies in the future", show(value)),
            Self::DateOpenEnd => "this date cannot be open-ended".into(),
            Self::Order { than, strict: true } => format!("must be later than {}", than.code),
            Self::Order {
                than,
                strict: false,
            } => format!("must not be earlier than {}", than.code),
            Self::PublicityTooLong { en, last, .. } => {
                format!("by {en} publication ends on {last} at the latest")
            }
            Self::CodeUnknown { value, en, .. } => {
                format!("`{}` is not in the code set `{en}`", show(value))
            }
            Self::PersonalIdInTaxId => "holds a personal id: it belongs to a natural person, not \
                                        into a directory of organisations"
                .into(),
            Self::Id(ref error) => error.en(),
        }
    }
}

/// The beginning of a value, ids masked.
fn shown(value: &str) -> String {
    let masked = mask_text(value);
    let mut shown: String = masked.chars().take(SHOWN_CHARS_MAX).collect();
    if masked.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}
