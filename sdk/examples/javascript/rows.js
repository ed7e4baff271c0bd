// Feeds of rows under a header: an author says what becomes of one row, all else is done here.
//
// What must stay true: every row is a draft, a doubt or a skip; nothing depends on where the
// gateway cut the feed; no exception leaves `translate` but a fault of the contract.

import { Page } from "./page.js";

/** The header stands among so many rows from the top. */
const HEADER_ROWS_MAX = 20;
/** Longest row, in characters: a quote that is not closed by then costs its own line. */
const ROW_CHARS_MAX = 64 * 1024;

/** Blanks, the marks without width, and the apostrophe by which a spreadsheet marks text. */
const BLANKS = "\t\n\v\f\r '\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
  + "\u200a\u200b\u200c\u200d\u3000\ufeff";
/** Ways to write "no value", as they stand in real feeds. */
const UNKNOWN = new Set(["", "无", "暂无", "空", "/", "--", "-", "—", "\\N", "null", "NULL",
  "00000000000000000X", "000000000000000000"]);
/** One field, quoted or not, and what ends it. */
const FIELD = /(?:"([^"]*(?:""[^"]*)*)"|(?!")([^,\n]*?))(,|\r?\n|\r?$)/y;

const utf8 = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export function trim(field) {
  let [from, to] = [0, field.length];
  while (from < to && BLANKS.includes(field[from])) from += 1;
  while (from < to && BLANKS.includes(field[to - 1])) to -= 1;
  return to - from === field.length ? field : field.slice(from, to);
}

/** A word in half width, small letters and without blanks, to be compared. */
function plain(word) {
  const half = (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0);
  const dense = [...word].filter((c) => !BLANKS.includes(c)).join("");
  return dense.replace(/[\uff01-\uff5e]/g, half).toLowerCase();
}

/** The feed as a whole cannot be read: thrown, and told to the gateway. */
export class Fault {
  constructor(code, zh, en, row) {
    const sourceRow = row === undefined ? undefined : BigInt(row);
    Object.assign(this, { code, zh, en, sourceRow });
  }
}

/** What an exception is called and where it was thrown; its message may hold personal data. */
function named(error) {
  const place = /([\w.-]+:\d+):\d+/.exec(error?.stack ?? "");
  return `${error?.name ?? typeof error}${place ? ` (${place[1]})` : ""}`;
}

/**
 * The row at `at`: its fields, as it stood, and where the next begins. Without fields it is a line
 * whose quotes are out of place, or the beginning of one that is too long. Nothing at all where
 * more text is needed to tell.
 */
function split(all, at, last) {
  const row = all.slice(at, at + ROW_CHARS_MAX);
  const full = row.length === ROW_CHARS_MAX;
  const ends = last && !full;
  const newline = row.indexOf("\n");
  if (newline < 0 && full) return { raw: row, next: at + row.length, tooLong: true };
  if (newline < 0 && !ends) return undefined;
  const line = newline < 0 ? row : row.slice(0, newline);
  const raw = line.endsWith("\r") ? line.slice(0, -1) : line;
  const next = at + (newline < 0 ? row.length : newline + 1);
  if (!line.includes('"')) return { fields: raw.split(","), raw, next };
  const fields = [];
  FIELD.lastIndex = 0;
  for (let field = FIELD.exec(row); field !== null; field = FIELD.exec(row)) {
    const [, quoted, bare, end] = field;
    fields.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    if (!end.endsWith("\n") && !ends) break;
    const whole = row.slice(0, FIELD.lastIndex - end.length);
    return { fields, raw: whole, next: at + FIELD.lastIndex, firstEnds: next };
  }
  return ends || full ? { raw, next } : undefined;
}

/** Why a row under the header is no record. */
function noRecord(fields) {
  const first = trim(fields.find((field) => trim(field) !== "") ?? "");
  if (!"合总共小说注备表填单".includes(first[0])) return undefined; // most rows, at little cost
  const word = first.replace(/[：:]+$/, "");
  const sum = plain(word);
  if (["合计", "总计", "共计"].includes(sum)) return "total";
  if (sum === "小计") return "subtotal";
  if (word !== first && ["说明", "注", "备注"].includes(word)) return "note";
  if (/^(表格|填表)说明/.test(first)) return "note";
  return /^单位[：:]/.test(first) ? "unit" : undefined;
}

/** Where each column stands among the fields of a header, or undefined where they are a title. */
function positions(columns, fields, number) {
  const cells = fields.map(plain);
  const found = {};
  const missing = [];
  for (const [column, names] of Object.entries(columns)) {
    found[column] = names.map((name) => cells.indexOf(plain(name))).find((at) => at >= 0);
    if (found[column] === undefined) missing.push(names.at(-1));
  }
  if (missing.length === 0) return found;
  // One name alone can be a word of a title.
  if (Object.keys(columns).length - missing.length > 1) {
    const lacking = missing.join("、");
    throw new Fault("header_incomplete", `表头缺少列：${lacking}`,
      `the header lacks columns: ${lacking}`, number);
  }
  if (number >= HEADER_ROWS_MAX) throw noHeader(number);
  return undefined;
}

function noHeader(rows) {
  return new Fault("header_missing", `前 ${rows} 行中没有找到表头：请检查文件是否为该数据的格式`,
    `no header among the first ${rows} rows: is this a file of that feed?`);
}

/** The rows of one piece. */
class Rows {
  #page = new Page();
  #state = { rows: 0, header: "", long: false }; // what is carried from piece to piece
  #places; // where each column stands, once the header is known
  #width; // and how many fields a row has

  constructor(columns, draft, settings) {
    this.columns = columns;
    this.draft = draft;
    this.settings = Object.fromEntries(settings.map(({ name, value }) => [name, value]));
  }

  read(piece, carry) {
    if (carry.length > 0) this.#state = JSON.parse(decoder.decode(carry));
    const state = this.#state;
    // A further file of the delivery has a header of its own, and its rows count from 1.
    if (piece.offset === 0n) [state.rows, state.header] = [0, ""];
    state.rows += piece.lost;
    if (state.header !== "") this.#header(split(state.header, 0, true).fields, 0);
    const all = decoder.decode(piece.bytes);
    let at = 0;
    while (at < all.length) {
      if (state.long) {
        const newline = all.indexOf("\n", at);
        state.long = newline < 0;
        at = newline < 0 ? all.length : newline + 1;
        continue;
      }
      const line = split(all, at, piece.last);
      if (line === undefined) break;
      state.rows += 1;
      at = this.#line(line, { number: state.rows, raw: line.raw });
    }
    if (piece.last && this.#places === undefined) throw noHeader(state.rows);
    const consumed = piece.bytes.length - utf8.encode(all.slice(at)).length;
    return this.#page.finish(consumed, utf8.encode(JSON.stringify(state)));
  }

  /** Deals with a line; where the next begins. */
  #line(line, row) {
    const { fields } = line;
    if (fields === undefined) {
      this.#state.long = line.tooLong ?? false;
      this.#page.doubt(row, "", ...(line.tooLong
        ? ["row_too_long", "该行过长", "the row is too long"]
        : ["quote", "引号未成对，无法分辨各列",
          "a quote is out of place: the columns cannot be told apart"]));
    } else if (fields.every((field) => trim(field) === "")) {
      this.#page.skip(row, "blank");
    } else if (this.#places === undefined) {
      const isHeader = this.#header(fields, row.number);
      if (isHeader) this.#state.header = row.raw;
      this.#page.skip(row, isHeader ? "header" : "title");
    } else if (fields.length !== this.#width) {
      return this.#misfit(line, row);
    } else {
      const reason = row.raw === this.#state.header ? "header" : noRecord(fields);
      if (reason === undefined) this.#record(fields, row);
      else this.#page.skip(row, reason);
    }
    return line.next;
  }

  /** Reads a header; false where the fields are a title. */
  #header(fields, number) {
    this.#places = positions(this.columns, fields, number);
    this.#width = fields.length;
    return this.#places !== undefined;
  }

  /** A row of too many or too few fields. */
  #misfit({ fields, next, firstEnds }, row) {
    // A quote out of place can swallow rows that are none of its business: only the first line
    // of a row that spans lines is dealt with.
    const spans = row.raw.includes("\n");
    const reason = spans ? undefined : noRecord(fields);
    if (reason !== undefined) {
      this.#page.skip(row, reason);
      return next;
    }
    const first = { ...row, raw: row.raw.split("\n", 1)[0].replace(/\r+$/, "") };
    this.#page.doubt(first, "", "field_count",
      `共 ${fields.length} 列，应为 ${this.#width} 列（可能有未加引号的分隔符）`,
      `${fields.length} fields instead of ${this.#width}: an unquoted separator, perhaps`);
    return spans ? firstEnds : next;
  }

  /** An exception costs its own row; a fault is meant, and the feed's. */
  #record(fields, row) {
    row.get = (column) => {
      const field = trim(fields[this.#places[column]]);
      return UNKNOWN.has(field) ? undefined : field;
    };
    try {
      this.draft(row, this.#page, this.settings);
    } catch (error) {
      if (error instanceof Fault) throw error;
      this.#page.doubt(row, "", "adapter_error", `适配器处理该行时出错：${named(error)}`,
        `the adapter failed at this row: ${named(error)}`);
    }
  }
}

/**
 * The fold over a feed of rows. `columns` has the names under which each column comes;
 * `draft(row, page, settings)` makes drafts or doubts of one row, whose `get(column)` is the
 * column's text, or undefined where there is no value.
 */
export function rowsUnder(columns, draft) {
  return (piece, carry, settings) => {
    try {
      return new Rows(columns, draft, settings).read(piece, carry);
    } catch (error) {
      if (error instanceof Fault) throw { ...error };
      throw { ...new Fault("adapter_error", `适配器出错：${named(error)}`,
        `the adapter failed: ${named(error)}`) };
    }
  };
}
