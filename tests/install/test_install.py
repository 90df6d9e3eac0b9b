"""parityline goes into the environment that it judges: nothing else moves there, and importing it stays cheap."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import parityline
from parityline.codes import document

ROOT = Path(__file__).resolve().parents[2]

# What a project may have pinned years ago: the oldest numpy with wheels for this Python, and a pydantic before 2.
NUMPY = "1.26.4" if sys.version_info < (3, 13) else "2.1.3" if sys.version_info < (3, 14) else "2.3.3"
PINNED = (f"numpy=={NUMPY}", "pydantic<2")

TABLE = """{
    "id": np.arange(100),
    "amount": np.arange(100) / 7,
    "name": np.array([f"name {i % 9}" for i in range(100)]),
    "at": np.datetime64("2024-03-01T08:00", "s") + np.arange(100) * 977,
    "flag": np.arange(100) % 3 == 0,
}"""
FINGERPRINT = f"""
import hashlib, warnings
import numpy as np
import parityline

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for _ in range(3):
        made = parityline.fingerprint({TABLE}, key="id").to_bytes()
print(made.hex())
print([(type(w.message).__name__, str(w.message)) for w in caught])
"""


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the repository, tracked or new but not ignored, at another place: building writes beside them."""
    git = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(git, capture_output=True, check=True).stdout.decode().split("\0")
    to = tmp_path_factory.mktemp("sources")
    for name in filter(None, listed):
        if not name.startswith(("tests/", "benchmarks/")) and (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    return to


def environment(python: Path) -> dict[str, str]:
    """That of a user of the virtual environment who has no Rust: of our own only what the network needs."""
    kept = ("HOME", "TMPDIR", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
    settings = {
        name: value
        for name, value in os.environ.items()
        if name in kept or name.startswith("PIP_") or name.lower().endswith("_proxy")
    }
    without_rust = [
        folder
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)
        if not any((Path(folder) / tool).exists() for tool in ("cargo", "rustc"))
    ]
    path = os.pathsep.join([str(python.parent), *without_rust])
    return {**settings, "PATH": path, "CARGO_HOME": "/nonexistent", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def ran(python: Path, *arguments: str) -> str:
    """Standard output of a Python process outside the repository; its error output is part of a failure."""
    done = subprocess.run(
        [str(python), *arguments],
        capture_output=True,
        text=True,
        timeout=600,
        cwd=python.parent,
        env=environment(python),
    )
    assert done.returncode == 0, f"{' '.join(arguments)[:200]}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def installed(python: Path) -> dict[str, str]:
    """Version by distribution."""
    found = json.loads(ran(python, "-m", "pip", "list", "--format=json"))
    return {entry["name"].lower(): entry["version"] for entry in found}


def missing(reason: str) -> None:
    if os.environ.get("PARITYLINE_REQUIRE_ALL"):
        pytest.fail(f"{reason}, and PARITYLINE_REQUIRE_ALL asks for everything", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh virtual environment with the old packages of a project."""
    folder = tmp_path_factory.mktemp("project")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True, timeout=120)
    python = folder / "venv/bin/python"
    tried = subprocess.run(
        [str(python), "-m", "pip", "install", "-q", "--retries", "1", *PINNED],
        capture_output=True,
        text=True,
        timeout=600,
        env=environment(python),
    )
    if tried.returncode:
        if re.search(
            r"[Cc]onnection|[Tt]emporary failure|unreachable|timed out|proxy|from versions: none", tried.stderr
        ):
            missing(f"no package registry can be reached: {tried.stderr.strip().splitlines()[-1]}")
        pytest.fail(tried.stderr[-3000:], pytrace=False)
    return python


def test_installing_moves_no_other_package_and_needs_no_rust(sources: Path, python: Path) -> None:
    before = installed(python)
    assert before["numpy"] == NUMPY
    assert before["pydantic"].startswith("1.")

    ran(python, "-m", "pip", "install", "-q", str(sources))

    after = installed(python)
    assert {name: after.get(name) for name in before} == before
    assert set(after) - set(before) == {"parityline", "msgspec", "click", "packaging", "jinja2", "markupsafe"}
    assert not list(sources.rglob("*.so"))
    ran(python, "-m", "pip", "check")

    # it is the installed package that answers, with the kernel that needs no compiler
    place = Path(ran(python, "-c", "import parityline; print(parityline.__file__)").strip())
    assert python.parents[1] in place.parents
    command = str(python.parent / "parityline")
    assert ran(python, command, "--version") == f"parityline {parityline.__version__} (reference kernel)\n"

    # the pages travel inside the package
    assert ran(python, command, "explain", "rows-lost").rstrip() == document("codes/rows-lost.md").rstrip()
    assert "rows-lost" in ran(python, command, "explain")

    # what needs an extra names it
    done = subprocess.run(
        [command, "demo"], capture_output=True, text=True, timeout=60, cwd=python.parent, env=environment(python)
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'parityline[demo]'" in done.stderr

    # the ruler is the same as here: another numpy, another kernel, the same bytes
    made, caught = ran(python, "-c", FINGERPRINT).splitlines()
    here = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FINGERPRINT], capture_output=True, text=True, check=True, timeout=120
    )
    assert made == here.stdout.splitlines()[0]
    assert caught.count("KernelWarning") == 1
    assert "reference kernel" in caught


def test_the_way_from_nothing_to_a_verdict_on_two_files_of_ones_own(sources: Path, tmp_path: Path) -> None:
    """The commands of the README, as they stand there, in an environment that holds nothing."""
    pages = (ROOT / "README.md").read_text().partition("## Two files, two commands")[2].partition("\n## ")[0]
    commands = [line.strip() for line in pages.splitlines() if line.startswith("    ")]
    assert len(commands) <= 5
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=120)
    python = tmp_path / "venv/bin/python"
    rows = pa.table({"id": range(500), "amount": [number / 7 for number in range(500)]})
    pq.write_table(rows, sources / "research.parquet")
    pq.write_table(rows.set_column(1, "amount", rows["amount"].cast("float32")), sources / "production.parquet")
    said = []
    for command in commands:
        done = subprocess.run(
            ["sh", "-c", command], cwd=sources, env=environment(python), capture_output=True, text=True, timeout=600
        )
        if done.returncode and re.search(r"[Cc]onnection|unreachable|timed out|from versions: none", done.stderr):
            missing("no package registry can be reached")
        said.append((done.returncode, done.stdout, done.stderr))
    assert [code for code, _, _ in said] == [0, 1], said
    assert "stored-as-float32" in said[-1][1]


def test_importing_brings_no_other_library_with_it() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import parityline"], capture_output=True, text=True, check=True
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert {"parityline", "numpy"} <= imported
    heavy = {"pandas", "pyarrow", "scipy", "sklearn", "polars", "duckdb", "joblib", "jinja2", "click", "sqlite3"}
    assert not imported & heavy
