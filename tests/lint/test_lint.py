"""What a user of `parityline lint` meets: notebooks, SQL in strings, what cannot be read, and its forms of output."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import notebooks
import pytest

from parityline.cli import run
from parityline.errors import UsageError
from parityline.lint import lint, sql
from parityline.report import alarms
from schemas import sarif

BAD = "from sklearn.model_selection import train_test_split\na, b = train_test_split(X)\n"


def places(report) -> list[tuple[int | None, int, int, str]]:
    return [(a.spot.cell, a.spot.line, a.spot.column, a.code) for a in report.alarms]


# ---------------------------------------------------------------- notebooks


def test_notebooks_give_cell_and_line(tmp_path):
    path = notebooks.write(
        tmp_path / "n.ipynb",
        "# A title",
        ["%matplotlib inline\nimport pandas as pd\n!ls\ntable = pd.read_csv('t.csv')"],
        ["%%time\npart = table.sample(10)\n\nfiles = !ls"],
        ["%%bash\nshuf file"],
        ["%%sql\nSELECT *\nFROM t\nLIMIT 5"],
        ["table.info?"],
        ["\n\nother = table.sample(frac=1)  # parityline: ignore[seed-missing]\nmore = table.sample(frac=1)"],
    )
    report = lint([path])
    assert places(report) == [
        (3, 2, 8, "seed-missing"),
        (5, 4, 7, "order-undefined"),
        (7, 4, 8, "seed-missing"),
    ]
    assert report.alarms[0].place == f"{path}:cell 3:2:8"
    assert not report.unread


def test_a_cell_that_does_not_parse_is_said_and_the_others_are_read(tmp_path):
    path = notebooks.write(tmp_path / "n.ipynb", ["import random\nrandom.random()"], ["this is no python"])
    report = lint([path])
    assert places(report) == [(1, 2, 1, "seed-missing")]
    assert [u.why.startswith("cell 2 not read") for u in report.unread] == [True]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"cells": 3}', "\x00\xff", '{"cells": [1, {"cell_type": "code"}]}']
)
def test_broken_notebooks_are_said(tmp_path, content):
    path = tmp_path / "n.ipynb"
    path.write_text(content)
    report = lint([path])
    assert not report.alarms
    assert (len(report.unread) == 1) is (content != '{"cells": [1, {"cell_type": "code"}]}')


def test_a_notebook_of_another_language_is_not_checked(tmp_path):
    path = notebooks.write(tmp_path / "n.ipynb", ["set.seed(1)"], language="R")
    assert "not of Python" in lint([path]).unread[0].why


# ---------------------------------------------------------------- SQL


def test_sql_in_python_gives_the_line_and_column_of_python(tmp_path):
    path = tmp_path / "q.py"
    path.write_text(
        'import duckdb\nq = duckdb.sql("""\nSELECT a\nFROM t\n  LIMIT 10\n""")\n'
        'r = duckdb.sql("SELECT now() - b FROM t")\n'
    )
    report = lint([path])
    lines = path.read_text().splitlines()
    assert [(a.spot.line, a.code, lines[a.spot.line - 1][a.spot.column - 1 :][:5]) for a in report.alarms] == [
        (5, "order-undefined", "10"),
        (7, "depends-on-run-time", "now()"),
    ]


def test_templates_and_broken_sql_are_said(tmp_path):
    (tmp_path / "a.sql").write_text("SELECT * FROM {{ ref('t') }} LIMIT 3")
    (tmp_path / "b.sql").write_text("SELEC FROM WHERE (((")
    (tmp_path / "c.sql").write_text("")
    report = lint([tmp_path])
    assert not report.alarms
    assert [(Path(u.path).name, u.why.partition(":")[0]) for u in report.unread] == [
        ("a.sql", "a template"),
        ("b.sql", "not read as SQL"),
    ]
    assert report.exit_code == 3


def test_without_sqlglot_sql_is_said_not_to_be_checked(tmp_path, monkeypatch):
    monkeypatch.setattr(sql, "is_available", lambda: False)
    (tmp_path / "a.sql").write_text("SELECT 1")
    (tmp_path / "b.py").write_text('import duckdb\nx = duckdb.sql("select a from t limit 3")\n')
    report = lint([tmp_path])
    assert [u.why for u in report.unread] == ["SQL not checked: install parityline[sql]"] * 2
    assert report.exit_code == 3


# ---------------------------------------------------------------- files


def test_folders_leave_out_what_others_wrote(tmp_path):
    for folder in (".git", ".venv", "node_modules", "build", "mine", "env2"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.py").write_text(BAD)
    (tmp_path / "env2" / "pyvenv.cfg").write_text("")
    (tmp_path / "notes.txt").write_text(BAD)
    report = lint([tmp_path])
    assert [Path(a.path).parent.name for a in report.alarms] == ["mine"]
    assert report.files == 1


def test_paths_that_are_not_there_or_of_another_kind_are_refused(tmp_path):
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(UsageError, match="found nothing"):
        lint([tmp_path / "nowhere.py"])
    with pytest.raises(UsageError, match=r"expected a \.py"):
        lint([tmp_path / "a.txt"])
    with pytest.raises(UsageError, match="seed-missing"):
        lint([tmp_path], select=["seed-mising"])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"import random\nx = (", id="a syntax error"),
        pytest.param(b"import random\n\xff\xfe", id="no text"),
        pytest.param(b"import random\nx = '\x00'", id="a null byte"),
        pytest.param(b"# -*- coding: nonsense -*-\nimport random", id="an unknown encoding"),
        pytest.param(b"import random\nx = " + b"-" * 100_000 + b"1", id="nested too deeply"),
        pytest.param(b"import random\n" + b"#" * (5 << 20), id="too large"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, content):
    (tmp_path / "a.py").write_bytes(content)
    (tmp_path / "b.py").write_text(BAD)
    report = lint([tmp_path])
    assert [Path(a.path).name for a in report.alarms] == ["b.py"]
    assert [Path(u.path).name for u in report.unread] == ["a.py"]


def test_other_encodings_and_line_ends_are_read(tmp_path):
    lines = ("# -*- coding: latin-1 -*-", "# ä", "import random", "x = random.random()", "")
    (tmp_path / "a.py").write_bytes("\r\n".join(lines).encode("latin-1"))
    (tmp_path / "b.py").write_bytes(b"\xef\xbb\xbfimport random\nx = random.random()\n")
    report = lint([tmp_path])
    assert [a.spot.line for a in report.alarms] == [4, 2]
    assert not report.unread


def test_a_form_feed_is_no_end_of_a_line(tmp_path):
    """Python counts lines by newlines alone, so comments and queries behind other separators keep their line."""
    first = "import duckdb, random\n\x0c\n# a\x1cb\u2028c\n"
    off = "x = random.random()  # parityline: ignore[seed-missing]\ny = random.random()\n"
    (tmp_path / "a.py").write_text(f"{first}{off}z = duckdb.sql('''\x0cselect a from t\nlimit 3''')\n")
    assert [(a.spot.line, a.code) for a in lint([tmp_path]).alarms] == [(5, "seed-missing"), (7, "order-undefined")]


def test_an_unreadable_file_is_said(tmp_path):
    (tmp_path / "a.py").symlink_to(tmp_path / "gone.py")
    assert [u.why for u in lint([tmp_path]).unread] == ["not read: No such file or directory"]


def test_several_processes_find_the_same_in_the_same_order(tmp_path):
    for n in range(130):
        (tmp_path / f"m{n:03}.py").write_text(BAD * (n % 3))
    one, two = lint([tmp_path], jobs=1), lint([tmp_path], jobs=2)
    assert one.alarms == two.alarms
    assert len(one.alarms) == sum(n % 3 for n in range(130))


# ---------------------------------------------------------------- stages


def test_the_stage_is_the_tap_that_the_line_leads_to(tmp_path):
    (tmp_path / "p.py").write_text(
        "import parityline, pandas as pd\n"
        "from sklearn.model_selection import train_test_split\n"
        "def thin(table):\n"
        "    return table.sample(frac=0.5)\n"
        "with parityline.record('p', environment='research', to='r.parity') as run:\n"
        "    raw = run.source('raw', pd.read_csv('t.csv'))\n"
        "    small = run.etl('small', thin(raw))\n"
        "    train, test = run.split('parts', train_test_split(small))\n"
        "x = pd.read_csv('t.csv').sample(3)\n"
    )
    found = {(a.spot.line, a.stage) for a in lint([tmp_path]).alarms}
    assert found == {(4, "small"), (8, "parts"), (9, None)}


# ---------------------------------------------------------------- output


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "a b.py").write_text(BAD)
    notebooks.write(tmp_path / "n.ipynb", ["import numpy as np\nx = np.random.rand(3)"])
    (tmp_path / "w.py").write_text("import pandas as pd\ny = pd.read_csv('t.csv').iloc[:, 0]\n")
    (tmp_path / "broken.py").write_text("import random\nx = (")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_text(folder, capsys):
    assert run(["lint"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert (
        lines[0] == "a b.py:2:8: split-not-repeatable `train_test_split` draws other parts in every run: "
        "it has no `random_state`"
    )
    assert lines[1].startswith("n.ipynb:cell 1:2:5: seed-missing ")
    assert lines[2].startswith("w.py:2:5: column-order-changed (warning) ")
    assert lines[3] == "broken.py:2: not checked: not parsed: '(' was never closed"
    assert lines[-1] == "2 errors, 1 warning in 4 files; 1 not checked; `parityline explain CODE` says more"


def test_exit_codes(folder, capsys):
    assert run(["lint", "w.py"]) == 0
    assert run(["lint", "w.py", "broken.py"]) == 3
    assert run(["lint", "a b.py", "--ignore", "split-not-repeatable"]) == 0
    assert run(["lint", ".", "--select", "seed-missing"]) == 1
    assert run(["lint", "nowhere"]) == 2
    assert run(["lint", "--select", "nonsense"]) == 2
    assert run(["lint", "--format", "xml"]) == 2


def test_nothing_found(folder, capsys):
    (folder / "empty").mkdir()
    assert run(["lint", "empty"]) == 0
    assert capsys.readouterr().out == "nothing found in 0 files\n"


def test_json(folder, capsys):
    assert run(["lint", "--format", "json"]) == 1
    content = json.loads(capsys.readouterr().out)
    assert content["format"] == 1
    assert content["files"] == 4
    first = content["alarms"][0]
    assert {k: first[k] for k in ("code", "severity", "path", "line", "column", "cell", "stage", "scenarios")} == {
        "code": "split-not-repeatable",
        "severity": "error",
        "path": "a b.py",
        "line": 2,
        "column": 8,
        "cell": None,
        "stage": None,
        "scenarios": [3],
    }
    assert [u["path"] for u in content["unread"]] == ["broken.py"]


@pytest.fixture(scope="module")
def schema():
    return sarif()


def test_sarif_validates_against_its_schema(folder, schema):
    content = json.loads(alarms.sarif(lint(["."])))
    assert len(content["runs"][0]["results"]) == 3
    jsonschema.validate(content, schema)
    content["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, schema)


def test_sarif_of_nothing_validates(tmp_path, schema):
    content = json.loads(alarms.sarif(lint([tmp_path])))
    jsonschema.validate(content, schema)
    assert content["runs"][0]["results"] == []


def test_sarif_places_and_identities(folder):
    run_ = json.loads(alarms.sarif(lint(["."])))["runs"][0]
    first, notebook = run_["results"][:2]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b.py"
    assert place["region"] == {"startLine": 2, "startColumn": 8, "endLine": 2, "endColumn": 27}
    assert notebook["locations"][0]["logicalLocations"][0]["name"] == "cell 1"
    rules = [rule["id"] for rule in run_["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run_["results"])
    (folder / "a b.py").write_text("\n\n" + BAD + BAD.splitlines()[1] + "\n")
    later = json.loads(alarms.sarif(lint(["a b.py"])))["runs"][0]["results"]
    assert later[0]["partialFingerprints"] == first["partialFingerprints"]
    assert later[1]["partialFingerprints"] != first["partialFingerprints"]


def test_written_to_a_file(folder, capsys):
    assert run(["lint", "a b.py", "--format", "sarif", "--to", "out.sarif"]) == 1
    assert capsys.readouterr().out == "out.sarif: 1 alarms\n"
    assert json.loads((folder / "out.sarif").read_text())["version"] == "2.1.0"


def test_hostile_names_and_code_are_one_line(tmp_path, capsys):
    (tmp_path / "a\nb\x1b[31m.py").write_text(
        "import numpy as np\nx = np.random.choice(['\x1b[31m', '<script>', '''\n'''])\n"
    )
    assert run(["lint", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert "\x1b" not in "".join(lines)


def test_linting_runs_and_imports_nothing_of_the_code(tmp_path):
    (tmp_path / "a.py").write_text(f"import random\nopen({str(tmp_path / 'ran')!r}, 'w')\nrandom.random()\n")
    code = (
        "import sys; from parityline.lint import lint; lint([sys.argv[1]]);"
        "print([m for m in ('pandas', 'sklearn', 'sqlglot') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("package", ["sklearn", "scipy.stats", "joblib"])
def test_installed_packages_are_read_whole(package):
    """Without a crash, and without an alarm that has no place in its file."""
    folder = Path(importlib.import_module(package).__file__ or "").parent
    report = lint([folder])
    assert not report.unread
    assert report.files > 40
    for path in {alarm.path for alarm in report.alarms}:
        lines = Path(path).read_text().count("\n") + 1
        assert all(1 <= a.spot.line <= a.spot.end_line <= lines for a in report.alarms if a.path == path)


def test_the_hook_runs_the_command():
    text = (Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text()
    assert re.search(r"^  entry: parityline lint$", text, re.M)
