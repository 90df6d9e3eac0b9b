"""A filter includes or excludes its bound, unlike in the reference."""

from __future__ import annotations

import datetime

import numpy as np

from parityline.causes import late_rows_arrived, null_rows_dropped
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.causes.changed_rows import Mask, extra_rows, missing_rows, ordered_columns
from parityline.causes.partitions import partitions
from parityline.findings import Finding
from parityline.fingerprints import plain
from parityline.kernel.cells import Cell

CODE = "filter-bound-changed"
RUNG = Rung.ROWS

_FEWEST_VALUES = 10
"""In a column of fewer values the smallest one is a category as well as a bound."""
_DAY = 86_400 * 10**9
_ACCIDENT = 1e-4
"""The chance that so many doubled rows all stand at the first instants of days without a reason, at most."""


def explain(case: Case) -> Finding | None:
    table, code = case.table, case.finding.code
    if not table.keyed or code not in ("rows-missing", "rows-extra", "duplicate-keys"):
        return None
    missing, extra, _ = table.key_changes
    lost = partitions(table)
    whole = lost is not None and not lost.changed and bool(lost.lost or lost.doubled)
    if lost is not None and whole and (table.kind == "source" or lost.doubled or len(lost.lost) > 1):
        return None  # whole partitions are gone or doubled, which says more
    if code == "duplicate-keys":
        return None if missing or extra else _counted_twice(case)
    if bool(missing) == bool(extra) or late_rows_arrived.explain(case) is not None:
        return None  # rows that were loaded at one moment stand at the bound of the times of loading
    return _one_sided(case, code)


def _one_sided(case: Case, code: str) -> Finding | None:
    """All rows at one end of a column are gone, or new, and no others: by count, and in the sample."""
    table = case.table
    wide, narrow = (table.reference, table.observed) if code == "rows-missing" else (table.observed, table.reference)
    changed, kept = missing_rows(table) if code == "rows-missing" else extra_rows(table)
    rows = wide.rows - narrow.rows
    if rows < FEWEST or not kept.any() or null_rows_dropped.explain(case) is not None:
        return None  # a bound may be what missing values were filled with
    differing = set(table.differing())
    for name, values, _ in ordered_columns(wide):
        column, other = wide.columns[name], narrow.columns.get(name)
        if other is None or column.type != other.type or name in differing or column.distinct < _FEWEST_VALUES:
            continue
        for end in ("minimum", "maximum"):
            bound, inner = getattr(column.range, end), getattr(other.range, end)
            if getattr(column.range, f"at_{end}") != rows or bound == inner or inner is None:
                continue
            at = np.array([value == bound for value in values.tolist()], np.bool_)
            if not _holds(at, changed, kept):
                continue
            shown = _shown(bound, column.type)
            verb = "are missing" if code == "rows-missing" else "are extra"
            now = "exclusive" if code == "rows-missing" else "inclusive"
            sentence = f"{rows:,} rows with `{name}` = {shown} {verb}: the {_END[end]} bound is {now} now"
            evidence = {"rows": rows, "column": name, "bound": shown, "end": end, "exact": True}
            return case.found(CODE, sentence, evidence=evidence)
    return None


_END = {"minimum": "lower", "maximum": "upper"}


def _holds(at: Mask, changed: Mask, kept: Mask) -> bool:
    """The changed rows of the sample, where it has any, are those at the bound."""
    return not (at & kept).any() and not (changed & ~at).any()


def _counted_twice(case: Case) -> Finding | None:
    """The rows at the first instants of days, and no others, are there twice: two intervals include the bound."""
    table = case.table
    rows = table.observed.rows - table.reference.rows
    sample, before = table.observed.state.sample, table.reference.state.sample
    once = dict(zip(before.keys, before.rows_per_key, strict=True))
    double = np.array([sample.rows_per_key[o] == 2 * once.get(sample.keys[o], 0) for o in sample.owner], np.bool_)
    equal = np.array([sample.rows_per_key[o] == once.get(sample.keys[o], 0) for o in sample.owner], np.bool_)
    if rows < FEWEST or not equal.any() or not (double | equal).all():
        return None
    for name, values, _ in ordered_columns(table.observed):
        column = table.observed.columns[name]
        if not column.type.startswith("timestamp"):
            continue
        bounds = {value for value, twice in zip(values.tolist(), double.tolist(), strict=True) if twice}
        at = np.array([value in bounds for value in values.tolist()], np.bool_)
        days = [side.columns[name].form.named().get("day", 0) for side in (table.reference, table.observed)]
        if None in bounds or any(bound % _DAY for bound in bounds) or (at & equal).any() or days[1] - days[0] != rows:
            continue
        # of few doubled rows a large table's sample has none or some: their number alone must then be no accident
        if double.sum() < FEWEST and (days[0] / table.reference.rows) ** rows > _ACCIDENT:
            continue
        shown = sorted(_shown(bound, column.type) for bound in bounds)
        where = f"exactly {' or '.join(shown[:3])}" if shown else "the first instants of days"
        sentence = f"{rows:,} rows with `{name}` at {where} are counted twice: "
        sentence += "the upper bound of an interval is inclusive"
        return case.found(CODE, sentence, evidence={"rows": rows, "column": name, "bounds": shown[:20], "exact": True})
    return None


def _shown(cell: Cell, logical: str) -> str:
    if isinstance(cell, int) and logical == "date":
        return str(np.datetime64(cell, "D"))
    if isinstance(cell, int) and logical.startswith("timestamp"):
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=cell // 1_000)
        return str(moment.date() if cell % _DAY == 0 else moment)
    return str(plain(cell))
