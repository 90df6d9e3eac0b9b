"""The readiness list: a proof or `unchecked` for each of the six chapters, from real runs of the commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parityline.cli import run
from parityline.codes import SCENARIOS
from parityline.errors import UsageError
from parityline.readiness import readiness
from parityline.records import Record
from parityline.report import html, proofs
from parityline.verification import verify

SCRIPT = """\
import numpy as np
import pandas as pd

import parityline

visits = pd.DataFrame({"id": range(500), "x": np.arange(500) / 7})
with parityline.record("visits", environment="research", to="research.parity") as run:
    run.source("visits", visits, key="id")
    some = visits.sample(frac=0.5SEED)
    run.features("some", some, key="id", inputs=["visits"])
    run.predictions("scores", some.assign(p=some["x"] / 100), key="id", score="p", inputs=["some"])
    run.expect("auc", of="scores", at_least=0.7)
"""


def made(folder: Path, seed: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Record, list[Path]]:
    """The record of the script, and what lint and rehearse say of it as JSON."""
    monkeypatch.chdir(folder)
    (folder / "pipe.py").write_text(SCRIPT.replace("SEED", seed))
    files = [folder / "lint.json", folder / "rehearse.json"]
    run(["lint", "pipe.py", "--format", "json", "--to", str(files[0])])
    files[1].write_text(_said(["rehearse", "pipe.py", "--only", "nothing", "--format", "json"]))
    exec(compile((folder / "pipe.py").read_text(), "pipe.py", "exec"), {})
    return Record.read("research.parity"), files


def _said(arguments: list[str]) -> str:
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()) as out:
        run(arguments)
    return out.getvalue()


def test_one_unseeded_sample_fails_its_stage_and_leaves_open_what_is_behind(tmp_path, monkeypatch):
    record, files = made(tmp_path, "", monkeypatch)
    chapters = readiness(record, evidence=files)
    assert [chapter.name for chapter in chapters] == list(SCENARIOS)
    answers = {chapter.name: chapter.answer for chapter in chapters}
    assert answers["data"] == "pass"
    assert answers["features"] == "fail"
    assert answers["performance"] == answers["variables"] == "unchecked"
    of_features = {(own.by, own.answer) for own in chapters[1].proofs}
    assert of_features == {("lint", "fail"), ("rehearse", "fail")}
    assert ("rehearse", "unchecked") in {(own.by, own.answer) for own in chapters[3].proofs}
    assert proofs.exit_code(chapters) == 1


def test_a_seeded_one_passes_and_says_what_nobody_looked_at(tmp_path, monkeypatch):
    record, files = made(tmp_path, ", random_state=1", monkeypatch)
    chapters = readiness(record, verify(record, record), files)
    answers = {chapter.name: chapter.answer for chapter in chapters}
    assert answers == {
        "data": "pass", "features": "pass", "splits": "pass", "predictions": "pass",
        "performance": "unchecked", "variables": "unchecked",
    }  # fmt: skip
    assert chapters[5].missing == ("stress",)
    assert proofs.exit_code(chapters) == 3
    assert proofs.summary(chapters).startswith("OPEN: performance, variables")


def test_weaknesses_of_a_stress_test_are_of_their_chapters(tmp_path):
    record = Record("r", "research")
    finding = {"severity": "error", "scenario": 4, "code": "null-reached-model", "sentence": "NaN for `x` missing"}
    stress = {"verdict": {"findings": [finding]}, "serving": "m:p", "probes": [{}, {}], "outages": [{"column": "x"}]}
    path = tmp_path / "stress.json"
    path.write_text(json.dumps(stress))
    chapters = readiness(record, evidence=[path])
    assert (chapters[3].answer, chapters[5].answer) == ("fail", "pass")
    assert "null-reached-model" in chapters[3].proofs[0].what
    assert "1 column costs is known" in chapters[5].proofs[1].what


def test_the_command_shows_the_list_and_writes_the_page(tmp_path, monkeypatch, capsys):
    _, files = made(tmp_path, "", monkeypatch)
    code = run(["report", "research.parity", *(part for file in files for part in ("--evidence", str(file)))])
    assert code == 1
    assert "NOT READY: features" in capsys.readouterr().out
    page = (tmp_path / "parityline.html").read_text()
    assert all(f"{i} {name}" in page for i, name in enumerate(SCENARIOS, 1))
    assert run(["report", "research.parity", "research.parity", "--evidence", str(files[0])]) == 1
    assert "Readiness" in (tmp_path / "parityline.html").read_text()


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        "[]",
        "no JSON",
        '{"files": 1}',
        '{"files": "x", "alarms": [], "unread": []}',
        '{"target": "", "lineage": {}, "outcomes": [1]}',
        '{"verdict": [], "serving": "", "probes": 3}',
    ],
)
def test_what_no_command_wrote_is_refused(tmp_path, content, capsys):
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"x\.json: expected (JSON that|what) parityline"):
        readiness(Record("r", "research"), evidence=[path])
    with pytest.raises(UsageError, match="No such file"):
        readiness(Record("r", "research"), evidence=[tmp_path / "none.json"])


def test_names_from_data_are_text_on_the_page():
    from parityline.readiness import Chapter, Proof

    chapter = Chapter(1, "data", (Proof("verify", "fail", "stage <script>alert(1)</script>"),), ())
    assert "<script>alert" not in html.ready("<script>alert(2)</script>", [chapter])
    assert "\x1b[2J" not in proofs.text("t", [Chapter(1, "data", (Proof("lint", "fail", "\x1b[2J"),), ())])
