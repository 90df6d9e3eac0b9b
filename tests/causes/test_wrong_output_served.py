"""`wrong-output-served`: the other class, or classes for probabilities."""

from __future__ import annotations

import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.wrong_output_served import CODE

RESEARCH = frame("p")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(lambda c: 1 - c, "order of classes is reversed", id="the other class"),
        pytest.param(lambda c: (c > 0.5).astype(float), "holds the predicted class", id="classes"),
        pytest.param(lambda c: (c > 0.5).astype("int64"), "holds the predicted class", id="classes as integers"),
    ],
)
def test_is_named(change, words):
    finding = first(RESEARCH, changed(RESEARCH, p=change), kind="predictions", score="p")
    assert (finding.code, finding.column, finding.scenario) == (CODE, "p", 4)
    assert words in finding.sentence
    assert finding.evidence["sampled_changed"] == 2_000


@pytest.mark.parametrize(
    ("change", "keywords", "code"),
    [
        pytest.param(lambda c: c.round(2), {"kind": "predictions", "score": "p"}, "rounded", id="rounded"),
        pytest.param(lambda c: c * 0.9, {"kind": "predictions", "score": "p"}, "unit-changed", id="scaled"),
        pytest.param(lambda c: 1 - c, {"kind": "etl"}, "unit-changed", id="not at predictions"),
        pytest.param(
            lambda c: (c > 0.7).astype(float),
            {"kind": "predictions", "score": "p"},
            "values-differ",
            id="another threshold",
        ),
        pytest.param(
            lambda c: c.sample(frac=1, random_state=1).to_numpy(),
            {"kind": "predictions", "score": "p"},
            "values-on-wrong-rows",
            id="other rows",
        ),
    ],
)
def test_is_not_named(change, keywords, code):
    verdict = verified(RESEARCH, changed(RESEARCH, p=change), **keywords)
    assert CODE not in codes(verdict)
    assert verdict.first.code == code
