"""`labels-unrelated`: the labels of research are on other rows, and tell nothing of the predictions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import parityline
from parityline.causes.labels_unrelated import CODE

G = np.random.default_rng(6)
P = pd.DataFrame({"id": np.arange(4_000), "p": G.random(4_000)})
OUTCOMES = pd.DataFrame({"id": P["id"], "actual": (G.random(4_000) < P["p"]).astype(float)})


def verdict(outcomes, predictions=P):
    records = []
    for environment, table in (("research", OUTCOMES), ("production", outcomes)):
        with parityline.record("labels", environment=environment) as run:
            run.predictions("scores", predictions, key="id", score="p")
            run.outcomes("late", table, key="id", actual="actual", prediction="scores")
        records.append(run.record)
    return parityline.verify(*records)


def test_is_named():
    finding = verdict(OUTCOMES.assign(actual=G.permutation(OUTCOMES["actual"]))).first
    assert (finding.stage, finding.code, finding.column, finding.scenario) == ("late", CODE, "actual", 5)
    assert finding.evidence["auc"][0] > 0.7
    assert abs(finding.evidence["auc"][1] - 0.5) < 0.05


@pytest.mark.parametrize(
    "outcomes",
    [
        pytest.param(OUTCOMES.assign(actual=OUTCOMES["actual"].where(OUTCOMES["id"] % 5 > 0, 0.0)), id="fewer"),
        pytest.param(OUTCOMES.assign(actual=1 - OUTCOMES["actual"]), id="the other class"),
        pytest.param(
            OUTCOMES.assign(actual=np.where(P["id"] < 400, G.permutation(OUTCOMES["actual"]), OUTCOMES["actual"])),
            id="a tenth of them",
        ),
    ],
)
def test_is_not_named(outcomes):
    found = verdict(outcomes)
    assert found.status == "fail"
    assert CODE not in {f.code for f in found.findings}


def test_labels_that_never_had_a_relation_lose_none():
    other = P.assign(p=G.permutation(P["p"]))
    found = verdict(OUTCOMES.assign(actual=G.permutation(OUTCOMES["actual"])), other)
    assert CODE not in {f.code for f in found.findings}
