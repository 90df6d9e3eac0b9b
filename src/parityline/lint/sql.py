"""The rules for SQL: what a query draws, takes in no order, or reads from the clock. Parsed by sqlglot."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from parityline import queries
from parityline.codes import Severity, codes
from parityline.syntax.names import each

_DIALECTS = ("", "duckdb", "postgres", "snowflake", "bigquery", "tsql", "spark", "mysql", "oracle")
_SAMPLED = re.compile(r"(?<!using)\s+sample\s*\(", re.I)
_RANDOM = each(
    "random rand randn newid uuid gen_random_uuid uuid_generate_v4 generate_uuid dbms_random.value",
)
_CLOCKS = each(
    "now getdate getutcdate sysdate systimestamp sysdatetime today curdate curtime localtimestamp localtime",
    "current_date current_timestamp current_time current_datetime get_current_timestamp transaction_timestamp",
    "statement_timestamp clock_timestamp unix_timestamp",
)
_BY_ORDER = each("row_number first_value last_value nth_value lag lead ntile")
_ANY = frozenset(["any_value", "first", "last", "arbitrary", "anyvalue"])
_LISTS = each("array_agg string_agg group_concat listagg list collect_list arrayagg groupconcat")
_FLOATS = frozenset(("DOUBLE", "FLOAT", "REAL"))


@dataclass(frozen=True, slots=True)
class SqlHit:
    """An alarm within a query: `offset` counts characters from its start."""

    offset: int
    code: str
    severity: Severity
    sentence: str


class NotParsed(Exception):
    """A query that could not be read, and why."""


@cache
def is_available() -> bool:
    """Whether sqlglot is installed: it comes with `parityline[sql]`."""
    try:
        import sqlglot  # noqa: F401
    except ImportError:
        return False
    return True


def hits(text: str) -> list[SqlHit]:
    """The alarms of a text of one or several statements, in the order of their places.

    Raises NotParsed where the text is a template, or no dialect reads it.
    """
    if "{{" in text or "{%" in text:
        raise NotParsed("a template: lint the compiled SQL")
    seeded = False
    found: list[SqlHit] = []
    for statement in _parsed(text):
        if statement is None:
            continue
        seeded |= any(_called(node) == "setseed" for node in statement.walk())
        found += _Statement(statement, seeded).hits()
    return sorted(set(found), key=lambda hit: (hit.offset, hit.code))


def _parsed(text: str) -> list[Any]:
    import sqlglot
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    why = ""
    # elsewhere `t SAMPLE (10)` is a table under another name
    first = ("snowflake",) if _SAMPLED.search(text) else ()
    for dialect in (*first, *_DIALECTS):
        try:
            statements: list[Any] = list(sqlglot.parse(text, read=dialect or None))
        except (SqlglotError, RecursionError) as error:
            why = why or " ".join(str(error).split())[:120]
            continue
        if not any(isinstance(statement, sqlglot.exp.Command) for statement in statements):
            return statements
    if why:
        raise NotParsed(f"not read as SQL: {why}")
    return []


class _Statement:
    """One parsed statement."""

    def __init__(self, root: Any, seeded: bool) -> None:
        self.root, self.seeded = root, seeded

    def hits(self) -> Iterator[SqlHit]:
        from sqlglot import exp

        for node in self.root.walk():
            if isinstance(node, (exp.Select, exp.SetOperation)):
                yield from self._limited(node)
            if isinstance(node, exp.Select):
                yield from self._distinct(node)
            elif isinstance(node, exp.TableSample) and not node.args.get("seed"):
                yield _hit(node, "seed-missing", "the query samples rows without a seed: add REPEATABLE (n)")
            elif isinstance(node, exp.Window):
                yield from self._window(node)
            elif isinstance(node, exp.Join):
                yield from self._join(node)
            elif isinstance(node, exp.Func):
                yield from self._function(node)
            if isinstance(node, exp.SetOperation) and any(map(_is_star, (node.this, node.expression))):
                sentence = "UNION puts columns together by their place, and one side is `*`"
                yield _hit(node, "column-order-changed", sentence, "warning")
            if isinstance(node, exp.Insert) and isinstance(node.this, exp.Table) and _is_star(node.expression):
                sentence = "INSERT puts columns by their place, and the query is `*`: name the columns"
                yield _hit(node, "column-order-changed", sentence, "warning")

    def _limited(self, node: Any) -> Iterator[SqlHit]:
        from sqlglot import exp

        limit = node.args.get("limit") or node.args.get("offset")
        if limit is None or _is_zero(limit) or _is_one_row(node) or isinstance(node.parent, exp.Exists):
            return
        order = node.args.get("order")
        if order is None:
            yield _hit(limit, "order-undefined", f"{_said(limit)} without ORDER BY takes any rows")
        elif not _is_random(order) and not _is_total(order):
            ties = f"{_said(limit)} over ORDER BY {_columns(order)} takes any of the rows with equal values"
            yield _hit(limit, "order-has-ties", ties, "warning")

    def _distinct(self, node: Any) -> Iterator[SqlHit]:
        distinct = node.args.get("distinct")
        kept = distinct.args.get("on") if distinct is not None else None
        if kept is None:
            return
        order = node.args.get("order")
        if order is None or not _is_total(order):
            by = "without ORDER BY" if order is None else f"over ORDER BY {_columns(order)}"
            yield _hit(distinct, "order-has-ties", f"DISTINCT ON {by} keeps any row of equal keys", "warning")

    def _window(self, node: Any) -> Iterator[SqlHit]:
        called = _called(node.this.this if _called(node.this) in ("ignore_nulls", "ignorenulls") else node.this)
        if called not in _BY_ORDER:
            return
        order = node.args.get("order")
        if order is None:
            if not node.args.get("alias"):
                yield _hit(node, "order-undefined", f"{called}() over no ORDER BY numbers or takes rows in any order")
        elif _is_random(order):
            return
        elif not _is_total(order):
            sentence = f"{called}() over ORDER BY {_columns(order)}: the order of rows with equal values is undefined"
            yield _hit(node, "order-has-ties", sentence, "warning")

    def _join(self, node: Any) -> Iterator[SqlHit]:
        from sqlglot import exp

        condition = node.args.get("on")
        for equal in condition.find_all(exp.EQ) if condition is not None else ():
            if any(map(_is_float, (equal.left, equal.right))):
                sentence = f"the join compares floating-point numbers: `{_one_line(equal)}` holds by chance"
                yield _hit(equal, "join-match-lost", sentence, "warning")

    def _function(self, node: Any) -> Iterator[SqlHit]:
        from sqlglot import exp

        called = _called(node)
        if called in _RANDOM and not self.seeded and not _arguments(node):
            yield _hit(node, "seed-missing", f"{called}() draws other values in every run")
        elif called in _CLOCKS and not _arguments(node) and node.find_ancestor(exp.Select):
            yield _hit(node, "depends-on-run-time", f"{called}() makes the result depend on when the query runs")
        elif called in _ANY and not isinstance(node.parent, exp.Window) and not node.find(exp.Order):
            yield _hit(node, "order-undefined", f"{called}() takes the value of any row")
        elif (
            called in _LISTS and not node.find(exp.Order) and not isinstance(node.parent, (exp.WithinGroup, exp.Window))
        ):
            yield _hit(node, "order-undefined", f"{called}() without ORDER BY lists values in any order")


# -------------------------------------------------------------------- of single nodes


def _hit(node: Any, code: str, sentence: str, severity: Severity | None = None) -> SqlHit:
    starts = [inner.meta["start"] for inner in node.walk() if "start" in inner.meta]
    while not starts and node.parent is not None:
        node = node.parent
        starts = [inner.meta["start"] for inner in node.walk() if "start" in inner.meta]
    return SqlHit(min(starts, default=0), code, severity or codes()[code].severity, sentence)


def _called(node: Any) -> str:
    """The name of a function in lower case, as the query or else as sqlglot calls it."""
    from sqlglot import exp

    if isinstance(node, exp.Anonymous):
        return str(node.this).lower()
    if isinstance(node, exp.Func):
        return str(node.sql_name()).lower()
    return type(node).__name__.lower()


def _arguments(node: Any) -> bool:
    return any(value for value in node.args.values() if value not in (None, [], False)) and not _is_bare(node)


def _is_bare(node: Any) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.Anonymous) and not node.expressions


def _said(limit: Any) -> str:
    return "FETCH" if type(limit).__name__ == "Fetch" else type(limit).__name__.upper()


def _one_line(node: Any) -> str:
    text = " ".join(str(node.sql()).split())
    return text if len(text) <= 60 else text[:57] + "..."


def _columns(order: Any) -> str:
    return ", ".join(_one_line(ordered.this) for ordered in order.expressions)


def _is_zero(limit: Any) -> bool:
    given = limit.args.get("expression")
    return given is not None and str(given.sql()) == "0"


def _is_one_row(node: Any) -> bool:
    """Whether a query has one row anyway: aggregates without groups."""
    from sqlglot import exp

    if not isinstance(node, exp.Select) or node.args.get("group") or not node.expressions:
        return False
    return all(
        isinstance(e.unalias(), exp.Literal) or (e.find(exp.AggFunc) and not e.find(exp.Window))
        for e in node.expressions
    )


def _is_random(order: Any) -> bool:
    return any(_called(node) in _RANDOM for node in order.walk())


def _is_total(order: Any) -> bool:
    from sqlglot import exp

    columns = [column.name.lower() for ordered in order.expressions for column in ordered.find_all(exp.Column)]
    return queries.names_a_row(columns)


def _is_float(side: Any) -> bool:
    from sqlglot import exp

    if isinstance(side, exp.Paren):
        return _is_float(side.this)
    if isinstance(side, exp.Cast):
        return str(side.to.this.value) in _FLOATS
    if isinstance(side, exp.Round):
        digits = side.args.get("decimals")
        return digits is not None and str(digits.sql()) != "0"
    if isinstance(side, exp.Mul):
        return any(isinstance(n, exp.Literal) and "." in str(n.this) for n in side.find_all(exp.Literal))
    return isinstance(side, exp.Div)


def _is_star(node: Any) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.Select) and bool(node.is_star)
