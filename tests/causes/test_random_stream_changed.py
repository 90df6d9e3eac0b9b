"""`random-stream-changed`: the same splitter and seed draw other rows in another environment."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import KFold
from splitting import TABLE

import parityline
from parityline import environment
from parityline.causes.random_stream_changed import CODE


class Drawing(KFold):
    """Folds whose stream of numbers is that of a release: other rows for the same seed."""

    release = "1"

    def split(self, X, y=None, groups=None):
        rows = np.random.default_rng([self.random_state or 0, int(self.release)]).permutation(len(X))
        for test in np.array_split(rows, self.n_splits):
            yield np.setdiff1d(rows, test), np.sort(test)


def recorded(monkeypatch, release, numpy, seed=3, table=TABLE):
    known = environment.capture()
    packages = {**known["packages"], "numpy": numpy}
    monkeypatch.setattr(environment, "capture", lambda: {**known, "packages": packages})
    monkeypatch.setattr(Drawing, "release", release)
    splitter = Drawing(4, shuffle=True, random_state=seed)
    with parityline.record("tiny", environment=numpy) as run:
        rows = run.source("raw", table, key="id", ordered=True)
        run.split("parts", list(splitter.split(rows)), of=rows, by=splitter, key="id", inputs=["raw"])
    monkeypatch.undo()
    return run.record


def test_is_named_at_the_environment(monkeypatch):
    sides = recorded(monkeypatch, "1", "1.26.4"), recorded(monkeypatch, "2", "2.1.0")
    first = parityline.verify(*sides).first
    assert (first.stage, first.code, first.scenario) == ("environment", CODE, 2)
    assert "seed 3" in first.sentence
    assert "numpy 1.26.4 -> 2.1.0" in first.sentence


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(("1", "2.1.0"), ("2", "2.1.0"), id="the same versions"),
        pytest.param(("1", "1.26.4", 3), ("1", "2.1.0", 4), id="another seed"),
        pytest.param(("1", "1.26.4", None), ("2", "2.1.0", None), id="no seed"),
        pytest.param(("1", "1.26.4"), ("2", "2.1.0", 3, TABLE[::-1]), id="another order"),
    ],
)
def test_is_not_named(monkeypatch, before, after):
    verdict = parityline.verify(recorded(monkeypatch, *before), recorded(monkeypatch, *after))
    assert verdict.status == "fail"
    assert CODE not in {f.code for f in verdict.findings}
