"""A PostgreSQL server of a test's own: a socket in a temporary folder, no network, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from required import missing

SERVERS = Path("/usr/lib/postgresql")


@contextmanager
def server() -> Iterator[list[str]]:
    """The beginning of a `psql` command that reaches a running server. It refuses root, who hands over to its owner."""
    found = sorted(SERVERS.glob("*/bin/initdb"))
    if not found or shutil.which("psql") is None:
        missing("there is no PostgreSQL server under /usr/lib/postgresql")
    programs = found[-1].parent
    as_owner = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="parityline-postgres-"))
    if as_owner:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run([*as_owner, *command], check=True, capture_output=True, cwd=folder, timeout=120)

    options = f"-c listen_addresses='' -k {folder}"
    try:
        run(str(programs / "initdb"), "-D", str(data), "--locale=C.UTF-8", "-E", "UTF8", "-A", "trust")
        run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            owner = ["-U", "postgres"] if as_owner else []
            yield ["psql", "-h", str(folder), *owner, "-d", "postgres", "-qAt", "-v", "ON_ERROR_STOP=1"]
        finally:
            run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
