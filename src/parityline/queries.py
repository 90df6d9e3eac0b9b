"""The text of SQL queries: one form whatever its layout, and where two of them differ."""

from __future__ import annotations

import difflib
import re

_TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/            # comments
    |'(?:[^']|'')*'                   # texts
    |"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]  # quoted names
    |\d+(?:\.\d+)?(?:e[+-]?\d+)?|\w+  # numbers and words
    |<=|>=|<>|!=|\|\||::|\S           # operators and what is left
    """,
    re.X | re.S | re.I,
)
_CREDENTIAL = re.compile(r"passw|pwd|secret|token|credential|(?:api|access|private|account)_?key|key_?id", re.I)
_DATE = re.compile(r"'\d{4}-\d{2}(?:-\d{2})?(?:[ T]\d{2}:\d{2}[^']*)?'|'(?:19|20)\d{6}'")
_SIGN = re.compile(r"^(?:[=:>,(]+|=>|:=|<>|!=|in|is|as|to|by|like)$", re.I)
_USER = re.compile(r"://[^/@'\s]+@")
_COMMENT = ("--", "/*")
_QUOTED = ("'", '"', "`", "[")
_TIGHT_BEFORE, _TIGHT_BEHIND = (",", ")", ".", "::", "]"), ("(", ".", "::")
_ENDS = (
    *(",", "where", "and", "or", "on", "having", "group", "order", "limit", "from", "join", "select", "with", "union"),
)
_NO_FUNCTIONS = (*_ENDS, "in", "as", "by", "not", "over", "exists", "values", "using", "filter", "then", "else")
_MOST_TOKENS = 12


def tokens(sql: str) -> list[str]:
    """The words and signs of a query without its comments, in lower case outside quotes, without a last semicolon."""
    found = [t for t in _TOKEN.findall(sql) if not t.startswith(_COMMENT)]
    plain = [t if t.startswith(_QUOTED) else t.lower() for t in found]
    while plain and plain[-1] == ";":
        plain.pop()
    return plain


def normalised(sql: str) -> str:
    """A query in one line, the same for every layout, letter case of keywords and comment; without credentials.

    A text behind a name such as `token` or `password`, and what stands before the host of a URI, is `***`.
    """
    found = tokens(sql)
    for place, token in enumerate(found):
        if token.startswith("'"):
            before = [word for word in found[max(0, place - 3) : place] if not _SIGN.match(word)]
            if before and _CREDENTIAL.search(before[-1]):
                found[place] = "'***'"
            else:
                found[place] = _USER.sub("://***@", token)
    return _joined(found)


def bare(sql: str) -> str:
    """A query without its texts, quoted names and comments, in which the words of SQL mean nothing."""
    return " ".join(t for t in tokens(sql) if not t.startswith(_QUOTED))


def names(sql: str) -> set[str]:
    """The words and quoted names of a query, in lower case, without their quotes and without texts."""
    return {token.strip('"`[]').lower() for token in tokens(sql) if not token.startswith("'")}


def difference(before: str, after: str) -> tuple[str, str] | None:
    """The conditions or clauses in which two queries differ, those of each side; None where they say the same.

    Several places are joined by `...`; a side that lacks a clause has an empty text.
    """
    sides = tokens(before), tokens(after)
    if sides[0] == sides[1]:
        return None
    matcher = difflib.SequenceMatcher(None, *sides, autojunk=False)
    spans = [(a, b, c, d) for kind, a, b, c, d in matcher.get_opcodes() if kind != "equal"]
    found: tuple[list[str], list[str]] = [], []
    for a, b, c, d in spans:
        within = not set(_ENDS) & {*sides[0][a:b], *sides[1][c:d]}
        for own, side, start, end in ((found[0], sides[0], a, b), (found[1], sides[1], c, d)):
            clause = _clause(side, start, end) if within or start < end else ""
            if clause and clause not in own:
                own.append(clause)
    return " ... ".join(found[0]), " ... ".join(found[1])


def of_another_period(before: str, after: str) -> bool:
    """Whether two queries say the same, but for the dates and times in them."""
    sides = [[_DATE.sub("'date'", token) for token in tokens(query)] for query in (before, after)]
    return sides[0] == sides[1]


def _clause(side: list[str], start: int, end: int) -> str:
    """What stands between the words that begin and end a condition around some tokens, or around a place."""
    low, high = start, end
    begins = start < end and side[start] in _ENDS
    while low > 0 and not begins and side[low - 1] not in _ENDS and start - low < _MOST_TOKENS:
        low -= 1
    while high < len(side) and side[high] not in _ENDS and high - end < _MOST_TOKENS:
        high += 1
    return _joined(side[low:high])


def _joined(found: list[str]) -> str:
    text = ""
    for before, word in zip(["", *found], found, strict=False):
        called = word == "(" and before.isidentifier() and before not in _NO_FUNCTIONS
        tight = not text or called or word in _TIGHT_BEFORE or text.endswith(_TIGHT_BEHIND)
        text += word if tight else f" {word}"
    return text


_AFTER_ORDER = ("limit", "offset", "fetch", "for", "using", "union", "settings", "format")
_KEY = re.compile(
    r"(?:^|_)(?:id|key|pk|sk|uuid|guid|rowid|ctid|oid|no|nr|number|seq|sequence|hash)$|\w{2}key$|linenumber$|^all$|"
    r"^(?:order|user|customer|item|row|trip|event|account|product|session|record|line|transaction|person|patient)id$"
)


def order_of(sql: str) -> list[str] | None:
    """The columns of the outermost ORDER BY of a query, in lower case and without their table, and calls as they are.

    None for a query without one.
    """
    depth, start, found = 0, None, tokens(sql)
    for place, word in enumerate(found):
        depth += (word == "(") - (word == ")")
        if depth == 0 and found[place : place + 2] == ["order", "by"]:
            start = place + 2
    if start is None:
        return None
    columns: list[list[str]] = [[]]
    for word in found[start:]:
        depth += (word == "(") - (word == ")")
        if depth < 0 or (depth == 0 and word in _AFTER_ORDER):
            break
        if depth == 0 and word == ",":
            columns.append([])
        else:
            columns[-1].append(word)
    names_ = [[t for t in column if t not in ("asc", "desc", "nulls", "first", "last")] for column in columns]
    return [_joined(c) if c[-1] == ")" else c[-1].strip('"`[]').lower() for c in names_ if c]


def names_a_row(columns: list[str]) -> bool:
    """Whether one of the columns is called as a unique key is. Only the data can tell for sure."""
    return any(_KEY.search(column) for column in columns)
