"""Builds a page of the contract: all bodies in one text, and an index of where each ends."""

import json

from wit_world.exports.fold import Doubt, Draft, Operation, Skip
from wit_world.exports.fold import Page as Finished

# Longest excerpt that a doubt keeps, in characters.
EXCERPT_CHARS_MAX = 16 * 1024


class Page:
    def __init__(self):
        self._bodies, self._end = [], 0
        self._drafts, self._directories, self._doubts, self._skipped = [], [], [], []

    def draft(self, row, directory, body, operation=Operation.INSERT):
        """Adds a record. `body` is keyed by the directory's column codes; None is left out."""
        body = {code: value for code, value in body.items() if value is not None}
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        if directory not in self._directories:
            self._directories.append(directory)
        self._bodies.append(text)
        self._end += len(text.encode())  # bytes, not characters
        index = self._directories.index(directory)
        self._drafts.append(Draft(row.number, index, operation, self._end))

    def doubt(self, row, field, code, zh, en):
        """Keeps a row, or a field of it, for a person; the messages hold no personal data."""
        excerpt = row.raw[:EXCERPT_CHARS_MAX]
        self._doubts.append(Doubt(row.number, field, code, zh, en, excerpt))

    def skip(self, row, reason):
        """Counts a row that is no record."""
        self._skipped.append(Skip(reason, row.number, 1))

    def finish(self, consumed, carry):
        """The page as the contract has it."""
        return Finished("".join(self._bodies), self._drafts, self._directories, self._doubts,
                        self._skipped, [], consumed, carry, None)
