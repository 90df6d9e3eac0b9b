"""Values are the same in another unit: an affine relation with round numbers."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.findings import Finding

CODE = "unit-changed"
RUNG = Rung.UNIT


def explain(case: Case) -> Finding | None:
    found = case.numbers()
    column = case.column
    if found is None or column is None or column.reference.type != "number":
        return None
    before, after = found
    if not np.isfinite(found).all():
        return None
    low, high = int(np.argmin(before)), int(np.argmax(before))
    if len(np.unique(before)) < FEWEST:
        return None
    slope = float((after[high] - after[low]) / (before[high] - before[low]))
    intercept = float(after[low] - slope * before[low])
    scale = np.abs(after).max()
    if np.ptp(after) < 1e-6 * scale:
        return None  # numbers so close to each other obey any rule within its rounding
    if slope == 0.0 or np.abs(slope * before + intercept - after).max() > 1e-9 * scale:
        return None
    if abs(intercept) < 1e-9 * scale:
        intercept = 0.0
    known = next(
        (name for name, (s, i) in _UNITS.items() if abs(s - slope) < 1e-6 * s and abs(i - intercept) < 1e-4), None
    )
    if known is None and (abs(slope - 1) < 1e-6 or case.table.kind == "features"):
        return None  # a shift, or rounding; among features a scaler
    what = f": {known}" if known else ""
    formula = f"{slope:.6g} x reference" + (f" {intercept:+.6g}" if intercept else "")
    return case.found(
        CODE,
        f"`{column.name}` = {formula} in every differing row{what}",
        evidence={"slope": slope, "intercept": intercept, "unit": known},
    )


_UNITS = {
    "degrees Celsius for Fahrenheit": (5 / 9, -160 / 9),
    "degrees Fahrenheit for Celsius": (9 / 5, 32.0),
    "kilometres for miles": (1.609344, 0.0),
    "miles for kilometres": (1 / 1.609344, 0.0),
    "cents for whole units": (100.0, 0.0),
    "whole units for cents": (0.01, 0.0),
    "thousandths for whole units": (1000.0, 0.0),
    "whole units for thousandths": (0.001, 0.0),
    "seconds for minutes": (60.0, 0.0),
    "minutes for seconds": (1 / 60, 0.0),
    "kelvin for degrees Celsius": (1.0, 273.15),
    "pounds for kilograms": (2.20462262, 0.0),
    "centimetres for inches": (2.54, 0.0),
}
