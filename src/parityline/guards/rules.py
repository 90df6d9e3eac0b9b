"""What the reference knows of inputs, and what of some rows it would not have."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from parityline.errors import UsageError
from parityline.fingerprints import ColumnFingerprint, Fingerprint
from parityline.kernel.cells import Hashed
from parityline.variables.faults import Fault

_SAID = 60
"""Texts of values in counters are cut to this length."""


class Looked(NamedTuple):
    """What a look at some rows found: its faults, how many rows there were, and how many of them have any."""

    faults: list[Fault]
    rows: int
    bad: int


@dataclass(frozen=True, slots=True)
class Rule:
    """What the reference knows of a column.

    low, high: None where it is no number; values: None where not all are known.
    """

    name: str
    kind: str
    nulls: bool
    low: float | None
    high: float | None
    values: frozenset[str] | None

    @classmethod
    def of(cls, name: str, column: ColumnFingerprint) -> Rule:
        low, high = (v if isinstance(v, (int, float)) else None for v in (column.min, column.max))
        values = None
        if column.type == "text" and column.values.complete:
            cells = column.values.cells
            if all(isinstance(c, bytes) and not isinstance(c, Hashed) for c in cells):
                values = frozenset(c.decode() for c in cells if isinstance(c, bytes))
        return cls(name, column.type, bool(column.missing + column.shape.nans), low, high, values)

    def fault(self, value: Any) -> str:
        """What is wrong with one value: missing, infinite, range, unseen or type; empty for nothing."""
        if value is None or value != value:
            return "" if self.nulls else "missing"
        kind = self.kind
        if kind == "number":
            try:
                if self.low is not None and self.low <= value <= self.high:
                    return ""
            except TypeError:
                return "type"
            if isinstance(value, (str, bytes)):
                return "type"
            return "infinite" if math.isinf(value) else "range"
        if kind == "text":
            if value.__class__ is not str and not isinstance(value, str):
                return "type"
            return "" if self.values is None or value in self.values else "unseen"
        if kind == "boolean":
            return "" if isinstance(value, (bool, np.bool_)) or value in (0, 1) else "type"
        return "type" if isinstance(value, str) and kind != "text" else ""


_ABSENT = object()
_PLAIN = frozenset((float, int, str, bool, type(None)))
"""Types that most values have, which is quicker to ask than whether a value is a column."""


class Rules:
    """The rules of a stage: of all its columns but its key, in the order that arrays have."""

    def __init__(self, table: Fingerprint, order: Sequence[str] = ()) -> None:
        self.key = tuple(table.key)
        names = [name for name in order or table.columns if name in table.columns and name not in self.key]
        self.by_name = {name: Rule.of(name, table.columns[name]) for name in names if table.columns[name].summarised}
        self._ordered = list(self.by_name.values())
        self._lows = np.array([-math.inf if rule.low is None else rule.low for rule in self._ordered])
        self._highs = np.array([math.inf if rule.high is None else rule.high for rule in self._ordered])

    def look(self, given: Any) -> Looked:
        """One row or many: a mapping, a list of mappings, an array, or a table. Raises whatever its form makes it."""
        if isinstance(given, Mapping):
            return self._of_mapping(given)
        if isinstance(given, np.ndarray):
            return self._of_array(given)
        if isinstance(given, Sequence) and not isinstance(given, (str, bytes)):
            return self._of_sequence(given)
        return self._of_frame(given)

    def rows(self, given: Any, places: Sequence[int]) -> list[dict[str, Any]]:
        """Some rows of what was given, which must have as many as `look` counted."""
        if isinstance(given, Mapping) and not _is_table(given):
            return [dict(given)] * len(places)
        if isinstance(given, Sequence) and given and isinstance(given[0], Mapping):
            return [dict(given[place]) for place in places]
        if isinstance(given, (np.ndarray, Sequence)):
            whole = np.asarray(given)
            table = whole.reshape(1, -1) if whole.ndim == 1 else whole
            return [dict(zip(self.by_name, table[place].tolist(), strict=False)) for place in places]
        found: list[dict[str, Any]] = _frame(given).iloc[list(places)].to_dict("records")
        return found

    def _of_mapping(self, given: Mapping[str, Any]) -> Looked:
        """One row, or columns of several."""
        found: list[Fault] = []
        get = given.get
        for rule in self._ordered:
            value = get(rule.name, _ABSENT)
            if value is _ABSENT:
                found.append(Fault("absent", rule.name, "", 1))
                continue
            if value.__class__ not in _PLAIN and _is_column(value):
                return self._of_frame(given)
            kind = rule.fault(value)
            if kind:
                found.append(Fault(kind, rule.name, str(value)[:_SAID], 1))
        return Looked(found, 1, int(bool(found)))

    def _of_sequence(self, given: Sequence[Any]) -> Looked:
        if not given:
            return Looked([], 0, 0)
        if not all(isinstance(row, Mapping) for row in given):
            return self._of_array(np.asarray(given))
        each = [self._of_mapping(row) for row in given]
        return Looked([fault for own in each for fault in own.faults], len(each), sum(own.bad for own in each))

    def _of_array(self, given: Any) -> Looked:
        """Columns by place, as the stage has them without its key; shape (n,) or (rows, n)."""
        rows = given.reshape(1, -1) if given.ndim == 1 else given
        if rows.ndim != 2 or rows.shape[1] != len(self._ordered):
            raise UsageError(f"expected arrays of {len(self._ordered)} columns, found the shape {np.shape(given)}")
        if rows.dtype.kind not in "fiub":
            import pandas as pd

            return self._of_frame(pd.DataFrame(rows, columns=list(self.by_name)))
        outside = ~((rows >= self._lows) & (rows <= self._highs))
        if not outside.any():
            return Looked([], len(rows), 0)
        found, bad = [], np.zeros(len(rows), np.bool_)
        for at in np.flatnonzero(outside.any(axis=0)).tolist():
            rule, values = self._ordered[at], rows[:, at].astype(np.float64)
            missing, infinite = np.isnan(values), np.isinf(values)
            kinds = {"infinite": infinite, "range": outside[:, at] & ~missing & ~infinite}
            kinds |= {} if rule.nulls else {"missing": missing}
            for kind, mask in kinds.items():
                if mask.any():
                    found.append(Fault(kind, rule.name, str(values[mask][0]), int(mask.sum())))
                    bad |= mask
        return Looked(found, len(rows), int(bad.sum()))

    def _of_frame(self, given: Any) -> Looked:
        """A table of pandas, or of anything that becomes one."""
        given = _frame(given)
        found, bad = list[Fault](), np.zeros(len(given), np.bool_)
        for rule in self._ordered:
            if rule.name not in given:
                found.append(Fault("absent", rule.name, "", len(given)))
                bad[:] = True
                continue
            for fault, mask in _of_column(rule, given[rule.name]):
                found.append(fault)
                bad |= mask
        return Looked(found, len(given), int(bad.sum()))


def _is_column(value: Any) -> bool:
    return isinstance(value, (list, tuple, np.ndarray)) or hasattr(value, "to_numpy")


def _is_table(given: Mapping[str, Any]) -> bool:
    """Whether a mapping holds columns, and not the values of one row."""
    return any(_is_column(value) for value in given.values())


def _frame(given: Any) -> Any:
    """A table of pandas."""
    import pandas as pd

    if isinstance(given, pd.DataFrame):
        return given
    if hasattr(given, "to_pandas"):
        return given.to_pandas()
    return pd.DataFrame(dict(given) if isinstance(given, Mapping) else given)


def _of_column(rule: Rule, column: Any) -> list[tuple[Fault, Any]]:
    """The faults of a pandas column, each with its rows."""
    import pandas as pd

    absent = column.isna().to_numpy()
    found = []
    if absent.any() and not rule.nulls:
        found.append((Fault("missing", rule.name, "", int(absent.sum())), absent))
    if rule.kind == "number" and pd.api.types.is_numeric_dtype(column) and rule.low is not None:
        values = column.to_numpy(np.float64, na_value=np.nan)
        inside = (values >= rule.low) & (values <= rule.high)
        for kind, mask in (("infinite", np.isinf(values)), ("range", np.isfinite(values) & ~inside)):
            if mask.any():
                found.append((Fault(kind, rule.name, str(values[mask][0]), int(mask.sum())), mask))
        return found
    for value in column[~absent].unique():
        kind = rule.fault(value)
        if kind:
            mask = (column == value).to_numpy(np.bool_, na_value=False)
            found.append((Fault(kind, rule.name, str(value)[:_SAID], int(mask.sum())), mask))
    return found
