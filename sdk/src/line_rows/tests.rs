use super::{LineFields, LineFormat, Lines, Unreadable};
use crate::adapter::{Fault, Settings};
use crate::directory::tax_rating;
use crate::header::Header;
use crate::lines::LINE_BYTES_MAX;
use crate::page::{PageBuilder, Reason};
use crate::rows::{Row, RowAdapter};
use crate::testkit::Feed;

crate::columns! {
    enum Column {
        Name: needed "name";
    }
}

struct Names;

impl RowAdapter for Names {
    type Column = Column;
    type Memory = ();

    fn begin(_header: &Header<Column>, _settings: &Settings<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn row(&self, row: &Row<'_, Column>, _memory: &mut (), page: &mut PageBuilder) {
        let mut draft = tax_rating::Draft::new(page, row);
        draft.nsrmc(row.get(Column::Name));
        draft.finish();
    }
}

/// A line is a name, and `!` is none.
struct Plain;

impl LineFormat for Plain {
    fn read(line: &str, fields: &mut LineFields<'_>) -> Result<(), Unreadable> {
        if line == "!" {
            let reason = Reason::new("bad", "坏", "bad");
            return Err(Unreadable {
                field: "name",
                reason,
            });
        }
        fields.push("name", line);
        Ok(())
    }
}

#[test]
fn a_line_that_cannot_be_read_costs_itself_alone() {
    let outcome = Feed::text("甲\r\n\n!\n乙".as_bytes())
        .check::<Lines<Plain, Names>>("names")
        .unwrap();
    let golden = "draft 1 tax-rating Insert {\"nsrmc\":\"甲\"}\nskip 2..3 blank\n\
                  doubt 3 \"name\" bad: 坏 | bad | \"!\"\n\
                  draft 4 tax-rating Insert {\"nsrmc\":\"乙\"}\n";
    assert_eq!(outcome.to_string(), golden);
}

#[test]
fn a_line_beyond_the_limit_is_doubted_once_wherever_the_feed_is_cut() {
    let long = "西".repeat(LINE_BYTES_MAX);
    for end in ["", "\n", "\n乙\n"] {
        let outcome = Feed::text(format!("甲\n{long}{end}").as_bytes())
            .check::<Lines<Plain, Names>>("names")
            .unwrap();
        assert_eq!(outcome.page.doubts.len(), 1);
        assert_eq!(outcome.page.doubts[0].reason.code, "row_too_long");
        assert_eq!(outcome.rows(), if end.len() > 1 { 3 } else { 2 });
    }
}
