//! A well-behaved adapter of lines, and one that a certain line brings down.

use credit_sdk::csv::{Reader, Step};
use credit_sdk::directory::tax_rating;
use credit_sdk::{Adapter, Carry, Fault, Origin, PageBuilder, Piece, Settings, carry};

/// Lines read so far.
#[derive(Default)]
pub struct Rows(u64);

impl Carry for Rows {
    const VERSION: u8 = 1;

    fn write(&self, out: &mut carry::Writer) {
        out.number(self.0);
    }

    fn read(fields: &mut carry::Reader<'_>) -> Option<Self> {
        fields.number().map(Self)
    }
}

/// How lines are read.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// As they stand.
    Plain,
    /// A certain line brings it down.
    Traps,
    /// As a later version would: what stands before an id is taken off, 第3建材 is rated B, and
    /// 第5建材 not at all.
    Corrected,
    /// As a version with one mistake would: 第777建材 is rated B.
    Planted,
}

impl Way {
    fn of(settings: &Settings<'_>) -> Self {
        match settings.get("way") {
            Some("corrected") => Self::Corrected,
            Some("planted") => Self::Planted,
            _ => Self::Plain,
        }
    }
}

/// Lines `id,name,year,office`; another version has a setting `way`.
pub struct Lines;

/// The same, until a line holds `TRAP`.
pub struct TrapLines;

impl Adapter for Lines {
    type Carry = Rows;

    fn translate(
        piece: &Piece<'_>,
        rows: &mut Rows,
        settings: &Settings<'_>,
        page: &mut PageBuilder,
    ) -> Result<usize, Fault> {
        read(piece, rows, page, Way::of(settings))
    }
}

impl Adapter for TrapLines {
    type Carry = Rows;

    fn translate(
        piece: &Piece<'_>,
        rows: &mut Rows,
        _settings: &Settings<'_>,
        page: &mut PageBuilder,
    ) -> Result<usize, Fault> {
        read(piece, rows, page, Way::Traps)
    }
}

fn read(
    piece: &Piece<'_>,
    rows: &mut Rows,
    page: &mut PageBuilder,
    way: Way,
) -> Result<usize, Fault> {
    rows.0 += u64::from(piece.lost);
    let mut reader = Reader::new(piece.text()?, piece.last, b',');
    loop {
        match reader.step() {
            Step::Row(line) => {
                rows.0 += 1;
                assert!(
                    !(way == Way::Traps && line.raw.contains("TRAP")),
                    "row {} brings it down",
                    rows.0
                );
                let origin = Origin {
                    source_row: rows.0,
                    raw: line.raw,
                };
                if way == Way::Corrected && line.raw.contains("第5建材") {
                    page.skip(rows.0, "no_rating");
                    continue;
                }
                let id = line.get(0).map(|id| match way {
                    Way::Corrected => id.trim_start_matches("ID:"),
                    _ => id,
                });
                let other = match way {
                    Way::Corrected => line.raw.contains("第3建材"),
                    Way::Planted => line.raw.contains("第777建材"),
                    _ => false,
                };
                let level = if other { "B" } else { "A" };
                let mut draft = tax_rating::Draft::new(page, origin);
                draft.nsrsbh(id).nsrmc(line.get(1)).xyjb(level);
                draft.pjnd(line.get(2)).swjg(line.get(3));
                draft.finish();
            }
            Step::Broken { .. } => {
                rows.0 += 1;
                page.skip(rows.0, "broken");
            }
            Step::More | Step::End => return Ok(reader.consumed()),
        }
    }
}
