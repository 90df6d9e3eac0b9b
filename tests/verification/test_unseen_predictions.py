"""What a model gives for rows whose category its encoder does not know is told beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import parityline

G = np.random.default_rng(4)
ROWS = 1_000
CITIES = ("Bergen", "Oslo", "Vardo")
KNOWN = pd.DataFrame({"id": np.arange(ROWS), "city": G.choice(CITIES, ROWS)})
NEW = KNOWN.assign(id=KNOWN["id"] + ROWS, city=KNOWN["city"].mask(KNOWN["id"] % 50 == 0, "Kirkenes"))
WEIGHTS = {"Bergen": 1.0, "Oslo": 2.0, "Vardo": 3.0}


def finding(*, beside=False, predictions_key="id", scored=True, gone=(), rows=NEW):
    records = []
    for environment, table in (("research", KNOWN), ("production", rows)):
        encoded = table[["id"]].assign(**{f"city_{c}": (table["city"] == c).astype(int) for c in CITIES})
        if gone:
            encoded["city_Never"] = 0
        score = table[["id"]].assign(p=10 + table["city"].map(WEIGHTS).fillna(0.0))
        with parityline.record("shop", environment=environment) as run:
            if environment == "production":
                encoded = encoded.drop(columns=list(gone))
            run.features("encoded", encoded.assign(city=table["city"]) if beside else encoded, key="id")
            if scored:
                score = score.rename(columns={"id": predictions_key})
                run.predictions("scored", score, key=predictions_key, score="p", inputs=["encoded"])
        records.append(run.record)
    return next(f for f in parityline.verify(*records, rows="new").findings if f.code == "unseen-category")


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside the category"])
def test_both_means_are_told(beside):
    found = finding(beside=beside)
    others = NEW["city"].map(WEIGHTS).dropna().mean() + 10
    told = found.evidence["predictions"]
    assert (told["unseen"], told["rows"]) == (10.0, ROWS // 50)
    assert told["others"] == pytest.approx(others)
    assert f"`scored.p` of these rows is 10 in the mean, of all others {others:.4g}" in found.sentence


def test_of_a_single_row_the_reference_is_told():
    found = finding(rows=NEW[NEW["city"] == "Kirkenes"].head(1))
    before = KNOWN["city"].map(WEIGHTS).mean() + 10
    told = found.evidence["predictions"]
    assert (told["unseen"], told["others"], told["rows"]) == (10.0, None, 1)
    assert told["reference"] == pytest.approx(before)
    assert f"`scored.p` of these rows is 10 in the mean, in the reference {before:.4g}" in found.sentence


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"scored": False}, id="no predictions"),
        pytest.param({"predictions_key": "row"}, id="other key"),
        pytest.param({"beside": True, "gone": ["city_Never"]}, id="a column that is gone"),
    ],
)
def test_nothing_is_told_without_their_predictions(given):
    assert "predictions" not in finding(**given).evidence
