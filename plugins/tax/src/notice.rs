//! What a notice says of itself around its table: its period, its office, its unit.
//!
//! What must stay true: what is not said is not guessed; then the route's settings say it, or the
//! notice is refused.

use credit_sdk::body::Reading;
use credit_sdk::tables::Around;
use credit_sdk::text::half_width;
use credit_sdk::{Columns, Date, Fault, Header, Money, Row, Settings, Unit, When};

/// How the name of an office ends.
const OFFICES: [&str; 4] = ["税务局", "分局", "税务所", "稽查局"];

/// How the names of offices begin.
const NATIONAL: &str = "国家税务总局";

/// The time that a notice tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    /// Not where the notice names a last day only.
    pub(crate) from: Option<Date>,
    pub(crate) to: Date,
}

/// The period of a notice, by its texts or else by its file's name.
pub(crate) fn period_of(around: &Around<'_>) -> Result<Period, Fault> {
    let texts = around.texts().chain([around.file]);
    let found = texts.filter_map(period).next();
    found.ok_or_else(|| {
        Fault::new(
            "period_unknown",
            "标题和文件名中都没有所属期：请写明，如“2026年第3季度”或“截至2026年9月30日”",
            "neither title nor file name tells the period: write it there, as 2026年第3季度",
        )
    })
}

/// The office of a notice, by its texts or else by the setting `office`.
pub(crate) fn office_of(around: &Around<'_>, settings: &Settings<'_>) -> Option<String> {
    let said = around.texts().find_map(office);
    said.or_else(|| settings.get("office")).map(str::to_owned)
}

/// An office is needed and not known.
pub(crate) fn office_unknown() -> Fault {
    Fault::new(
        "office_unknown",
        "文件中没有税务机关名称：请在路由的 settings 中设置 office",
        "the document names no tax office: set `office` in the route's settings",
    )
}

/// The column of an amount that a header has: one of some that name their unit, or else `bare`.
pub(crate) fn amount_of<C: Columns>(
    header: &Header<C>,
    named: &[(C, Unit)],
    bare: C,
    (around, settings): (&Around<'_>, &Settings<'_>),
) -> Result<Option<(C, Unit)>, Fault> {
    if let Some(named) = named.iter().find(|(column, _)| header.has(*column)) {
        Ok(Some(*named))
    } else if header.has(bare) {
        Ok(Some((bare, unit_of(around, settings)?)))
    } else {
        Ok(None)
    }
}

/// An amount in the column that the header has for it.
pub(crate) fn amount<'r, C: Columns>(
    row: &Row<'r, C>,
    column: Option<(C, Unit)>,
) -> Reading<'r, Option<Money>> {
    column.map_or_else(|| None.into(), |(column, unit)| row.money(column, unit))
}

/// The unit of amounts, by the line that says so (单位：万元) or else by the setting
/// `amount_unit`. Guessing would be wrong by ten thousand.
fn unit_of(around: &Around<'_>, settings: &Settings<'_>) -> Result<Unit, Fault> {
    let said = around.texts().find_map(unit);
    let set = match settings.get("amount_unit") {
        Some("元") => Some(Unit::Yuan),
        Some("万元") => Some(Unit::WanYuan),
        _ => None,
    };
    said.or(set).ok_or_else(|| {
        Fault::new(
            "unit_unknown",
            "文件中没有金额单位：请在路由的 settings 中设置 amount_unit（元 或 万元）",
            "the document names no unit of amounts: set `amount_unit` in the route's settings",
        )
    })
}

fn unit(text: &str) -> Option<Unit> {
    let text = half_width(text);
    let (_, said) = text.split_once("单位:")?;
    let said = said.strip_prefix("人民币").unwrap_or(said);
    if said.starts_with("万元") {
        Some(Unit::WanYuan)
    } else if said.starts_with('元') {
        Some(Unit::Yuan)
    } else {
        None
    }
}

/// The name of a tax office in a text: behind 国家税务总局, or the whole text where it ends so.
fn office(text: &str) -> Option<&str> {
    let han = |c: char| matches!(c, '\u{4e00}'..='\u{9fff}');
    let Some(from) = text.find(NATIONAL) else {
        let name = text.rsplit(['：', ':']).next()?.trim();
        let named = OFFICES.iter().any(|end| name.ends_with(end));
        return (named && name.chars().all(han)).then_some(name);
    };
    let name = text.get(from..)?;
    let name = name.get(..name.find(|c| !han(c)).unwrap_or(name.len()))?;
    let behind = |end: &&str| Some(name.rfind(*end)? + end.len());
    name.get(..OFFICES.iter().filter_map(behind).max()?)
}

fn period(text: &str) -> Option<Period> {
    let text: String = half_width(text).chars().map(digit).collect();
    let years = text.match_indices('年').filter_map(|(at, year)| {
        let digits = text.get(at.checked_sub(4)?..at)?;
        let number = digits.parse::<i32>().ok()?;
        let rest = text.get(at + year.len()..)?;
        Some((number, rest.strip_prefix('度').unwrap_or(rest)))
    });
    let parts = |(year, rest)| quarter_or_half(year, rest).or_else(|| months(year, rest, &text));
    let (mut again, mut years) = (years.clone(), years);
    let of_part = years.find_map(parts).or_else(|| as_of(&text));
    of_part.or_else(|| {
        let whole = text.contains("欠税") && text.contains("年度");
        let (year, _) = again.next().filter(|_| whole)?;
        span(year, 1, 12)
    })
}

/// Chinese digits as others write them.
fn digit(c: char) -> char {
    const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let c = if c == '○' || c == '零' { '〇' } else { c };
    let value = DIGITS.iter().position(|digit| *digit == c);
    let value = value.and_then(|value| u32::try_from(value).ok());
    value
        .and_then(|value| char::from_digit(value, 10))
        .unwrap_or(c)
}

/// `第3季度`, `4季度`, `上半年`.
fn quarter_or_half(year: i32, rest: &str) -> Option<Period> {
    if rest.starts_with("上半年") {
        return span(year, 1, 6);
    }
    if rest.starts_with("下半年") {
        return span(year, 7, 12);
    }
    let rest = rest.strip_prefix('第').unwrap_or(rest);
    let (quarter, rest) = number(rest)?;
    if !rest.starts_with('季') || !(1..=4).contains(&quarter) {
        return None;
    }
    span(year, 3 * quarter - 2, 3 * quarter)
}

/// `9月份欠税`, `7月至9月`, `7-9月`: months, where no day follows.
fn months(year: i32, rest: &str, text: &str) -> Option<Period> {
    if !text.contains("欠税") {
        return None;
    }
    let (first, rest) = number(rest)?;
    let months = rest.strip_prefix('月');
    let to = months.unwrap_or(rest).trim_start_matches('份');
    match to.strip_prefix(['至', '-', '~', '—', '到']) {
        Some(to) => {
            let to = to.strip_prefix(&format!("{year}年")).unwrap_or(to);
            let (last, rest) = number(to)?;
            let day = number(rest.strip_prefix('月')?).is_some();
            if day { None } else { span(year, first, last) }
        }
        None if months.is_some() && number(to).is_none() => span(year, first, first),
        None => None,
    }
}

/// `截至2026年9月30日`.
fn as_of(text: &str) -> Option<Period> {
    let at = text.find("截至").or_else(|| text.find("截止"))?;
    let rest = text.get(at..)?;
    let day = rest.get(rest.find(|c: char| c.is_ascii_digit())?..)?;
    let in_date = |c: char| c.is_ascii_digit() || matches!(c, '年' | '月' | '-' | '/' | '.');
    let end = day.find(|c| !in_date(c)).unwrap_or(day.len());
    match When::<Date>::parse(day.get(..end)?) {
        Ok(When::On(to)) => Some(Period { from: None, to }),
        _ => None,
    }
}

/// A number at the start of a text, and what follows it.
fn number(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, rest))
}

/// Whole months.
fn span(year: i32, first: u32, last: u32) -> Option<Period> {
    let to = (28..=31).rev().find_map(|day| Date::new(year, last, day))?;
    let from = Date::new(year, first, 1)?;
    let known = (1990..2100).contains(&year) && first <= last;
    known.then_some(Period {
        from: Some(from),
        to,
    })
}

#[cfg(test)]
mod tests {
    use super::{office, period, unit};
    use credit_sdk::Unit;

    #[test]
    fn the_period_is_read_out_of_a_title() {
        for (title, from, to) in [
            ("欠税公告（2026年第3季度）", "2026-07-01", "2026-09-30"),
            (
                "国家税务总局黔西市税务局关于2025年四季度欠税的公告",
                "2025-10-01",
                "2025-12-31",
            ),
            ("二〇二六年第一季度欠税公告", "2026-01-01", "2026-03-31"),
            ("２０２６年度第２季度", "2026-04-01", "2026-06-30"),
            ("2026 年上半年欠税公告", "2026-01-01", "2026-06-30"),
            ("2024年2月份欠税公告", "2024-02-01", "2024-02-29"),
            ("2026年7月至9月欠税公告", "2026-07-01", "2026-09-30"),
            ("2026年7-9月欠税公告", "2026-07-01", "2026-09-30"),
            ("2025年度欠税公告", "2025-01-01", "2025-12-31"),
            ("欠税公告（截至2026年9月30日）", "", "2026-09-30"),
            ("截止2026.09.30欠税名单", "", "2026-09-30"),
        ] {
            let found = period(title).unwrap();
            let begin = found.from.map(|day| day.to_string()).unwrap_or_default();
            assert_eq!(
                (begin.as_str(), found.to.to_string().as_str()),
                (from, to),
                "{title}"
            );
        }
        for title in [
            "欠税公告",
            "2026年10月15日",
            "2026年第5季度",
            "第3季度",
            "2026年13月欠税",
            "年",
            "",
        ] {
            assert_eq!(period(title), None, "{title}");
        }
    }

    #[test]
    fn the_office_and_the_unit_are_read_out_of_the_texts_around() {
        for (text, name) in [
            ("国家税务总局黔西市税务局", Some("国家税务总局黔西市税务局")),
            (
                "国家税务总局黔西市税务局关于欠税的公告",
                Some("国家税务总局黔西市税务局"),
            ),
            (
                "公告机关：国家税务总局黔西市税务局第一税务分局 2026年",
                Some("国家税务总局黔西市税务局第一税务分局"),
            ),
            ("填报单位：黔西市税务局", Some("黔西市税务局")),
            ("国家税务总局令第9号", None),
            ("欠税公告", None),
        ] {
            assert_eq!(office(text), name, "{text}");
        }
        for (text, found) in [
            ("单位：元", Some(Unit::Yuan)),
            ("金额单位: 万元", Some(Unit::WanYuan)),
            ("单位：人民币元", Some(Unit::Yuan)),
            ("填报单位：黔西市税务局", None),
        ] {
            assert_eq!(unit(text), found, "{text}");
        }
    }
}
