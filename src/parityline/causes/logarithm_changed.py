"""Another logarithm is taken."""

from __future__ import annotations

import numpy as np

from parityline.causes.beside import Floats
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding

CODE = "logarithm-changed"
RUNG = Rung.UNIT

_SCALES = {"the natural logarithm": 1.0, "base 2": float(np.log(2)), "base 10": float(np.log(10))}
"""By name, the natural logarithm of the base."""
_PLUS_ONE = "the natural logarithm of 1 + x"


def explain(case: Case) -> Finding | None:
    found = case.numbers()
    column = case.column
    if found is None or column is None or column.reference.type != "number" or len(np.unique(found[0])) < FEWEST:
        return None
    before, after = found
    for old in (*_SCALES, _PLUS_ONE):
        for new in (*_SCALES, _PLUS_ONE):
            if old != new and _agrees(before, after, old, new):
                sentence = f"`{column.name}` is {_taken(new)}; research took {old}"
                return case.found(CODE, sentence, evidence={"logarithms": [old, new]})
    return None


def _taken(new: str) -> str:
    return f"a logarithm to {new}" if new.startswith("base") else new


def _agrees(before: Floats, after: Floats, old: str, new: str) -> bool:
    with np.errstate(all="ignore"):
        if _PLUS_ONE not in (old, new):
            finite = np.isfinite(before)
            expected = before * (_SCALES[old] / _SCALES[new])
            near = np.abs(after - expected) <= 1e-12 * np.abs(expected)
            return bool((near | ~finite & (after == before)).all() and finite.any())
        if old == _PLUS_ONE:
            if (before < 0).any():
                return False  # of 1 + x with x < 0 no other logarithm exists
            expected = np.log(np.expm1(before)) / _SCALES[new]
        else:
            expected = np.log1p(np.exp(before * _SCALES[old]))
        near = np.isclose(after, expected, rtol=1e-9, atol=1e-9) & (np.isfinite(expected) | (expected == after))
        return bool(near.all() and np.isfinite(expected).sum() >= FEWEST)
