"""A quantile interpolates in another way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parityline.causes.beside import Floats, members
from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding

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
    return None


def _method(groups: list[Floats], values: Floats, q: float) -> str | None:
    """The method that gives the values of all groups; None without one."""
    return next((method for method in _METHODS if all(_agree(groups, values, q, method))), None)


def _agree(groups: list[Floats], values: Floats, q: float, method: str) -> Iterator[bool]:
    for group, value in zip(groups, values.tolist(), strict=True):
        yield bool(np.isclose(np.quantile(group, q, method=method), value, rtol=1e-12, atol=0))  # type: ignore[call-overload]
