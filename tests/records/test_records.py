"""The record of a run: what a tap does to the pipeline (nothing), and what its file survives."""

from __future__ import annotations

import io
import json
import os
import random
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression

import parityline
from parityline import FormatError, ParitylineError, Record, RecordingWarning, UsageError, recording, taps
from parityline.records import combine

RNG = np.random.default_rng(3)
ROWS = 300
FLIGHTS = pd.DataFrame({"id": range(ROWS), "x": RNG.normal(size=ROWS), "city": RNG.choice(["Oslo", "Bergen"], ROWS)})
FEATURES = FLIGHTS[["id", "x"]]
SCORED = pd.DataFrame({"id": range(ROWS), "p": RNG.random(ROWS)})
ACTUAL = pd.DataFrame({"id": range(ROWS), "late": RNG.integers(0, 2, ROWS)})
PARTS = {"train": FEATURES[:200], "test": FEATURES[200:]}
FOLDS = [(np.arange(150), np.arange(150, 300)), (np.arange(150, 300), np.arange(150))]
MODEL = LogisticRegression().fit(FEATURES[["x"]], ACTUAL["late"])

TAPS = {
    "source": lambda run: (FLIGHTS, run.source("flights", FLIGHTS, key="id")),
    "etl": lambda run: (FLIGHTS, run.etl("joined", FLIGHTS, key="id")),
    "features": lambda run: (FEATURES, run.features("features", FEATURES, key="id")),
    "split": lambda run: (PARTS, run.split("split", PARTS, key="id")),
    "split by folds": lambda run: (FOLDS, run.split("folds", FOLDS, of=FEATURES, key="id")),
    "model": lambda run: (MODEL, run.model("model", MODEL, fitted_on=(FEATURES[["x"]], ACTUAL["late"]))),
    "predictions": lambda run: (SCORED, run.predictions("scores", SCORED, key="id", score="p")),
    "outcomes": lambda run: (ACTUAL, run.outcomes("labels", ACTUAL, key="id", actual="late")),
}
every_tap = pytest.mark.parametrize("tap", TAPS.values(), ids=TAPS)


def whole(**keywords) -> Record:
    """A run with a stage of each kind."""
    with parityline.record("flight-delays", environment="research", **keywords) as run:
        run.source("flights", FLIGHTS, key="id", partition="city")
        run.features("features", FEATURES, key="id", inputs=["flights"])
        run.split("split", PARTS, key="id", inputs=["features"])
        run.model("model", MODEL, inputs=["split"])
        run.predictions("scores", SCORED, key="id", score="p", inputs=["features", "model"])
        run.outcomes("labels", ACTUAL, key="id", actual="late", prediction="scores")
        run.expect("auc", at_least=0.1)
    return run.record


@pytest.fixture(scope="module")
def data() -> bytes:
    return whole().to_bytes()


def rewritten(data: bytes, compression: int = zipfile.ZIP_STORED, **document) -> bytes:
    """The same record with other facts in record.json."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", compression) as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "record.json":
                content = json.dumps({**json.loads(content), **document}).encode()
            new.writestr(info.filename, content)
    return out.getvalue()


# ---------------------------------------------------------------- the pipeline is left alone


@every_tap
def test_a_tap_returns_the_very_object_that_it_was_given(tap):
    given, returned = tap(parityline.record("p", environment="here"))
    assert returned is given


@every_tap
def test_a_tap_leaves_the_table_as_it_was(tap):
    before = [table.copy() for table in (FLIGHTS, FEATURES, SCORED, ACTUAL)]
    tap(parityline.record("p", environment="here"))
    for table, copy in zip((FLIGHTS, FEATURES, SCORED, ACTUAL), before, strict=True):
        pd.testing.assert_frame_equal(table, copy)


@every_tap
@pytest.mark.parametrize("error", [RuntimeError("ours"), MemoryError(), RecursionError("deep"), OSError(28, "full")])
def test_a_failure_of_ours_warns_and_the_pipeline_runs_on(monkeypatch, tap, error):
    def failing(*_):
        raise error

    for name in ("tapped", "required", "keys_of"):
        monkeypatch.setattr(taps, name, failing)
    monkeypatch.setattr(recording.models, "describe", failing)
    run = parityline.record("p", environment="here")
    with pytest.warns(RecordingWarning, match="will be unchecked"):
        given, returned = tap(run)
    assert returned is given
    (stage,) = run.record.stages.values()
    assert type(error).__name__ in stage.unchecked


def test_a_failed_stage_is_unchecked_in_the_verdict(monkeypatch):
    reference = parityline.record("p", environment="here")
    reference.source("flights", FLIGHTS, key="id")
    observed = parityline.record("p", environment="there")
    monkeypatch.setattr(taps, "tapped", lambda *_: 1 / 0)
    with pytest.warns(RecordingWarning):
        observed.source("flights", FLIGHTS, key="id")
    verdict = parityline.verify(reference.record, observed.record)
    assert (verdict.status, verdict.exit_code) == ("unchecked", 3)
    assert "ZeroDivisionError" in verdict.unchecked[0].why


def test_a_failure_to_read_the_environment_warns(monkeypatch, tmp_path):
    monkeypatch.setattr(recording.environments, "capture", lambda: 1 / 0)
    with (
        pytest.warns(RecordingWarning, match="environment"),
        parityline.record("p", environment="e", to=tmp_path / "r") as run,
    ):
        run.source("flights", FLIGHTS, key="id")
    assert (tmp_path / "r").exists()


def test_an_object_that_is_no_table_warns_and_is_returned():
    run, given = parityline.record("p", environment="here"), object()
    with pytest.warns(RecordingWarning, match="expected a table"):
        assert run.source("flights", given) is given


# ---------------------------------------------------------------- misuse


def stream():
    return pa.table({"id": [1]}).to_reader()


@pytest.mark.parametrize(
    ("misuse", "message"),
    [
        pytest.param(lambda run: run.source("a", FLIGHTS, key="nope"), "nope", id="unknown key column"),
        pytest.param(lambda run: run.source("a", FLIGHTS, partition="nope"), "nope", id="unknown partition column"),
        pytest.param(lambda run: run.source("a", FLIGHTS, kee="id"), "unknown argument 'kee'", id="unknown keyword"),
        pytest.param(lambda run: run.source("flights", FLIGHTS), "recorded before", id="repeated name"),
        pytest.param(lambda run: run.source("environment", FLIGHTS), "reserved", id="reserved name"),
        pytest.param(lambda run: run.source("process", FLIGHTS), "reserved", id="another reserved name"),
        pytest.param(lambda run: run.source("", FLIGHTS), "expected a name", id="no name"),
        pytest.param(lambda run: run.etl("a", FLIGHTS, inputs=["fligths"]), "recorded: flights", id="unknown input"),
        pytest.param(lambda run: run.source("a", stream(), key="id"), "read again", id="a stream"),
        pytest.param(lambda run: run.source("a", (row for row in [])), "read again", id="a generator"),
        pytest.param(lambda run: run.etl("flights", FLIGHTS, more=True), "recorded before", id="more of another kind"),
        pytest.param(
            lambda run: run.source("a", FLIGHTS, privacy="secret"), "standard, strict, open", id="unknown privacy"
        ),
        pytest.param(lambda run: run.split("a", {}), "at least one part", id="no parts"),
        pytest.param(lambda run: run.split("a", [1, 2, 3]), "positions", id="no folds"),
        pytest.param(
            lambda run: run.model("a", MODEL, fitted_on=FEATURES), r"fitted_on=\(X, y\)", id="fitted on X alone"
        ),
        pytest.param(lambda run: run.predictions("a", FLIGHTS.assign(q=1.0), key="id"), "x, q", id="several scores"),
        pytest.param(lambda run: run.outcomes("a", ACTUAL, actual="nope"), "nope", id="unknown actual"),
        pytest.param(
            lambda run: run.outcomes("a", ACTUAL, actual="late", prediction="nope"), "nope", id="unknown predictions"
        ),
        pytest.param(lambda run: run.expect("auc"), "at_least", id="an expectation of nothing"),
        pytest.param(
            lambda run: run.source("a", FLIGHTS, tolerance={"column": "x"}), "tolerance", id="half a tolerance"
        ),
        pytest.param(
            lambda run: run.source("a", FLIGHTS, tolerance={"column": "x", "absolute": -1, "reason": "r"}),
            "at least 0",
            id="a negative tolerance",
        ),
    ],
)
def test_misuse_raises_at_the_call_and_leaves_no_stage(misuse, message):
    run = parityline.record("p", environment="here")
    run.source("flights", FLIGHTS, key="id")
    with pytest.raises(UsageError, match=message):
        misuse(run)
    assert list(run.record.stages) == ["flights"]
    assert run.record.stages["flights"].table.rows == ROWS


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        pytest.param({"to": "nowhere/at/all.parity"}, "make it first", id="missing folder"),
        pytest.param({"environment": ""}, "empty text", id="no environment"),
        pytest.param({"privacy": "loud"}, "standard, strict, open", id="unknown privacy"),
    ],
)
def test_misuse_of_record(keywords, message):
    with pytest.raises(UsageError, match=message):
        parityline.record("p", **{"environment": "here", **keywords})


def test_a_refused_stream_is_not_consumed():
    given = stream()
    with pytest.raises(UsageError):
        parityline.record("p", environment="here").source("a", given)
    assert given.read_all().num_rows == 1


# ---------------------------------------------------------------- batches, and keys from a reference


def test_batches_are_merged():
    run, once = (parityline.record("p", environment="here") for _ in range(2))
    for start in range(0, ROWS, 100):
        run.source("flights", FLIGHTS[start : start + 100], key="id", more=True)
    once.source("flights", FLIGHTS, key="id")
    assert run.record.stages["flights"].table == once.record.stages["flights"].table


@pytest.mark.parametrize("from_file", [True, False])
def test_like_gives_key_and_partition(tmp_path, from_file):
    reference = whole()
    like = reference.write(tmp_path / "research.parity") if from_file else reference
    run = parityline.record("flight-delays", environment="production", like=like)
    run.source("flights", FLIGHTS)
    run.features("features", FEATURES, inputs=["flights"])
    assert run.record.stages["flights"].table.key == ("id",)
    assert run.record.stages["flights"].table == reference.stages["flights"].table
    assert run.record.stages["features"].table.key == ("id",)


# ---------------------------------------------------------------- bytes


def test_round_trip(data, tmp_path):
    assert Record.from_bytes(data).to_bytes() == data
    path = tmp_path / "r.parity"
    path.write_bytes(data)
    assert Record.read(path).to_bytes() == data


def test_equal_runs_give_equal_bytes_but_for_the_time(monkeypatch):
    first = whole()
    monkeypatch.setattr(recording, "now", lambda: first.created)
    assert whole().to_bytes() == first.to_bytes()
    monkeypatch.setattr(recording, "now", lambda: "2031-01-01T00:00:00Z")
    other = whole()
    other.created = first.created
    assert other.to_bytes() == first.to_bytes()


def test_the_file_holds_the_bytes(tmp_path):
    record = whole(to=tmp_path / "research.parity")
    assert (tmp_path / "research.parity").read_bytes() == record.to_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["research.parity"]


@pytest.mark.parametrize("function", ["replace", "fsync", "chmod"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_writing_is_whole_or_not_at_all(monkeypatch, tmp_path, function, error):
    def failing(*_, **__):
        raise error

    target = tmp_path / "research.parity"
    target.write_bytes(b"old")
    record = whole()
    monkeypatch.setattr(os, function, failing)
    with pytest.raises(UsageError if isinstance(error, OSError) else KeyboardInterrupt):
        record.write(target)
    monkeypatch.undo()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def broken(target: Path) -> None:
    """A run that raises; its folder is gone by then if it was an empty one."""
    with parityline.record("p", environment="here", to=target) as run:
        run.source("flights", FLIGHTS, key="id")
        if target.parent.name == "gone":
            target.parent.rmdir()
        raise ZeroDivisionError


def test_a_pipeline_that_raises_leaves_an_incomplete_record(tmp_path):
    target = tmp_path / "research.parity"
    with pytest.raises(ZeroDivisionError):
        broken(target)
    assert [path.name for path in tmp_path.iterdir()] == ["research.parity.incomplete"]
    record = Record.read(tmp_path / "research.parity.incomplete")
    assert (record.complete, record.failure, list(record.stages)) == (False, "ZeroDivisionError", ["flights"])
    whole_run = parityline.record("p", environment="here")
    whole_run.source("flights", FLIGHTS, key="id")
    verdict = parityline.verify(whole_run.record, record)
    assert (verdict.status, verdict.unchecked[-1].stage) == ("unchecked", "process")


def test_an_error_of_the_pipeline_is_not_hidden_by_one_of_ours(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    with pytest.warns(RecordingWarning, match="could not be written"), pytest.raises(ZeroDivisionError):
        broken(folder / "r.parity")


# ---------------------------------------------------------------- damage


def readable(data: bytes, reference: Record) -> bool:
    """Whether bytes are a record that can be verified; raises whatever is no error of parityline."""
    try:
        record = Record.from_bytes(data, "damaged.parity")
        parityline.verify(reference, record)
        record.to_bytes()
    except FormatError as error:
        if "damaged.parity" not in str(error):
            raise
        return False
    except ParitylineError:
        return False
    return True


def test_a_truncated_record_is_refused(data):
    reference = Record.from_bytes(data)
    for length in np.linspace(0, len(data) - 1, 50).astype(int):
        assert not readable(data[:length], reference), length


def test_a_flipped_bit_is_refused_or_harmless(data):
    reference = Record.from_bytes(data)
    chance = random.Random(1)
    # headers and directory are small: half of the flips go there
    ends = [*range(min(600, len(data))), *range(max(0, len(data) - 1_500), len(data))]
    places = [chance.choice(ends) if i % 2 else chance.randrange(len(data)) for i in range(200)]
    refused = 0
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= 1 << chance.randrange(8)
        refused += not readable(bytes(flipped), reference)
    assert refused > 100


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(lambda d: rewritten(d, format=99), "format version 99.*upgrade parityline", id="newer format"),
        pytest.param(lambda d: rewritten(d, format="1"), "format version", id="format as text"),
        pytest.param(lambda d: rewritten(d, stages=None), "damaged", id="no stages"),
        pytest.param(lambda d: rewritten(d, stages=[{"name": "a"}]), "damaged", id="half a stage"),
        pytest.param(lambda d: rewritten(d, zipfile.ZIP_DEFLATED), "compressed", id="compressed members"),
        pytest.param(lambda d: b"", "not a whole record", id="nothing"),
        pytest.param(lambda d: b"PAR1" + d[:100], "not a whole record", id="another file"),
    ],
)
def test_what_is_no_record_is_said(data, damage, message):
    with pytest.raises(FormatError, match=f"(?s)r.parity.*{message}"):
        Record.from_bytes(damage(data), "r.parity")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda path: None, "no such file", id="missing"),
        pytest.param(lambda path: path.mkdir(), "found a folder", id="a folder"),
    ],
)
def test_what_is_no_file_is_said(tmp_path, make, message):
    path = tmp_path / "r.parity"
    make(path)
    with pytest.raises(FormatError, match=message):
        parityline.verify(path, path)


# ---------------------------------------------------------------- privacy

CANARIES = [f"canary-{i:04d}-{RNG.integers(1 << 60):015x}" for i in range(1_000)]
PEOPLE = pd.DataFrame({"name": CANARIES, "x": RNG.normal(size=1_000)})
MANY = pd.DataFrame({"id": range(2_000), "name": [*CANARIES, *(f"{c}-again" for c in CANARIES)]})
RARE = pd.DataFrame({"id": range(2_000), "city": ["Oslo"] * 1_997 + ["canary-0001-rare"] * 3})


@pytest.mark.parametrize(
    ("table", "keywords", "kept"),
    [
        pytest.param(PEOPLE, {"key": "name"}, False, id="text keys"),
        pytest.param(PEOPLE, {"key": "name", "privacy": "open"}, True, id="text keys, opened"),
        pytest.param(PEOPLE, {"key": "name", "open": "name"}, True, id="text keys, one column opened"),
        pytest.param(MANY, {"key": "id"}, False, id="many texts"),
        pytest.param(MANY, {"key": "id", "privacy": "open"}, True, id="many texts, opened"),
        pytest.param(MANY, {"key": "id", "partition": "name"}, False, id="many texts as partitions"),
        pytest.param(RARE, {"key": "id"}, True, id="few texts"),
        pytest.param(RARE, {"key": "id", "private": "city"}, False, id="few texts, one column private"),
        pytest.param(RARE, {"key": "id", "privacy": "strict"}, False, id="few texts, strict"),
    ],
)
def test_texts_in_a_record(table, keywords, kept):
    run = parityline.record("p", environment="here")
    run.source("people", table, **keywords)
    data = run.record.to_bytes()
    assert any(text[-15:].encode() in data for text in CANARIES) == (kept and table is not RARE)
    assert (b"canary" in data) == kept


def test_hidden_texts_are_still_compared():
    run, other = (parityline.record("p", environment=name) for name in ("here", "there"))
    run.source("people", PEOPLE, key="name")
    other.source("people", PEOPLE[3:], key="name")
    assert parityline.verify(run.record, run.record).status == "pass"
    assert parityline.verify(run.record, other.record).first.code in ("rows-lost", "rows-missing")


# ---------------------------------------------------------------- runs in several processes


def written(path: Path, *stages: str, name: str = "p", environment: str = "here") -> Path:
    with parityline.record(name, environment=environment, to=path) as run:
        for stage in stages:
            run.source(stage, FLIGHTS, key="id")
    return path


def test_combined_records_are_one_run(tmp_path):
    paths = [written(tmp_path / "a.parity", "flights"), written(tmp_path / "b.parity", "weather")]
    run = combine(paths)
    assert list(run.stages) == ["flights", "weather"]
    assert combine([run.write(tmp_path / "run.parity")]).to_bytes() == run.to_bytes()


@pytest.mark.parametrize(
    ("other", "message"),
    [
        pytest.param({"stages": ["flights"]}, r"(?s)'flights'.*a\.parity.*b\.parity", id="the same stage twice"),
        pytest.param({"stages": ["weather"], "name": "q"}, r"b\.parity", id="another pipeline"),
        pytest.param({"stages": ["weather"], "environment": "there"}, r"b\.parity", id="another environment"),
    ],
)
def test_records_that_are_not_of_one_run(tmp_path, other, message):
    stages = other.pop("stages")
    paths = [written(tmp_path / "a.parity", "flights"), written(tmp_path / "b.parity", *stages, **other)]
    with pytest.raises(UsageError, match=message):
        combine(paths)


def test_nothing_to_combine():
    with pytest.raises(UsageError, match="at least one record"):
        combine([])


def test_a_recording_makes_no_warning_of_others():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record = whole()
    assert all(stage.unchecked is None for stage in record.stages.values())
