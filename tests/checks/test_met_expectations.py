from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pairing import ROWS
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, precision_score, recall_score

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


def given(value, decided, rows=ACTUAL):
    recorder = parityline.record("checks", environment="here")
    table = pd.DataFrame({"id": range(ROWS), "p": P, "d": decided})
    recorder.predictions("scores", table, key="id", score="p", label="d")
    recorder.outcomes("labels", pd.DataFrame({"id": range(ROWS), "y": rows}), key="id", actual="y", prediction="scores")
    recorder.expect("the score", value=value)
    return recorder.record


DECIDED = (P > 0.6).astype(int)


@pytest.mark.parametrize(
    ("was", "now", "names"),
    [
        pytest.param(
            lambda y, d: f1_score(y, d), lambda y, d: f1_score(y, d, average="macro"), ["f1", "macro f1"], id="macro"
        ),
        pytest.param(
            lambda y, d: recall_score(y, d),
            lambda y, d: recall_score(y, d, pos_label=0),
            ["recall", "recall (other class)"],
            id="other class",
        ),
        pytest.param(
            lambda y, d: precision_score(y, d, average="macro"),
            lambda y, d: precision_score(y, d, average="weighted"),
            ["macro precision", "weighted precision"],
            id="weighted",
        ),
        pytest.param(
            lambda y, d: balanced_accuracy_score(y, d),
            lambda y, d: accuracy_score(y, d),
            ["macro recall", "accuracy"],
            id="balanced",
        ),
    ],
)
def test_another_definition_of_a_number_is_told_at_the_outcomes(was, now, names):
    sides = given(was(ACTUAL, DECIDED), DECIDED), given(now(ACTUAL, DECIDED), DECIDED)
    assert told(*sides) == [("labels", "metric-definition-changed")]
    [(_, finding)] = met_expectations(*sides)
    assert finding.evidence["definitions"] == names
    assert finding.evidence["by_the_definition_of_research"] == pytest.approx(was(ACTUAL, DECIDED))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(f1_score(ACTUAL, DECIDED), 0.123, id="no definition gives it"),
        pytest.param(0.123, f1_score(ACTUAL, DECIDED), id="none gave that of research"),
    ],
)
def test_a_number_that_is_merely_another_one_is_below_its_expectation(before, after):
    assert told(given(before, DECIDED), given(after, DECIDED)) == [("process", "metric-below-expectation")]


def test_other_predictions_under_the_same_definition_are_below_their_expectation():
    worse = np.where(np.arange(ROWS) % 3 == 0, 1 - DECIDED, DECIDED)
    sides = given(f1_score(ACTUAL, DECIDED), DECIDED), given(f1_score(ACTUAL, worse), worse)
    assert told(*sides) == [("process", "metric-below-expectation")]
