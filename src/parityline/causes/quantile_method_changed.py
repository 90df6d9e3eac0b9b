"""A quantile interpolates in another way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parityline.causes.beside import Floats, members, sampled_members
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.pairs import ColumnPair, Rows

CODE = "quantile-method-changed"
RUNG = Rung.BESIDE

_METHODS = {
    "linear": "interpolates",
    "lower": "takes the lower value",
    "higher": "takes the higher value",
    "nearest": "takes the nearest value",
    "midpoint": "takes the middle of two values",
    "inverted_cdf": "takes an existing value (discrete)",
    "hazen": "interpolates as Hazen",
    "weibull": "interpolates as Weibull",
    "median_unbiased": "interpolates without bias of the median",
}
_GROUPS, _SHARE = 20, 0.25
"""Without the rows of the groups, so many of them and such a share must differ: a method changes most quantiles."""
_CHANCE = 0.5
"""What is interpolated between values is a value itself no more often than this."""
_ACCIDENT = 0.05
"""And is among some of the values in next to no group."""
_QUANTILES = (0.5, 0.9, 0.95, 0.25, 0.75, 0.1, 0.05, 0.99, 0.01)


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != "number" or column.observed.type != "number":
        return None
    for own in members(case):
        before, after = (side[own.places] for side in column.numbers)
        if int(column.differs[own.places].sum()) < FEWEST:
            continue
        for name, logical in own.types.items():
            if logical != "number":
                continue
            groups = [np.array([c for c in cells if isinstance(c, float) and c == c]) for cells in own.values(name)]
            if any(len(group) == 0 for group in groups):
                continue
            for q in _QUANTILES:
                old, new = _method(groups, before, q), _method(groups, after, q)
                if old and new and old != new:
                    sentence = f"`{column.name}`, the {q:g} quantile of `{own.stage}.{name}`, {_METHODS[new]}; "
                    evidence = {
                        "of": f"{own.stage}.{name}",
                        "quantile": q,
                        "methods": [old, new],
                        "groups": len(groups),
                    }
                    return case.found(CODE, f"{sentence}research {_METHODS[old]}", evidence=evidence)
    return _by_samples(case, column) or _by_values(case, column)


def _moved(column: ColumnPair, places: Rows, fewest: int) -> tuple[Floats, Floats] | None:
    """Both sides of the groups that differ; None where they are few, no numbers, or one factor or step apart."""
    here = places[column.differs[places]]
    sides = column.numbers[0][here], column.numbers[1][here]
    if len(here) < fewest or not np.isfinite(sides).all():
        return None
    with np.errstate(all="ignore"):
        rules = sides[1] - sides[0], sides[1] / sides[0]
    if any(np.ptp(rule) <= 1e-9 * np.abs(rule).max() for rule in rules if np.isfinite(rule).all()):
        return None  # another unit
    return sides


def _told(case: Case, column: ColumnPair, of: str, existing: int, way: float, groups: int) -> Finding:
    """One side takes the lower or the higher value, the other interpolates."""
    told = [f"takes the {'lower' if way < 0 else 'higher'} value", "interpolates"]
    now, was = (told[0], told[1]) if existing else (told[1], told[0])
    sentence = f"`{column.name}`, a quantile of `{of}`, {now}; research {was}"
    return case.found(CODE, sentence, evidence={"of": of, "groups": groups})


def _by_samples(case: Case, column: ColumnPair) -> Finding | None:
    """With some rows of the groups: one side holds values of them, the other none, and no value lies between the two.

    All differing groups moved one way, as they do from an interpolated value to the next lower or higher one.
    """
    for own in sampled_members(case):
        sides = _moved(column, own.places, FEWEST)
        if sides is None:
            continue
        for name, logical in own.types.items():
            if logical != "number":
                continue
            differs = column.differs[own.places].tolist()
            every = (np.array([c for c in cells if isinstance(c, float)]) for cells in own.values(name))
            groups = [group for group, differ in zip(every, differs, strict=True) if differ]
            low, high = np.minimum(*sides).tolist(), np.maximum(*sides).tolist()
            ends = list(zip(groups, low, high, strict=True))
            if any(((a < group) & (group < b)).any() for group, a, b in ends):
                continue
            if not all((group <= a).any() and (group >= b).any() for group, a, b in ends):
                continue
            held = [sum(v in group for group, v in zip(groups, side, strict=True)) for side in sides]
            existing = int(held[1] > held[0])
            signs = np.unique(np.sign(sides[existing] - sides[1 - existing]))
            enough = held[existing] >= max(FEWEST, _CHANCE * own.kept * len(groups))
            if enough and held[1 - existing] <= _ACCIDENT * len(groups) and len(signs) == 1:
                return _told(case, column, f"{own.stage}.{name}", existing, float(signs[0]), len(groups))
    return None


def _by_values(case: Case, column: ColumnPair) -> Finding | None:
    """Without the rows of the groups: one side holds nothing but values of an input, the other what lies between.

    All differing groups moved one way, as they do from an interpolated value to the next lower or higher one.
    """
    sides = _moved(column, np.arange(column.aligned), _GROUPS)
    if case.table.kind not in ("etl", "features") or sides is None or float(column.differs.mean()) < _SHARE:
        return None
    for stage, source in case.inputs().items():
        if source.reference.key == case.table.reference.key:
            continue
        for name, own in source.columns.items():
            if not own.is_number or not own.same or not own.reference.values.complete:
                continue
            cells = own.reference.values.cells
            values = np.array([cell for cell in cells if isinstance(cell, float) and np.isfinite(cell)])
            held = [np.isin(side, values) for side in sides]
            for existing, between in ((1, 0), (0, 1)):
                signs = np.unique(np.sign(sides[existing] - sides[between]))
                inside = (sides[between] > values.min(initial=0)) & (sides[between] < values.max(initial=0))
                if not held[existing].all() or held[between].mean() > _CHANCE or len(signs) != 1 or not inside.all():
                    continue
                return _told(case, column, f"{stage}.{name}", existing, float(signs[0]), len(sides[0]))
    return None


def _method(groups: list[Floats], values: Floats, q: float) -> str | None:
    """The method that gives the values of all groups; None without one."""
    return next((method for method in _METHODS if all(_agree(groups, values, q, method))), None)


def _agree(groups: list[Floats], values: Floats, q: float, method: str) -> Iterator[bool]:
    for group, value in zip(groups, values.tolist(), strict=True):
        yield bool(np.isclose(np.quantile(group, q, method=method), value, rtol=1e-12, atol=0))  # type: ignore[call-overload]
