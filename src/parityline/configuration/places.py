"""Where each key of a TOML document stands. `tomllib` gives values without lines, and a message needs the line."""

from __future__ import annotations

import bisect
import re
import tomllib

KeyPath = tuple[str | int, ...]

_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'  # up to two quotes may stand before the closing three
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]+")
_BLANK = re.compile(r"[ \t\r]*")
_BLANK_LINES = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")


def lines_of_keys(text: str) -> dict[KeyPath, int]:
    """The line, from 1, of each key path of a TOML document.

    A path holds table keys and, for lists and arrays of tables, positions from 0: `("stage", 0, "key", 1)`. A table
    stands where its header is, a table that only dotted keys imply where it is first named.

    Args:
        text: a document that `tomllib` accepts; of any other the answer means nothing.
    """
    return _Scanner(text).lines


class Places:
    """A file and the lines of its keys.

    Args:
        file: as the user named it.
        lines: by key path, from 1.
        prefix: where in the document the pipeline is: `("tool", "parityline")` in a pyproject.toml.
    """

    __slots__ = ("_lines", "_prefix", "file")

    def __init__(self, file: str, lines: dict[KeyPath, int], prefix: KeyPath = ()) -> None:
        self.file = file
        self._lines = lines
        self._prefix = prefix

    def line(self, *path: str | int) -> int:
        """The line of a key path, or of the innermost table around it that has one."""
        whole = (*self._prefix, *path)
        return next((self._lines[whole[:n]] for n in range(len(whole), 0, -1) if whole[:n] in self._lines), 1)

    def at(self, *path: str | int) -> str:
        """The beginning of a message: pipeline.toml:12."""
        return f"{self.file}:{self.line(*path)}"

    def __repr__(self) -> str:
        return f"Places({self.file!r})"


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.lines: dict[KeyPath, int] = {}
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._last: dict[KeyPath, int] = {}  # of an array of tables: the position of its newest one
        self._document()

    def _document(self) -> None:
        table: KeyPath = ()
        while self._skip(_BLANK_LINES):
            start = self.position
            if self._take("[["):
                table = self._header((), self._key(), appends=True)
                self._take("]]")
            elif self._take("["):
                table = self._header((), self._key(), appends=False)
                self._take("]")
            else:
                self._pair(table)
            if self.position == start:  # not TOML: go on rather than stand still
                self.position += 1

    def _header(self, path: KeyPath, keys: list[str], *, appends: bool) -> KeyPath:
        for number, key in enumerate(keys, start=1):
            path = (*path, key)
            self._mark(path)
            if appends and number == len(keys):
                self._last[path] = self._last.get(path, -1) + 1
            elif number == len(keys):
                self.lines[path] = self._line()
            if path in self._last:
                path = (*path, self._last[path])
                self._mark(path)
        return path

    def _pair(self, table: KeyPath) -> None:
        path = table
        for key in self._key():
            path = (*path, key)
            self._mark(path)
        self._skip(_BLANK)
        if self._take("="):
            self._value(path)

    def _value(self, path: KeyPath) -> None:
        self._skip(_BLANK)
        if self._take("["):
            number = 0
            while self._skip(_BLANK_LINES) and not self._take("]"):
                start = self.position
                self._mark((*path, number))
                self._value((*path, number))
                number += 1
                self._separator(start)
        elif self._take("{"):
            while self._skip(_BLANK_LINES) and not self._take("}"):
                start = self.position
                self._pair(path)
                self._separator(start)
        elif found := _STRING.match(self.text, self.position) or _SCALAR.match(self.text, self.position):
            self.position = found.end()

    def _separator(self, start: int) -> None:
        self._skip(_BLANK_LINES)
        if not self._take(",") and self.position == start:
            self.position += 1

    def _key(self) -> list[str]:
        """The parts of a dotted key."""
        parts = []
        while True:
            self._skip(_BLANK)
            if found := _BARE_KEY.match(self.text, self.position):
                parts.append(found[0])
            elif found := _STRING.match(self.text, self.position):
                parts.append(str(tomllib.loads(f"key = {found[0]}")["key"]))
            else:
                return parts
            self.position = found.end()
            self._skip(_BLANK)
            if not self._take("."):
                return parts

    def _mark(self, path: KeyPath) -> None:
        self.lines.setdefault(path, self._line())

    def _line(self) -> int:
        return bisect.bisect_left(self._newlines, self.position) + 1

    def _skip(self, what: re.Pattern[str]) -> bool:
        """Skips what matches; true while there is text left."""
        if found := what.match(self.text, self.position):
            self.position = found.end()
        return self.position < len(self.text)

    def _take(self, token: str) -> bool:
        if self.text.startswith(token, self.position):
            self.position += len(token)
            return True
        return False
