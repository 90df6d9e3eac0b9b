"""What the breakdown of outcomes tells of two stages; whole pipelines are in tests/performance."""

from __future__ import annotations

import numpy as np
import pytest

from parityline.checks.performance_held import performance_held
from parityline.findings import Finding
from parityline.performance.breakdown import Scored, breakdown, labelled_by_score
from parityline.records import StageRecord

DAY = 86_400.0


def stage(seed, rows=6_000, strength=1.0, weak="", rate=0.0, errors=False, known=None, days=20):
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, rows)
    segment = g.integers(0, 3, rows)
    names = ["a", "b", "c"]
    slope = np.where(np.array(names)[segment] == weak, -0.6, strength)
    p = 1 / (1 + np.exp(-(x - 0.5)))
    if errors:
        actual, score = x + g.normal(0, np.where(np.array(names)[segment] == weak, 2.0, 1.0)), x
    else:
        actual, score = (g.random(rows) < 1 / (1 + np.exp(-(slope * x * 1.5 - 0.5 + rate)))).astype(float), p
    if known is not None:
        actual = np.where(known(score), actual, np.nan)
    seconds = np.sort(g.uniform(0, days * DAY, rows))
    scored = Scored(actual, score, None, seconds, {"segment": (segment, names)})
    facts = {"actual": "y", "breakdown": breakdown(scored)}
    facts["labelled_by_score"] = labelled_by_score(score, np.isfinite(actual))
    return StageRecord("outcomes", "outcomes", (), facts=facts)


def told(before, after, agree=True):
    found = list(performance_held(before, after, earlier_stages_agree=agree))
    return [f.code for f in found if isinstance(f, Finding)], [u.why for u in found if not isinstance(u, Finding)]


@pytest.mark.parametrize(
    ("before", "after", "codes"),
    [
        pytest.param({}, {}, [], id="the same"),
        pytest.param({}, {"strength": 0.2}, ["concept-drift"], id="weaker everywhere"),
        pytest.param({}, {"weak": "c"}, ["concept-drift"], id="turned around in a segment"),
        pytest.param({"errors": True}, {"errors": True}, [], id="errors the same"),
        pytest.param({"errors": True}, {"errors": True, "weak": "c"}, ["concept-drift"], id="errors of a segment"),
        pytest.param({}, {"rate": -1.0}, ["class-share-moved"], id="a rarer class"),
        pytest.param({}, {"known": lambda p: p < 0.3}, ["labels-selected"], id="labels of low scores"),
        pytest.param({}, {"known": lambda p: p < 2}, [], id="all labels"),
        pytest.param({"known": lambda p: p < 0.3}, {"known": lambda p: p < 0.3}, [], id="selected on both sides"),
        pytest.param({}, {"strength": 0.0}, ["labels-unrelated"], id="no relation"),
        pytest.param({}, {"rows": 40, "strength": 0.4}, [], id="few rows"),
    ],
)
def test_codes(before, after, codes):
    assert told(stage(1, **before), stage(2, **after))[0] == codes


def test_behind_another_fault_nothing_is_claimed():
    codes, left = told(stage(1), stage(2, weak="c"), agree=False)
    assert codes == []
    assert "earlier stage" in left[0]


def test_without_predictions_there_is_nothing_to_ask():
    bare = StageRecord("outcomes", "outcomes", (), facts={"actual": "y"})
    assert told(bare, stage(1)) == ([], [])


def test_clean_runs_are_silent():
    """60 seeds; the rule allows one alarm in a thousand, two of them have a probability of 0.2 %."""
    assert sum(bool(told(stage(s), stage(s + 1_000))[0]) for s in range(60)) <= 1
