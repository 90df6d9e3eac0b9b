"""Predictions stay on the scale on which the model was trained."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from parityline.causes.beside import Floats
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding

CODE = "back-transformation-missing"
RUNG = Rung.OUTPUT

_SCALES: dict[str, tuple[Callable[[Floats], Floats], str]] = {
    "log1p": (np.expm1, "log"),
    "the natural logarithm": (np.exp, "log"),
    "log10": (lambda x: 10.0**x, "log"),
    "the square root": (np.square, "square root"),
    "the logit": (lambda x: 1 / (1 + np.exp(-x)), "logit"),
}
"""By name: what takes values back from the scale, and the scale."""


def explain(case: Case) -> Finding | None:
    found = case.numbers()
    column = case.column
    if found is None or column is None or case.table.kind != "predictions" or column.reference.type != "number":
        return None
    before, after = found
    if len(np.unique(before[np.isfinite(before)])) < FEWEST or not np.isfinite(after).all():
        return None
    for name, (back, word) in _SCALES.items():
        with np.errstate(all="ignore"):
            expected = back(after)
        signs = word != "square root" or bool((after >= 0).all())
        # where the way back overflows, both are infinite
        if signs and np.allclose(before, expected, rtol=1e-9, atol=1e-12):
            sentence = f"`{column.name}` is on the {word} scale: in every differing row it is {name} of the reference"
            return case.found(CODE, sentence, evidence={"scale": name})
    return None
