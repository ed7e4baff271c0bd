//! Regions of GB/T 2260, as they are and as they were: an identifier keeps the region of the day
//! it was given for ever.
//!
//! Known are all provinces, the prefectures of today and those abolished since the eighties, and
//! by name the counties of Bijie. An unknown prefecture proves nothing: state farms and
//! development zones have codes that stand in no table.

use std::fmt;

use super::normal::{Room, check_alphabet, normalise};
use super::{IdError, IdKind, Parsed, Warnings};

/// A region of six digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(u32);

/// How far down a code is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RegionLevel {
    /// Not even the province.
    Unknown,
    /// The province, or the whole country.
    Province,
    /// The prefecture.
    Prefecture,
    /// The county.
    County,
}

impl Region {
    /// The whole country: the region of organisations registered by a ministry.
    pub const NATIONAL: Self = Self(100_000);

    /// Reads 6 digits, or 9 or 12 of which the first 6 are the county.
    ///
    /// # Errors
    /// Other lengths, other characters, and a province that does not exist.
    pub fn parse(text: &str) -> Result<Parsed<Self>, IdError> {
        let kind = IdKind::Region;
        let mut room = Room::empty();
        let (text, repairs) = normalise(kind, text, &mut room)?;
        check_alphabet(kind, text, |_, c| c.is_ascii_digit())?;
        if !matches!(text.len(), 6 | 9 | 12) {
            return Err(IdError::Length {
                kind,
                found: text.len(),
            });
        }
        let value = Self::at(text.as_bytes(), 0);
        if value.level() == RegionLevel::Unknown {
            return Err(IdError::Region {
                kind,
                province: value.province(),
            });
        }
        Ok(Parsed {
            value,
            repairs,
            warnings: value.warning(),
        })
    }

    /// The six characters of `text` from `start` on, which the caller knows to be digits.
    pub(crate) fn at(text: &[u8], start: usize) -> Self {
        let digits = text.iter().skip(start).take(6);
        Self(digits.fold(0, |code, b| code * 10 + u32::from(b.wrapping_sub(b'0'))))
    }

    /// The code as a number of six digits.
    #[must_use]
    pub const fn code(self) -> u32 {
        self.0
    }

    /// Its first two digits.
    pub(crate) fn province(self) -> u8 {
        u8::try_from(self.0 / 10_000 % 100).unwrap_or_default()
    }

    /// Its third and fourth digit, 0 for a whole province.
    const fn prefecture(self) -> u32 {
        self.0 / 100 % 100
    }

    /// How far down it is known.
    #[must_use]
    pub fn level(self) -> RegionLevel {
        if self == Self::NATIONAL {
            return RegionLevel::Province;
        }
        if !self.0.is_multiple_of(100) && NAMED.iter().any(|&(code, _)| code == self.0) {
            return RegionLevel::County;
        }
        let known = KNOWN
            .get(usize::from(self.province()))
            .copied()
            .unwrap_or_default();
        match (known, self.prefecture()) {
            (0, _) => RegionLevel::Unknown,
            (_, 1..) if known & (1 << self.prefecture()) != 0 => RegionLevel::Prefecture,
            _ => RegionLevel::Province,
        }
    }

    /// Its name, where it is known: of Bijie, its counties, or a province.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        let named = NAMED
            .iter()
            .find(|&&(code, _)| code == self.0)
            .map(|&(_, name)| name);
        named.or_else(|| {
            let province = PROVINCES.iter().find(|p| u32::from(p.0) * 10_000 == self.0);
            province.map(|&(_, name, _)| name)
        })
    }

    /// [`Warnings::REGION_UNKNOWN`] where the code is unknown at four digits.
    pub(crate) fn warning(self) -> Warnings {
        let known = match self.level() {
            RegionLevel::Unknown => false,
            RegionLevel::Province => self.prefecture() == 0,
            RegionLevel::Prefecture | RegionLevel::County => true,
        };
        Warnings::when(Warnings::REGION_UNKNOWN, !known)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({self})")
    }
}

/// Known by name: Bijie and its counties, each with all its codes. Until 2011 they lay in 522400.
const NAMED: [(u32, &str); 20] = [
    (520_100, "贵阳市"),
    (520_500, "毕节市"),
    (520_502, "七星关区"),
    (520_521, "大方县"),
    (520_522, "黔西县"), // 2011 to 2021
    (520_523, "金沙县"),
    (520_524, "织金县"),
    (520_525, "纳雍县"),
    (520_526, "威宁彝族回族苗族自治县"),
    (520_527, "赫章县"),
    (520_581, "黔西市"), // since 2021
    (522_400, "毕节地区"),
    (522_401, "毕节市"),
    (522_422, "大方县"),
    (522_423, "黔西县"), // until 2011
    (522_424, "金沙县"),
    (522_425, "织金县"),
    (522_426, "纳雍县"),
    (522_427, "威宁彝族回族苗族自治县"),
    (522_428, "赫章县"),
];

/// Province, name, prefectures: 01 to 20 and 51 to 70 cities, 21 to 50 autonomous prefectures and
/// regions (most of these abolished), 90 counties directly under the province.
const PROVINCES: [(u8, &str, &str); 35] = [
    (11, "北京市", "01 02"),
    (12, "天津市", "01 02"),
    (
        13,
        "河北省",
        "01 02 03 04 05 06 07 08 09 10 11 21 22 23 24 25 26 27 28 29 30 31 90",
    ),
    (
        14,
        "山西省",
        "01 02 03 04 05 06 07 08 09 10 11 21 22 23 24 25 26 27",
    ),
    (
        15,
        "内蒙古自治区",
        "01 02 03 04 05 06 07 08 09 21 22 23 24 25 26 27 28 29",
    ),
    (21, "辽宁省", "01 02 03 04 05 06 07 08 09 10 11 12 13 14"),
    (22, "吉林省", "01 02 03 04 05 06 07 08 22 23 24"),
    (
        23,
        "黑龙江省",
        "01 02 03 04 05 06 07 08 09 10 11 12 21 22 23 26 27",
    ),
    (31, "上海市", "01 02"),
    (32, "江苏省", "01 02 03 04 05 06 07 08 09 10 11 12 13"),
    (33, "浙江省", "01 02 03 04 05 06 07 08 09 10 11 25 26 90"),
    (
        34,
        "安徽省",
        "01 02 03 04 05 06 07 08 10 11 12 13 14 15 16 17 18 21 22 23 24 25 26 27 28 29",
    ),
    (35, "福建省", "01 02 03 04 05 06 07 08 09 21 22 25 26"),
    (
        36,
        "江西省",
        "01 02 03 04 05 06 07 08 09 10 11 21 22 23 24 25",
    ),
    (
        37,
        "山东省",
        "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 23 24 25 28 29",
    ),
    (
        41,
        "河南省",
        "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 23 27 28 29 30 90",
    ),
    (
        42,
        "湖北省",
        "01 02 03 05 06 07 08 09 10 11 12 13 21 22 23 24 26 27 28 90",
    ),
    (
        43,
        "湖南省",
        "01 02 03 04 05 06 07 08 09 10 11 12 13 23 24 25 26 28 29 30 31",
    ),
    (
        44,
        "广东省",
        "01 02 03 04 05 06 07 08 09 12 13 14 15 16 17 18 19 20 51 52 53",
    ),
    (
        45,
        "广西壮族自治区",
        "01 02 03 04 05 06 07 08 09 10 11 12 13 14 21 22 23 24 25 26 27 28",
    ),
    (46, "海南省", "01 02 03 04 90"),
    (50, "重庆市", "01 02 03"),
    (
        51,
        "四川省",
        "01 02 03 04 05 06 07 08 09 10 11 13 14 15 16 17 18 19 20 \
         22 23 25 29 30 31 32 33 34 35 36 37 38 39",
    ),
    (52, "贵州省", "01 02 03 04 05 06 21 22 23 24 25 26 27"),
    (
        53,
        "云南省",
        "01 03 04 05 06 07 08 09 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35",
    ),
    (54, "西藏自治区", "01 02 03 04 05 06 21 22 23 24 25 26"),
    (
        61,
        "陕西省",
        "01 02 03 04 05 06 07 08 09 10 21 23 24 25 26 27",
    ),
    (
        62,
        "甘肃省",
        "01 02 03 04 05 06 07 08 09 10 11 12 21 22 23 24 25 26 27 28 29 30",
    ),
    (63, "青海省", "01 02 21 22 23 25 26 27 28"),
    (64, "宁夏回族自治区", "01 02 03 04 05 21 22"),
    (
        65,
        "新疆维吾尔自治区",
        "01 02 03 04 05 21 22 23 27 28 29 30 31 32 40 41 42 43 90",
    ),
    (71, "台湾省", ""),
    (81, "香港特别行政区", ""),
    (82, "澳门特别行政区", ""),
    // Of no region, but of the residence permits of people from Taiwan.
    (83, "台湾", ""),
];

/// By province: bit `p` for prefecture `p`, bit 0 for the province itself.
const KNOWN: [u128; 100] = known();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated while compiling, where it cannot panic"
)]
const fn known() -> [u128; 100] {
    let mut known = [0; 100];
    let mut p = 0;
    while p < PROVINCES.len() {
        let (province, _, prefectures) = PROVINCES[p];
        let digits = prefectures.as_bytes();
        let mut bits = 1_u128;
        let mut at = 0;
        while at < digits.len() {
            bits |= 1 << ((digits[at] - b'0') * 10 + digits[at + 1] - b'0');
            at += 3;
        }
        known[province as usize] = bits;
        p += 1;
    }
    known
}

/// The province of these two digits exists, now or at some time.
pub(crate) fn is_province(two_digits: u8) -> bool {
    KNOWN
        .get(usize::from(two_digits))
        .is_some_and(|&known| known != 0)
}
