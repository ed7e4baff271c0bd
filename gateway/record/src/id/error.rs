//! Why a text is no identifier.

use thiserror::Error;

/// The kinds of identifiers, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdKind {
    /// 统一社会信用代码.
    Uscc,
    /// 组织机构代码.
    OrgCode,
    /// 工商注册号.
    RegNo,
    /// 纳税人识别号.
    TaxId,
    /// 公民身份号码.
    PersonId,
    /// Any other document of a person.
    Document,
    /// 行政区划代码.
    Region,
}

impl IdKind {
    /// Its name in Chinese.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Uscc => "统一社会信用代码",
            Self::OrgCode => "组织机构代码",
            Self::RegNo => "工商注册号",
            Self::TaxId => "纳税人识别号",
            Self::PersonId => "公民身份号码",
            Self::Document => "证件号码",
            Self::Region => "行政区划代码",
        }
    }

    /// Its name in English.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::Uscc => "unified social credit code",
            Self::OrgCode => "organisation code",
            Self::RegNo => "registration number",
            Self::TaxId => "taxpayer id",
            Self::PersonId => "personal id",
            Self::Document => "document number",
            Self::Region => "region code",
        }
    }

    /// Its lengths, in Chinese and English.
    const fn lengths(self) -> (&'static str, &'static str) {
        match self {
            Self::Uscc => ("18位", "18"),
            Self::OrgCode => ("9位", "9"),
            Self::RegNo => ("15位", "15"),
            Self::TaxId => (
                "18位或15位，分支机构为15位加01，临时纳税人为L加18位或15位，个人为证件号码加2位顺序号",
                "18 or 15, 15 and 01 for a branch, L and 18 or 15 for a temporary taxpayer, \
                 or a personal id and a sequence of 2",
            ),
            Self::PersonId => ("18位（旧号15位）", "18 (15 for an old one)"),
            Self::Document => ("5至18位", "5 to 18"),
            Self::Region => ("6位、9位或12位", "6, 9 or 12"),
        }
    }
}

/// Why a text is no identifier. It never holds a personal id or the right check digit of one.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum IdError {
    /// Nothing but blanks.
    #[error("the {} is empty", kind.en())]
    Empty {
        /// What was looked for.
        kind: IdKind,
    },
    /// Hidden by its source: match by name only.
    #[error("the {} is masked by its source and identifies nobody", kind.en())]
    Masked {
        /// What was looked for.
        kind: IdKind,
    },
    /// No identifier has this length.
    #[error("the {} has {found} characters and no form of it fits: should be {}",
        kind.en(), kind.lengths().1)]
    Length {
        /// What was looked for.
        kind: IdKind,
        /// Characters found.
        found: usize,
    },
    /// A character that cannot stand where it stands.
    #[error("{found:?} cannot be character {position} of a {}", kind.en())]
    Alphabet {
        /// What was looked for.
        kind: IdKind,
        /// Where it stands, from 1.
        position: usize,
        /// The character.
        found: char,
    },
    /// Wrong check character of a USCC.
    #[error("check character of the unified social credit code is {found}, should be {expected}")]
    UsccCheck {
        /// The right one.
        expected: char,
        /// The one found.
        found: char,
    },
    /// Wrong check character of an organisation code.
    #[error("check character of the organisation code is {found}, should be {expected}")]
    OrgCheck {
        /// The right one.
        expected: char,
        /// The one found.
        found: char,
    },
    /// Wrong check digit of a registration number.
    #[error("check digit of the registration number is {found}, should be {expected}")]
    RegNoCheck {
        /// The right one.
        expected: char,
        /// The one found.
        found: char,
    },
    /// Wrong check digit of a personal id.
    #[error("check digit of the {} is wrong: compare it with the document", kind.en())]
    PersonCheck {
        /// What was looked for.
        kind: IdKind,
    },
    /// No province begins with these digits.
    #[error("no province has the code {province:02}, with which the {} begins", kind.en())]
    Region {
        /// What was looked for.
        kind: IdKind,
        /// Its first two digits.
        province: u8,
    },
    /// The date of birth is in no calendar, or before 1850.
    #[error("date of birth in the personal id is no date since 1850")]
    Date,
    /// The date of birth has not come yet.
    #[error("date of birth in the personal id is in the future")]
    Future,
    /// A placeholder.
    #[error("the {} is all zeros, which is a placeholder", kind.en())]
    AllZero {
        /// What was looked for.
        kind: IdKind,
    },
    /// No registering authority, or no type of organisation at it, has this character.
    #[error(
        "no unified social credit code begins with {first}{second}: \
        authority or type of organisation is wrong"
    )]
    Authority {
        /// Character of the registering authority.
        first: char,
        /// Character of the type of organisation.
        second: char,
    },
    /// A spreadsheet took it for a number and lost digits.
    #[error("the {} was turned into a number and lost digits: export the column as text",
        kind.en())]
    ExcelDestroyed {
        /// What was looked for.
        kind: IdKind,
    },
    /// A number that no document of this kind has.
    #[error("no {} has a number like this", document.en())]
    DocumentShape {
        /// The kind of document.
        document: super::DocumentKind,
    },
}

impl IdError {
    /// Stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "id_empty",
            Self::Masked { .. } => "id_masked",
            Self::Length { .. } => "id_length",
            Self::Alphabet { .. } => "id_alphabet",
            Self::UsccCheck { .. } => "uscc_check",
            Self::OrgCheck { .. } => "org_check",
            Self::RegNoCheck { .. } => "reg_no_check",
            Self::PersonCheck { .. } => "person_check",
            Self::Region { .. } => "id_region",
            Self::Date => "id_date",
            Self::Future => "id_future",
            Self::AllZero { .. } => "id_all_zero",
            Self::Authority { .. } => "id_authority",
            Self::ExcelDestroyed { .. } => "excel_destroyed",
            Self::DocumentShape { .. } => "document_shape",
        }
    }

    /// What is wrong and what it should be, in English.
    #[must_use]
    pub fn en(&self) -> String {
        self.to_string()
    }

    /// What is wrong and what it should be, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match *self {
            Self::Empty { kind } => format!("{}为空", kind.zh()),
            Self::Masked { kind } => format!("{}已被来源方遮掩，不能识别主体", kind.zh()),
            Self::Length { kind, found } => {
                format!(
                    "{}有{found}个字符，长度不符：应为{}",
                    kind.zh(),
                    kind.lengths().0
                )
            }
            Self::Alphabet {
                kind,
                position,
                found,
            } => {
                format!(
                    "{}第{position}个字符不能是“{}”",
                    kind.zh(),
                    found.escape_debug()
                )
            }
            Self::UsccCheck { expected, found } => {
                format!("统一社会信用代码的校验码是{found}，应为{expected}")
            }
            Self::OrgCheck { expected, found } => {
                format!("组织机构代码的校验码是{found}，应为{expected}")
            }
            Self::RegNoCheck { expected, found } => {
                format!("工商注册号的校验码是{found}，应为{expected}")
            }
            Self::PersonCheck { kind } => format!("{}的校验码不正确，请核对证件", kind.zh()),
            Self::Region { kind, province } => {
                format!("{}开头的{province:02}不是任何省级行政区划代码", kind.zh())
            }
            Self::Date => "公民身份号码中的出生日期不是1850年以来的有效日期".into(),
            Self::Future => "公民身份号码中的出生日期晚于今天".into(),
            Self::AllZero { kind } => format!("{}全为零，是占位符", kind.zh()),
            Self::Authority { first, second } => format!(
                "统一社会信用代码不能以{first}{second}开头：登记管理部门代码或机构类别代码不正确"
            ),
            Self::ExcelDestroyed { kind } => {
                format!(
                    "{}被表格软件当作数字而丢失了位数：请将该列按文本导出",
                    kind.zh()
                )
            }
            Self::DocumentShape { document } => format!("{}没有这种形式的号码", document.zh()),
        }
    }
}
