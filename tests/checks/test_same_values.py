from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pairing import ROWS, frame, pair, told

from parityline.checks import same_values
from parityline.checks.same_values import percent

TABLE = frame()
noise = np.random.default_rng(3).uniform(-1, 1, ROWS)


@pytest.mark.parametrize("key", ["id", None])
@pytest.mark.parametrize(
    ("production", "found"),
    [
        pytest.param(TABLE, [], id="the same values"),
        pytest.param(TABLE.sample(frac=1, random_state=1), [], id="another order"),
        pytest.param(TABLE.assign(amount=TABLE["amount"] + noise), [("values-differ", "amount")], id="all of a column"),
        pytest.param(
            TABLE.assign(amount=TABLE["amount"].where(TABLE["id"] != 9, 0)),
            [("values-differ", "amount")],
            id="one cell",
        ),
        pytest.param(TABLE.assign(gaps=TABLE["gaps"].fillna(0)), [("values-differ", "gaps")], id="filled"),
        pytest.param(
            TABLE.assign(city="Oslo", amount=1.0),
            [("values-differ", "amount"), ("values-differ", "city")],
            id="two columns",
        ),
        pytest.param(TABLE.assign(city=range(ROWS)), [], id="another type is told by the schema"),
        pytest.param(TABLE.assign(city=None), [("values-differ", "city")], id="nothing left"),
        pytest.param(TABLE.assign(amount=TABLE["amount"].astype("float64[pyarrow]")), [], id="another layout"),
    ],
)
def test_same_values(production, found, key):
    assert told(same_values(pair(TABLE, production, key=key))) == found


def test_values_beside_other_keys_differ():
    production = TABLE.assign(amount=TABLE["amount"].iloc[::-1].to_numpy())
    assert told(same_values(pair(TABLE, production))) == [("values-differ", "amount")]


def test_common_rows_are_compared_where_rows_are_missing():
    assert told(same_values(pair(TABLE, TABLE[5:]))) == []
    production = TABLE.assign(amount=TABLE["amount"] + noise)[5:]
    assert told(same_values(pair(TABLE, production))) == [("values-differ", "amount")]


def test_one_cell_of_many_rows_is_found_outside_the_sample():
    table = pd.DataFrame({"id": range(20_000), "x": np.arange(20_000.0)})
    for row in (1, 5_000, 19_999):
        (finding,) = same_values(pair(table, table.assign(x=table["x"].where(table["id"] != row, -1.5))))
        assert (finding.code, finding.column) == ("values-differ", "x")


def test_the_numbers_of_the_sentence_are_in_the_evidence():
    production = TABLE.assign(gaps=TABLE["gaps"].where(TABLE["id"] < 1_000, 0.0))
    (finding,) = same_values(pair(TABLE, production))
    changed = 1_000
    assert finding.share == pytest.approx(changed / ROWS)
    assert (finding.evidence["sampled"], finding.evidence["sampled_changed"]) == (ROWS, changed)
    assert finding.evidence["total"] == pytest.approx([TABLE["gaps"].sum(), production["gaps"].sum()])


@pytest.mark.parametrize(
    ("tolerance", "size", "found"),
    [
        pytest.param({"absolute": 0.01}, 0.01, "below-effect-size", id="absolute, within"),
        pytest.param({"absolute": 0.005}, 0.01, "values-differ", id="absolute, beyond"),
        pytest.param({"relative": 0.01}, 0.1, "below-effect-size", id="relative, within"),
        pytest.param({"relative": 1e-6}, 0.1, "values-differ", id="relative, beyond"),
        pytest.param({"ulp": 4}, 2e-14, "below-effect-size", id="ulp, within"),
        pytest.param({"ulp": 4}, 1e-6, "values-differ", id="ulp, beyond"),
    ],
)
def test_tolerance(tolerance, size, found):
    table = TABLE.assign(amount=TABLE["amount"].clip(60, 140))
    production = table.assign(amount=table["amount"] + noise * size)
    declared = {"column": "amount", "reason": "sums in any order", **tolerance}
    (finding,) = same_values(pair(table, production, tolerance=declared))
    assert (finding.code, finding.severity) == (found, "note" if found == "below-effect-size" else "error")


def test_a_tolerance_admits_no_new_missing_value():
    production = TABLE.assign(amount=TABLE["amount"].where(TABLE["id"] != 9))
    declared = {"column": "amount", "absolute": 1e9, "reason": "anything"}
    assert told(same_values(pair(TABLE, production, tolerance=declared))) == [("values-differ", "amount")]


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0%"), (1.0, "100%"), (0.5, "50.0%"), (0.0001, "0.01%"), (0.99999, "99.999%"), (1e-9, "0.0000001%")],
)
def test_percent_never_reads_as_none_or_all(share, text):
    assert percent(share) == text
