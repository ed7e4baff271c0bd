"""Feeds of rows under a header: an author says what becomes of one row, all else is done here.

What must stay true: every row is a draft, a doubt or a skip; nothing depends on where the gateway
cut the feed; no exception leaves `translate` but a fault of the contract.
"""

import json
import re
from typing import NamedTuple

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.fold import Fault

from page import Page

# The header stands among so many rows from the top.
HEADER_ROWS_MAX = 20
# Longest row, in characters: a quote that is not closed by then costs its own line.
ROW_CHARS_MAX = 64 * 1024

# Blanks, the marks without width, and the apostrophe by which a spreadsheet marks text.
BLANKS = ("\t\n\v\f\r '\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
          "\u200a\u200b\u200c\u200d\u3000\ufeff")
# Ways to write "no value", as they stand in real feeds.
UNKNOWN = {"", "无", "暂无", "空", "/", "--", "-", "—", "\\N", "null", "NULL",
           "00000000000000000X", "000000000000000000"}
# One field, quoted or not, and what ends it.
FIELD = re.compile(r'(?:"([^"]*(?:""[^"]*)*)"|(?!")([^,\n]*?))(,|\r?\n|\r?\Z)')
# To half width, without blanks.
PLAIN = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | dict.fromkeys(map(ord, BLANKS))


class Line(NamedTuple):
    """A row of text. Without fields its quotes are out of place, or it is too long."""

    fields: list | None
    raw: str
    next: int
    first_ends: int = 0
    too_long: bool = False


class Row:
    """A row under its header."""

    def __init__(self, number, raw, fields=(), places=None):
        self.number, self.raw, self._fields, self._places = number, raw, fields, places

    def get(self, column):
        """A column's text without blanks around it, or None where there is no value."""
        field = self._fields[self._places[column]].strip(BLANKS)
        return None if field in UNKNOWN else field


def plain(word):
    """A word in half width, small letters and without blanks, to be compared."""
    return word.translate(PLAIN).lower()


def named(error):
    """What an exception is called and where it was thrown; its message may hold personal data."""
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    file = trace.tb_frame.f_code.co_filename.rsplit("/", 1)[-1]
    return f"{type(error).__name__} ({file}:{trace.tb_lineno})"


def no_header(rows):
    return Err(Fault(
        "header_missing",
        f"前 {rows} 行中没有找到表头：请检查文件是否为该数据的格式",
        f"no header among the first {rows} rows: is this a file of that feed?", None))


def split(text, at, last):
    """The row at `at`; None where more text is needed to tell."""
    stop = min(len(text), at + ROW_CHARS_MAX)
    full = stop - at == ROW_CHARS_MAX
    ends = last and not full
    newline = text.find("\n", at, stop)
    if newline < 0 and full:
        return Line(None, text[at:stop], stop, too_long=True)
    if newline < 0 and not ends:
        return None
    after = stop if newline < 0 else newline + 1
    raw = text[at:stop if newline < 0 else newline].removesuffix("\r")
    if '"' not in raw:
        return Line(raw.split(","), raw, after)
    fields, place = [], at
    while field := FIELD.match(text, place, stop):
        quoted, bare, end = field.groups()
        fields.append(bare if quoted is None else quoted.replace('""', '"'))
        place = field.end()
        if end == ",":
            continue
        if not end.endswith("\n") and not ends:
            break
        return Line(fields, text[at:field.start(3)], place, after)
    return Line(None, raw, after) if ends or full else None


def no_record(fields):
    """Why a row under the header is no record."""
    first = next(filter(None, (field.strip(BLANKS) for field in fields)), "")
    if first[:1] not in "合总共小说注备表填单":  # most rows, at little cost
        return None
    word = first.rstrip("：:")
    match plain(word):
        case "合计" | "总计" | "共计":
            return "total"
        case "小计":
            return "subtotal"
    if word != first and word in ("说明", "注", "备注"):
        return "note"
    if first.startswith(("表格说明", "填表说明")):
        return "note"
    return "unit" if first.startswith(("单位：", "单位:")) else None


class RowAdapter(exports.Fold):
    """The fold over a feed of rows: `columns` has the names under which each column comes."""

    columns: dict[str, tuple[str, ...]]

    def draft(self, row, page, settings):
        """Makes drafts or doubts of one row."""
        raise NotImplementedError

    def translate(self, piece, carry, settings):
        try:
            return Rows(self, {setting.name: setting.value for setting in settings}).read(
                piece, carry)
        except Err:
            raise
        except Exception as error:
            what = named(error)
            raise Err(Fault("adapter_error", f"适配器出错：{what}", f"the adapter failed: {what}",
                            None)) from error


class Rows:
    """The rows of one piece."""

    def __init__(self, adapter, settings):
        self._adapter, self._settings, self._page = adapter, settings, Page()
        # What is carried from piece to piece.
        self._rows, self._header, self._long = 0, "", False
        # Where each column stands, once the header is known, and how many fields a row has.
        self._places, self._width = None, 0

    def read(self, piece, carry):
        if carry:
            self._rows, self._header, self._long = json.loads(carry)
        if piece.offset == 0:
            # A further file of the delivery has a header of its own, and its rows count from 1.
            self._rows, self._header = 0, ""
        self._rows += piece.lost
        if self._header:
            self._read_header(split(self._header, 0, True).fields, 0)
        text, at = piece.bytes.decode(), 0
        while at < len(text):
            if self._long:
                newline = text.find("\n", at)
                self._long = newline < 0
                at = len(text) if newline < 0 else newline + 1
                continue
            line = split(text, at, piece.last)
            if line is None:
                break
            self._rows += 1
            at = self._line(line)
        if piece.last and self._places is None:
            raise no_header(self._rows)
        consumed = len(piece.bytes) - len(text[at:].encode())
        carried = json.dumps((self._rows, self._header, self._long)).encode()
        return self._page.finish(consumed, carried)

    def _line(self, line):
        """Deals with a line; where the next begins."""
        fields, page, row = line.fields, self._page, Row(self._rows, line.raw)
        if line.too_long:
            self._long = True
            page.doubt(row, "", "row_too_long", "该行过长", "the row is too long")
        elif fields is None:
            page.doubt(row, "", "quote", "引号未成对，无法分辨各列",
                       "a quote is out of place: the columns cannot be told apart")
        elif not any(field.strip(BLANKS) for field in fields):
            page.skip(row, "blank")
        elif self._places is None:
            if self._read_header(fields, row.number):
                self._header = row.raw
            page.skip(row, "header" if self._header else "title")
        elif len(fields) != self._width:
            return self._misfit(line)
        elif reason := "header" if row.raw == self._header else no_record(fields):
            page.skip(row, reason)
        else:
            self._record(Row(row.number, row.raw, fields, self._places))
        return line.next

    def _read_header(self, fields, number):
        """Reads a header; False where the fields are a title."""
        cells = [plain(field) for field in fields]
        places, missing = {}, []
        for column, names in self._adapter.columns.items():
            known = [cells.index(plain(name)) for name in names if plain(name) in cells]
            if known:
                places[column] = known[0]
            else:
                missing.append(names[-1])
        if not missing:
            self._places, self._width = places, len(fields)
            return True
        # One name alone can be a word of a title.
        if len(places) > 1:
            lacking = "、".join(missing)
            raise Err(Fault("header_incomplete", f"表头缺少列：{lacking}",
                            f"the header lacks columns: {lacking}", number))
        if number >= HEADER_ROWS_MAX:
            raise no_header(number)
        return False

    def _misfit(self, line):
        """A row of too many or too few fields."""
        # A quote out of place can swallow rows that are none of its business: only the first line
        # of a row that spans lines is dealt with.
        spans = "\n" in line.raw
        row = Row(self._rows, line.raw.split("\n", 1)[0].rstrip("\r"))
        reason = None if spans else no_record(line.fields)
        if reason:
            self._page.skip(row, reason)
            return line.next
        self._page.doubt(
            row, "", "field_count",
            f"共 {len(line.fields)} 列，应为 {self._width} 列（可能有未加引号的分隔符）",
            f"{len(line.fields)} fields instead of {self._width}: an unquoted separator, perhaps")
        return line.first_ends if spans else line.next

    def _record(self, row):
        """An exception costs its own row; a fault is meant, and the feed's."""
        try:
            self._adapter.draft(row, self._page, self._settings)
        except Err:
            raise
        except Exception as error:
            what = named(error)
            self._page.doubt(row, "", "adapter_error", f"适配器处理该行时出错：{what}",
                             f"the adapter failed at this row: {what}")
