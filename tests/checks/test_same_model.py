from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import parityline
from parityline.checks.same_model import same_model

RNG = np.random.default_rng(1)
X = RNG.normal(size=(300, 3))
Y = (X.sum(axis=1) + RNG.normal(size=300) > 0).astype(int)


def stage(model):
    run = parityline.record("checks", environment="here")
    run.model("model", model)
    return run.record.stages["model"]


def tree(rows=300, **parameters):
    return DecisionTreeClassifier(random_state=0, **{"max_depth": 3, **parameters}).fit(X[:rows], Y[:rows])


def line(rows=300, **parameters):
    return LogisticRegression(**parameters).fit(X[:rows], Y[:rows])


def scaled(rows=300, with_mean=True):
    return make_pipeline(StandardScaler(with_mean=with_mean), LogisticRegression()).fit(X[:rows], Y[:rows])


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        pytest.param(line(), line(), [], id="fitted twice on the same rows"),
        pytest.param(line(), line(rows=250), ["model-differs"], id="fitted on other rows"),
        pytest.param(line(), line(C=0.5), ["other-model-served"], id="another parameter"),
        pytest.param(line(), tree(), ["other-model-served"], id="another class"),
        pytest.param(tree(), tree(), [], id="a tree, fitted twice"),
        pytest.param(tree(), tree(rows=250), ["model-differs"], id="a tree of other rows"),
        pytest.param(tree(), tree(max_depth=2), ["other-model-served"], id="a shallower tree"),
        pytest.param(scaled(), scaled(), [], id="a pipeline, fitted twice"),
        pytest.param(scaled(), scaled(rows=250), ["model-differs"], id="a step fitted on other rows"),
        pytest.param(scaled(), scaled(with_mean=False), ["other-model-served"], id="a parameter of a step"),
        pytest.param(object(), object(), [], id="nothing is known of it"),
    ],
)
def test_same_model(before, after, found):
    assert [f.code for f in same_model(stage(before), stage(after))] == found


def test_the_changed_facts_are_the_evidence():
    (finding,) = same_model(stage(line()), stage(line(C=0.5)))
    assert finding.evidence["changed"]["parameters.C"] == [1.0, 0.5]
    assert finding.explains == ("model-differs",)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(b"weights 1", [], id="the same bytes"),
        pytest.param(b"weights 2", ["other-model-served"], id="other bytes"),
    ],
)
def test_files_are_digested_and_never_loaded(tmp_path, content, found):
    paths = [tmp_path / "a.joblib", tmp_path / "b.joblib"]
    for path, data in zip(paths, (b"weights 1", content), strict=True):
        path.write_bytes(data)
    assert [f.code for f in same_model(*(stage(path) for path in paths))] == found
