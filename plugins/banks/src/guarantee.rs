//! The guarantee file of a bank: a header, rows, and a trailer with control totals.

use std::borrow::Cow;
use std::marker::PhantomData;

use credit_sdk::body::Reading;
use credit_sdk::directory::{guarantee, guarantee_person};
use credit_sdk::id_form::IdForm;
use credit_sdk::lines::{LINE_BYTES_MAX, Reader, Step};
use credit_sdk::{
    Adapter, Fault, Money, Origin, PageBuilder, Piece, Reason, Settings, Unit, When, text,
};

use crate::basis::{self, Basis};
use crate::books::Books;
use crate::layout::{Layout, Parts, ROW_NAMES};
use crate::row::GuaranteeRow;

/// Longest code of a bank, in bytes: it is carried from piece to piece.
const BANK_BYTES_MAX: usize = 64;

/// The feed's own name in the header.
const FEED: &str = "CRD01";

/// The adapter of the feeds `guarantee` and `guarantee-fixed`.
#[derive(Debug)]
pub struct Guarantee<L>(PhantomData<L>);

impl<L: Layout> Adapter for Guarantee<L> {
    type Carry = Books;

    fn translate(
        piece: &Piece<'_>,
        books: &mut Books,
        settings: &Settings<'_>,
        page: &mut PageBuilder,
    ) -> Result<usize, Fault> {
        if piece.offset == 0 {
            // A further file of the delivery has a header and totals of its own.
            *books = Books::default();
        }
        books.lines += u64::from(piece.lost);
        if L::TEXT {
            piece.text()?;
        }
        let layout = L::of(settings)?;
        let terms = Terms {
            basis: Basis::of(settings),
            unit: match settings.get("amount_unit") {
                Some("万元") => Unit::WanYuan,
                _ => Unit::Yuan,
            },
        };
        let mut reader = Reader::new(piece.bytes, piece.last, books.in_long_line);
        loop {
            let (place, whole) = match reader.step() {
                Step::Line(place) => (place, true),
                Step::TooLong(place) => (place, false),
                Step::More | Step::End => break,
            };
            books.lines += 1;
            let line = piece.bytes.get(place).unwrap_or_default();
            if line.iter().all(u8::is_ascii_whitespace) {
                page.skip(books.lines, "blank");
                continue;
            }
            if !books.is_open() && line.first() != Some(&b'H') {
                return Err(header_missing().at(books.lines));
            }
            if whole {
                terms.line(&layout.part(line), books, page)?;
            } else {
                let source_row = books.lines;
                page.doubt(
                    &Origin {
                        source_row,
                        raw: "",
                    },
                    "",
                    too_long(),
                );
            }
        }
        books.in_long_line = reader.in_long_line();
        if piece.last {
            if !books.is_open() {
                return Err(header_missing());
            }
            books.report(page);
        }
        Ok(reader.consumed())
    }
}

/// The route's terms.
struct Terms {
    basis: Basis,
    unit: Unit,
}

impl Terms {
    fn line(
        &self,
        parts: &Parts<'_>,
        books: &mut Books,
        page: &mut PageBuilder,
    ) -> Result<(), Fault> {
        let origin = Origin {
            source_row: books.lines,
            raw: &parts.raw,
        };
        let kind = parts.fields.first().map_or("", |kind| kind);
        if !books.is_open() {
            header(parts, books).map_err(|fault| fault.at(books.lines))?;
            page.skip(books.lines, "header");
            return Ok(());
        }
        if let Some(reason) = &parts.broken {
            if kind == "D" {
                books.count_row();
            }
            page.doubt(&origin, "", reason.clone());
            return Ok(());
        }
        match kind {
            "D" => self.row(parts, &origin, books, page),
            "T" => self.trailer(&parts.fields, &origin, books, page),
            _ => page.doubt(&origin, "", header_again()),
        }
        Ok(())
    }

    fn row(
        &self,
        parts: &Parts<'_>,
        origin: &Origin<'_>,
        books: &mut Books,
        page: &mut PageBuilder,
    ) {
        let Some(row) = GuaranteeRow::of(&parts.fields, self.unit) else {
            return;
        };
        let amounts = [&row.granted, &row.balance, &row.overdue];
        books.add(amounts.map(|amount| amount.value().copied().flatten()));
        if books.is_closed() {
            page.doubt(origin, "", behind_trailer());
        }
        for (at, reason) in &parts.unread {
            let name = ROW_NAMES.get(*at).copied().unwrap_or_default();
            page.doubt(origin, name, reason.clone());
        }
        if !IdForm::of(row.id).may_be_personal() {
            self.organisation(row, *origin, books, page);
        } else if self.basis.text.is_some() {
            self.person(row, *origin, books, page);
        } else {
            // No more is kept of it than what tells whose it is.
            let raw = &format!("D|{}|{}", row.sequence, row.id);
            page.doubt(&Origin { raw, ..*origin }, "id", basis::missing());
        }
    }

    fn trailer(
        &self,
        fields: &[Cow<'_, str>],
        origin: &Origin<'_>,
        books: &mut Books,
        page: &mut PageBuilder,
    ) {
        let [_, rows, granted, balance, overdue] = fields else {
            return;
        };
        let again = books.is_closed();
        let sums = [granted, balance, overdue]
            .map(|raw| (&**raw, Money::parse(raw, self.unit).ok().flatten()));
        books.close(rows, sums);
        if again {
            page.doubt(origin, "", trailer_again());
        } else {
            page.skip(origin.source_row, "trailer");
        }
    }
}

/// What organisations and persons have in common, in the order of the directories.
macro_rules! loan {
    ($draft:ident, $row:ident, $basis:expr) => {
        $draft
            .hth($row.contract)
            .jjh($row.note)
            .dblx($row.guarantee_kind)
            .dkje($row.granted)
            .dkye($row.balance)
            .wjfl($row.class)
            .qsrq($row.from)
            .dqrq($row.to)
            .yqbj($row.overdue)
            .yqqs($row.overdue_periods.as_deref())
            .syfw(&*$basis.scope)
            .gxyj($basis.text.as_deref());
        $draft.finish();
    };
}

/// The same at the start.
macro_rules! file {
    ($draft:ident, $books:ident) => {
        let day = When::<credit_sdk::Date>::parse(&$books.day);
        $draft
            .yhdm(&*$books.bank)
            .period($books.day.get(..7))
            .kjrq(Reading::new(&$books.day, day));
    };
}

impl Terms {
    fn organisation(
        &self,
        row: GuaranteeRow<'_>,
        origin: Origin<'_>,
        books: &Books,
        page: &mut PageBuilder,
    ) {
        let form = IdForm::of(row.id);
        let of = |wanted: IdForm| (form == wanted).then_some(row.id);
        let mut draft = guarantee::Draft::new(page, origin);
        file!(draft, books);
        draft
            .jgqc(row.name)
            // What a spreadsheet destroyed, the judge says.
            .tyshxydm(of(IdForm::Uscc).or(of(IdForm::Destroyed)))
            .zzjgdm(of(IdForm::OrgCode))
            .gszch(of(IdForm::RegNo));
        if matches!(form, IdForm::Masked | IdForm::Other) && !text::is_unknown(row.id) {
            draft.doubt("id", no_form());
        }
        loan!(draft, row, self.basis);
    }

    fn person(
        &self,
        row: GuaranteeRow<'_>,
        origin: Origin<'_>,
        books: &Books,
        page: &mut PageBuilder,
    ) {
        let mut draft = guarantee_person::Draft::new(page, origin);
        file!(draft, books);
        draft.xm(row.name).sfzh(row.id);
        loan!(draft, row, self.basis);
    }
}

/// Reads the header: the file's bank, day and number of rows.
fn header(parts: &Parts<'_>, books: &mut Books) -> Result<(), Fault> {
    if let Some(Reason { zh, en, .. }) = &parts.broken {
        return Err(header_wrong(zh, en));
    }
    let [_, bank, feed, day, rows, _encoding] = parts.fields.as_slice() else {
        return Err(header_wrong("字段数不符", "the number of fields is wrong"));
    };
    if feed != FEED {
        return Err(header_wrong("不是 CRD01 数据", "it is not of feed CRD01"));
    }
    if bank.is_empty() || rows.parse::<u64>().is_err() {
        return Err(header_wrong(
            "缺少银行代码或行数",
            "it lacks the bank's code or the number of rows",
        ));
    }
    if bank.len() > BANK_BYTES_MAX {
        return Err(header_wrong("银行代码过长", "the bank's code is too long"));
    }
    match When::<credit_sdk::Date>::parse(day) {
        Ok(When::On(day)) => books.open(bank, day.to_string(), rows),
        _ => {
            return Err(header_wrong(
                "会计日期无法识别",
                "the accounting date cannot be read",
            ));
        }
    }
    Ok(())
}

fn header_missing() -> Fault {
    Fault::new(
        "header_missing",
        "文件不是以 H 行（文件头）开始：请检查文件是否为担保贷款文件",
        "the file does not begin with an H line: is it a guarantee file?",
    )
}

fn header_wrong(zh: &str, en: &str) -> Fault {
    Fault::new(
        "header_wrong",
        format!("文件头有误：{zh}"),
        format!("the header is wrong: {en}"),
    )
}

fn header_again() -> Reason {
    Reason::new(
        "header_again",
        "文件中间又出现文件头",
        "a second header in the middle of the file",
    )
}

fn trailer_again() -> Reason {
    Reason::new("trailer_again", "文件尾出现两次", "a second trailer")
}

fn behind_trailer() -> Reason {
    Reason::new(
        "behind_trailer",
        "该行位于文件尾之后",
        "the row stands behind the trailer",
    )
}

fn no_form() -> Reason {
    Reason::new(
        "id_form",
        "不是统一社会信用代码、组织机构代码、工商注册号或身份证号",
        "no unified social credit code, organisation code, registration number or personal id",
    )
}

fn too_long() -> Reason {
    Reason::new(
        "row_too_long",
        format!("该行超过 {} KiB", LINE_BYTES_MAX / 1024),
        format!("the line is longer than {} KiB", LINE_BYTES_MAX / 1024),
    )
}
