from __future__ import annotations

import duckdb
import pytest
from pairing import frame, pair

from parityline.checks import same_order

TABLE = frame()
OTHER = TABLE.sample(frac=1, random_state=1)


@pytest.mark.parametrize(
    ("production", "ordered", "found"),
    [
        pytest.param(TABLE, True, [], id="the same order, declared"),
        pytest.param(TABLE, False, [], id="the same order, undeclared"),
        pytest.param(OTHER, True, [("order-differs", "error")], id="another order, declared"),
        pytest.param(OTHER, ["id"], [("order-differs", "error")], id="another order, declared by a column"),
        pytest.param(OTHER, False, [("row-order", "note")], id="another order, undeclared"),
        pytest.param(OTHER[1:], True, [], id="other rows are told as rows"),
        pytest.param(OTHER.assign(amount=1.0), True, [], id="other values are told as values"),
    ],
)
@pytest.mark.parametrize("key", ["id", None])
def test_same_order(production, ordered, found, key):
    findings = same_order(pair(TABLE, production, ordered=ordered, key=key))
    assert [(f.code, f.severity) for f in findings] == found


def test_a_table_without_an_order_has_none_to_differ():
    other = duckdb.from_df(OTHER)
    assert list(same_order(pair(TABLE, other, ordered=True))) == []
