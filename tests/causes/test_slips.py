"""Predictions of features that were served wrongly: the model of research is replayed, and only predictions travel."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import parityline
from parityline import serving_slips
from parityline.recording import RecordingWarning
from parityline.records import Record

ROWS = 1_500
NAMES = ["zeta", "alpha", "mid", "count"]


def features() -> pd.DataFrame:
    random = np.random.default_rng(4)
    table = pd.DataFrame(random.normal(size=(ROWS, 3)) * 3, columns=NAMES[:3])
    table["count"] = random.poisson(1.2, ROWS).astype(float) - 1
    return table


X = features()
Y = (X["zeta"] - 0.5 * X["alpha"] + X["count"] ** 2 > 0.3).astype(int)
MODELS = {
    "forest": RandomForestClassifier(12, random_state=1).fit(X, Y),
    "forest of arrays": RandomForestClassifier(12, random_state=1).fit(X.to_numpy(), Y),
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y),
    "linear": LinearRegression().fit(X, X["zeta"] ** 2 + X["count"]),
}
IMPUTED = make_pipeline(
    SimpleImputer(strategy="constant", fill_value=5), HistGradientBoostingClassifier(random_state=1)
).fit(X, Y)


def predicted(model, given: pd.DataFrame) -> np.ndarray:
    own = given if hasattr(model, "feature_names_in_") else given.to_numpy()
    return model.predict_proba(own)[:, 1] if hasattr(model, "predict_proba") else model.predict(own)


def recorded(
    environment: str, model, served: pd.DataFrame, *, p=None, shown=None, tap_model=True, **keywords
) -> Record:
    """features as recorded: `shown`; as the model was given them: `served`."""
    shown = X if shown is None else shown
    with parityline.record("p", environment=environment, **keywords) as run:
        made = run.features("features", shown.assign(id=range(len(shown))), key="id")
        if tap_model:
            run.model("model", model, inputs=["features"])
        p = predicted(model, served) if p is None else p
        inputs = ["features", "model"] if tap_model else ["features"]
        run.predictions("scored", pd.DataFrame({"id": made["id"], "p": p}), key="id", score="p", inputs=inputs)
    return run.record


def by_place(given: pd.DataFrame, places: list[int]) -> pd.DataFrame:
    return pd.DataFrame(given.to_numpy()[:, places], columns=given.columns)


SLIPS = {
    "rounded": (lambda t: t.round(1), "rounded", {"places": 1}),
    "whole": (lambda t: t.round(0), "rounded", {"places": 0}),
    "reversed": (lambda t: by_place(t, [3, 2, 1, 0]), "column-order-changed", {"of": "reversed"}),
    "by name": (lambda t: by_place(t, [1, 3, 2, 0]), "column-order-changed", {"of": "by name"}),
}


@pytest.mark.parametrize(
    ("name", "slip"), [(n, s) for n in MODELS for s in SLIPS if (n, s) != ("forest of arrays", "by name")]
)
def test_is_named(name, slip):
    """An array has no names to stand in the order of."""
    change, code, evidence = SLIPS[slip]
    model = MODELS[name]
    verdict = parityline.verify(recorded("research", model, X), recorded("production", model, change(X)))
    finding = verdict.first
    assert (finding.stage, finding.code, finding.column, finding.origin) == ("scored", code, "p", "new")
    assert finding.evidence.items() >= evidence.items()
    assert finding.evidence["sampled_changed"] >= 5


def test_single_precision_is_named():
    large = X.assign(alpha=1.7e9 + X["alpha"] * 1e4)
    model = LinearRegression().fit(large, X["alpha"])
    sides = [
        recorded(name, model, served, shown=large)
        for name, served in (("research", large), ("production", large.astype("f4").astype("f8")))
    ]
    assert parityline.verify(*sides).first.code == "computed-in-float32"


@pytest.mark.parametrize("column", ["count", None])
def test_another_marker_for_missing_is_named(column):
    names = NAMES if column is None else [column]
    served = X.assign(**{n: X[n].replace(0.0, np.nan) for n in names})
    verdict = parityline.verify(recorded("research", IMPUTED, X), recorded("production", IMPUTED, served))
    assert verdict.first.code == "missing-marker-changed"
    # zero occurs in one column alone, so that one column is the weaker of the two slips
    assert verdict.first.evidence["of"] == "count"


def test_missing_taken_for_zero_is_named():
    shown = X.assign(zeta=X["zeta"].mask(X["mid"] > 2), alpha=X["alpha"].mask(X["mid"] < -3))
    sides = [
        recorded(name, IMPUTED, served, shown=shown)
        for name, served in (("research", shown), ("production", shown.fillna({"alpha": 0.0})))
    ]
    finding = parityline.verify(*sides).first
    assert (finding.code, finding.evidence["slip"], finding.evidence["of"]) == (
        "missing-marker-changed", "missing-zero", "alpha",
    )  # fmt: skip


FOREST = MODELS["forest"]
NOISE = np.random.default_rng(9).normal(scale=1e-4, size=ROWS)


@pytest.mark.parametrize(
    ("reference", "observed"),
    [
        pytest.param({}, {"p": predicted(FOREST, X) + NOISE}, id="noise"),
        pytest.param({}, {"p": np.where(X["count"] > 1, 0.5, predicted(FOREST, X.round(1)))}, id="rounded, and more"),
        pytest.param({}, {"p": predicted(RandomForestClassifier(5, random_state=3).fit(X, Y), X)}, id="another model"),
        pytest.param({"p": predicted(FOREST, X) / 2}, {"p": predicted(FOREST, X.round(1))}, id="not of this model"),
        pytest.param({"tap_model": False}, {"served": X.round(1), "tap_model": False}, id="no model"),
        pytest.param({"privacy": "strict"}, {"served": X.round(1), "privacy": "strict"}, id="hidden"),
    ],
)
def test_is_not_named(reference, observed):
    sides = [recorded("research", FOREST, **{"served": X, **reference})]
    sides.append(recorded("production", FOREST, **{"served": X, **observed}))
    assert parityline.verify(*sides).first.code not in {code for _, code, _ in SLIPS.values()} | {
        "missing-marker-changed"
    }


def test_another_output_is_new_even_behind_other_features():
    sides = [recorded("research", FOREST, X)]
    moved = X.assign(zeta=X["zeta"] + 0.25)
    sides.append(recorded("production", FOREST, moved, shown=moved, p=1 - predicted(FOREST, moved)))
    finding = next(f for f in parityline.verify(*sides).findings if f.stage == "scored")
    assert (finding.code, finding.origin) == ("wrong-output-served", "new")
    assert finding.evidence["outputs"] == ["class 1", "class 0"]


class Remote:
    """A model that somebody pays for by the call."""

    calls = 0
    n_features_in_ = 4

    def predict(self, given):
        Remote.calls += 1
        return given[:, 0] * 2


def test_a_model_of_another_class_is_never_run():
    record = recorded("research", Remote(), X)
    assert Remote.calls == 1
    assert "slips" not in record.stages["scored"].facts


def test_a_model_that_fails_costs_nothing_but_the_name(monkeypatch):
    def broken(self, given):
        raise RuntimeError("no")

    p = predicted(FOREST, X)
    monkeypatch.setattr(RandomForestClassifier, "predict_proba", broken)
    record = recorded("research", FOREST, X, p=p)
    assert record.stages["scored"].unchecked is None
    assert "slips" not in record.stages["scored"].facts


def test_a_frame_library_that_is_not_there_costs_nothing_but_the_name(monkeypatch):
    def missing(self, matrix, only=""):
        raise ImportError("No module named 'pandas'")

    monkeypatch.setattr(serving_slips._Asked, "outputs", missing)
    with pytest.warns(RecordingWarning, match="without replays of its features, which name causes: ImportError"):
        record = recorded("research", FOREST, X)
    assert record.stages["scored"].unchecked is None
    assert "slips" not in record.stages["scored"].facts


def test_features_that_are_no_numbers_are_left_alone():
    table = X.assign(town=np.where(X["mid"] > 0, "oslo", "bergen"))
    model = make_pipeline(ColumnTransformer([("n", "passthrough", NAMES)]), LogisticRegression()).fit(table, Y)
    record = recorded("research", model, table, shown=table)
    assert "slips" not in record.stages["scored"].facts


def test_the_fact_is_small_and_survives_its_file(tmp_path):
    record = recorded("research", FOREST, X)
    fact = record.stages["scored"].facts["slips"]
    assert sum(len(own["rows"]) for own in fact["slips"]) < 2_000
    assert all(own["rows"] == sorted(own["rows"]) for own in fact["slips"])
    assert Record.read(record.write(tmp_path / "r.parity")).stages["scored"].facts["slips"] == fact
