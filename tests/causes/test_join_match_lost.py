"""`join-match-lost`: keys of another form."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from joined import CUSTOMERS, INNER, LEFT, ORDERS, verified
from support import codes

from parityline.causes.join_match_lost import CODE

RIGHT = ["segment", "limit"]
FIRST = LEFT["id"] < 1_000


def without(rows, columns=RIGHT):
    """The left join, where these rows found no match."""
    return LEFT.assign(**{name: LEFT[name].where(~rows, None) for name in columns})


@pytest.mark.parametrize("rows", [FIRST, LEFT["id"] >= 0], ids=["half of the rows", "all rows"])
def test_columns_that_the_join_no_longer_fills_are_named(rows):
    verdict = verified(LEFT, without(rows), open="cust")
    errors = [f for f in verdict.findings if f.severity == "error"]
    assert {(f.stage, f.code, f.column) for f in errors} == {("joined", CODE, name) for name in RIGHT}
    assert errors[0].evidence["filled"] == [int(side["limit"].notna().sum()) for side in (LEFT, without(rows))]


def test_keys_of_another_form_are_named():
    production = without(FIRST).assign(cust=LEFT["cust"].where(~FIRST, LEFT["cust"] + "   "))
    verdict = verified(LEFT, production, open="cust")
    finding = next(f for f in verdict.findings if f.column == "limit")
    assert (finding.code, finding.evidence["form"]) == (CODE, "outer spaces are trimmed")


RATES = pd.DataFrame({"rate": np.arange(1, 400) / 10, "group": np.arange(1, 400) % 7})


def test_a_float_key_is_named():
    # 0.1 + 0.2 is not 0.3: the keys of some rows are off in their last digit
    tenths = np.random.default_rng(1).integers(1, 399, 2_000)
    orders = pd.DataFrame({"id": range(2_000), "rate": 0.1 * tenths})
    research = orders.assign(group=RATES["group"].to_numpy()[tenths - 1])
    keywords = {"orders": orders, "customers": RATES.rename(columns={"rate": "rate"}), "customers_key": "rate"}
    production = orders.merge(RATES, on="rate")
    assert 500 < len(production) < 2_000

    import parityline

    def run(environment, joined):
        recorder = parityline.record("rates", environment=environment)
        recorder.source("orders", keywords["orders"], key="id")
        recorder.source("rates", keywords["customers"], key="rate")
        recorder.etl("joined", joined, inputs=["orders", "rates"], key="id")
        return recorder.record

    finding = parityline.verify(run("research", research), run("production", production)).first
    assert (finding.stage, finding.code) == ("joined", CODE)
    assert finding.evidence["form"] == "rounded to 12 digits"


@pytest.mark.parametrize(
    ("production", "status"),
    [
        pytest.param(without(FIRST, ["limit"]), "fail", id="one of the columns alone"),
        pytest.param(without(FIRST).assign(limit=LEFT["limit"].where(LEFT["id"] % 2 > 0)), "fail", id="other rows"),
        pytest.param(without(FIRST).fillna({"limit": 1.0}), "fail", id="filled again"),
        pytest.param(INNER, "fail", id="an inner join"),
        pytest.param(LEFT[~FIRST], "fail", id="rows that are gone"),
    ],
)
def test_is_not_named(production, status):
    verdict = verified(LEFT, production, open="cust")
    assert verdict.status == status
    assert CODE not in codes(verdict)


def test_orders_have_customers():
    assert ORDERS["cust"].isin(CUSTOMERS["cust"]).mean() > 0.8


VERSIONS = pd.concat([CUSTOMERS.assign(version=1), CUSTOMERS[::7].assign(version=2, limit=0)], ignore_index=True)


def test_a_key_of_which_the_join_takes_a_part():
    newest = VERSIONS.drop_duplicates("cust", keep="last").drop(columns="version")
    research = ORDERS.merge(newest, on="cust", how="left")
    production = research.assign(segment=None, limit=np.nan)
    keywords = {"customers": VERSIONS, "customers_key": ["cust", "version"]}
    verdict = verified(research, production, **keywords)
    errors = [f for f in verdict.findings if f.severity == "error"]
    assert {(f.code, f.column) for f in errors} == {(CODE, name) for name in RIGHT}
    # values that the input does not have were not brought by the join
    other = research.assign(limit=research["limit"] + 1, segment=research["segment"] + "!")
    assert CODE not in codes(verified(other, production, **keywords))


@pytest.mark.parametrize("rows", [2_000, pytest.param(9_000, id="more rows than the samples hold, and a filter")])
@pytest.mark.parametrize(
    ("lost", "code"),
    [
        pytest.param(lambda keys: keys % 10 == 3, CODE, id="whole keys"),
        pytest.param(lambda keys: np.arange(len(keys)) % 10 == 3, "values-differ", id="rows of any key"),
    ],
)
def test_the_key_is_beside_the_rows_in_another_input(lost, code, rows):
    import parityline

    tenths = np.random.default_rng(2).integers(1, 60, rows)
    orders = pd.DataFrame({"id": range(rows), "rate": tenths / 10})
    bonus = pd.DataFrame({"rate": np.arange(1, 60) / 10, "bonus": np.random.default_rng(4).normal(size=59)})
    research = pd.DataFrame({"id": range(rows), "bonus": bonus["bonus"].to_numpy()[tenths - 1]})
    records = []
    for name, gone in (("research", np.zeros(rows, bool)), ("production", lost(tenths))):
        run = parityline.record("rates", environment=name)
        run.source("orders", orders, key="id")
        run.source("rates", bonus, key="rate")
        features = research.assign(bonus=research["bonus"].mask(gone))
        features = features[features["id"] % 9 > 0] if rows > 4_096 else features
        run.features("features", features, inputs=["orders", "rates"], key="id")
        records.append(run.record)
    finding = parityline.verify(*records).first
    assert (finding.stage, finding.code) == ("features", code)
