"""What messages about a pipeline file are made of: values as shown, lists of names, suggestions."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from datetime import date, time

_LONGEST = 60  # characters of a value that a message shows

_URI_LOGIN = re.compile(r"(://).*@", re.DOTALL)  # to the last @: a password may hold one
_ASSIGNED = re.compile(
    r"""((?:password|passwd|pwd|secret|token|(?:api|access|account)_?key)\s*=\s*)('[^']*'?|"[^"]*"?|[^\s&;]+)""",
    re.IGNORECASE,
)


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
