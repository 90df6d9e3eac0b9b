"""Schemas of other people's formats, fetched where a test needs them."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from required import missing

_MANIFEST = '[package]\nname = "schemas"\nversion = "0.1.0"\n[dependencies]\nserde-sarif = "=0.8.0"\n'


@cache
def sarif() -> Any:
    """The schema of SARIF 2.1.0, as a published crate carries it."""
    if shutil.which("cargo") is None:
        missing("there is no cargo, which brings the schema of SARIF")
    with TemporaryDirectory() as name:
        project = Path(name)
        (project / "src").mkdir()
        (project / "src" / "lib.rs").write_text("")
        (project / "Cargo.toml").write_text(_MANIFEST)
        command = ["cargo", "vendor", "-q", "vendored"]
        done = subprocess.run(command, cwd=project, capture_output=True, timeout=300)
        found = project / "vendored" / "serde-sarif" / "src" / "schema.json"
        if done.returncode or not found.exists():
            missing(f"the schema of SARIF could not be fetched: {done.stderr.decode()[-200:]}")
        return json.loads(found.read_text())
