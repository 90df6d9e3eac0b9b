"""The swap experiment: each factor that moves predictions is held responsible, and no other."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

import parityline
from parityline.cli import run
from parityline.errors import UsageError
from parityline.rehearsal import replay

ROWS = 500
FEATURES = ["x", "y"]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Rows of research and of production (rounded), and a forest with two seeds, and one that is equal to the first."""
    folder = tmp_path_factory.mktemp("replay")
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"id": np.arange(ROWS), "x": rng.normal(size=ROWS), "y": rng.normal(size=ROWS)})
    table["actual"] = (table["x"] + 0.5 * rng.normal(size=ROWS) > 0).astype(int)
    table["city"] = rng.choice(["Oslo", "Zürich"], ROWS)
    table.to_parquet(folder / "research.parquet")
    table.round({"x": 1}).iloc[::-1].to_parquet(folder / "production.parquet")
    table.to_csv(folder / "research.csv", index=False)
    for name, seed in (("model", 0), ("other", 1), ("equal", 0)):
        forest = RandomForestClassifier(20, max_depth=6, random_state=seed).fit(table[FEATURES], table["actual"])
        (folder / f"{name}.pkl").write_bytes(pickle.dumps(forest))
    return folder


def by_hand(made: Path, model: str, rows: str) -> np.ndarray:
    table = pd.read_parquet(made / rows).sort_values("id")
    return pickle.loads((made / model).read_bytes()).predict_proba(table[FEATURES])


def test_rows_are_held_responsible_and_counted_as_by_hand(made):
    answer = replay(
        [made / "model.pkl"], [made / "research.parquet", made / "production.parquet"], key="id", actual="actual"
    )
    base, other = (by_hand(made, "model.pkl", rows) for rows in ("research.parquet", "production.parquet"))
    differing = (base != other).any(axis=1)
    (swap,) = answer.swaps
    assert answer.causes == ("rows",)
    assert (swap.rows, swap.differing) == (ROWS, differing.sum())
    assert swap.largest == np.abs(base - other).max()
    assert swap.decisions == (base.argmax(1) != other.argmax(1)).sum()
    actual = pd.read_parquet(made / "research.parquet")["actual"]
    assert answer.metrics["auc"] == pytest.approx(roc_auc_score(actual, base[:, 1]), abs=1e-12)
    assert swap.metrics["auc"] == pytest.approx(roc_auc_score(actual, other[:, 1]), abs=1e-12)


def test_an_unseeded_model_alone_is_held_responsible(made):
    rows = made / "research.parquet"
    answer = replay([made / "model.pkl", made / "other.pkl"], [rows, rows], pythons=[sys.executable] * 2)
    assert (answer.causes, answer.code) == (("model",), "other-model-served")
    assert [(s.changed, bool(s.differing)) for s in answer.swaps] == [
        (("rows",), False),
        (("model",), True),
        (("environment",), False),
        (("rows", "model", "environment"), True),
    ]


def test_no_effect_is_said(made, capsys):
    arguments = ["--model", "model.pkl", "--model", "equal.pkl", "--rows", "research.parquet"]
    assert run(["replay", *(str(made / a) if "." in a else a for a in arguments)]) == 0
    out = capsys.readouterr().out
    assert f"model                         no effect on {ROWS} rows" in out
    assert out.rstrip().endswith("no effect: model changed no prediction")


def test_the_environment_is_held_responsible(made, tmp_path, monkeypatch):
    """An interpreter under which the model's code reads its own version of a library."""
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "ourlib.py").write_text("SCALE = 2.0\n")
    (tmp_path / "predicting.py").write_text(
        "try:\n    from ourlib import SCALE\nexcept ImportError:\n    SCALE = 1.0\n"
        "def predict(model, table):\n    return model.predict_proba(table[['x', 'y']])[:, 1] * SCALE\n"
    )
    wrapper = tmp_path / "python"
    wrapper.write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path / "here"} exec {sys.executable} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    answer = replay(
        [made / "model.pkl"],
        [made / "research.parquet"],
        pythons=[sys.executable, str(wrapper)],
        predict="predicting:predict",
    )
    assert (answer.causes, answer.code) == (("environment",), "library-changes-predictions")
    nonzero = (by_hand(made, "model.pkl", "research.parquet")[:, 1] != 0).sum()
    assert answer.swaps[0].differing == nonzero


def test_factors_that_act_only_together(tmp_path):
    """Each side alone leaves the predictions as they are, because the tree of the other side reads another column."""
    base = pd.DataFrame({"x": [0.0, 1.0] * 50, "y": [0.0, 1.0] * 50})
    base.to_parquet(tmp_path / "a.parquet")
    base.assign(y=1 - base["y"]).to_parquet(tmp_path / "b.parquet")
    target = base["x"]
    for name, column in (("a", "x"), ("b", "y")):
        masked = base.assign(**{other: 0.0 for other in FEATURES if other != column})
        tree = DecisionTreeClassifier(random_state=0).fit(masked, target)
        (tmp_path / f"{name}.pkl").write_bytes(pickle.dumps(tree))
    answer = replay([tmp_path / "a.pkl", tmp_path / "b.pkl"], [tmp_path / "a.parquet", tmp_path / "b.parquet"])
    assert [bool(s.differing) for s in answer.swaps] == [False, False, True]
    assert answer.causes == ("rows", "model")


def test_values_have_no_classes_and_nan_is_equal_to_nan(tmp_path):
    table = pd.DataFrame({"x": np.arange(20.0)})
    table.to_parquet(tmp_path / "rows.parquet")
    model = LinearRegression().fit(table, table["x"] * 3)
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(model))
    (tmp_path / "nan.py").write_text("def f(model, table):\n    return table['x'].where(table['x'] > 5) * 0.5\n")
    rows = ["--rows", "rows.parquet"] * 2
    values = replay([tmp_path / "m.pkl"], [tmp_path / "rows.parquet"] * 2)
    assert (values.swaps[0].differing, values.swaps[0].decisions) == (0, None)
    done = subprocess.run(
        [
            sys.executable,
            *["-m", "parityline", "replay", "--model", "m.pkl", "--predict", "nan:f", "--format", "json"],
            *rows,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["causes"] == []


def test_rows_that_one_side_has_are_left_out(made, tmp_path):
    pd.read_parquet(made / "research.parquet").iloc[100:].to_parquet(tmp_path / "fewer.parquet")
    answer = replay([made / "model.pkl"], [made / "research.parquet", tmp_path / "fewer.parquet"], key="id")
    assert (answer.swaps[0].rows, answer.swaps[0].differing) == (ROWS - 100, 0)


def test_files_of_text_are_read(made):
    answer = replay([made / "model.pkl"], [made / "research.parquet", made / "research.csv"], key="id")
    assert answer.causes == ()


# ---------------------------------------------------------------- trust and wrong arguments


def recorded(made: Path, folder: Path) -> Path:
    path = folder / "research.parity"
    with parityline.record("r", environment="research", to=path) as recorder:
        recorder.model("model", str(made / "model.pkl"))
    return path


def test_the_digest_is_checked_before_the_file_is_loaded(made, tmp_path):
    record = recorded(made, tmp_path)
    rows = [made / "research.parquet"] * 2
    assert replay([made / "model.pkl"], rows, record=record).causes == ()
    evil = tmp_path / "evil.pkl"
    evil.write_bytes(b"cposix\nsystem\n(S'touch %s'\ntR." % str(tmp_path / "loaded").encode())
    with pytest.raises(UsageError, match=r"is not the recorded model .*; it was not loaded"):
        replay([evil], rows, record=record)
    assert not (tmp_path / "loaded").exists()


def test_no_rows_are_no_experiment(made, tmp_path):
    pd.read_parquet(made / "research.parquet").iloc[:0].to_parquet(tmp_path / "none.parquet")
    with pytest.raises(UsageError, match="expected rows to predict, found none"):
        replay([made / "model.pkl"], [tmp_path / "none.parquet"])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"models": ["gone.pkl"]}, "predicting failed with nothing changed: FileNotFoundError"),
        ({"models": []}, "a model file or a fit function, found none"),
        ({"rows": ["gone.parquet"]}, "gone.parquet"),
        ({"key": "nonsense"}, "expected the key column 'nonsense', found id, x, y"),
        ({"key": "city"}, "a key that names one row"),
        ({"pythons": ["/nowhere/python"]}, "expected an interpreter"),
        ({"actual": "city"}, "numeric column of outcomes"),
        ({"predict": "nowhere:f"}, "No module named 'nowhere'"),
    ],
)
def test_wrong_arguments(made, changed, said):
    given = {"models": [made / "model.pkl"], "rows": [made / "research.parquet"], **changed}
    with pytest.raises(parityline.ParitylineError, match=said):
        replay(given.pop("models"), given.pop("rows"), **given)


# -------------------------------------------------------------------- refitting

FITS = """
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

FEATURES = ["distance", "hour", "day", "month"]

def fit(table):
    return LogisticRegression(max_iter=500).fit(table[FEATURES], table["late"])

def unseeded(table):
    return RandomForestClassifier(5, max_depth=4).fit(table[FEATURES], table["late"])
"""


@pytest.fixture(scope="module")
def flights(tmp_path_factory) -> Path:
    """Real flights: a training part, the same without July, and a test part; and functions that fit."""
    folder = tmp_path_factory.mktemp("refit")
    table = pd.read_parquet(Path(os.environ["PARITYLINE_DATA"]) / "nycflights13" / "flights.parquet")
    table = table[["distance", "hour", "day", "month", "arr_delay"]].dropna().iloc[::40].rename_axis("id").reset_index()
    table["late"] = (table.pop("arr_delay") > 15).astype(int)
    test = table["id"] % 4 == 0
    table[test].to_parquet(folder / "test.parquet")
    table[~test].to_parquet(folder / "train.parquet")
    table[~test & (table["month"] != 7)].to_parquet(folder / "no_july.parquet")
    (folder / "fits.py").write_text(FITS)
    return folder


def test_flights_without_one_month_refitted_as_by_hand(flights, monkeypatch):
    monkeypatch.chdir(flights)
    answer = replay(
        *([], ["test.parquet"]),
        **{"fit": "fits:fit", "training": ["train.parquet", "no_july.parquet"], "key": "id", "actual": "late"},
    )
    test = pd.read_parquet("test.parquet")
    names = ["distance", "hour", "day", "month"]
    base, other = (
        LogisticRegression(max_iter=500).fit(train[names], train["late"]).predict_proba(test[names])
        for train in map(pd.read_parquet, ("train.parquet", "no_july.parquet"))
    )
    again, swap = answer.swaps
    assert (again.changed, again.differing) == (("a second fit",), 0)
    assert (answer.causes, swap.rows) == (("training",), len(test))
    assert swap.differing == (base != other).any(axis=1).sum() > 0
    assert swap.largest == np.abs(base - other).max()
    assert swap.decisions == (base.argmax(1) != other.argmax(1)).sum()
    assert answer.metrics["auc"] == pytest.approx(roc_auc_score(test["late"], base[:, 1]), abs=1e-12)
    assert swap.metrics["auc"] == pytest.approx(roc_auc_score(test["late"], other[:, 1]), abs=1e-12)


def test_rows_are_what_is_fitted_on_where_nothing_else_is_named(flights, monkeypatch):
    monkeypatch.chdir(flights)
    answer = replay([], ["train.parquet", "no_july.parquet"], fit="fits:fit", key="id")
    assert [swap.changed for swap in answer.swaps] == [
        *[("a second fit",), ("rows",), ("training",), ("rows", "training")]
    ]
    assert answer.causes == ("training",)  # the same rows are predicted alike, whichever others stand beside them


def test_a_fit_that_does_not_repeat_is_said_before_all_else(flights, monkeypatch, capsys):
    monkeypatch.chdir(flights)
    words = ["replay", "--fit", "fits:unseeded", "--train", "train.parquet", "--train", "no_july.parquet"]
    assert run([*words, "--rows", "test.parquet", "--key", "id"]) == 1
    said = capsys.readouterr().out
    assert "the fit does not repeat" in said
    assert "parityline explain not-repeatable" in said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"models": ["m.pkl"]}, "a model file or a fit function, found both"),
        ({"fit": None, "models": ["m.pkl"]}, "expected a fit function with training rows"),
        ({"training": ["gone.parquet"]}, "gone.parquet"),
        ({"fit": "fits:nothing"}, "has no attribute 'nothing'"),
        ({"training": ["train.parquet"] * 3}, "one or two of training rows, found 3"),
    ],
)
def test_wrong_arguments_of_a_fit(flights, monkeypatch, changed, said):
    monkeypatch.chdir(flights)
    given = {"models": [], "fit": "fits:fit", "training": ["train.parquet"], **changed}
    with pytest.raises(parityline.ParitylineError, match=said):
        replay(given.pop("models"), ["test.parquet"], **given)


# -------------------------------------------------------------------- replay sets

PIPELINE = """
name = "made"

[[stage]]
name = "features"
kind = "features"
data = "{data}"
key = "id"

[[stage]]
name = "model"
kind = "model"
file = "{model}"
inputs = ["features"]
"""


def with_replay_set(made: Path, folder: Path, data: str) -> tuple[Path, Path]:
    pipeline, record, kept = folder / "pipeline.toml", folder / "r.parity", folder / "kept.parquet"
    pipeline.write_text(PIPELINE.format(data=made / data, model=made / "model.pkl"))
    words = ["record", str(pipeline), "--environment", "research", "--to", str(record), "--replay", str(kept)]
    assert run(words) == 0
    return record, kept


def test_a_replay_set_is_the_rows_themselves_and_said_to_be(made, tmp_path, capsys):
    record, kept = with_replay_set(made, tmp_path, "research.parquet")
    assert f"{ROWS:,} rows of 'features' with every value as it is" in capsys.readouterr().out
    pd.testing.assert_frame_equal(pd.read_parquet(kept), pd.read_parquet(made / "research.parquet"))
    assert replay([made / "model.pkl"], [kept], record=record, key="id").rows == ROWS
    with pytest.raises(UsageError, match="is not the recorded replay set"):
        replay([made / "model.pkl"], [made / "production.parquet"], record=record)


def test_two_sides_keep_the_same_rows_whatever_their_order(made, tmp_path, monkeypatch):
    monkeypatch.setattr("parityline.served_rows.MOST_ROWS", 50)
    sets = []
    for name in ("research.parquet", "production.parquet", "research.csv"):
        folder = tmp_path / name
        folder.mkdir()
        sets.append(pd.read_parquet(with_replay_set(made, folder, name)[1]))
    assert [len(kept) for kept in sets] == [50, 50, 50]
    assert sets[0]["id"].tolist() == sorted(sets[1]["id"]) == sets[2]["id"].tolist()
    assert sets[0]["id"].max() > ROWS / 2  # spread over all keys, and not the first


def test_nothing_is_kept_unasked(made, tmp_path):
    pipeline = tmp_path / "pipeline.toml"
    pipeline.write_text(PIPELINE.format(data=made / "research.parquet", model=made / "model.pkl"))
    assert run(["record", str(pipeline), "--environment", "research", "--to", str(tmp_path / "r.parity")]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipeline.toml", "r.parity"]


@pytest.mark.parametrize(
    ("pipeline", "kept", "said"),
    [
        pytest.param(
            PIPELINE.replace('kind = "features"', 'kind = "etl"'), "kept.parquet", "kind features", id="no features"
        ),
        pytest.param(PIPELINE, "nowhere/kept.parquet", "a folder that exists", id="no folder"),
    ],
)
def test_what_cannot_be_kept_is_said_before_anything_is_recorded(made, tmp_path, capsys, pipeline, kept, said):
    (tmp_path / "pipeline.toml").write_text(pipeline.format(data=made / "research.parquet", model=made / "model.pkl"))
    words = ["record", str(tmp_path / "pipeline.toml"), "--environment", "e", "--to", str(tmp_path / "r.parity")]
    assert run([*words, "--replay", str(tmp_path / kept)]) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["pipeline.toml"]


def test_features_that_cannot_be_read_leave_the_rest_recorded(made, tmp_path, capsys):
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    text = PIPELINE.format(data=tmp_path / "broken.parquet", model=made / "model.pkl")
    (tmp_path / "pipeline.toml").write_text(text)
    words = ["record", str(tmp_path / "pipeline.toml"), "--environment", "e", "--to", str(tmp_path / "r.parity")]
    assert run([*words, "--replay", str(tmp_path / "kept.parquet")]) == 3
    assert "no rows are kept" in capsys.readouterr().err
    assert parityline.Record.read(tmp_path / "r.parity").stages["features"].unchecked
