// What the rows of a feed become, without a sandbox: `npm test`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fold } from "./rating.js";
import { Fault, rowsUnder } from "./rows.js";

const utf8 = new TextEncoder();

function piece(list, more = {}) {
  return { feed: "rating", file: "list.csv", part: 0, parts: 1, bytes: utf8.encode(list),
    offset: 0n, last: true, lost: 0, ...more };
}

const columns = { name: ["名称"], fine: ["金额"] };
const header = "名称,金额\n";

test("a record has the row's number and ends where its bytes end", () => {
  const page = fold.translate(
    piece("税号,名称,等级,年度\n91520581MA6DEMQ1XJ,大方县𠮷祥合作社,A,2025\n"), [], []);
  assert.equal(JSON.parse(page.bodies).nsrmc, "大方县𠮷祥合作社");
  assert.equal(page.drafts[0].sourceRow, 2n);
  assert.equal(page.drafts[0].end, utf8.encode(page.bodies).length);
});

test("an exception costs its own row, and what it said stays here", () => {
  const translate = rowsUnder(columns, (row, page) => {
    page.draft(row, "penalty", { fine: BigInt(row.get("fine")).toString() });
  });
  const page = translate(piece(`${header}甲,1\n乙,张三\n丙,3\n`), [], []);
  assert.deepEqual(page.drafts.map((draft) => draft.sourceRow), [2n, 4n]);
  const [doubt] = page.doubts;
  assert.deepEqual([doubt.sourceRow, doubt.code, doubt.excerpt], [3n, "adapter_error", "乙,张三"]);
  assert.match(doubt.en, /^the adapter failed at this row: SyntaxError/);
  assert.doesNotMatch(doubt.en, /张三/);
});

test("an exception outside the rows is a fault, and a fault is a plain record", () => {
  const translate = rowsUnder(columns, () => {});
  assert.throws(() => translate(piece(header), utf8.encode("{"), []), { code: "adapter_error" });
  assert.throws(() => translate(piece("甲\n乙\n"), [], []), { code: "header_missing" });
  const refuse = rowsUnder(columns, (row) => { throw new Fault("odd", "甲", "a", row.number); });
  assert.throws(() => refuse(piece(`${header}甲,1\n`), [], []), { code: "odd", sourceRow: 2n });
});

test("a line that is too long costs itself, wherever the feed is cut", () => {
  const translate = rowsUnder(columns, (row, page) => page.draft(row, "penalty", {}));
  const list = utf8.encode(`${header}甲,1\n乙,${"9".repeat(200_000)}\n丙,3\n`);
  const [drafted, doubted] = [[], []];
  let [at, end, carry] = [0, 0, []];
  while (at < list.length) {
    end = Math.min(list.length, Math.max(at, end) + 50_000);
    const cut = { bytes: list.slice(at, end), offset: BigInt(at), last: end === list.length };
    const page = translate(piece("", cut), carry, []);
    drafted.push(...page.drafts.map((draft) => draft.sourceRow));
    doubted.push(...page.doubts.map((doubt) => [doubt.sourceRow, doubt.code]));
    at += Number(page.consumed);
    carry = page.carry;
  }
  assert.deepEqual(drafted, [2n, 4n]);
  assert.deepEqual(doubted, [[3n, "row_too_long"]]);
});

test("rows that the gateway cut out are counted", () => {
  const translate = rowsUnder(columns, (row, page) => page.draft(row, "penalty", {}));
  const first = translate(piece(`${header}甲,1\n`, { last: false }), [], []);
  const next = translate(piece("丙,3\n", { offset: 40n, lost: 2 }), first.carry, []);
  assert.equal(next.drafts[0].sourceRow, 5n);
});
