use super::*;

/// An adapter that reads lines: it consumes whole ones and traps on one that holds `bad`.
fn lines(bytes: &[u8], last: bool, bad: &str) -> Result<Page, CallError> {
    let text = std::str::from_utf8(bytes).unwrap();
    let whole = if last {
        text.len()
    } else {
        text.rfind('\n').map_or(0, |n| n + 1)
    };
    if text[..whole].contains(bad) {
        return Err(CallError::Trap {
            trap: "unreachable".into(),
            said: String::new(),
        });
    }
    Ok(Page {
        consumed: whole as u64,
        ..Page::default()
    })
}

fn walk(feed: &str, bad: &str, text: bool) -> (Vec<String>, Vec<String>) {
    let mut narrow = Narrow::new(Budget::default(), text);
    let (mut good, mut cut, mut at) = (Vec::new(), Vec::new(), 0);
    while at < feed.len() {
        let rest = &feed.as_bytes()[at..];
        match narrow
            .step(rest, true, |b, last| lines(b, last, bad))
            .unwrap()
        {
            Step::Page(page) => {
                let to = at + usize::try_from(page.consumed).unwrap();
                good.push(feed[at..to].to_owned());
                at = to;
            }
            Step::Longer => panic!("the last piece is never too short"),
            Step::Cut { bytes, .. } => {
                cut.push(feed[at..at + bytes].to_owned());
                at += bytes;
            }
        }
    }
    (good, cut)
}

#[test]
fn one_bad_record_costs_one_record() {
    let feed: String = (1..=500).map(|n| format!("row {n}\n")).collect();
    for bad in ["row 1\n", "row 250\n", "row 499\n", "row 500\n"] {
        for text in [true, false] {
            let (good, cut) = walk(&feed, bad, text);
            assert_eq!(cut, [bad]);
            assert_eq!(good.concat(), feed.replace(bad, ""));
        }
    }
}

#[test]
fn a_bad_last_line_without_its_end_is_cut_alone() {
    let (good, cut) = walk("a\nb\nbad", "bad", true);
    assert_eq!(
        (good.concat().as_str(), cut),
        ("a\nb\n", vec!["bad".to_owned()])
    );
}

#[test]
fn an_adapter_that_always_fails_is_broken_and_said_so() {
    let mut narrow = Narrow::new(
        Budget {
            cuts_max: 3,
            ..Budget::default()
        },
        true,
    );
    let fail = |_: &[u8], _| Err(CallError::Stack);
    for _ in 0..3 {
        assert!(matches!(
            narrow.step(b"a\nb\n", false, fail),
            Ok(Step::Cut { bytes: 2, .. })
        ));
    }
    assert!(matches!(
        narrow.step(b"a\nb\n", false, fail),
        Err(Broken::Adapter { .. })
    ));
}

#[test]
fn a_time_out_is_tried_once_more_before_anything_is_cut() {
    let mut narrow = Narrow::new(Budget::default(), true);
    let mut calls = 0;
    let step = narrow.step(b"a\n", false, |b, last| {
        calls += 1;
        match calls {
            1 => Err(CallError::Timeout {
                limit: Duration::from_millis(50),
            }),
            _ => lines(b, last, "bad"),
        }
    });
    assert!(matches!(step, Ok(Step::Page(_))));
}

#[test]
fn a_feed_that_the_adapter_refuses_is_not_narrowed() {
    let mut narrow = Narrow::new(Budget::default(), true);
    let refuse = |_: &[u8], _| {
        let (code, zh, en) = ("header".to_owned(), "表头".to_owned(), "header".to_owned());
        Err(CallError::Feed {
            code,
            zh,
            en,
            source_row: Some(1),
        })
    };
    assert!(matches!(
        narrow.step(b"a\n", true, refuse),
        Err(Broken::Feed(_))
    ));
}
