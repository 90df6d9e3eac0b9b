"""A pytest plugin: a test records a run and verifies it against a record that is committed beside the tests.

The fixture `parity` gives a context manager: `with parity("shop") as run: ...`. The first run writes
`parity/shop.parity` beside the test file; later ones verify against it, and a difference fails the test with its first
stage. `--parityline-update` writes the records anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

FOLDER = "parity"
_WRITTEN: list[Path] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that accepts what is there now."""
    group = parser.getgroup("parityline")
    group.addoption("--parityline-update", action="store_true", help="Write the records of the `parity` fixture anew.")


@pytest.fixture
def parity(request: pytest.FixtureRequest) -> Callable[..., AbstractContextManager[Any]]:
    """`parity(name, rows="auto", **keywords)`: a recorder whose run is verified against the committed record.

    keywords are those of `parityline.record`. The test fails, with the first stage in its message, where the verdict is
    not `pass`; a run that raises is not verified.
    """
    update = bool(request.config.getoption("--parityline-update"))
    folder = Path(str(request.path)).parent / FOLDER

    @contextmanager
    def recorded(name: str, *, rows: str = "auto", **keywords: Any) -> Iterator[Any]:
        from parityline import UsageError, record, verify

        path = folder / f"{name}.parity"
        if not name or Path(name).name != name:
            raise UsageError(f"parity: expected a plain name, found {name!r}")
        wanted = update or not path.exists()
        environment = "committed" if wanted else "test"
        with record(name, environment=environment, **{"like": None if wanted else path, **keywords}) as run:
            yield run
        if wanted:
            folder.mkdir(exist_ok=True)
            run.record.write(path)
            _WRITTEN.append(path)
            return
        verdict = verify(path, run.record, rows=rows)
        if verdict.status != "pass":
            pytest.fail(_message(verdict, path), pytrace=False)

    return recorded


def _message(verdict: Any, path: Path) -> str:
    first = f"first at {verdict.first.stage}: {verdict.first.code}: {verdict.first.sentence}" if verdict.first else ""
    way_out = "if it is meant, run pytest --parityline-update and commit the record"
    return f"parityline: {verdict.status} against {path.name}; {first}\n\n{verdict.to_text()}\n\n{way_out}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Which records were written: they are to be committed."""
    for path in dict.fromkeys(_WRITTEN):
        terminalreporter.write_line(f"parityline: wrote {path}; commit it")
    _WRITTEN.clear()
