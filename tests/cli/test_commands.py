"""Every command does what it says: in process, and in a process of its own where only that tells."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from shops import ROWS, STAGES, command, halved, record_shops, started, state_of, tables, write_shops, write_table

import parityline
from parityline.cli import run
from parityline.cli.commands import cli
from parityline.codes import codes, document

COMMANDS = sorted(cli.commands)


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three records: research, production (the same) and faulty (`joined` in single precision)."""
    folder = tmp_path_factory.mktemp("shops")
    record_shops(folder / "research", folder / "research.parity", "research")
    record_shops(folder / "production", folder / "production.parity", "production")
    record_shops(folder / "faulty", folder / "faulty.parity", "production", halved)
    return folder


def words(folder: Path, *texts: str) -> list[str]:
    """Arguments; those that name a path of the folder are made absolute."""
    return [str(folder / text) if (folder / text.split("/")[0]).exists() else text for text in texts]


# --- help and version -----------------------------------------------------------------------------------------------


def test_the_commands_are_those_of_the_design() -> None:
    assert {"combine", "demo", "diff", "env", "explain", "record", "show", "verify"} <= set(COMMANDS)


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_is_printed_and_says_what_a_command_is_for(
    name: str, flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*([name] if name else []), flag]) == 0
    shown, told = capsys.readouterr()
    assert shown.startswith(f"Usage: parityline {name}".rstrip())
    assert "-h, --help" in shown
    assert not told
    if name:
        first = str(cli.commands[name].help).split(".")[0].split()
        assert " ".join(first) in " ".join(shown.split())
    else:
        assert all(re.search(rf"^  {command_name} ", shown, re.M) for command_name in COMMANDS)
        assert "Exit codes: 0 pass, 1 fail, 2 could not run, 3 nothing fails but something" in shown


def test_version_names_release_and_kernel(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert re.fullmatch(
        rf"parityline {re.escape(parityline.__version__)} \((native|reference) kernel\)\n", capsys.readouterr().out
    )


def test_the_reference_kernel_can_be_asked_for() -> None:
    done = started("--version", PARITYLINE_KERNEL="reference")
    assert (done.returncode, done.stdout) == (0, f"parityline {parityline.__version__} (reference kernel)\n")


# --- record ---------------------------------------------------------------------------------------------------------


def test_record_writes_one_file_and_says_how_much_is_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline, to = write_shops(tmp_path / "shops"), tmp_path / "run.parity"
    before = state_of(pipeline.parent)
    assert run(["record", str(pipeline), "--environment", "research", "--to", str(to)]) == 0
    shown, told = capsys.readouterr()
    assert shown == f"{to}: {len(STAGES)} stages, {to.stat().st_size:,} bytes\n"
    assert not told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.parity", "shops"]
    assert state_of(pipeline.parent) == before


def test_a_record_holds_every_stage_with_its_kind_inputs_and_tables(shops: Path) -> None:
    record = parityline.Record.read(shops / "research.parity")
    assert (record.name, record.environment, tuple(record.stages)) == ("shops", "research", STAGES)
    kinds = ("source", "source", "etl", "features", "split", "model", "predictions", "outcomes")
    assert tuple(stage.kind for stage in record.stages.values()) == kinds
    assert record.stages["joined"].inputs == ("orders", "shops")
    assert record.stages["orders"].tables[""].rows == ROWS
    assert record.stages["orders"].tables[""].key == ("order_id",)
    assert set(record.stages["split"].tables) == {"train", "test"}
    assert record.stages["split"].facts["overlaps"] == {"train & test": 0}
    assert record.stages["model"].facts["file"]["names"] == ["model.bin"]
    assert record.stages["actuals"].facts["matched"] == ROWS
    assert record.expectations == [{"metric": "auc", "of": "actuals", "at_least": 0.6}]


def test_equal_runs_give_equal_fingerprints(shops: Path) -> None:
    a, b = (parityline.Record.read(shops / f"{side}.parity") for side in ("research", "production"))
    for name, stage in a.stages.items():
        assert {part: t.to_bytes() for part, t in stage.tables.items()} == {
            part: t.to_bytes() for part, t in b.stages[name].tables.items()
        }


def test_relative_paths_start_at_the_folder_of_the_pipeline_file(tmp_path: Path) -> None:
    write_shops(tmp_path / "shops")
    (tmp_path / "elsewhere").mkdir()
    done = started(
        *("record", "../shops/pipeline.toml", "--environment", "x", "--to", "run.parity"), cwd=tmp_path / "elsewhere"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["run.parity"]


def test_like_takes_the_keys_of_the_reference(shops: Path, tmp_path: Path) -> None:
    text = (shops / "research/pipeline.toml").read_text()
    pipeline = write_shops(tmp_path / "shops", pipeline=text.replace('key = ["order_id"]\n', ""))
    to = tmp_path / "run.parity"
    like = ["--like", str(shops / "research.parity")]
    assert run(["record", str(pipeline), "--environment", "production", "--to", str(to), *like]) == 0
    known, made = (parityline.Record.read(path).stages for path in (shops / "research.parity", to))
    assert {n: t.key for n, s in made.items() for t in s.tables.values()} == {
        n: t.key for n, s in known.items() for t in s.tables.values()
    }


def test_progress_is_told_on_standard_error_of_a_terminal_alone(shops: Path, tmp_path: Path) -> None:
    arguments = ("record", shops / "research/pipeline.toml", "--environment", "x", "--to", tmp_path / "run.parity")
    shown, told = on_a_terminal("stderr", *arguments)
    assert told.split() == [word for stage in STAGES for word in ("recording", stage)]
    assert "recording" not in shown
    assert started(*arguments).stderr == ""


# --- verify ---------------------------------------------------------------------------------------------------------


def test_equal_runs_pass(shops: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words(shops, "verify", "research.parity", "production.parity")) == 0
    shown = capsys.readouterr().out
    assert "verdict: same" in shown
    assert [line[16:30].strip() for line in shown.splitlines() if line[32:36] == "same"] == list(STAGES)


def test_a_fault_fails_at_its_own_stage(shops: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words(shops, "verify", "research.parity", "faulty.parity")) == 1
    assert "verdict: DIFFERS, first at joined (scenario 1)" in capsys.readouterr().out


def test_a_pipeline_file_is_recorded_and_verified_and_leaves_nothing(
    shops: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state_of(shops)
    assert run(words(shops, "verify", "research.parity", "production/pipeline.toml")) == 0
    assert run(words(shops, "verify", "research.parity", "faulty/pipeline.toml")) == 1
    assert "first at joined" in capsys.readouterr().out
    assert state_of(shops) == before


@pytest.mark.parametrize(
    ("observed", "status", "code"),
    [("production.parity", "pass", 0), ("faulty.parity", "fail", 1), ("faulty/pipeline.toml", "fail", 1)],
)
def test_the_verdict_as_json_keeps_to_its_schema(
    shops: Path, observed: str, status: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words(shops, "verify", "research.parity", observed, "--format", "json")) == code
    verdict = json.loads(capsys.readouterr().out)
    schema = json.loads(document("verdict.schema.json"))
    jsonschema.Draft202012Validator(schema).validate(verdict)
    assert verdict["status"] == status
    assert [s["name"] for s in verdict["stages"] if s["name"] in STAGES] == list(STAGES)
    assert (verdict["reference"]["environment"], verdict["reference"]["file"]) == ("research", "research.parity")
    first = verdict["first"]
    assert (first and (first["stage"], first["code"])) == (
        ("joined", "stored-as-float32") if status == "fail" else None
    )


def test_the_verdict_as_html_is_one_page_without_network_or_script(
    shops: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words(shops, "verify", "research.parity", "faulty.parity", "--format", "html")) == 1
    page = capsys.readouterr().out
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert "stored-as-float32" in page
    assert all(f">{name}<" in page for name in STAGES)
    assert not re.search(r"<script|https?://|<link|src=", page)


@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_to_writes_what_would_have_been_printed(
    shops: Path, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = words(shops, "verify", "research.parity", "faulty.parity", "--format", form)
    assert run(arguments) == 1
    printed = capsys.readouterr().out
    to = tmp_path / "verdict"
    assert run([*arguments, "--to", str(to)]) == 1
    assert to.read_text(encoding="utf-8") == printed
    assert capsys.readouterr().out == f"{to}: fail\n"
    assert [path.name for path in tmp_path.iterdir()] == ["verdict"]


def test_to_replaces_a_file_that_is_there(shops: Path, tmp_path: Path) -> None:
    to = tmp_path / "verdict.json"
    to.write_text("an old verdict, longer than nothing")
    assert run(words(shops, "verify", "research.parity", "production.parity", "--format", "json", "--to", str(to))) == 0
    assert json.loads(to.read_text())["status"] == "pass"


def test_rows_new_asks_for_no_identity(shops: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = words(shops, "verify", "research.parity", "production.parity", "--rows", "new", "--format", "json")
    assert run(arguments) == 0
    stages = json.loads(capsys.readouterr().out)["stages"]
    assert {s["rows_kind"] for s in stages if s["name"] in STAGES and s["kind"] != "model"} == {"new"}


def test_a_stage_that_production_does_not_have_yet_is_unchecked(
    shops: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (shops / "research/pipeline.toml").read_text()
    half = text[: text.index('[[stage]]\nname = "split"')]
    pipeline = write_shops(tmp_path / "shops", pipeline=half)
    assert run(["verify", *words(shops, "research.parity"), str(pipeline), "--format", "json"]) == 3
    verdict = json.loads(capsys.readouterr().out)
    status = {s["name"]: s["status"] for s in verdict["stages"]}
    assert {name: status[name] for name in STAGES} == {
        name: "pass" if number < 4 else "unchecked" for number, name in enumerate(STAGES)
    }


# --- exit codes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("verify", "research.parity", "production.parity"), 0),
        (("verify", "research.parity", "faulty.parity"), 1),
        (("verify", "research.parity", "nowhere.parity"), 2),
        (("verify", "research.parity", "sources.parity"), 3),
    ],
)
def test_each_exit_code_leaves_a_process(shops: Path, arguments: tuple[str, ...], code: int) -> None:
    if not (shops / "sources.parity").exists():
        record = parityline.Record.read(shops / "production.parity")
        record.stages = {name: record.stages[name] for name in ("orders", "shops")}
        record.write(shops / "sources.parity")
    done = started(*words(shops, *arguments))
    assert done.returncode == code
    assert bool(done.stdout) == (code != 2)
    assert bool(done.stderr) == (code == 2)


@pytest.mark.filterwarnings("default::parityline.RecordingWarning")
def test_a_file_that_is_not_there_leaves_its_stage_unchecked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline, to = write_shops(tmp_path / "shops"), tmp_path / "run.parity"
    (pipeline.parent / "shops.csv").unlink()
    assert run(["record", str(pipeline), "--environment", "x", "--to", str(to)]) == 3
    shown, told = capsys.readouterr()
    assert shown.endswith("; not recorded: shops\n")
    assert "expected a file, found none at" in told
    assert str(tmp_path).encode() not in to.read_bytes()


def test_a_table_that_cannot_be_read_leaves_its_stage_unchecked(
    shops: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline, to = write_shops(tmp_path / "shops"), tmp_path / "run.parity"
    (pipeline.parent / "shops.csv").write_bytes(b"shop_id,region\n1,north\n2\n")
    assert run(["record", str(pipeline), "--environment", "x", "--to", str(to)]) == 3
    shown, told = capsys.readouterr()
    assert shown.endswith("; not recorded: shops\n")
    assert "stage 'shops' was not recorded and will be unchecked: source-unreadable: " in told
    assert str(pipeline.parent / "shops.csv") in told
    assert told.count("\n") == 1
    assert run(["verify", *words(shops, "research.parity"), str(to)]) == 3
    assert "shops           unchecked  source-unreadable" in capsys.readouterr().out


# --- diff, show -----------------------------------------------------------------------------------------------------


def test_diff_of_a_file_with_itself_in_another_format_passes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    orders = {n: v for n, v in tables()["orders"].items() if n != "ordered"}
    a, b = write_table(tmp_path / "a.parquet", orders), write_table(tmp_path / "b.csv", orders)
    assert run(["diff", str(a), str(b), "--key", "order_id"]) == 0
    assert f"{ROWS} rows, 3 columns" in capsys.readouterr().out


def test_diff_says_what_differs_and_ignores_what_it_is_told_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    orders = tables()["orders"]
    a = write_table(tmp_path / "a.parquet", orders)
    b = write_table(tmp_path / "b.parquet", {**orders, "amount": orders["amount"] * 100})
    assert run(["diff", str(a), str(b), "--key", "order_id", "--format", "json"]) == 1
    verdict = json.loads(capsys.readouterr().out)
    assert (verdict["first"]["column"], verdict["first"]["code"]) == ("amount", "unit-changed")
    assert run(["diff", str(a), str(b), "--key", "order_id", "--ignore", "amount"]) == 0


def test_diff_takes_a_key_of_several_columns(tmp_path: Path) -> None:
    orders = tables()["orders"]
    a = write_table(tmp_path / "a.parquet", orders)
    back = {name: values[::-1] for name, values in orders.items()}
    assert run(["diff", str(a), str(write_table(tmp_path / "b.parquet", back)), "--key", "shop_id, order_id"]) == 0


def test_show_of_a_record_lists_every_stage_and_column(shops: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words(shops, "show", "research.parity")) == 0
    shown = capsys.readouterr().out
    for stage in parityline.Record.read(shops / "research.parity").stages.values():
        assert re.search(rf"^{stage.kind} {stage.name}\b", shown, re.M)
        assert all(column in shown for table in stage.tables.values() for column in table.columns)
    assert "bytes" not in shown
    assert run(words(shops, "show", "research.parity", "--sizes")) == 0
    assert re.search(r"300 rows, 4 columns, key order_id, [\d,]+ bytes", capsys.readouterr().out)


@pytest.mark.parametrize("name", ["orders.parquet", "train.csv"])
def test_show_of_a_table_lists_its_columns(shops: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = shops / "research" / name
    assert run(["show", str(path)]) == 0
    head, titles, *lines = capsys.readouterr().out.splitlines()
    columns = tables()[path.stem]
    assert head == f"{path}: {len(columns['order_id'])} rows, {len(columns)} columns"
    assert titles.split() == ["column", "type", "missing", "distinct", "mean", "min", "max", "distribution"]
    assert [line.split()[0] for line in lines] == sorted(columns)


# --- explain, env, combine, demo ------------------------------------------------------------------------------------


def test_explain_lists_every_code_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain"]) == 0
    listed = re.findall(r"^  ([a-z0-9-]+) ", capsys.readouterr().out, re.M)
    assert sorted(listed) == sorted(codes())


@pytest.mark.parametrize("code", ["rows-lost", "stored-as-float32"])
def test_explain_prints_the_page_of_a_code(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", code]) == 0
    assert capsys.readouterr().out.rstrip() == document(f"codes/{code}.md").rstrip()


def test_explain_of_an_unknown_code_names_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "row-lost"]) == 2
    shown, told = capsys.readouterr()
    assert not shown
    assert "found 'row-lost'; did you mean rows-lost" in told


def test_env_shows_what_a_result_can_depend_on_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["env"]) == 0
    shown = capsys.readouterr().out
    assert re.search(rf"^interpreter\.version +{sys.version_info.major}\.{sys.version_info.minor}", shown, re.M)
    few = len(shown.splitlines())
    assert run(["env", "--all"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > few


def test_env_shows_that_of_a_record(shops: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words(shops, "env", "research.parity")) == 0
    assert re.search(r"^packages\.numpy +\d", capsys.readouterr().out, re.M)


def test_env_shows_where_two_records_differ(shops: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words(shops, "env", "research.parity", "research.parity")) == 0
    assert capsys.readouterr().out == "the environments are the same in every recorded fact\n"
    record = parityline.Record.read(shops / "research.parity")
    record.environment_facts["packages"]["numpy"] = "1.0.\x1b[31m0"
    other = record.write(tmp_path / "other.parity")
    assert run(["env", *words(shops, "research.parity"), str(other)]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"^package +packages\.numpy .* -> 1\.0\.\\x1b\[31m0$", shown, re.M)
    assert shown.endswith("1 facts differ\n")


def test_combine_joins_partial_records(shops: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = parityline.Record.read(shops / "production.parity")
    for name, stages in (("early", STAGES[:3]), ("late", STAGES[3:])):
        part = parityline.Record.read(shops / "production.parity")
        part.stages = {stage: whole.stages[stage] for stage in stages}
        part.expectations = whole.expectations if name == "late" else []
        part.write(tmp_path / f"{name}.parity")
    to = tmp_path / "run.parity"
    assert run(["combine", str(tmp_path / "late.parity"), str(tmp_path / "early.parity"), "--to", str(to)]) == 0
    assert capsys.readouterr().out == f"{to}: {len(STAGES)} stages from 2 records\n"
    assert run(["verify", *words(shops, "research.parity"), str(to)]) == 0


def test_demo_lists_the_faults_that_it_can_plant(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 5
    assert all(re.match(r"[1-6] [a-z0-9-]+ +\S", line) for line in lines)


# --- terminals and pipes --------------------------------------------------------------------------------------------


def on_a_terminal(stream: str, *arguments: str | Path, **environment: str) -> tuple[str, str]:
    """Standard output and error of a process in which one of them is a terminal."""
    main, side = pty.openpty()
    other = "stdout" if stream == "stderr" else "stderr"
    settings = {**{n: v for n, v in os.environ.items() if n != "NO_COLOR"}, **environment}
    streams = {stream: side, other: subprocess.PIPE}
    process = subprocess.Popen(command(*arguments), env=settings, **streams)  # type: ignore[call-overload]
    os.close(side)
    seen = b""
    while True:
        try:
            block = os.read(main, 1 << 16)
        except OSError:  # how Linux says that the last writer has gone
            break
        if not block:
            break
        seen += block
    os.close(main)
    piped = b"".join(x for x in process.communicate(timeout=60) if x)
    terminal = seen.decode().replace("\r\n", "\n")
    return (piped.decode(), terminal) if stream == "stderr" else (terminal, piped.decode())


def test_colors_are_for_terminals_and_not_for_those_who_ask_for_none(shops: Path, tmp_path: Path) -> None:
    arguments = words(shops, "verify", "research.parity", "faulty.parity")
    colored, _ = on_a_terminal("stdout", *arguments)
    assert "\x1b[31mDIFFERS" in colored
    plain, _ = on_a_terminal("stdout", *arguments, NO_COLOR="1")
    assert "\x1b" not in plain
    bare = re.sub(r"\x1b\[\d*m", "", colored)
    assert plain.splitlines() == [line.rstrip() for line in bare.splitlines()]
    assert started(*arguments).stdout == plain
    on_a_terminal("stdout", *arguments, "--to", tmp_path / "verdict.txt")
    assert "\x1b" not in (tmp_path / "verdict.txt").read_text()


@pytest.mark.parametrize("arguments", [("verify", "research.parity", "faulty.parity"), ("show", "research.parity")])
def test_a_reader_that_goes_away_is_no_verdict_and_no_traceback(shops: Path, arguments: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)  # what `| head` does, only sooner
    done = subprocess.run(
        command(*words(shops, *arguments)), stdout=write, stderr=subprocess.PIPE, text=True, timeout=60
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (2, "")


@pytest.mark.parametrize(("observed", "code"), [("production.parity", 0), ("faulty.parity", 1)])
def test_a_process_without_standard_output_still_has_its_exit_code(shops: Path, observed: str, code: int) -> None:
    line = 'exec "$@" >&-'
    arguments = command(*words(shops, "verify", "research.parity", observed))
    done = subprocess.run(["sh", "-c", line, "sh", *arguments], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_under_standard_output_is_said(shops: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command(*words(shops, "verify", "research.parity", "production.parity")),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 2
    assert done.stderr == "parityline: the output: No space left on device; make room or name another place\n"
