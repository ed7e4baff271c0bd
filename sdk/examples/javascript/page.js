// Builds a page of the contract: all bodies in one text, and an index of where each ends.

const utf8 = new TextEncoder();

/** Longest excerpt that a doubt keeps, in characters. */
const EXCERPT_CHARS_MAX = 16 * 1024;

export class Page {
  #bodies = [];
  #end = 0;
  #page = { drafts: [], directories: [], doubts: [], skipped: [], controls: [] };

  /** Adds a record. `body` is keyed by the directory's column codes; undefined ones are left out. */
  draft(row, directory, body, operation = "insert") {
    const text = JSON.stringify(body);
    const { drafts, directories } = this.#page;
    let index = directories.indexOf(directory);
    if (index < 0) index = directories.push(directory) - 1;
    this.#bodies.push(text);
    this.#end += utf8.encode(text).length; // bytes, not characters
    drafts.push({ sourceRow: BigInt(row.number), directory: index, operation, end: this.#end });
  }

  /** Keeps a row, or a field of it, for a person; the messages hold no personal data. */
  doubt(row, field, code, zh, en) {
    const excerpt = row.raw.slice(0, EXCERPT_CHARS_MAX);
    this.#page.doubts.push({ sourceRow: BigInt(row.number), field, code, zh, en, excerpt });
  }

  /** Counts a row that is no record. */
  skip(row, reason) {
    this.#page.skipped.push({ reason, firstRow: BigInt(row.number), rows: 1n });
  }

  /** The page as the contract has it. */
  finish(consumed, carry) {
    return { ...this.#page, bodies: this.#bodies.join(""), consumed: BigInt(consumed), carry };
  }
}
