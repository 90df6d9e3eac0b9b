"""The same code under two releases of its libraries: what differs is traced to the right package and default."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import parityline
from parityline.cli import run
from parityline.records import Record
from parityline.rehearsal import replay
from required import missing

OLDER = ("numpy==1.26.4", "pandas==2.1.4", "scipy==1.11.4", "scikit-learn==1.3.2")
SCRIPT = """
import sys
import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler
import parityline

rng = np.random.default_rng(0)
raw = pd.DataFrame({
    "id": np.arange(400),
    "kind": rng.choice(["a", "b"], 400),
    "x": np.round(rng.normal(5, 1, 400), 6),
    "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(400), "h"),
})
raw.loc[::7, "kind"] = None
with parityline.record("two", environment=sys.argv[1], to=sys.argv[2]) as run:
    run.source("raw", raw, key="id")
    %s
"""


@dataclass(frozen=True)
class Planted:
    """A step whose result depends on a release, the package, and what a verdict has to say at which stage."""

    name: str
    step: str
    package: str
    stage: str
    codes: tuple[str, ...]
    quoted: str = ""


PLANTED = [
    Planted(
        "groups without rows",
        'kinds = raw.assign(kind=pd.Categorical(raw["kind"], list("abc")))\n'
        '    grouped = kinds.groupby("kind", as_index=False)["x"].sum()\n'
        '    run.etl("made", grouped, key="kind", inputs=["raw"])',
        "pandas",
        "made",
        ("empty-groups-dropped",),
        "`pandas.DataFrame.groupby(observed=...)` is True by default here, False in research",
    ),
    Planted(
        "the resolution of times",
        'times = pd.to_datetime(raw["when"].dt.strftime("%%Y-%%m-%%d %%H:%%M"))\n'
        '    run.features("made", raw[["id"]].assign(t=times.astype("int64")), key="id", inputs=["raw"])',
        "pandas",
        "made",
        ("epoch-unit-mistaken", "values-differ", "unit-changed"),
    ),
    Planted(
        "columns of texts",
        'texts = raw[["id", *(name for name in raw if raw[name].dtype == object)]]\n'
        '    run.features("made", texts, key="id", inputs=["raw"])',
        "pandas",
        "made",
        ("column-missing", "columns-skipped-by-type"),
    ),
    Planted(
        "missing texts",
        'texts = raw[["id"]].assign(kind=raw["kind"].astype(str))\n'
        '    run.features("made", texts, key="id", inputs=["raw"])',
        "pandas",
        "made",
        ("null-became-sentinel", "missing-differs", "text-became-null", "values-differ"),
    ),
    Planted(
        "the starts of a clustering",
        'model = KMeans(n_clusters=9, random_state=0).fit(raw[["x"]])\n    run.model("made", model)',
        "scikit-learn",
        "made",
        ("model-default-changed",),
        "`n_init` is 'auto' instead of 'warn'",
    ),
]
HARMLESS = (
    'made = raw.assign(y=raw["x"] * 2)[["id", "x", "y"]]\n'
    '    run.features("made", made, key="id", inputs=["raw"])\n'
    '    run.model("model", StandardScaler().fit(made[["x"]]))'
)


@pytest.fixture(scope="session")
def older(tmp_path_factory) -> Path:
    """A folder of older releases, which stand before those of this environment."""
    folder = tmp_path_factory.mktemp("older")
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), *OLDER, "pytz"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode:
        missing(f"older releases could not be installed: {done.stderr[-200:]}")
    return folder


def recorded(step: str, folder: Path, older: Path) -> tuple[Path, Path]:
    script = folder / "script.py"
    script.write_text(SCRIPT % step.replace("%%", "%"))
    paths = folder / "research.parity", folder / "production.parity"
    source = str(Path(parityline.__file__).parents[1])
    for path, first in zip(paths, ([str(older)], []), strict=True):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*first, source])}
        command = [sys.executable, "-W", "ignore", str(script), path.stem, str(path)]
        subprocess.run(command, env=environment, check=True, timeout=300)
    return paths


@pytest.mark.parametrize("planted", PLANTED, ids=lambda p: p.name)
def test_the_right_package_stands_first(planted, older, tmp_path, capsys):
    paths = recorded(planted.step, tmp_path, older)
    verdict = parityline.verify(*paths)
    assert verdict.first.stage == planted.stage
    assert verdict.first.code in planted.codes
    assert planted.quoted in verdict.first.sentence
    environment, *more = (f for f in verdict.findings if f.stage == "environment")
    facts = [fact for fact in environment.evidence["facts"] if fact.startswith(("packages.", "defaults."))]
    defaults = [fact for fact in facts if fact.startswith("defaults.")]
    assert (environment.code, [f.code for f in more]) == (
        "environment-differs",
        ["default-differs"] if defaults else [],
    )
    module = {"scikit-learn": "sklearn"}.get(planted.package, planted.package)
    assert facts[0].startswith((f"packages.{planted.package}", f"defaults.{module}."))
    assert run(["env", *map(str, paths)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert any(f"packages.{planted.package} " in line for line in shown)


def test_upgrades_without_an_effect_are_notes(older, tmp_path):
    paths = recorded(HARMLESS, tmp_path, older)
    assert Record.read(paths[0]).environment_facts["packages"]["pandas"] == "2.1.4"
    verdict = parityline.verify(*paths)
    assert {f.code for f in verdict.findings if f.severity != "note"} == set()
    (environment,) = (f for f in verdict.findings if f.stage == "environment")
    assert (environment.code, environment.severity) == ("library-version", "note")
    assert "no effect on the recorded rows" in environment.sentence


@pytest.fixture
def pythons(older, tmp_path) -> list[str]:
    """This interpreter, first with the older libraries."""
    wrapper = tmp_path / "older-python"
    wrapper.write_text(f'#!/bin/sh\nPYTHONPATH="{older}" exec "{sys.executable}" "$@"\n')
    wrapper.chmod(0o755)
    return [str(wrapper), sys.executable]


@pytest.mark.parametrize(
    ("step", "causes"),
    [
        pytest.param('table["x"] * 2 + table["y"].clip(1, 5)', (), id="a harmless upgrade"),
        pytest.param(
            'table["when"].dt.round("h").astype("int64") % 1000', (), id="times that are stored in nanoseconds"
        ),
        pytest.param(*('pd.to_datetime(table["text"]).astype("int64")', ("environment",)), id="times in another unit"),
        pytest.param(
            'table["x"].groupby(pd.Categorical(table["text"].str[:4], ["2023", "2024"])).size().size + table["x"]',
            ("environment",),
            id="groups without rows",
        ),
    ],
)
def test_replay_decides_what_an_upgrade_does(step, causes, pythons, tmp_path, monkeypatch):
    table = pd.DataFrame({"x": np.arange(500.0), "y": np.arange(500) % 7, "text": "2024-05-01 10:00"})
    table["when"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(500), "h")
    table.to_parquet(tmp_path / "rows.parquet")
    (tmp_path / "model.pkl").write_bytes(pickle.dumps({"kind": "a plain value"}))
    code = f"import numpy as np\nimport pandas as pd\ndef predict(model, table):\n    return {step}\n"
    (tmp_path / "serving.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    answer = replay(["model.pkl"], ["rows.parquet"], pythons=pythons, predict="serving:predict")
    assert answer.causes == causes
    assert answer.swaps[0].rows == 500
