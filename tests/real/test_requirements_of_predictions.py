"""Requirements S3.2 and S4.7 on real data: a split of reordered rows, and predictions that match in part."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from flights import FLIGHTS
from runs import errors, recorded, some_flights
from sklearn.model_selection import ShuffleSplit

import parityline
from conftest import there

ROWS = 20_000
SPLITTER = ShuffleSplit(1, test_size=0.2, random_state=7)


@pytest.fixture(scope="module")
def flights():
    there(FLIGHTS)
    table = some_flights(2 * ROWS)
    return table[table["arr_delay"].notna()][:ROWS].reset_index(drop=True)


def rows_in_test(table):
    return set(table["id"].iloc[next(SPLITTER.split(table))[1]])


def split(environment, table):
    train, test = next(SPLITTER.split(table))
    parts = {"train": train, "test": test}
    keywords = {"of": table[["id"]], "key": "id", "inputs": ["flights"], "by": SPLITTER}
    source = ("source", "flights", table, {"key": "id", "ordered": True})
    return recorded(environment, source, ("split", "split", parts, keywords))


def test_s3_2_the_same_seed_and_another_order_share_rows_by_chance(flights):
    other = flights.sample(frac=1, random_state=3)
    verdict = parityline.verify(split("research", flights), split("production", other))
    [finding] = errors(verdict, "split")
    assert (finding.code, finding.origin, finding.inherited_from) == (
        "same-positions-other-rows",
        "inherited",
        "flights",
    )
    shared = len(rows_in_test(flights) & rows_in_test(other)) / len(rows_in_test(flights))
    assert finding.evidence["shared"] == pytest.approx(shared, abs=0.03)


def test_s3_2_rows_that_were_added_upstream_are_inherited(flights):
    more = pd.concat([flights, flights[:300].assign(id=lambda t: t["id"] + 10**6)])
    verdict = parityline.verify(split("research", flights), split("production", more), rows="same")
    assert {(f.stage, f.origin) for f in errors(verdict)} == {("flights", "new"), ("split", "inherited")}


def scored(flights):
    p = 1 / (1 + np.exp(-(flights["arr_delay"] - 10) / 30))
    return flights[["id", "origin"]].assign(p=p, late=(p > 0.5).astype(int))


MISMATCHES = {
    "one source is stale": (lambda t: t.assign(p=t["p"].where(t["origin"] != "EWR", 0.5)), "p", None, "`origin` = EWR"),
    "the other class": (lambda t: t.assign(p=1 - t["p"]), "p", "wrong-output-served", "1 - p"),
    "another scale": (lambda t: t.assign(p=np.log(t["p"] / (1 - t["p"]))), "p", "back-transformation-missing", "logit"),
    "another threshold": (lambda t: t.assign(late=(t["p"] > 0.3).astype(int)), "late", "threshold-changed", "0.3"),
    "other rows": (lambda t: t.assign(p=t["p"].to_numpy()[::-1]), "p", "values-on-wrong-rows", "wrong rows"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "column", "code", "words"), MISMATCHES.values(), ids=MISMATCHES)
def test_s4_7_predictions_that_do_not_match(flights, change, column, code, words):
    before = scored(flights)
    after = change(before)
    source = ("features", "features", flights[["id", "origin", "distance"]], {"key": "id"})
    keywords = {"key": "id", "score": "p", "label": "late", "inputs": ["features"]}
    records = [recorded(name, source, ("predictions", "scores", own, keywords))
               for name, own in (("research", before), ("production", after))]  # fmt: skip
    verdict = parityline.verify(*records)
    finding = next(f for f in errors(verdict) if f.column == column and f.code != "range-exceeded")
    assert code in (None, finding.code)
    assert words in finding.sentence
    assert {f.stage for f in errors(verdict)} == {"scores"}
    assert finding.share == pytest.approx(float((before[column] != after[column]).mean()), abs=0.03)
