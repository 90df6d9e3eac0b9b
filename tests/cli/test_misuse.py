"""What is wrong is said on standard error with the way out, by exit code 2, and nothing is created or changed."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import shutil
import signal
import stat
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shops import command, record_shops, started, state_of, write_shops, write_table

from parityline.cli import run

Prepare = Callable[[Path], None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pipeline (`shops`), its record (`research.parity`), and two small tables."""
    folder = tmp_path_factory.mktemp("misuse")
    record_shops(folder / "shops", folder / "research.parity", "research")
    write_table(folder / "full.parquet", {"id": np.arange(50), "x": np.arange(50) * 1.5})
    write_table(folder / "none.parquet", {"id": np.arange(0), "x": np.arange(0) * 1.5})
    return folder


@pytest.fixture
def work(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, which is also the working directory."""
    folder = tmp_path / "work"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    return folder


def nothing(_: Path) -> None:
    """The situation is one of the arguments alone."""


def edited(old: str, new: str) -> Prepare:
    def edit(folder: Path) -> None:
        path = folder / "shops/pipeline.toml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return edit


def cut(folder: Path) -> None:
    path = folder / "research.parity"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def random_bytes(folder: Path) -> None:
    (folder / "research.parity").write_bytes(np.random.default_rng(3).bytes(5000))


def emptied(folder: Path) -> None:
    (folder / "research.parity").write_bytes(b"")


def damaged(folder: Path) -> None:
    path = folder / "research.parity"
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0xFF
    path.write_bytes(data)


def rewritten(change: Callable[[dict[str, Any]], object], *, bomb: bool = False) -> Prepare:
    """The record with another `record.json`; with `bomb`, also 200 MB of zeros in a few bytes."""

    def rewrite(folder: Path) -> None:
        path = folder / "research.parity"
        out = io.BytesIO()
        with zipfile.ZipFile(path) as file, zipfile.ZipFile(out, "w") as to:
            for info in file.infolist():
                data = file.read(info)
                if info.filename == "record.json":
                    document = json.loads(data)
                    change(document)
                    data = json.dumps(document).encode()
                to.writestr(info, data)
            if bomb:
                to.writestr("stages/9999-0000.fingerprint", bytes(200_000_000), zipfile.ZIP_DEFLATED)
        path.write_bytes(out.getvalue())

    return rewrite


def table(name: str, columns: dict[str, Any]) -> Prepare:
    return lambda folder: write_table(folder / name, columns) and None


def copied_as(name: str, prepare: Prepare) -> Prepare:
    """What `prepare` makes of the record is beside it, under another name."""

    def copy(folder: Path) -> None:
        kept = (folder / "research.parity").read_bytes()
        prepare(folder)
        (folder / "research.parity").rename(folder / name)
        (folder / "research.parity").write_bytes(kept)

    return copy


RECORD = ("record", "shops/pipeline.toml", "--environment", "x", "--to", "new.parity")
VERIFY = ("verify", "research.parity", "research.parity")
AGAIN = "copy it again, or record again"

SITUATIONS = [
    # files that are not there, or are something else
    ("missing record", nothing, ("verify", "no.parity", "research.parity"), ["no.parity: no such file", "record one"]),
    ("missing observed", nothing, ("verify", "research.parity", "no.parity"), ["no.parity: no such file"]),
    ("missing record to show", nothing, ("show", "no.parity"), ["no.parity: no such file", "record one"]),
    ("missing record for env", nothing, ("env", "no.parity"), ["no.parity: no such file"]),
    ("missing record to combine", nothing, ("combine", "no.parity", "--to", "new.parity"), ["no.parity: no such file"]),
    ("missing record for like", nothing, (*RECORD, "--like", "no.parity"), ["no.parity: no such file"]),
    ("missing table", nothing, ("diff", "full.parquet", "no.parquet"), ["no.parquet: expected a file", "look at the"]),
    ("glob without files", nothing, ("diff", "full.parquet", "no*.csv"), ["no*.csv: expected a file that matches"]),
    ("missing table to show", nothing, ("show", "no.csv"), ["no.csv: expected a file, found none", "look at the path"]),
    (
        "missing pipeline file",
        nothing,
        ("record", "no.toml", "--environment", "x", "--to", "new.parity"),
        ["no.toml: expected a pipeline file, found nothing", "correct the path"],
    ),
    ("missing pipeline file to verify", nothing, ("verify", "research.parity", "no.toml"), ["no.toml: expected a pip"]),
    ("folder instead of record", nothing, ("verify", "shops", "research.parity"), ["shops: expected a record file"]),
    (
        "folder instead of pipeline file",
        nothing,
        ("record", "shops", "--environment", "x", "--to", "new.parity"),
        ["shops: expected a pipeline file, found a folder", "name the file in it"],
    ),
    ("table instead of record", nothing, ("verify", "full.parquet", "research.parity"), ["full.parquet: not a whole"]),
    ("file that is no table", nothing, ("diff", "full.parquet", "shops/model.bin"), ["model.bin", "known endings are"]),
    ("table of ragged rows", lambda f: (f / "a.csv").write_text("a,b\n1,2\n3\n"), ("show", "a.csv"), ["a.csv: could"]),
    ("empty CSV file", lambda f: (f / "a.csv").write_text(""), ("show", "a.csv"), ["a.csv: could not be read as csv"]),
    ("Parquet of noise", lambda f: (f / "a.parquet").write_bytes(bytes(99)), ("show", "a.parquet"), ["a.parquet: co"]),
    # records that are not whole
    ("truncated record", cut, VERIFY, ["research.parity: not a whole record file", AGAIN]),
    ("record of noise", random_bytes, VERIFY, ["research.parity: not a whole record file", AGAIN]),
    ("empty record", emptied, VERIFY, ["research.parity: not a whole record file", AGAIN]),
    ("record with a flipped byte", damaged, VERIFY, ["research.parity: damaged at stages/", AGAIN]),
    (
        "record of a newer format",
        rewritten(lambda d: d.update(format=9)),
        VERIFY,
        ["research.parity: format version 9, this release reads 1 to 2; upgrade parityline, or record again"],
    ),
    (
        "record without format",
        rewritten(lambda d: d.pop("format")),
        VERIFY,
        ["research.parity: expected a record with"],
    ),
    ("record without stages", rewritten(lambda d: d.pop("stages")), VERIFY, ["research.parity: damaged", AGAIN]),
    ("zip bomb", rewritten(lambda d: None, bomb=True), VERIFY, ["research.parity: expected stored members"]),
    (
        "zip bomb to show",
        rewritten(lambda d: None, bomb=True),
        ("show", "research.parity"),
        ["expected stored members"],
    ),
    # pipeline files
    ("unknown key", edited("time =", "tme ="), RECORD, ['shops/pipeline.toml:8: stage "orders": unknown', '"time"?']),
    ("unknown kind", edited('"etl"', '"elt"'), RECORD, ['shops/pipeline.toml:18: stage "joined": kind', '"etl"']),
    (
        "wrong type",
        edited('time = "ordered"', "time = 3"),
        RECORD,
        ["shops/pipeline.toml:8: ", "expected text, found 3"],
    ),
    ("not TOML", edited('name = "shops"', "name = "), RECORD, ["shops/pipeline.toml:1: expected TOML", "correct the"]),
    ("input that is no stage", edited('["joined"]', '["joind"]'), RECORD, ["pipeline.toml:28: ", 'mean "joined"?']),
    (
        "pipeline file to verify",
        edited("time =", "tme ="),
        ("verify", "research.parity", "shops/pipeline.toml"),
        [":8: "],
    ),
    (
        "model that is not there",
        edited("model.bin", "modl.bin"),
        RECORD,
        ['shops/pipeline.toml:37: stage "model": ', "modl.bin: expected a file, found none; look at the path"],
    ),
    (
        "key column that is not there",
        edited('key = ["order_id"]', 'key = ["order"]'),
        RECORD,
        ['shops/pipeline.toml:3: stage "orders": key: ', "found 'order'; there are: order_id, shop_id"],
    ),
    (
        "time column that is not there",
        edited('time = "ordered"', 'time = "orderd"'),
        RECORD,
        ['shops/pipeline.toml:3: stage "orders": ', "found 'orderd'; there are: order_id"],
    ),
    (
        "score column that is not there",
        edited('score = "p_back"', 'score = "p"'),
        RECORD,
        ["pipeline.toml:43: stage \"scores\": expected a column 'p', found order_id, p_back"],
    ),
    (
        "actual column that is not there",
        edited('actual = "came_back"', 'actual = "came"'),
        RECORD,
        ["pipeline.toml:51: stage \"actuals\": expected a column 'came', found order_id, came_back"],
    ),
    # arguments
    (
        "key column in no table",
        nothing,
        ("diff", "full.parquet", "full.parquet", "--key", "no"),
        ["found 'no'", "id, x"],
    ),
    (
        "ignored in no table",
        nothing,
        ("diff", "full.parquet", "full.parquet", "--ignore", "no"),
        ["found 'no'", "id, x"],
    ),
    (
        "table without columns",
        table("bare.parquet", {}),
        ("diff", "full.parquet", "bare.parquet"),
        ["expected a table with columns, found one without any"],
    ),
    (
        "records of two pipelines",
        copied_as("other.parity", rewritten(lambda d: d.update(name="shop"))),
        ("verify", "research.parity", "other.parity"),
        ["expected two records of one pipeline, found 'shops' and 'shop'", "look at the paths"],
    ),
    (
        "combine of two environments",
        copied_as("other.parity", rewritten(lambda d: d.update(environment="production"))),
        ("combine", "research.parity", "other.parity", "--to", "new.parity"),
        ["expected records of shops (research), found shops (production) in other.parity"],
    ),
    (
        "combine of the same stages",
        copied_as("other.parity", nothing),
        ("combine", "research.parity", "other.parity", "--to", "new.parity"),
        ["stage 'orders' is in both research.parity and other.parity", "record it once"],
    ),
    ("three records for env", nothing, ("env", *["research.parity"] * 3), ["at most two records, found 3"]),
    ("empty environment", nothing, ("record", RECORD[1], "--environment", "", "--to", "new.parity"), ["empty text"]),
    ("unknown command", nothing, ("verfy",), ["No such command 'verfy'", "Try 'parityline -h' for help"]),
    ("unknown option", nothing, (*VERIFY, "--colour"), ["'--colour'", "Try 'parityline verify -h' for help"]),
    (
        "unknown format",
        nothing,
        (*VERIFY, "--format", "pdf"),
        ["'pdf'", "'text', 'json', 'junit', 'sarif', 'markdown', 'html'", "verify -h"],
    ),
    ("unknown rows", nothing, (*VERIFY, "--rows", "old"), ["'old'", "'auto', 'same', 'new'", "verify -h"]),
    ("too few arguments", nothing, ("verify", "research.parity"), ["Missing argument 'OBSERVED'", "verify -h"]),
    ("too many arguments", nothing, (*VERIFY, "more"), ["unexpected extra argument", "more", "verify -h"]),
    ("option that is required", nothing, RECORD[:2], ["Missing option '--environment'", "record -h"]),
    ("no command", nothing, (), ["Usage: parityline"]),
    ("unknown code", nothing, ("explain", "zzzzzzzz"), ["found 'zzzzzzzz'; `parityline explain` lists all"]),
    (
        "unknown fault of the demo",
        nothing,
        ("demo", "--fault", "mnth-lost", "--to", "new"),
        ["did you mean month-lost"],
    ),
    # places to write to
    (
        "folder that is not there",
        nothing,
        (*RECORD[:-1], "no/new.parity"),
        ["no/new.parity: expected a folder", "make"],
    ),
    ("folder to replace by a record", nothing, (*RECORD[:-1], "shops"), ["shops: cannot be written: Is a directory"]),
    ("verdict into no folder", nothing, (*VERIFY, "--to", "no/new.txt"), ["no/new.txt: cannot be written", "folder"]),
    ("verdict over a folder", nothing, (*VERIFY, "--to", "shops"), ["shops: cannot be written: Is a directory"]),
    ("combined into no folder", nothing, ("combine", VERIFY[1], "--to", "no/new.parity"), ["no/new.parity: cannot"]),
]


@pytest.mark.parametrize(("prepare", "arguments", "told"), [pytest.param(*s[1:], id=s[0]) for s in SITUATIONS])
def test_misuse(
    work: Path, prepare: Prepare, arguments: tuple[str, ...], told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(work)
    before = state_of(work)
    began = time.monotonic()
    assert run(list(arguments)) == 2
    assert time.monotonic() - began < 30
    shown, said = capsys.readouterr()
    assert not shown
    assert said.startswith("parityline: ")
    for text in told:
        assert text in said
    assert "Traceback" not in said
    assert "bug in parityline" not in said
    assert state_of(work) == before


@pytest.mark.parametrize("arguments", [("verify", "no.parity", "research.parity"), (*RECORD[:-1], "no/new.parity")])
def test_misuse_in_a_process_of_its_own_shows_no_traceback(work: Path, arguments: tuple[str, ...]) -> None:
    before = state_of(work)
    done = started(*arguments, cwd=work)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("parityline: no")
    assert state_of(work) == before


def test_every_error_of_a_pipeline_file_is_said_at_once(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited("time =", "tme =")(work)
    edited('kind = "model"', 'kind = "modl"')(work)
    assert run(list(RECORD)) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [re.search(r"pipeline\.toml:(\d+): ", line)[1] for line in lines] == ["8", "39"]  # type: ignore[index]


# --- passwords ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://reader:hunter2@db.example/shop",
        "postgresql://:hunter2@db.example",
        "postgresql://reader:hun@ter2@db.example/shop",
        "postgresql://db.example/shop?user=reader&password=hunter2",
    ],
)
@pytest.mark.parametrize("place", ["diff", "show", "verify", "option"])
def test_a_password_on_the_command_line_is_refused_and_not_repeated(
    work: Path, uri: str, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state_of(work)
    arguments = {
        "diff": ["diff", uri, "full.parquet"],
        "show": ["show", uri],
        "verify": ["verify", "research.parity", uri],
        "option": [*RECORD, f"--like={uri}"],
    }
    assert run(arguments[place]) == 2
    shown, said = capsys.readouterr()
    assert not shown
    assert 'use from = "env:NAME"' in said
    assert not re.search("hun|ter2", said)
    assert state_of(work) == before


def test_a_password_in_a_pipeline_file_is_not_repeated(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited('data = "orders.parquet"', 'sql = "select 1"\nfrom = "postgresql://reader:hunter2@db.example"\nfro = 1')(
        work
    )
    assert run(list(RECORD)) == 2
    assert "hunter2" not in capsys.readouterr().err


def test_a_port_is_no_password(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "s3://bucket:9000/orders.parquet"]) == 2
    assert "s3://bucket:9000/orders.parquet: " in capsys.readouterr().err


# --- tables with little in them -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "code"),
    [
        pytest.param("full.parquet", "none.parquet", 1, id="no rows observed"),
        pytest.param("none.parquet", "full.parquet", 1, id="no rows in the reference"),
        pytest.param("none.parquet", "none.parquet", 3, id="no rows at all"),
    ],
)
@pytest.mark.parametrize("key", [(), ("--key", "id")], ids=["without key", "with key"])
def test_a_table_without_rows(
    work: Path, a: str, b: str, code: int, key: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["diff", a, b, *key]) == code
    shown, said = capsys.readouterr()
    assert not said
    assert ("verdict: DIFFERS" if code == 1 else "both sides hold no rows") in shown


# --- column names from outside --------------------------------------------------------------------------------------

HOSTILE = "<script>alert(1)</script>\nverdict: same\x1b[2J\u202e"


@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_a_column_name_is_text_and_nothing_else(work: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    for name, values in (("a", np.arange(50.0)), ("b", np.arange(50) * 100.0)):
        write_table(work / f"{name}.parquet", {"id": np.arange(50), HOSTILE: values})
    assert run(["diff", "a.parquet", "b.parquet", "--key", "id", "--format", form]) == 1
    shown, said = capsys.readouterr()
    assert not said
    if form == "text":
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e]|^verdict: same", shown, re.M)
        assert "<script>alert(1)</script>\\nverdict: same\\x1b[2J\\u202e" in shown
    elif form == "json":
        assert json.loads(shown)["first"]["column"] == HOSTILE
        assert "\x1b" not in shown
    else:
        assert "<script" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_a_column_name_is_text_to_show_and_in_a_record(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_table(work / "a.parquet", {"id": np.arange(50), HOSTILE: np.arange(50.0)})
    text = '[[stage]]\nname = "a"\nkind = "source"\ndata = "a.parquet"\nkey = ["id"]\n'
    (work / "a.toml").write_text(f'name = "a"\n{text}')
    assert run(["record", "a.toml", "--environment", "x", "--to", "a.parity"]) == 0
    for path in ("a.parquet", "a.parity"):
        assert run(["show", path]) == 0
        shown = capsys.readouterr().out
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e]|^verdict", shown, re.M)


def test_names_in_messages_are_text(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rewritten(lambda d: d.update(name="a\x1b[2Jb"))(work)
    assert run(["combine", "research.parity", "shops.parity", "--to", "new.parity"]) == 2
    assert run(["explain", "\x1b[2J"]) == 2
    assert "\x1b" not in capsys.readouterr().err


# --- what the system refuses ----------------------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc on this system")
@pytest.mark.parametrize("arguments", [RECORD[:-1], (*VERIFY, "--to")], ids=["record", "verdict"])
def test_a_place_that_takes_no_files_is_said(
    work: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "/proc/new"]) == 2
    shown, said = capsys.readouterr()
    assert (shown, said.startswith("parityline: /proc/new: cannot be written: ")) == ("", True)


def test_what_the_system_refuses_is_said(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    closed = work / "closed"
    closed.mkdir()
    closed.chmod(stat.S_IRUSR | stat.S_IXUSR)
    (work / "full.parquet").chmod(0)
    if os.access(closed, os.W_OK):
        pytest.skip("nothing is refused to this user")
    try:
        assert run([*RECORD[:-1], "closed/new.parity"]) == 2
        assert "closed/new.parity: cannot be written: Permission denied" in capsys.readouterr().err
        assert run(["show", "full.parquet"]) == 2
        assert "full.parquet" in capsys.readouterr().err
        assert not list(closed.iterdir())
    finally:
        closed.chmod(stat.S_IRWXU)


def test_an_interrupt_ends_a_recording_and_leaves_nothing(tmp_path: Path) -> None:
    """The signal comes when the progress of a terminal says that the large table is being read."""
    folder = tmp_path / "shops"
    text = 'name = "big"\n[[stage]]\nname = "rows"\nkind = "source"\ndata = "rows.csv"\nkey = ["id"]\n'
    pipeline = write_shops(folder, pipeline=text)
    with (folder / "rows.csv").open("w") as file:
        file.write("id,a,b,c,d\n")
        for start in range(0, 2_000_000, 20_000):
            file.writelines(
                f"{n},{n * 7919 % 104729},{n * 0.37:.3f},word {n % 977},x{n}\n" for n in range(start, start + 20_000)
            )
    before = sorted(tmp_path.rglob("*"))
    main, side = pty.openpty()
    process = subprocess.Popen(
        command("record", pipeline, "--environment", "x", "--to", tmp_path / "big.parity"),
        stdout=subprocess.PIPE,
        stderr=side,
    )
    os.close(side)
    told = b""
    while b"recording rows" not in told:
        told += os.read(main, 1024)
    time.sleep(0.3)
    assert process.poll() is None, "the table is too small: the recording was over before it could be interrupted"
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    shown, _ = process.communicate(timeout=60)
    took = time.monotonic() - began
    try:
        while block := os.read(main, 1024):
            told += block
    except OSError:  # how Linux says that the last writer has gone
        pass
    os.close(main)
    assert (process.returncode, shown) == (2, b"")
    assert told.decode().splitlines()[-1].startswith("parityline: interrupted; ")
    assert b"Traceback" not in told
    assert sorted(tmp_path.rglob("*")) == before
    assert took < 15
