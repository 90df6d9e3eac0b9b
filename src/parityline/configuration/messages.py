"""What messages about a pipeline file are made of: places, values as shown, suggestions."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from datetime import date, time

from parityline.configuration.places import KeyPath

_LONGEST = 60  # characters of a value that a message shows

_URI_LOGIN = re.compile(r"(://).*@", re.DOTALL)  # to the last @: a password may hold one
_ASSIGNED = re.compile(
    r"""((?:password|passwd|pwd|secret|token|(?:api|access|account)_?key)\s*=\s*)('[^']*'?|"[^"]*"?|[^\s&;]+)""",
    re.IGNORECASE,
)


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


def shown(value: object, *, whole: bool = False) -> str:
    """A value as a message shows it: in TOML's way, on one line, without passwords, and shortened unless `whole`."""
    match value:
        case str():
            text = redacted(value)
            cut = text if whole or len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
            return json.dumps(cut, ensure_ascii=False)
        case bool():
            return str(value).lower()
        case date() | time():
            return value.isoformat()
        case list() | tuple():
            return "a list"
        case dict():
            return "a table"
        case _:
            return repr(value)[:_LONGEST]


def redacted(text: str) -> str:
    """The text without the logins of URIs, and without what is assigned to password, secret, token or key."""
    return _ASSIGNED.sub(r"\1***", _URI_LOGIN.sub(r"\1***@", text))


def listed(names: Iterable[str], last: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    *first, end = names
    return f"{', '.join(first)} {last} {end}" if first else end


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that was most likely meant; None when nothing is near."""
    lowered = {legal.lower(): legal for legal in names}
    found = difflib.get_close_matches(name.lower(), lowered, n=1)
    return lowered[found[0]] if found else None
