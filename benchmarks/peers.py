"""Peers that need older versions than the project's own: each in its own environment under `.data/`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass

from inputs import FOLDER

INSTALL_SECONDS = 600


@dataclass(frozen=True)
class Peer:
    """An environment: the packages it needs, the one whose version is told first, and how they are installed.

    before: what is installed first, where a requirement is built from source.
    """

    name: str
    packages: tuple[str, ...]
    before: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


# whylogs 1.6.4 does not run on numpy 2, nor newer pyarrow and pandas on numpy 1
WHYLOGS = Peer("whylogs", ("whylogs==1.6.4", "numpy<2", "pandas<3", "pyarrow<20"))
# without these pins pip searches the versions of its requirements for longer than ten minutes
TFDV = Peer(
    "tensorflow-data-validation",
    (
        "tensorflow-data-validation==1.16.1",
        "tfx-bsl==1.16.1",
        "tensorflow==2.16.2",
        "apache-beam==2.60.0",
        "protobuf<5",
    ),
    before=("pip>=24", "setuptools<81", "wheel"),
    flags=("--no-build-isolation",),
)


class NotInstalledError(Exception):
    """A peer that could not be installed; the text is the first line of the installer's error."""


def python_of(peer: Peer) -> str:
    """The Python of the peer's environment, which is made when it is first asked for. Raises NotInstalledError."""
    folder = FOLDER / "peers" / peer.name
    python, done = folder / "bin/python", folder / "installed"
    if not done.exists():
        print(f"installing {peer.name}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)])
        pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        if peer.before:
            _run([*pip, *peer.before])
        _run([*pip, *peer.flags, *peer.packages])
        done.touch()
    return str(python)


def version_of(peer: Peer) -> str:
    """The installed version."""
    code = f"from importlib.metadata import version; print(version({peer.name!r}))"
    done = subprocess.run([python_of(peer), "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NotInstalledError(f"not installed after {INSTALL_SECONDS} seconds") from error
    if done.returncode:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in said if line.lower().startswith("error")] or said
        raise NotInstalledError((errors or [f"pip ended with {done.returncode}"])[0][:200])
