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

/// Lines `id,name,year,office`.
pub struct Lines;

/// The same, until a line holds `TRAP`.
pub struct TrapLines;

impl Adapter for Lines {
    type Carry = Rows;

    fn translate(
        piece: &Piece<'_>,
        rows: &mut Rows,
        _settings: &Settings<'_>,
        page: &mut PageBuilder,
    ) -> Result<usize, Fault> {
        read(piece, rows, page, false)
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
        read(piece, rows, page, true)
    }
}

fn read(
    piece: &Piece<'_>,
    rows: &mut Rows,
    page: &mut PageBuilder,
    traps: bool,
) -> Result<usize, Fault> {
    rows.0 += u64::from(piece.lost);
    let mut reader = Reader::new(piece.text()?, piece.last, b',');
    loop {
        match reader.step() {
            Step::Row(line) => {
                rows.0 += 1;
                assert!(
                    !(traps && line.raw.contains("TRAP")),
                    "row {} brings it down",
                    rows.0
                );
                let origin = Origin {
                    source_row: rows.0,
                    raw: line.raw,
                };
                let mut draft = tax_rating::Draft::new(page, origin);
                draft.nsrsbh(line.get(0)).nsrmc(line.get(1)).xyjb("A");
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
