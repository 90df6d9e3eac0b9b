from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pairing import ROWS, frame, pair, told

from parityline.checks import like_reference
from parityline.findings import Finding
from parityline.performance.effects import Common

TABLE, NEW = frame(), frame(seed=8, first_id=50_000)
RNG = np.random.default_rng(2)


@pytest.mark.parametrize(
    ("production", "found"),
    [
        pytest.param(NEW, [], id="new rows of the same kind"),
        pytest.param(NEW[:200], [], id="few new rows"),
        pytest.param(NEW[:0], [], id="no rows"),
        pytest.param(NEW.assign(amount=NEW["amount"] + 3), [], id="moved by a tenth of a deviation"),
        pytest.param(
            NEW.assign(amount=NEW["amount"] + 15), [("distribution-moved", "amount")], id="moved by half a deviation"
        ),
        pytest.param(NEW.assign(amount=NEW["amount"] * 100), [("distribution-moved", "amount")], id="another unit"),
        pytest.param(NEW.assign(gaps=NEW["gaps"].where(RNG.random(ROWS) > 0.03)), [], id="a few more missing"),
        pytest.param(
            NEW.assign(gaps=NEW["gaps"].where(RNG.random(ROWS) > 0.2)),
            [("missing-differs", "gaps")],
            id="many more missing",
        ),
        pytest.param(
            NEW.assign(gaps=NEW["gaps"].fillna(5.0)), [("missing-differs", "gaps")], id="none missing any more"
        ),
        pytest.param(NEW.assign(gaps=np.nan), [("missing-differs", "gaps")], id="all missing"),
        pytest.param(
            NEW.assign(city=NEW["city"].replace("Oslo", "Vardo")), [("categories-differ", "city")], id="a new category"
        ),
        pytest.param(
            NEW.assign(city=NEW["city"].where(NEW["id"] != 50_001, "Vardo")), [], id="one row of a new category"
        ),
    ],
)
def test_like_reference(production, found):
    findings = [f for f in like_reference(pair(TABLE, production)) if isinstance(f, Finding)]
    assert told(f for f in findings if f.severity == "error") == found


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        pytest.param([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], 0.0, id="the same"),
        pytest.param([1.0, 2.0], [3.0, 4.0], 1.0, id="apart"),
        pytest.param([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 9.0], 0.25, id="one of four"),
        pytest.param([-1.0, 1.0], [1.0, 1.0], 0.5, id="across zero"),
    ],
)
def test_ks_distance(a, b, distance):
    columns = [pair(pd.DataFrame({"x": s}), pd.DataFrame({"x": s}), key=None).reference.columns["x"] for s in (a, b)]
    assert Common.of(*(column.distribution for column in columns)).ks == pytest.approx(distance)
    assert Common.of(*(column.distribution for column in columns[::-1])).ks == pytest.approx(distance)


def test_ks_distance_agrees_with_the_definition():
    a, b = RNG.normal(0, 1, 1_500), RNG.normal(0.3, 1.2, 800)
    columns = [pair(pd.DataFrame({"x": s}), pd.DataFrame({"x": s}), key=None).reference.columns["x"] for s in (a, b)]
    grid = np.sort(np.concatenate([a, b]))
    true = np.abs(np.searchsorted(np.sort(a), grid, "right") / 1_500 - np.searchsorted(np.sort(b), grid, "right") / 800)
    bound = max(column.rank_error for column in columns) + 1e-9
    assert Common.of(*(column.distribution for column in columns)).ks == pytest.approx(true.max(), abs=bound + 0.01)
