"""A quantile interpolates in another way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parityline.causes.beside import Floats, members
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.pairs import ColumnPair

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
    return _by_values(case, column)


def _by_values(case: Case, column: ColumnPair) -> Finding | None:
    """Without the rows of the groups: one side holds nothing but values of an input, the other what lies between.

    All differing groups moved one way, as they do from an interpolated value to the next lower or higher one.
    """
    if case.table.kind not in ("etl", "features") or int(column.differs.sum()) < _GROUPS:
        return None
    sides = [side[column.differs] for side in column.numbers]
    if float(column.differs.mean()) < _SHARE or not all(np.isfinite(side).all() for side in sides):
        return None
    with np.errstate(all="ignore"):
        rules = sides[1] - sides[0], sides[1] / sides[0]
    if any(np.ptp(rule) <= 1e-9 * np.abs(rule).max() for rule in rules if np.isfinite(rule).all()):
        return None  # one factor or step: another unit
    way = {-1.0: "lower", 1.0: "higher"}
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
                told = [f"takes the {way[float(signs[0])]} value", "interpolates"]
                now, was = (told[0], told[1]) if existing else (told[1], told[0])
                sentence = f"`{column.name}`, a quantile of `{stage}.{name}`, {now}; research {was}"
                evidence = {"of": f"{stage}.{name}", "groups": int(column.differs.sum())}
                return case.found(CODE, sentence, evidence=evidence)
    return None


def _method(groups: list[Floats], values: Floats, q: float) -> str | None:
    """The method that gives the values of all groups; None without one."""
    return next((method for method in _METHODS if all(_agree(groups, values, q, method))), None)


def _agree(groups: list[Floats], values: Floats, q: float, method: str) -> Iterator[bool]:
    for group, value in zip(groups, values.tolist(), strict=True):
        yield bool(np.isclose(np.quantile(group, q, method=method), value, rtol=1e-12, atol=0))  # type: ignore[call-overload]
