from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pairing import ROWS

import parityline
from parityline.checks.met_expectations import met_expectations
from parityline.findings import Finding

RNG = np.random.default_rng(6)
P = RNG.random(ROWS)
ACTUAL = (RNG.random(ROWS) < P).astype(int)


def run(p=P, labels=True, **expected):
    recorder = parityline.record("checks", environment="here")
    recorder.predictions("scores", pd.DataFrame({"id": range(ROWS), "p": p}), key="id", score="p")
    if labels:
        outcomes = pd.DataFrame({"id": range(ROWS), "y": ACTUAL})
        recorder.outcomes("labels", outcomes, key="id", actual="y", prediction="scores")
    for metric, bounds in expected.items():
        recorder.expect(metric, **bounds)
    return recorder.record


def told(reference, observed):
    return [
        (stage, result.code if isinstance(result, Finding) else result.why.partition(":")[0])
        for stage, result in met_expectations(reference, observed)
    ]


@pytest.mark.parametrize(
    ("expected", "p", "found"),
    [
        pytest.param({"auc": {"at_least": 0.7}}, P, [], id="met"),
        pytest.param({"auc": {"at_least": 0.7}}, 1 - P, [("labels", "metric-below-expectation")], id="below"),
        pytest.param({"brier": {"at_most": 0.2}}, P, [], id="met from above"),
        pytest.param({"brier": {"at_most": 0.2}}, 1 - P, [("labels", "metric-below-expectation")], id="above"),
        pytest.param(
            {"auc": {"at_least": 0.7, "at_most": 0.99}, "brier": {"at_most": 0.2}},
            1 - P,
            [("labels", "metric-below-expectation")] * 2,
            id="two of them",
        ),
        pytest.param({"auc": {"value": 0.8}}, P, [], id="a measured value has its own bounds"),
        pytest.param(
            {"auc": {"at_least": 0.7, "of": "labels"}},
            1 - P,
            [("labels", "metric-below-expectation")],
            id="of a named stage",
        ),
    ],
)
def test_metrics_of_outcomes(expected, p, found):
    assert told(run(**expected), run(p=p)) == found


@pytest.mark.parametrize(
    ("observed", "found"),
    [
        pytest.param({"revenue": {"value": 120}}, [], id="met"),
        pytest.param({"revenue": {"value": 80}}, [("process", "metric-below-expectation")], id="below"),
        pytest.param({}, [("process", "labels-not-there")], id="not given"),
    ],
)
def test_other_numbers_are_given_by_both_sides(observed, found):
    assert told(run(revenue={"value": 110, "at_least": 100}), run(**observed)) == found


def test_a_number_alone_is_met_by_itself():
    assert told(run(revenue={"value": 5}), run(revenue={"value": 5})) == []
    assert told(run(revenue={"value": 5}), run(revenue={"value": 6})) == [("process", "metric-below-expectation")]


def test_without_labels_nothing_is_known():
    assert told(run(auc={"at_least": 0.7}), run(labels=False)) == [("labels", "labels-not-there")]


def test_the_numbers_are_the_evidence():
    ((_, finding),) = met_expectations(run(auc={"at_least": 0.7}), run(p=1 - P))
    before, after = finding.evidence["measured"]
    assert (before, after) == (pytest.approx(1 - after), finding.found)
    assert finding.scenario == 5
