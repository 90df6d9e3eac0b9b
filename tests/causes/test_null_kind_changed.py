"""`null-kind-changed`: NULL and NaN exchanged, everything else equal."""

from __future__ import annotations

import polars as pl
import pyarrow as pa
import pytest
from support import codes, frame, verified

from parityline.causes.null_kind_changed import CODE

PANDAS = frame("gaps")
MISSING = int(PANDAS["gaps"].isna().sum())
NANS = pa.table({"id": PANDAS["id"].to_numpy(), "gaps": pa.array(PANDAS["gaps"].to_numpy())})
NULLS = pa.table({"id": PANDAS["id"].to_numpy(), "gaps": pa.array(PANDAS["gaps"].to_numpy(), from_pandas=True)})
ONE_LESS = NULLS.set_column(1, "gaps", pa.array([0.5, *NULLS["gaps"].to_pylist()[1:]]))


@pytest.mark.parametrize(
    ("before", "after", "severity", "counts"),
    [
        pytest.param(NULLS, NANS, "error", {"nulls": [MISSING, 0], "nans": [0, MISSING]}, id="NULLs became NaN"),
        pytest.param(NANS, NULLS, "error", {"nulls": [0, MISSING], "nans": [MISSING, 0]}, id="NaNs became NULL"),
        pytest.param(NULLS, pl.from_arrow(NANS), "error", {"nulls": [MISSING, 0]}, id="in another engine"),
        pytest.param(PANDAS, NULLS, "warning", {"nans": [MISSING, 0]}, id="pandas has no NULL"),
        pytest.param(pl.from_arrow(NULLS), PANDAS, "warning", {"nans": [0, MISSING]}, id="pandas behind Polars"),
    ],
)
@pytest.mark.parametrize("key", [pytest.param("id", id="keyed"), pytest.param(None, id="without a key")])
def test_is_named(before, after, severity, counts, key):
    verdict = verified(before, after, key=key)
    finding = next(f for f in verdict.findings if f.code == CODE)
    assert (finding.column, finding.severity) == ("gaps", severity)
    assert counts.items() <= finding.evidence.items()
    assert finding.share == pytest.approx(MISSING / 2_000)
    assert (verdict.first and verdict.first.code) == (CODE if severity == "error" else None)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        pytest.param(NULLS, pl.from_arrow(NULLS), None, id="the same kind in another engine"),
        pytest.param(
            NULLS, NULLS.set_column(1, "gaps", NULLS["gaps"].fill_null(-1.0)), "null-became-sentinel", id="filled"
        ),
        pytest.param(NANS, ONE_LESS, "values-differ", id="exchanged, and one value is new"),
    ],
)
def test_is_not_named(before, after, code):
    verdict = verified(before, after)
    assert CODE not in codes(verdict)
    assert (verdict.first and verdict.first.code) == code
