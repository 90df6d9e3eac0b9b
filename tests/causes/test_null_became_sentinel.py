"""`null-became-sentinel`: all missing values are one marker now, and nothing else moved."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.null_became_sentinel import CODE

EMPTY = np.random.default_rng(5).random(2_000) < 0.05
RESEARCH = changed(
    frame("gaps", "city", "when"),
    city=lambda c: c.astype(object).where(~EMPTY, None),
    when=lambda c: c.where(~EMPTY, pd.NaT),
)
GAPS = int(RESEARCH["gaps"].isna().sum())


@pytest.mark.parametrize("kind", ["source", "etl"])
@pytest.mark.parametrize(
    ("column", "value", "found", "filled"),
    [
        pytest.param("gaps", -1.0, -1, GAPS, id="minus one"),
        pytest.param("gaps", 0.0, 0, GAPS, id="zero"),
        pytest.param("gaps", 9999.0, 9999, GAPS, id="nines"),
        pytest.param("gaps", np.inf, np.inf, GAPS, id="infinity"),
        pytest.param("city", "unknown", "unknown", int(EMPTY.sum()), id="a word"),
        pytest.param("city", "", "", int(EMPTY.sum()), id="the empty text"),
        pytest.param("when", pd.Timestamp("1970-01-01"), 0, int(EMPTY.sum()), id="the epoch"),
    ],
)
def test_is_named(column, value, found, filled, kind):
    finding = first(RESEARCH, changed(RESEARCH, **{column: lambda c: c.fillna(value)}), kind=kind)
    assert (finding.code, finding.column) == (CODE, column)
    assert (finding.evidence["filled"], finding.evidence["value"]) == (filled, found)
    assert finding.share == pytest.approx(filled / 2_000)


@pytest.mark.parametrize(
    ("column", "change", "kind", "code"),
    [
        pytest.param("gaps", lambda c: c.fillna(c.mean()), "source", "values-differ", id="filled with the mean"),
        pytest.param("gaps", lambda c: c.ffill().bfill(), "source", "values-differ", id="filled forward"),
        pytest.param("gaps", lambda c: c.fillna(-1.0) + 0.25, "source", "values-differ", id="and all else moved"),
        pytest.param(
            "gaps", lambda c: c.fillna(0.0), "features", "imputed-with-other-constant", id="features are imputed"
        ),
        pytest.param("gaps", lambda c: c.where(c > 5), "source", "values-differ", id="more missing"),
        pytest.param(
            "city",
            lambda c: c.where(~EMPTY, RESEARCH["id"].map("c{}".format)),
            "source",
            "values-differ",
            id="many words",
        ),
    ],
)
def test_is_not_named(column, change, kind, code):
    verdict = verified(RESEARCH, changed(RESEARCH, **{column: change}), kind=kind)
    assert CODE not in codes(verdict)
    assert verdict.first.code == code
