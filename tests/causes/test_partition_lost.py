"""`partition-lost`: all rows of some partitions are gone, the others are equal."""

from __future__ import annotations

import pandas as pd
import pytest
from support import codes, first, frame, verified

from parityline.causes.partition_lost import CODE

RESEARCH = frame("city", "amount", "when")
OSLO, DAY = RESEARCH["city"] == "Oslo", RESEARCH["when"].dt.normalize()
MARCH = RESEARCH["when"].dt.month == 3
DAYS = DAY.between(pd.Timestamp("2025-06-01"), pd.Timestamp("2025-06-03"))


@pytest.mark.parametrize("key", [pytest.param("id", id="keyed"), pytest.param(None, id="without a key")])
@pytest.mark.parametrize(
    ("gone", "keywords", "partitions"),
    [
        pytest.param(OSLO, {"partition": "city"}, ["Oslo"], id="one city"),
        pytest.param(OSLO | (RESEARCH["city"] == "Vardo"), {"partition": "city"}, ["Oslo", "Vardo"], id="two cities"),
        pytest.param(MARCH, {"partition": "when:month"}, ["2025-03"], id="a month"),
        pytest.param(DAYS, {"partition": "when:day"}, ["2025-06-01", "2025-06-02", "2025-06-03"], id="days in a row"),
        pytest.param(DAYS, {"time": "when"}, ["2025-06-01", "2025-06-02", "2025-06-03"], id="days of the time"),
    ],
)
def test_is_named(gone, keywords, partitions, key):
    finding = first(RESEARCH, RESEARCH[~gone], key=key, **keywords)
    assert (finding.code, finding.column) == (CODE, None)
    assert finding.evidence["partitions"] == partitions
    assert finding.evidence["rows"] == int(gone.sum())
    assert finding.share == pytest.approx(gone.mean())


def test_values_that_changed_elsewhere_hide_it_not():
    verdict = verified(RESEARCH, RESEARCH[~OSLO].assign(amount=1.0), partition="city")
    assert codes(verdict) == {CODE, "values-differ"}
    lost = next(f for f in verdict.findings if f.code == CODE)
    assert "the other 3 partitions are as large as before" in lost.sentence


def test_an_order_of_columns_is_still_told():
    production = RESEARCH[~OSLO][["amount", "id", "city", "when"]]
    assert codes(verified(RESEARCH, production, partition="city")) == {CODE, "column-order-changed"}


@pytest.mark.parametrize(
    ("production", "keywords", "code"),
    [
        pytest.param(
            RESEARCH[~OSLO | (RESEARCH["id"] < 500)], {"partition": "city"}, "rows-missing", id="part of a city"
        ),
        pytest.param(RESEARCH[~OSLO], {}, "rows-missing", id="no partition was declared"),
        pytest.param(RESEARCH, {"partition": "city"}, None, id="nothing is gone"),
    ],
)
def test_is_not_named(production, keywords, code):
    verdict = verified(RESEARCH, production, **keywords)
    assert CODE not in codes(verdict)
    assert code in {*codes(verdict), verdict.first and verdict.first.code}
