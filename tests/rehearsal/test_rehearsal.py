"""A real pipeline, run again: repeatable as it is, and each planted source of variation named at its first stage."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

import parityline
from parityline.cli import run
from parityline.errors import UsageError
from parityline.records import Record
from parityline.rehearsal import CIRCUMSTANCES, rehearse
from required import missing

FLIGHTS = Path(__file__).parent / "flights.py"
DATA = Path(os.environ.get("PARITYLINE_DATA", Path(__file__).parents[3] / "shared" / "data"))
EVERYTHING = os.environ.get("PARITYLINE_FAULTS") == "all"
"""`make test` plants the first twelve, `make soak` all."""
_JOIN = '    return known.merge(airlines.to_pandas(), on="carrier", how="inner").sort_values("id")\n'
_LATE = '    found["late"] = table["arr_delay"] > 15\n'
_PARTS = '    chosen = parityline.hash_split(table["id"], {"train": 0.8, "test": 0.2}) == "test"\n'
_MODEL = "        model = LogisticRegression(max_iter=200)\n"


@dataclass(frozen=True)
class Planted:
    """A line of the pipeline that becomes others, and what a rehearsal has to say of it."""

    name: str
    old: str
    new: str
    circumstance: str
    stage: str
    code: str
    imports: str = ""


PLANTED = [
    Planted("an unseeded sample", _JOIN, _JOIN[:-1] + ".sample(frac=0.9)\n", "nothing", "joined", "seed-missing"),
    Planted(
        *(
            "noise of the global generator",
            _LATE,
            _LATE + '    found["dep_delay"] += np.random.normal(0, 1, len(found))\n',
        ),
        *("nothing", "features", "seed-missing"),
    ),
    Planted(
        *(
            "noise of an own generator",
            _LATE,
            _LATE + '    found["hour"] += np.random.default_rng().random(len(found))\n',
        ),
        *("nothing", "features", "seed-missing"),
    ),
    Planted(
        *("an unseeded split", _PARTS, "    return tuple(train_test_split(table))\n" + _PARTS),
        *("nothing", "split", "split-not-repeatable", "from sklearn.model_selection import train_test_split\n"),
    ),
    Planted(
        *("an unseeded forest", _MODEL, "        model = RandomForestClassifier(5, max_depth=4)\n"),
        *("nothing", "model", "seed-missing", "from sklearn.ensemble import RandomForestClassifier\n"),
    ),
    Planted(
        *("a salted bucket", _LATE, _LATE + '    found["bucket"] = [hash(tail) % 50 for tail in found["tailnum"]]\n'),
        *("hash seed", "features", "salted-hash"),
    ),
    Planted(
        "columns from a set",
        _LATE,
        _LATE + '    dummies = pd.get_dummies(found["carrier"])\n    names = list(set(found["carrier"]))\n'
        "    found = pd.concat([found, dummies[names]], axis=1)\n",
        *("hash seed", "features", "column-order-changed"),
    ),
    Planted(
        *("a part by salted hash", _PARTS, '    chosen = np.array([hash(str(key)) % 5 == 0 for key in table["id"]])\n'),
        *("hash seed", "split", "salted-hash"),
    ),
    Planted(
        *("the first rows", _JOIN, _JOIN.replace("known.merge", "known.head(15_000).merge")),
        *("row order", "joined", "order-undefined"),
    ),
    Planted(
        "any of several rows",
        _JOIN,
        '    known = known.drop_duplicates(["carrier", "dest", "day"])\n' + _JOIN,
        *("row order", "joined", "order-has-ties"),
    ),
    Planted(
        "a lag over ties",
        _JOIN,
        '    lagged = known.sort_values("day", kind="stable").groupby("tailnum")["dep_delay"].shift(1)\n'
        "    known = known.assign(lag=lagged)\n" + _JOIN,
        *("row order", "joined", "order-has-ties"),
    ),
    Planted(
        "a split by position",
        '.sort_values("id")\n',
        "\n",
        *("row order", "split", "same-positions-other-rows"),
    ),
    Planted(
        *("an age up to now", 'pd.Timestamp("2014-01-01")', "pd.Timestamp.now()"),
        *("time", "features", "depends-on-run-time"),
    ),
    Planted(
        "an hour of the machine",
        _LATE,
        _LATE + '    seconds = (when - pd.Timestamp("1970-01-01")) // pd.Timedelta(seconds=1)\n'
        '    found["local"] = [datetime.datetime.fromtimestamp(second).hour for second in seconds]\n',
        *("time zone", "features", "time-zone-shift", "import datetime\n"),
    ),
    Planted(
        "a file in no named encoding",
        _LATE,
        _LATE + '    Path("city.txt").write_bytes("Zürich".encode())\n'
        '    with open("city.txt", errors="replace") as file:\n'
        '        found["letters"] = len(file.read()) * found["day"]\n',
        *("locale", "features", "locale-rules-changed"),
    ),
    Planted(
        "as many parts as processors",
        _LATE,
        _LATE + '    pieces = np.array_split(found["distance"].to_numpy(), len(os.sched_getaffinity(0)))\n'
        '    found["share"] = found["distance"] / sum(piece.mean() for piece in pieces)\n',
        *("threads", "features", "thread-dependent"),
    ),
    Planted(
        *("the first chunk alone", "airlines.to_pandas()", "airlines.slice(0, len(airlines[0].chunk(0))).to_pandas()"),
        *("chunks", "joined", "rows-missing"),
    ),
]
_BY_POSITION = "    return tuple(train_test_split(table, random_state=0))\n"


def script(folder: Path, planted: Planted | None = None) -> str:
    """The pipeline as a file of its own, with a source of variation in it."""
    text = FLIGHTS.read_text()
    if planted is not None:
        assert planted.old in text
        text = text.replace(planted.old, planted.new, 1)
        if planted.name == "a split by position":
            text = text.replace(_PARTS, _BY_POSITION + _PARTS)
            planted = Planted(
                **{**planted.__dict__, "imports": "from sklearn.model_selection import train_test_split\n"}
            )
        text = text.replace("import os\n", f"import os\n{planted.imports}", 1)
    path = folder / "pipeline.py"
    path.write_text(text)
    return str(path)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    if not (DATA / "nycflights13").is_dir():
        missing(f"there is no data under {DATA}")
    monkeypatch.setenv("PARITYLINE_DATA", str(DATA.resolve()))
    monkeypatch.chdir(tmp_path)


def test_a_clean_pipeline_is_proven_repeatable(tmp_path):
    answer = rehearse(script(tmp_path))
    assert {o.circumstance: (o.status, o.why) for o in answer.outcomes} == {c.name: ("same", "") for c in CIRCUMSTANCES}
    assert answer.exit_code == 0
    assert not Path("flights.parity").exists()


@pytest.mark.parametrize("planted", PLANTED if EVERYTHING else PLANTED[:12], ids=lambda p: p.name)
def test_the_circumstance_and_the_first_stage_are_named(planted, tmp_path):
    only = ["nothing", *({planted.circumstance} - {"nothing"})]
    answer = rehearse(script(tmp_path, planted), only=only)
    found = {o.circumstance: (o.status, o.stage, o.code) for o in answer.outcomes if o.status != "same"}
    assert found == {planted.circumstance: ("differs", planted.stage, planted.code)}
    assert answer.exit_code == 1


def test_noise_does_not_hide_nor_blame_another_circumstance(tmp_path):
    """A seedless draw and a salted hash in one stage: each under its own circumstance, nothing under others."""
    noisy = Planted("both", _LATE, PLANTED[1].new + PLANTED[5].new.removeprefix(_LATE), "", "", "")
    answer = rehearse(script(tmp_path, noisy), only=["nothing", "hash seed", "row order", "time zone"])
    assert [(o.circumstance, o.status, o.code) for o in answer.outcomes] == [
        ("nothing", "differs", "seed-missing"),
        ("hash seed", "differs", "salted-hash"),
        ("row order", "same", None),
        ("time zone", "same", None),
    ]


def test_the_size_of_noise_is_proposed_as_a_tolerance(tmp_path):
    """Uniform noise of 1e-6 in 15,000 rows: two runs differ by almost, and at most, that much."""
    line = '    found["hour"] += np.random.default_rng().random(len(found)) * 1e-6\n'
    noise = Planted("noise", _LATE, _LATE + line, "", "", "")
    outcome = rehearse(script(tmp_path, noise), only=["nothing"]).outcomes[0]
    assert list(outcome.tolerance) == ["hour"]
    assert 0.9e-6 < outcome.tolerance["hour"] <= 1e-6


def test_noise_is_not_blamed_on_a_circumstance_that_is_tried_alone(tmp_path):
    noisy = Planted("noise", PLANTED[1].old, PLANTED[1].new, "", "", "")
    answer = rehearse(script(tmp_path, noisy), only=["time zone"])
    assert [(o.circumstance, o.status) for o in answer.outcomes] == [("nothing", "differs"), ("time zone", "same")]


# ---------------------------------------------------------------- small pipelines

SMALL = """
import sys
import pandas as pd
import parityline
with parityline.record("small", environment="research", to="small.parity") as run:
    raw = pd.DataFrame({"id": range(50), "x": range(50)})
    %s
    run.etl("out", raw.sort_values("id"), key="id", inputs=["raw"])
"""
USED = 'raw = run.source("raw", raw, key="id")'


def small(folder: Path, line: str = USED) -> str:
    path = folder / "small.py"
    path.write_text(SMALL % line)
    return str(path)


def test_what_cannot_be_changed_is_said(tmp_path):
    unused = rehearse(small(tmp_path, 'run.source("raw", raw, key="id")'), only=["row order"])
    assert [(o.status, o.why) for o in unused.outcomes] == [
        ("not tried", "raw: the pipeline does not use what the tap returns")
    ]
    assert unused.exit_code == 3
    ordered = rehearse(small(tmp_path, 'raw = run.source("raw", raw, key="id", ordered=True)'), only=["row order"])
    assert [(o.status, o.why) for o in ordered.outcomes] == [("not applicable", "raw: declared as ordered")]
    frames = rehearse(small(tmp_path), only=["chunks"])
    assert [(o.status, o.why) for o in frames.outcomes] == [("not applicable", "raw: not changed: a DataFrame")]
    assert frames.exit_code == 0


def test_a_run_that_ends_otherwise_is_a_difference(tmp_path):
    broken = USED + '\n    assert raw["id"].iloc[0] == 0, "the first row is not there"'
    answer = rehearse(small(tmp_path, broken), only=["nothing", "row order"])
    assert [o.status for o in answer.outcomes] == ["same", "failed"]
    assert "AssertionError: the first row is not there" in answer.outcomes[1].why
    assert answer.exit_code == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("raise SystemExit('no such table')", "no such table", id="it fails"),
        pytest.param("sys.exit(0)", "recorded nothing", id="it ends early"),
    ],
)
def test_a_first_run_that_says_nothing_is_an_error(tmp_path, line, said, capsys):
    path = Path(small(tmp_path, line))
    if "exit(0)" in line:
        path.write_text("import sys\nsys.exit(0)\n")
    assert run(["rehearse", str(path)]) == 2
    assert said in capsys.readouterr().err


def test_wrong_arguments(tmp_path, capsys):
    for words in (
        ["nowhere.py"],
        ["small.py", "--runs", "x"],
        ["--only", "moon", small(tmp_path)],
        ["--runs", "1", small(tmp_path)],
    ):
        assert run(["rehearse", *words]) == 2
    with pytest.raises(UsageError, match="expected a circumstance, found 'moon'; known: nothing"):
        rehearse(small(tmp_path), only=["moon"])


def test_a_function_and_a_command(tmp_path, monkeypatch):
    module = SMALL.replace("with parity", "def main():\n  with parity").replace("\n    ", "\n      ") % USED
    (tmp_path / "mine.py").write_text(module)
    assert rehearse("mine:main", only=["nothing", "hash seed"]).exit_code == 0
    path = small(tmp_path)
    answer = rehearse([sys.executable, path], only=["nothing", "row order", "time"])
    assert [(o.circumstance, o.status) for o in answer.outcomes] == [
        ("nothing", "same"),
        ("row order", "same"),
        ("time", "not tried"),
    ]


def test_another_interpreter_is_a_circumstance(tmp_path):
    answer = rehearse(small(tmp_path), only=["nothing"], python=sys.executable)
    assert [(o.circumstance, o.status) for o in answer.outcomes] == [("nothing", "same"), ("interpreter", "same")]


def test_finished_runs_are_not_repeated(tmp_path):
    counted = USED + '\n    open("count.txt", "a").write("x")'
    path, kept = small(tmp_path, counted), tmp_path / "kept"
    rehearse(path, only=["nothing"], to=kept)
    assert len(Path("count.txt").read_text()) == 2
    rehearse(path, only=["nothing", "hash seed"], to=kept)
    assert len(Path("count.txt").read_text()) == 3
    small(tmp_path, counted + "\n    pass")
    rehearse(path, only=["nothing"], to=kept)
    assert len(Path("count.txt").read_text()) == 5


def test_a_later_rehearsal_goes_on_with_its_clock(tmp_path):
    """The seconds between two rehearsals are no difference between the runs of one."""
    ages = 'raw = run.source("raw", raw, key="id").assign(x=int(__import__("time").time()) // 30)'
    path, kept = small(tmp_path, ages), tmp_path / "kept"
    rehearse(path, only=["nothing"], to=kept)
    for stamp in kept.glob("*/done.json"):
        content = json.loads(stamp.read_text())
        stamp.write_text(json.dumps({**content, "start": content["start"] - 1e6}))
    moved = rehearse(path, only=["hash seed"], to=kept)
    assert [o.status for o in moved.outcomes] == ["same", "differs"]  # it ran a million seconds before the kept ones


def test_other_code_beside_a_module_is_run_again(tmp_path):
    (tmp_path / "mine.py").write_text("from beside import run\n")
    for text in ("", "# changed\n"):
        body = (SMALL % USED).replace("\n    ", "\n      ").replace("with parity", "def run():\n  with parity")
        (tmp_path / "beside.py").write_text(
            body.replace("def run", 'open("count.txt", "a").write("x")\ndef run') + text
        )
        rehearse("mine:run", only=["nothing"], to=tmp_path / "kept")
    assert len(Path("count.txt").read_text()) == 4


def test_a_run_past_its_time_is_ended(tmp_path):
    waits = USED + '\n    import os, time\n    time.sleep(60 if os.environ["PYTHONHASHSEED"] != "0" else 0)'
    begun = time.monotonic()
    answer = rehearse(small(tmp_path, waits), only=["hash seed"], time_limit=6)
    assert [(o.status, o.why) for o in answer.outcomes] == [("failed", "did not end within 6 s")]
    assert time.monotonic() - begun < 50


def test_an_interrupt_ends_the_run_and_leaves_nothing(tmp_path):
    waits = USED + '\n    open("pid.txt", "w").write(str(__import__("os").getpid()))\n    __import__("time").sleep(100)'
    path = small(tmp_path, waits)
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "parityline", "rehearse", path], env=environment, stderr=subprocess.PIPE, text=True
    )
    child = _waited_for(Path("pid.txt"))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "interrupted" in said
    assert "Traceback" not in said
    assert not list((tmp_path / "tmp").iterdir())
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def _waited_for(path: Path) -> int:
    for _ in range(600):
        if path.exists() and path.read_text():
            return int(path.read_text())
        time.sleep(0.05)
    raise AssertionError(f"{path} did not come")


def test_json(tmp_path, capsys):
    assert run(["rehearse", "--only", "nothing", "--format", "json", small(tmp_path)]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["status"] == "pass"
    assert [(o["circumstance"], o["status"]) for o in content["outcomes"]] == [("nothing", "same")]


def test_text(tmp_path, capsys):
    changing = USED + '\n    raw["x"] = [hash(str(x)) % 7 for x in raw["x"]]'
    assert run(["rehearse", "--only", "nothing,hash seed", small(tmp_path, changing)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["nothing", "same"]
    assert lines[3].startswith("hash seed      DIFFERS    out  salted-hash  `x` differs in ")
    assert lines[3].endswith("small.py:8:17)")
    assert lines[-2:] == ["FAIL: 1 circumstance changes the result", "next: parityline explain salted-hash"]


# ---------------------------------------------------------------- lineage

WOVEN = """
import sys
import pandas as pd
import parityline
with parityline.record("woven", environment=sys.argv[1], to=sys.argv[2]) as run:
    orders = pd.DataFrame({"id": range(60), "shop": [i % 3 for i in range(60)], "price": [i * 1.5 for i in range(60)],
                           "note": [f"n{i}" for i in range(60)], "size": [i % 7 for i in range(60)]})
    shops = pd.DataFrame({"shop": range(3), "town": ["a", "b", "c"], "rent": [5.0, 7.0, 9.0]})
    orders, shops = run.source("orders", orders, key="id"), run.source("shops", shops, key="shop")
    joined = orders.merge(shops, on="shop")
    joined["price"] = joined["price"] + ADDED
    joined = run.etl("joined", joined, key="id", inputs=["orders", "shops"])
    made = joined[joined["size"] > 0]
    made = made.assign(net=made["price"] - made["rent"], upper=made["town"].str.upper(), one=1)
    run.features("made", made[["id", "net", "upper", "one"]], key="id", inputs=["joined"])
"""


def test_lineage_is_learned_and_kept(tmp_path):
    path = tmp_path / "woven.py"
    path.write_text(WOVEN.replace("ADDED", "0"))
    answer = rehearse(str(path), ["research", "x.parity"], only=["nothing"], lineage=tmp_path / "learned.parity")
    shop, filtered = "orders.shop", {"orders.size"}
    assert answer.lineage["joined"] == {
        "id": frozenset(),
        "shop": {shop},
        "price": {"orders.price"},
        "note": {"orders.note"},
        "size": {"orders.size"},
        "town": {shop, "shops.town"},
        "rent": {shop, "shops.rent"},
    }
    assert answer.lineage["made"] == {
        "id": filtered,
        "net": {"orders.price", shop, "shops.rent", *filtered},
        "upper": {shop, "shops.town", *filtered},
        "one": filtered,
    }
    derives = Record.read(tmp_path / "learned.parity").stages["made"].facts["derives"]
    assert "joined.price" in derives["net"]
    assert "joined.price" not in derives["upper"]


def test_attribution_uses_what_was_learned(tmp_path):
    """`price` differs at `joined`: `upper` does not depend on it, so it is new, and `net` may follow."""
    path = tmp_path / "woven.py"
    path.write_text(WOVEN.replace("ADDED", "0"))
    rehearse(str(path), ["research", "x.parity"], only=["nothing"], lineage=tmp_path / "learned.parity")
    changed = WOVEN.replace(".str.upper()", ".str.lower().str[::-1] + 'z'").replace("one=1", "one=2")
    path.write_text(changed.replace("ADDED", "(joined['id'] * 7919 % 13)"))
    subprocess.run([sys.executable, str(path), "production", str(tmp_path / "p.parity")], check=True, timeout=60)
    production = Record.read(tmp_path / "p.parity")
    assert origins(tmp_path / "learned.parity", production) == {"net": "undecided", "upper": "new", "one": "new"}
    untaught = Record.read(tmp_path / "learned.parity")
    untaught.stages["made"].facts.pop("derives")
    assert origins(untaught, production)["upper"] == "undecided"


def origins(reference: Path | Record, observed: Record) -> dict[str | None, str]:
    """Where the errors of the last stage began, by column."""
    verdict = parityline.verify(reference, observed)
    return {f.column: f.origin for f in verdict.findings if f.stage == "made" and f.severity == "error"}
