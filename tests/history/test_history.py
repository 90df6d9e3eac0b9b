"""The course of a pipeline: kept once whatever happens, read back whole, and held against each new run."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import parityline
from parityline.cli import run
from parityline.errors import FormatError, UsageError
from parityline.history import Entry, History, accept_as_reference, accept_difference, watch
from parityline.records import Record

PROCESSES, KILLS = 32, int(os.environ.get("PARITYLINE_KILLS", "12"))


def entry(n: int) -> Entry:
    return Entry(
        0, f"2024-01-01T00:00:{n % 60:02}Z", "p", "x", "2024-01-01", "ref", f"run-{n}", "pass", None, None, 0, 0, {}
    )


def made(day: int, *, source: int | None = None, cached: int | None = None, places: int = 1) -> Record:
    """A run of some day; `source` and `cached`: of which day its source and its features really are."""
    orders = pd.DataFrame({"id": range(30), "x": [i * (source or day) for i in range(30)]})
    features = pd.DataFrame({"id": range(30), "y": [i * (cached or source or day) + 0.5 for i in range(30)]})
    with parityline.record("shop", environment="production") as recorder:
        recorder.source("orders", orders, key="id")
        recorder.source("places", pd.DataFrame({"id": range(places)}), key="id")
        recorder.features("features", features, key="id", inputs=["orders", "places"])
    recorder.record.created = f"2024-05-{day:02}T00:00:00Z"
    return recorder.record


# ---------------------------------------------------------------- the store


def test_entries_are_read_back_in_order(tmp_path):
    store = History(tmp_path / "h")
    assert store.entries() == []
    numbers = [store.append(entry(n), {"status": "pass", "n": n}).number for n in range(5)]
    assert numbers == [1, 2, 3, 4, 5]
    assert [e.observed for e in store.entries()] == [f"run-{n}" for n in range(5)]
    assert [e.observed for e in store.entries(last=2)] == ["run-3", "run-4"]
    assert store.entries("another") == []
    assert store.verdict(3) == {"status": "pass", "n": 2}


def test_the_same_two_records_are_one_entry(tmp_path):
    store = History(tmp_path / "h")
    first = store.append(entry(1), {"n": 1})
    assert store.append(entry(1), {"n": 1}) == first
    assert len(store.entries()) == 1


def test_what_is_no_history_is_refused_and_left_alone(tmp_path):
    (tmp_path / "text").write_text("this is no database " * 100)
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("CREATE TABLE mine (x)")
    other.close()
    before = [(tmp_path / name).read_bytes() for name in ("text", "other")]
    for name in ("text", "other"):
        with pytest.raises(FormatError, match="expected a history"):
            History(tmp_path / name).append(entry(1), {})
    assert [(tmp_path / name).read_bytes() for name in ("text", "other")] == before
    with pytest.raises(UsageError, match="a folder that exists"):
        History(tmp_path / "nowhere" / "h")
    with pytest.raises(UsageError, match="found 9"):
        History(tmp_path / "h").verdict(9)


def test_a_newer_history_is_refused(tmp_path):
    store = History(tmp_path / "h")
    store.append(entry(1), {})
    connection = sqlite3.connect(tmp_path / "h")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(FormatError, match="format 99"):
        store.entries()


def _appends(path: str, start: int, count: int) -> None:
    for n in range(start, start + count):
        History(path).append(entry(n), {"n": n})


def test_many_processes_append_at_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_appends, args=(str(tmp_path / "h"), n * 5, 5)) for n in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(300)
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    found = History(tmp_path / "h").entries()
    assert sorted(int(e.observed[4:]) for e in found) == list(range(PROCESSES * 5))
    assert [e.number for e in found] == sorted({e.number for e in found})


ENDLESS = """
import sys
sys.path.insert(0, sys.argv[2])
from test_history import entry
from parityline.history import History
store, n = History(sys.argv[1]), int(sys.argv[3])
while True:
    store.append(entry(n), {"n": n})
    print(n, flush=True)
    n += 1
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path):
    """A process that appends without end is killed at random moments; seed 5."""
    pauses, start, acknowledged = random.Random(5), 0, []
    for _ in range(KILLS):
        command = [sys.executable, "-c", ENDLESS, str(tmp_path / "h"), str(Path(__file__).parent), str(start)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            acknowledged.append(int(process.stdout.readline()))
            time.sleep(pauses.random() * 0.2)
            process.send_signal(signal.SIGKILL)
            whole = process.stdout.read().rpartition("\n")[0]
            acknowledged += [int(line) for line in whole.splitlines()]
        start = max(acknowledged) + 1000
    found = [int(e.observed[4:]) for e in History(tmp_path / "h").entries()]
    assert set(acknowledged) <= set(found)
    assert len(found) == len(set(found))


# ---------------------------------------------------------------- watching


def course(tmp_path: Path, *records: Record) -> list[tuple[str, ...]]:
    """The stale stages of each look, in order."""
    reference, told = made(1), []
    for record in records:
        verdict, _ = watch(reference, record, tmp_path / "h")
        told.append(tuple(f.stage for f in verdict.findings if f.code == "stale-data"))
    return told


def test_an_old_source_is_named(tmp_path):
    assert course(tmp_path, made(2), made(3), made(4, source=3)) == [(), (), ("orders",)]


def test_old_features_over_a_new_source_are_named(tmp_path):
    assert course(tmp_path, made(2), made(3), made(4, cached=2)) == [(), (), ("features",)]
    again, _ = watch(made(1), made(4, cached=2), tmp_path / "h")
    assert {f.scenario for f in again.findings if f.code == "stale-data"} == {2}
    verdict, entry_ = watch(made(1), made(4, cached=2), tmp_path / "h")
    assert (entry_.status, entry_.stage, verdict.exit_code) == ("fail", "orders", 1)
    assert "the data is that of run 1 of 2024-05-02, although orders is new" in [f.sentence for f in verdict.findings]


def test_a_repeated_run_and_a_table_that_never_changes_are_not_stale(tmp_path):
    assert course(tmp_path, made(2), made(3), made(3), made(4)) == [(), (), (), ()]


def test_what_another_code_makes_of_the_same_data_is_not_stale(tmp_path):
    def run(number, factor):
        orders = pd.DataFrame({"id": range(30), "x": range(30)})
        with parityline.record("shop", environment="production") as made_:
            made_.source("orders", orders, key="id")
            made_.features("features", orders.assign(x=orders["x"] * factor), key="id", inputs=["orders"])
            made_.predictions("scores", orders[["id"]].assign(p=0.5), key="id", score="p", inputs=["features"])
        made_.record.created = f"2024-05-{number:02}T00:00:00Z"
        return made_.record

    assert course(tmp_path, run(2, 2.0), run(3, 1.0)) == [(), ()]  # mended since, and the scores never depended on it


def test_a_look_that_is_repeated_is_one_entry(tmp_path):
    record = made(2)
    first, second = (watch(made(1), record, tmp_path / "h")[1] for _ in range(2))
    assert first.number == second.number
    assert len(History(tmp_path / "h").entries()) == 1


# ---------------------------------------------------------------- accepting


def test_an_accepted_difference_is_a_note_until_its_date():
    reference, observed = made(1), made(2)
    assert parityline.verify(reference, observed).status == "fail"
    known = reference
    for stage in ("orders", "features"):
        known = accept_difference(known, stage=stage, reason="new prices", by="Ann")
    verdict = parityline.verify(known, observed)
    assert verdict.status == "pass"
    assert all("accepted by Ann: new prices" in f.sentence for f in verdict.findings if f.stage == "orders")
    assert parityline.verify(reference, observed).status == "fail"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "a stage, a column or a code"),
        ({"stage": "orders", "reason": " "}, "a reason and a name"),
        ({"stage": "orders", "by": ""}, "a reason and a name"),
        ({"stage": "ordrs"}, "it has orders, places, features"),
        ({"code": "nonsense"}, "expected a code"),
    ],
)
def test_what_cannot_be_accepted(given, said):
    with pytest.raises(UsageError, match=said):
        accept_difference(made(1), **{"reason": "r", "by": "b", **given})


def test_a_run_becomes_the_reference(tmp_path):
    accepted = accept_as_reference(made(2), reason="new season", by="Ann", environment="research")
    assert parityline.verify(accepted, made(2)).status == "pass"
    assert accepted.environment_facts["accepted"]["reason"] == "new season"
    broken = made(2)
    broken.stages["orders"].unchecked = "source-unreadable"
    with pytest.raises(UsageError, match="one without orders"):
        accept_as_reference(broken, reason="r", by="b")


# ---------------------------------------------------------------- commands


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for day in (1, 2, 3):
        made(day).write(f"{day}.parity")
    return tmp_path


def test_the_commands_together(folder, capsys):
    assert run(["log"]) == 0
    assert capsys.readouterr().out == "no run yet\n"
    assert run(["log", "--history", "other.history"]) == 2
    assert run(["log", "--history", "."]) == 2
    assert "found a folder" in capsys.readouterr().err
    assert run(["watch", "1.parity", "1.parity"]) == 0
    assert run(["watch", "1.parity", "2.parity"]) == 1
    assert "verdict: DIFFERS" in capsys.readouterr().out
    assert (
        run(["accept", "1.parity", "--stage", "orders", "--reason", "prices", "--by", "Ann", "--to", "r.parity"]) == 0
    )
    words = ["accept", "r.parity", "--stage", "features", "--reason", "prices", "--by", "Ann", "--to", "r.parity"]
    assert run([*words, "--history", "parityline.history", "--until", "2999-01-01"]) == 0
    assert run(["watch", "r.parity", "3.parity"]) == 0
    capsys.readouterr()
    assert run(["log"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[4] for line in lines if "errors" in line] == ["pass", "fail", "pass"]
    assert any("difference accepted by Ann until 2999-01-01: features: prices" in line for line in lines)
    assert run(["log", "2"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "fail"
    assert run(["log", "--format", "json", "--last", "1"]) == 0
    assert [r["number"] for r in json.loads(capsys.readouterr().out)["runs"]] == [3]


def test_wrong_use(folder, capsys):
    assert run(["watch", "1.parity", "2.parity", "--every", "5"]) == 2
    assert run(["watch", "1.parity", "gone.parity"]) == 2
    assert run(["accept", "1.parity", "--stage", "orders", "--by", "x", "--to", "r.parity"]) == 2
    assert run(["accept", "1.parity", "--as-reference", "--stage", "a", "--reason", "r", "--by", "x", "--to", "r"]) == 2
    assert (
        run(["accept", "1.parity", "--stage", "a", "--until", "2001-01-01", "--reason", "r", "--by", "x", "--to", "r"])
        == 2
    )
    assert run(["log", "7"]) == 2
    assert not (folder / "r.parity").exists()
    assert "Traceback" not in capsys.readouterr().err
