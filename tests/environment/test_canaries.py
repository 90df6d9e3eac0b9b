"""Secrets of the environment, of URIs and of options come into no record, report, log or error."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pandas as pd
import pytest

SECRET = "kanarienvogel"
NAMES = [
    *(
        f"{prefix}_{kind}"
        for prefix in ("AWS", "GCP", "DB", "API", "HF", "MLFLOW")
        for kind in ("TOKEN", "SECRET", "KEY")
    ),
    *(
        "DATABASE_URL",
        "PGPASSWORD",
        "MYSQL_PWD",
        "REDIS_URL",
        "SSH_AUTH_SOCK",
        "GITHUB_TOKEN",
        "NPM_TOKEN",
        "PYPI_PASSWORD",
    ),
    *("AZURE_STORAGE_CONNECTION_STRING", "SLACK_WEBHOOK", "SENTRY_DSN", "HTTP_PROXY", "HTTPS_PROXY", "SMTP_PASSWORD"),
    *("KAGGLE_KEY", "WANDB_API_KEY", "OPENAI_API_KEY", "DJANGO_SECRET_KEY", "FERNET_KEY", "JWT_SECRET", "LICENSE_KEY"),
    "OURS",
]
PIPELINE = """
import os, sys
import pandas as pd
import parityline
from sklearn.linear_model import LogisticRegression

class Keyed(LogisticRegression):
    def __init__(self, api_key=None, C=1.0):
        super().__init__(C=C)
        self.api_key = api_key

with parityline.record("p", environment=sys.argv[1], to=sys.argv[2]) as run:
    raw = pd.DataFrame({"id": range(40), "x": range(40)})
    raw = run.source("raw", raw, key="id", options={"password": os.environ["OURS"], "share": 0.5},
                     query="select * from t where token = '" + os.environ["OURS"] + "'")
    try:
        run.etl("remote", "https://user:" + os.environ["OURS"] + "@127.0.0.1:9/t.parquet")
    except Exception as error:
        print(error, file=sys.stderr)
    made = run.features("made", raw.assign(y=raw["x"] * float(sys.argv[3])), key="id", inputs=["raw"])
    run.model("model", LogisticRegression().fit(made[["x"]], made["id"] % 2))
"""


def variables() -> dict[str, str]:
    found = {name: f"{SECRET}-{n:02}-{zlib.crc32(name.encode()):08x}" for n, name in enumerate(NAMES)}
    found["DATABASE_URL"] = f"postgresql://user:{found['DATABASE_URL']}@db/x"
    found["HTTPS_PROXY"] = found["HTTP_PROXY"] = ""
    return found


@pytest.fixture
def place(tmp_path) -> Path:
    (tmp_path / "p.py").write_text(PIPELINE)
    (tmp_path / "p.toml").write_text(
        '[pipeline]\nname = "p"\n[[stage]]\nname = "raw"\nkind = "source"\nkey = ["id"]\nsql = "select 1 as id"\n'
        'from = "env:DATABASE_URL"\n'
    )
    pd.DataFrame({"id": range(5)}).to_parquet(tmp_path / "t.parquet")
    return tmp_path


def told(folder: Path, *words: str) -> str:
    environment = {**os.environ, **variables()}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    return f"{done.stdout}\n{done.stderr}"


def test_no_canary_leaves_its_cage(place):
    assert len(variables()) >= 40
    python, command = [sys.executable], [sys.executable, "-m", "parityline"]
    said = {
        "research": told(place, *python, "p.py", "research", "a.parity", "1"),
        "production": told(place, *python, "p.py", "production", "b.parity", "2"),
        "text": told(place, *command, "verify", "a.parity", "b.parity"),
        "json": told(place, *command, "verify", "a.parity", "b.parity", "--format", "json"),
        "html": told(place, *command, "verify", "a.parity", "b.parity", "--format", "html", "--to", "v.html"),
        "show": told(place, *command, "show", "a.parity", "--sizes"),
        "env": told(place, *command, "env", "--all"),
        "differences": told(place, *command, "env", "a.parity", "b.parity"),
        "toml": told(place, *command, "record", "p.toml", "--environment", "x", "--to", "c.parity"),
        "refused": told(
            place, *command, "diff", f"https://user:{variables()['OURS']}@127.0.0.1:9/t.parquet", "t.parquet"
        ),
        "lint": told(place, *command, "lint", "."),
        "rehearse": told(
            place, *command, "rehearse", "p.py", "--only", "nothing", "--keep", "kept", "--", "r", "z", "1"
        ),
    }
    assert (place / "a.parity").is_file(), said["research"]
    assert (place / "v.html").is_file()
    assert "DIFFERS" in said["text"]
    assert "same" in said["rehearse"]
    leaks = {name: re.findall(rf".*{SECRET}-\d\d-.*", text)[:2] for name, text in said.items()}
    assert {name: found for name, found in leaks.items() if found} == {}
    for path in place.rglob("*"):
        if path.is_file() and path.name not in ("p.py", "p.toml"):
            _holds_none(path)


def _holds_none(path: Path) -> None:
    """No secret, in any encoding that a text might have, nor compressed."""
    from parityline.records import Record

    raw = path.read_bytes()
    whole = [raw]
    if path.suffix == ".parity":
        whole.append(repr([vars_of(stage) for stage in Record.read(path).stages.values()]).encode())
    for content in whole:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le"):
            assert SECRET.encode(encoding) not in content, path


def vars_of(stage: object) -> dict[str, object]:
    return {name: getattr(stage, name) for name in dir(stage) if not name.startswith("_")}
