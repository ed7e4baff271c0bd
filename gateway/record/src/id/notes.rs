//! Small sets of what was put right and of what is odd, each with a stable word.
//!
//! The bits are stored: a bit never changes its meaning, new ones are added at the end.

macro_rules! notes {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$note:meta])* $flag:ident = $bit:literal, $word:literal;)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name(u16);

        impl $name {
            /// Nothing.
            pub const NONE: Self = Self(0);
            $($(#[$note])* pub const $flag: Self = Self(1 << $bit);)*
            const WORDS: &[(Self, &'static str)] = &[$((Self::$flag, $word)),*];

            /// The set as it is stored.
            #[must_use]
            pub const fn bits(self) -> u16 {
                self.0
            }

            /// The set stored as `bits`; `None` if a bit has no meaning.
            #[must_use]
            pub const fn from_bits(bits: u16) -> Option<Self> {
                let known: u16 = 0 $(| (1 << $bit))*;
                if bits & !known == 0 { Some(Self(bits)) } else { None }
            }

            /// There is nothing in it.
            #[must_use]
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// All of `other` is in it.
            #[must_use]
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// The stable words of what is in it.
            pub fn words(self) -> impl Iterator<Item = &'static str> {
                Self::WORDS.iter().filter(move |(flag, _)| self.contains(*flag)).map(|(_, w)| *w)
            }

            /// `flag` if `yes`, else nothing.
            pub(crate) const fn when(flag: Self, yes: bool) -> Self {
                if yes { flag } else { Self::NONE }
            }
        }

        impl std::ops::BitOr for $name {
            type Output = Self;
            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl std::ops::BitOrAssign for $name {
            fn bitor_assign(&mut self, other: Self) {
                self.0 |= other.0;
            }
        }
    };
}

notes! {
    /// What had to be put right in a value, or was worked out.
    Repairs {
        /// Blanks or invisible characters around it.
        TRIM = 0, "trim";
        /// Lower-case letters.
        CASE = 1, "case";
        /// Full-width characters.
        WIDTH = 2, "width";
        /// Blanks or invisible characters inside it.
        INNER_BLANK = 3, "inner_blank";
        /// The hyphen of an organisation code.
        HYPHEN = 4, "hyphen";
        /// The apostrophe with which Excel marks text.
        EXCEL_MARK = 5, "excel_mark";
        /// The `.0` of a number that Excel took for a float.
        EXCEL_POINT = 6, "excel_point";
        /// Another spelling of a code of a set.
        SPELLING = 7, "spelling";
        /// The end of publication, which the source does not say.
        PUBLISHED_UNTIL = 8, "published_until";
    }
}

notes! {
    /// What is odd about a right identifier.
    Warnings {
        /// The region is unknown at four digits (state farms and development zones have such).
        REGION_UNKNOWN = 0, "region_unknown";
        /// The organisation code inside a USCC fails its own check.
        INNER_ORG_CHECK = 1, "inner_org_check";
        /// An organisation's id that can also be read as a personal id.
        ALSO_PERSONAL_ID = 2, "also_personal_id";
        /// A personal id of 15 digits, no proof of identity since 2013.
        OLD_PERSONAL_ID = 3, "old_personal_id";
        /// Born before 1900.
        BORN_BEFORE_1900 = 4, "born_before_1900";
        /// A registration number of an older form, which has no check.
        LEGACY_REG_NO = 5, "legacy_reg_no";
        /// A passport of no Chinese form: the remark must name the country.
        FOREIGN_PASSPORT = 6, "foreign_passport";
    }
}
