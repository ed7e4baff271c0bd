"""What the rows of a feed become, without a sandbox."""

import json
import unittest

from componentize_py_types import Err
from wit_world.exports.fold import Fault, Piece

from rating import Fold
from rows import RowAdapter

HEADER = "名称,金额\n"


def piece(text, offset=0, last=True, lost=0):
    text = text if isinstance(text, bytes) else text.encode()
    return Piece("rating", "list.csv", 0, 1, text, offset, last, lost)


class Fines(RowAdapter):
    columns = {"name": ("名称",), "fine": ("金额",)}

    def draft(self, row, page, settings):
        page.draft(row, "penalty", {"fine": int(row.get("fine")) % 10})


class Refusal(Fines):
    def draft(self, row, page, settings):
        raise Err(Fault("odd", "甲", "a", row.number))


class RowsOfAFeed(unittest.TestCase):
    def test_a_record_has_the_rows_number_and_ends_where_its_bytes_end(self):
        text = "税号,名称,等级,年度\n91520581MA6DEMQ1XJ,大方县𠮷祥合作社,A,2025\n"
        page = Fold().translate(piece(text), b"", [])
        self.assertEqual(json.loads(page.bodies)["nsrmc"], "大方县𠮷祥合作社")
        self.assertEqual(page.drafts[0].source_row, 2)
        self.assertEqual(page.drafts[0].end, len(page.bodies.encode()))

    def test_an_exception_costs_its_own_row_and_what_it_said_stays_here(self):
        page = Fines().translate(piece(f"{HEADER}甲,1\n乙,张三\n丙,3\n"), b"", [])
        self.assertEqual([draft.source_row for draft in page.drafts], [2, 4])
        [doubt] = page.doubts
        self.assertEqual((doubt.source_row, doubt.code, doubt.excerpt),
                         (3, "adapter_error", "乙,张三"))
        self.assertRegex(doubt.en, r"^the adapter failed at this row: ValueError \(.+:\d+\)$")

    def test_an_exception_outside_the_rows_is_a_fault(self):
        for adapter, text, carry, code in [(Fines(), HEADER, b"{", "adapter_error"),
                                           (Fines(), "甲\n乙\n", b"", "header_missing"),
                                           (Refusal(), f"{HEADER}甲,1\n", b"", "odd")]:
            with self.assertRaises(Err) as raised:
                adapter.translate(piece(text), carry, [])
            self.assertEqual(raised.exception.value.code, code)

    def test_a_line_that_is_too_long_costs_itself_wherever_the_feed_is_cut(self):
        feed = f"{HEADER}甲,1\n乙,{'9' * 200_000}\n丙,3\n".encode()
        drafted, doubted = [], []
        at, end, carry = 0, 0, b""
        while at < len(feed):
            end = min(len(feed), max(at, end) + 50_000)
            page = Fines().translate(piece(feed[at:end], at, end == len(feed)), carry, [])
            drafted += [draft.source_row for draft in page.drafts]
            doubted += [(doubt.source_row, doubt.code) for doubt in page.doubts]
            at, carry = at + page.consumed, page.carry
        self.assertEqual(drafted, [2, 4])
        self.assertEqual(doubted, [(3, "row_too_long")])

    def test_rows_that_the_gateway_cut_out_are_counted(self):
        first = Fines().translate(piece(f"{HEADER}甲,1\n", last=False), b"", [])
        page = Fines().translate(piece("丙,3\n", offset=40, lost=2), first.carry, [])
        self.assertEqual(page.drafts[0].source_row, 5)
