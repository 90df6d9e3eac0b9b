"""Faults of order, seeds and splits in a pipeline that runs: lint names each with its code, its stage and its line."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

import pytest

from parityline.lint import lint

PIPELINE = """
import duckdb
import numpy as np
import pandas as pd
import parityline
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import KFold, RepeatedKFold, ShuffleSplit, train_test_split

con = duckdb.connect()
con.execute("CREATE TABLE sales AS SELECT range AS id, range % 7 AS k, hash(range) % 100 AS x FROM range(400)")

def extract():
    return con.execute("SELECT id, k, x FROM sales ORDER BY id").df()

def cleaned(table):
    return table.drop_duplicates()

def engineered(table):
    table = table.assign(y=table["x"] * 2)
    return table

def parts(table):
    train, test = train_test_split(table, random_state=0)
    return train, test

with parityline.record("p", environment="research", to="p.parity") as run:
    raw = run.source("raw", extract(), key="id")
    clean = run.etl("clean", cleaned(raw), key="id", inputs=["raw"])
    made = run.features("made", engineered(clean), key="id", inputs=["clean"])
    train, test = parts(made)
    run.split("parts", {"train": train, "test": test}, key="id", inputs=["made"])
    model = RandomForestClassifier(5, random_state=0)
    model.fit(train[["x", "y"]], train["k"])
    run.model("model", model, inputs=["parts"])
"""


@dataclass(frozen=True)
class Fault:
    """A number of the catalogue, the line that becomes another, and the code and stage that lint has to name."""

    number: str
    old: str
    new: str
    code: str
    stage: str


_ENGINEERED = "    return table\n\ndef parts"
FAULTS = [
    Fault("F56", "drop_duplicates()", 'drop_duplicates("k")', "order-has-ties", "clean"),
    Fault("F57", "ORDER BY id", "LIMIT 300", "order-undefined", "raw"),
    Fault("F57 sample", "ORDER BY id", "ORDER BY random() LIMIT 300", "seed-missing", "raw"),
    Fault(
        *(
            "F81",
            _ENGINEERED,
            '    table["lag"] = table.groupby("k")["x"].shift(1)\n' + _ENGINEERED,
        ),
        *("order-has-ties", "made"),
    ),
    Fault(
        "F84", "y=table", "t=pd.Timestamp.now() - pd.to_datetime(table['id']), y=table", "depends-on-run-time", "made"
    ),
    Fault("F85", "y=table", "b=[hash(str(k)) % 9 for k in table['k']], y=table", "salted-hash", "made"),
    Fault(
        "F86",
        _ENGINEERED,
        _ENGINEERED.replace("table\n", "table[list(set(table.columns))]\n"),
        "column-order-changed",
        "made",
    ),
    Fault("F87", "table.assign(y", "table.sample(frac=0.9).assign(y", "seed-missing", "made"),
    Fault("F87 noise", 'table["x"] * 2', 'table["x"] + np.random.normal(size=len(table))', "seed-missing", "made"),
    Fault(
        "F102", "train_test_split(table, random_state=0)", "train_test_split(table)", "split-not-repeatable", "parts"
    ),
    Fault("F104", " ORDER BY id", "", "order-undefined", "raw"),
    Fault("F105", "ORDER BY id", "ORDER BY k", "order-has-ties", "raw"),
    Fault(
        "F106",
        "    train, test = train_test_split(table, random_state=0)\n",
        "    rng = np.random.RandomState(0)\n    rest, _ = train_test_split(table, random_state=rng)\n"
        "    train, test = train_test_split(rest, random_state=rng)\n",
        *("generator-shared", "parts"),
    ),
    Fault(
        "F107",
        "    train, test = train_test_split(table, random_state=0)\n",
        "    places = next(RepeatedKFold(n_splits=4, n_repeats=2).split(table))\n"
        "    train, test = table.iloc[places[0]], table.iloc[places[1]]\n",
        *("split-not-repeatable", "parts"),
    ),
    Fault(
        "F107 shuffle split",
        "    train, test = train_test_split(table, random_state=0)\n",
        "    places = next(ShuffleSplit(n_splits=2).split(table))\n"
        "    train, test = table.iloc[places[0]], table.iloc[places[1]]\n",
        *("split-not-repeatable", "parts"),
    ),
    Fault(
        "F112",
        "    train, test = train_test_split(table, random_state=0)\n",
        "    chosen = np.array([hash(str(key)) % 5 == 0 for key in table['id']])\n"
        "    train, test = table[~chosen], table[chosen]\n",
        *("salted-hash", "parts"),
    ),
    Fault("F126", "RandomForestClassifier(5, random_state=0)", "RandomForestClassifier(5)", "seed-missing", "model"),
]


def written(folder, fault: Fault | None = None):
    text = PIPELINE
    if fault is not None:
        assert fault.old in text
        text = text.replace(fault.old, fault.new, 1)
    path = folder / "pipeline.py"
    path.write_text(text)
    return path


def runs(path) -> None:
    """The pipeline is a real one: it runs to its end, and records."""
    subprocess.run([sys.executable, str(path)], cwd=path.parent, check=True, capture_output=True, timeout=120)
    assert (path.parent / "p.parity").is_file()


def test_the_pipeline_without_a_fault_is_silent(tmp_path):
    path = written(tmp_path)
    runs(path)
    assert lint([path]).alarms == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.number)
def test_code_stage_and_line_are_named(fault, tmp_path):
    path = written(tmp_path, fault)
    runs(path)
    report = lint([path])
    assert not report.unread
    assert {(alarm.code, alarm.stage) for alarm in report.alarms} == {(fault.code, fault.stage)}
    lines = path.read_text().splitlines()
    before = written(tmp_path).read_text().splitlines()
    changed = [n for n, line in enumerate(lines, start=1) if line not in before]
    assert all(alarm.spot.line in changed for alarm in report.alarms)
