use super::{Date, DateError, Moment, When};

fn on(year: i32, month: u32, day: u32) -> Result<When, DateError> {
    Ok(When::On(Date::new(year, month, day).unwrap()))
}

#[test]
fn every_form_of_a_day_is_read() {
    for text in [
        "2025-06-01",
        "2025/06/01",
        "2025.06.01",
        "2025-6-1",
        "20250601",
        "2025年06月01日",
        "2025年6月1日",
        "2025-06-01 00:00:00",
        "2025/6/1 9:05",
        "2025-06-01T23:59:59.999",
        "2025年6月1日 12:00",
        "20250601235959",
        "1748707200000",
        "２０２５/０６/０１",
        " 2025-06-01\u{3000}",
        "'2025-06-01",
    ] {
        assert_eq!(When::<Date>::parse(text), on(2025, 6, 1), "{text}");
    }
}

#[test]
fn milliseconds_are_read_as_beijing_shows_them() {
    // 2025-05-31T16:00Z is the first minute of June in Beijing.
    assert_eq!(When::<Date>::parse("1748707199999"), on(2025, 5, 31));
    assert_eq!(When::<Date>::parse("1748707200000"), on(2025, 6, 1));
}

#[test]
fn unknown_and_for_ever_are_different_values() {
    for text in [
        "",
        "无",
        "\\N",
        "/",
        "1900-01-01",
        "1900-01-01 00:00:00",
        "1899-12-31",
    ] {
        assert_eq!(When::<Date>::parse(text), Ok(When::Unknown), "{text}");
    }
    for text in ["2099/12/31", "2099-12-31", "9999-09-09", "99991231", "长期"] {
        assert_eq!(When::<Date>::parse(text), Ok(When::NoEnd), "{text}");
    }
}

#[test]
fn what_no_calendar_has_is_an_error() {
    for text in [
        "2025-02-29",
        "2025-13-01",
        "2025-06-31",
        "20251301",
        "2025/06-01",
        "2025-06",
        "25-06-01",
        "2025-06-01 25:00",
        "2025-06-01T00:00:00Z",
        "0001-01-01",
        "45063",
        "2025-01-01至2025-12-31",
        "昨天",
        "2025-+6-01",
        "2025",
    ] {
        assert_eq!(When::<Date>::parse(text), Err(DateError), "{text}");
    }
}

#[test]
fn a_spreadsheet_counts_days_only_where_the_adapter_says_so() {
    assert_eq!(When::parse_with_serial("45063"), on(2023, 5, 17));
    assert_eq!(When::parse_with_serial("45292.5"), on(2024, 1, 1));
    assert_eq!(When::parse_with_serial("2024/7/9"), on(2024, 7, 9));
    assert_eq!(When::parse_with_serial("2024.07.09"), on(2024, 7, 9));
}

#[test]
fn a_day_is_written_in_iso_form() {
    assert_eq!(Date::new(2025, 6, 1).unwrap().to_string(), "2025-06-01");
    assert_eq!(Date::new(987, 12, 31).unwrap().to_string(), "0987-12-31");
}

#[test]
fn a_moment_keeps_its_time_of_the_day() {
    for (text, moment) in [
        ("2018/05/15", "2018-05-15T00:00:00"),
        ("2018-05-15 9:05", "2018-05-15T09:05:00"),
        ("2018年5月15日 23:59:58.7", "2018-05-15T23:59:58"),
        ("20180515235958", "2018-05-15T23:59:58"),
        ("20180515 07:08:09", "2018-05-15T07:08:09"),
        ("1748707261000", "2025-06-01T00:01:01"),
    ] {
        match When::<Moment>::parse(text) {
            Ok(When::On(read)) => assert_eq!(read.to_string(), moment, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    assert_eq!(When::<Moment>::parse("20180515245958"), Err(DateError));
}

#[test]
fn q04_two_days_in_one_text_are_parted_where_both_are_whole() {
    let day = |year, month, day| When::On(Date::new(year, month, day).unwrap());
    let (first, second) = (day(2025, 1, 1), day(2026, 12, 31));
    for text in [
        "2025-01-01至2026-12-31",
        "2025-01-01 至 2026-12-31",
        "2025.1.1-2026.12.31",
        "2025-01-01-2026-12-31",
        "2025/1/1～2026/12/31",
        "20250101~20261231",
        "20250101-20261231",
        "2025年1月1日——2026年12月31日",
        "２０２５年１月１日－２０２６年１２月３１日",
    ] {
        assert_eq!(When::parse_span(text), Some((first, second)), "{text}");
    }
    assert_eq!(
        When::parse_span("2025-01-01至长期"),
        Some((first, When::NoEnd))
    );
    for text in [
        "",
        "至",
        "2025-01-01",
        "2025-01-01至",
        "至2025-01-01",
        "2025-01至2026-12",
        "2025-02-30至2026-12-31",
        "长期至2025-01-01",
    ] {
        assert_eq!(When::parse_span(text), None, "{text}");
    }
}
