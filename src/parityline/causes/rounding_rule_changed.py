"""Exact halves are rounded by another rule."""

from __future__ import annotations

import numpy as np

from parityline.causes.beside import Floats, beside, first_differing, labelled, sides_at
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding
from parityline.kernel.cells import PLACES

CODE = "rounding-rule-changed"
RUNG = Rung.BESIDE
_DIGITS = range(-3, PLACES + 1)
_UNITS = np.array([10.0**-places for places in _DIGITS])


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != "number":
        return None
    before, after = (side[column.differs] for side in column.numbers)
    if np.isinf(before).any() or np.isinf(after).any():
        return None
    steps = np.abs(after - before)
    steps = steps[~np.isnan(steps)]
    if not len(steps) or steps.max() > 2 * steps.min():
        return None  # a rule for halves moves every value by one unit
    for other in beside(case, "number"):
        first = first_differing(case, other)
        sides = (float(side[other.places[first]]) for side in column.numbers)
        if not _may_be_half(*sides, x=float(other.numbers[first])):
            continue
        before, after = sides_at(case, other)
        here = ~np.isnan(before) & ~np.isnan(after) & ~np.isnan(other.numbers)
        differs = column.differs[other.places]
        if not here[differs].all():
            continue
        x, before, after, differs = other.numbers[here], before[here], after[here], differs[here]
        places = _places(x, before, after, differs)
        if places is None:
            continue
        halves = np.abs(2 * np.abs(x - before) - 10.0**-places) <= 1e-6 * 10.0**-places
        rules = [_rule(side[halves], x[halves], places) for side in (before, after)]
        if None in rules or rules[0] == rules[1]:
            continue
        name = labelled(other.stage, other.name)
        sentence = f"`{column.name}` differs only at exact halves of {name}: halves are rounded {rules[1]}; "
        evidence = {"of": name.strip("`"), "places": places, "rules": rules, "halves": int(differs.sum())}
        return case.found(CODE, f"{sentence}research rounded them {rules[0]}", evidence=evidence)
    return None


def _may_be_half(before: float, after: float, *, x: float) -> bool:
    """Whether `_places` may hold for a row that differs, x being halfway between both sides: seldom so."""
    near = 1e-9 * _UNITS + 4 * np.spacing(abs(x) + _UNITS)
    return bool(((np.abs(abs(after - before) - _UNITS) <= near) & (abs(before + after - 2 * x) <= 2 * near)).any())


def _places(
    x: Floats, before: Floats, after: Floats, differs: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> int | None:
    """The decimals to which both sides round x, differing at exact halves alone; None where it is not so."""
    steps = np.abs(after - before)[differs]
    if len(steps) < FEWEST or not np.isfinite(steps).all():
        return None
    for places, unit in zip(_DIGITS, _UNITS.tolist(), strict=True):
        near = 1e-9 * unit + 4 * np.spacing(np.abs(x) + unit)
        if not (np.abs(steps - unit) <= near[differs]).all():
            continue
        halves = np.abs(before + after - 2 * x)[differs] <= 2 * near[differs]
        both = all((np.abs(side - x) <= unit / 2 + near).all() for side in (before, after))
        whole = all((np.abs(np.rint(side / unit) * unit - side) <= near).all() for side in (before, after))
        return places if halves.all() and both and whole else None
    return None


def _rule(rounded: Floats, x: Floats, places: int) -> str | None:
    """What a side does with halves; None where no one rule gives all of them."""
    up = rounded > x
    even = np.rint(rounded * 10.0**places) % 2 == 0
    rules = {"to even": even, "up": up, "down": ~up, "away from zero": up == (x > 0), "to zero": up == (x < 0)}
    if (x > 0).all():
        rules = {name: rules[name] for name in ("to even", "up", "down")}
    return next((name for name, holds in rules.items() if holds.all()), None)
