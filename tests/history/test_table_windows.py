"""`watch` over a table: every window once, named after its time, against the stage that the table is of."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import polars
import pytest

import parityline
from parityline.cli import run
from parityline.errors import TableError, UsageError
from parityline.history import History, watch_windows
from parityline.records import Record

DAYS, ROWS = 20, 400


def rides(first: str, days: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    at = pd.Timestamp(first) + pd.to_timedelta(np.sort(random.uniform(0, days, days * ROWS)), unit="D")
    return pd.DataFrame({
        "id": np.arange(days * ROWS) + seed * 1_000_000, "at": at,
        "km": random.gamma(2, 3, days * ROWS).round(2), "city": random.choice(["a", "b", "c"], days * ROWS),
    })  # fmt: skip


@pytest.fixture(scope="module")
def reference(tmp_path_factory) -> Record:
    path = tmp_path_factory.mktemp("reference") / "research.parity"
    with parityline.record("rides", environment="research", to=path) as recorder:
        table = recorder.source("rides", rides("2024-01-01", DAYS, 1), key="id", time="at", window="day")
        recorder.source("cities", pd.DataFrame({"city": ["a", "b", "c"]}), key="city")
        recorder.features("features", table.assign(far=table["km"] > 9), key="id", time="at", inputs=["rides"])
    return Record.read(path)


@pytest.fixture
def week(tmp_path):
    """A week of production; from the fifth day on distances are in metres."""
    table = rides("2024-02-01", 7, 2)
    table.loc[table["at"] >= "2024-02-05", "km"] *= 1_000
    path = tmp_path / "week.parquet"
    table.to_parquet(path)
    return path


def test_every_window_is_an_entry_and_the_fault_begins_where_it_does(reference, week, tmp_path):
    told = list(watch_windows(reference, week, tmp_path / "h"))
    assert [(name, verdict.status) for name, verdict, _ in told] == [
        (f"2024-02-0{day}", "pass" if day < 5 else "fail") for day in range(1, 8)
    ]
    first = next(verdict.first for _, verdict, _ in told if verdict.first)
    assert (first.stage, first.column) == ("rides", "km")
    entries = History(tmp_path / "h").entries("rides")
    assert [entry.environment for entry in entries] == [f"production {name}" for name, _, _ in told]
    assert all({stage.name for stage in verdict.stages} == {"rides"} for _, verdict, _ in told)


def test_a_window_is_looked_at_again_only_where_it_holds_other_rows(reference, week, tmp_path):
    assert len(list(watch_windows(reference, week, tmp_path / "h"))) == 7
    assert list(watch_windows(reference, week, tmp_path / "h")) == []
    known = pd.read_parquet(week)
    grown = pd.concat([known, rides("2024-02-07", 2, 3).astype(known.dtypes)], ignore_index=True)
    grown.to_parquet(week)
    assert [name for name, _, _ in watch_windows(reference, week, tmp_path / "h")] == ["2024-02-07", "2024-02-08"]


def test_rows_of_a_window_come_from_anything_that_streams(reference, week, tmp_path):
    frame = pd.read_parquet(week)
    frame.to_csv(tmp_path / "week.csv", index=False)
    indexed = frame.set_index(frame["id"] + 5)
    for n, table in enumerate((tmp_path / "week.csv", polars.from_pandas(frame), indexed)):
        told = [(name, v.status) for name, v, _ in watch_windows(reference, table, tmp_path / f"h{n}", window="month")]
        assert told == [("2024-02", "fail")]


def test_a_mapping_of_arrays_is_refused_with_what_is_accepted(reference, tmp_path):
    with pytest.raises(TableError, match="found arrays; give one of these"):
        list(watch_windows(reference, dict(rides("2024-02-01", 1, 2)), tmp_path / "h"))


def test_two_stages_of_one_history_are_looked_at_by_themselves(reference, week, tmp_path):
    features = pd.read_parquet(week).assign(far=lambda table: table["km"] > 9)
    looks = [("rides", week), ("features", features), ("rides", week), ("features", features)]
    told = [len(list(watch_windows(reference, table, tmp_path / "h", stage=stage))) for stage, table in looks]
    assert told == [7, 7, 0, 0]


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "+05:30"])
def test_windows_are_of_utc_as_those_of_a_record(tmp_path, zone):
    sides = [rides(first, days, n) for n, (first, days) in enumerate((("2024-01-01", DAYS), ("2024-02-01", 2)))]
    before, after = (side.assign(at=side["at"].dt.tz_localize("UTC").dt.tz_convert(zone)) for side in sides)
    with parityline.record("rides", environment="research") as recorder:
        recorder.source("rides", before, key="id", time="at")
    told = [name for name, _, _ in watch_windows(recorder.record, after, tmp_path / "h")]
    assert told == ["2024-02-01", "2024-02-02"]


def test_zoned_times_and_rows_without_a_time(tmp_path):
    table = rides("2024-01-01", DAYS, 1)
    zoned = table.assign(at=table["at"].dt.tz_localize("UTC"))
    with parityline.record("rides", environment="research") as recorder:
        recorder.source("rides", zoned, key="id", time="at")
    new = rides("2024-02-01", 2, 2)
    new = new.assign(at=new["at"].where(new["id"] % 7 > 0).dt.tz_localize("UTC"))
    new.to_parquet(tmp_path / "new.parquet")
    told = list(watch_windows(recorder.record, tmp_path / "new.parquet", tmp_path / "h"))
    assert [(name, v.status) for name, v, _ in told] == [("2024-02-01", "pass"), ("2024-02-02", "pass")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param({"stage": "cities"}, "has: rides, features", id="a stage without a time"),
        pytest.param({"window": "week"}, "window: expected one of", id="no unit"),
        pytest.param({"window": "second"}, "expected at most 1,024 windows", id="too many windows"),
    ],
)
def test_what_cannot_be_split_is_said(reference, week, tmp_path, arguments, said):
    with pytest.raises(UsageError, match=said):
        list(watch_windows(reference, week, tmp_path / "h", **arguments))
    assert History(tmp_path / "h").entries() == []


def test_the_time_must_be_there_and_a_time(reference, week, tmp_path):
    table = pd.read_parquet(week)
    for other, said in ((table.drop(columns="at"), "expected the time column 'at'"), (table.assign(at=1), "int64")):
        other.to_parquet(tmp_path / "other.parquet")
        with pytest.raises(TableError, match=said):
            list(watch_windows(reference, tmp_path / "other.parquet", tmp_path / "h"))


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_table_of_no_rows_has_no_window(reference, tmp_path, form):
    path = tmp_path / f"empty.{form}"
    rides("2024-02-01", 1, 2).head(0).pipe(
        lambda t: t.to_csv(path, index=False) if form == "csv" else t.to_parquet(path)
    )
    assert list(watch_windows(reference, path, tmp_path / "h")) == []


def test_the_command_tells_each_window_and_fails_with_the_worst(reference, week, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    reference.write(tmp_path / "research.parity")
    assert run(["watch", "research.parity", str(week)]) == 1
    shown = capsys.readouterr().out
    assert "2024-02-04  pass  run 4 of parityline.history" in shown
    assert "2024-02-05  fail  run 5 of parityline.history" in shown
    assert "distribution-moved" in shown
    assert run(["watch", "research.parity", str(week)]) == 0
    assert "no window with rows that parityline.history has not seen" in capsys.readouterr().out
    assert run(["watch", "research.parity", str(week), "--history", "j", "--window", "month", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["status"] == "fail"
    assert run(["watch", "research.parity", "research.parity", "--stage", "rides"]) == 2
    assert "--stage and --window are of a table" in capsys.readouterr().err
