"""The history: one SQLite file with an entry a verdict, written by any number of processes at once.

An entry that was acknowledged is there once and for good: each is one transaction, synced before it returns, and a
verdict over the same two records is the same entry. The file is an index: watching the records again makes it anew.
"""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parityline.errors import FormatError, UsageError

FORMAT = 1
SECONDS_OF_PATIENCE = 60.0
"""So long a process waits for others that write."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    environment TEXT NOT NULL,
    created TEXT NOT NULL,
    reference TEXT NOT NULL,
    observed TEXT NOT NULL,
    status TEXT NOT NULL,
    stage TEXT,
    code TEXT,
    errors INTEGER NOT NULL,
    warnings INTEGER NOT NULL,
    digests TEXT NOT NULL,
    verdict BLOB NOT NULL,
    UNIQUE (reference, observed)
);
CREATE TABLE IF NOT EXISTS acceptances (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    what TEXT NOT NULL
);
"""
_NAMES = (
    *("at", "pipeline", "environment", "created", "reference", "observed", "status", "stage", "code"),
    *("errors", "warnings", "digests"),
)
_COLUMNS, _MARKS = ", ".join(_NAMES), ", ".join("?" * len(_NAMES))
# formatted with names of columns alone
_ADD = f"INSERT OR IGNORE INTO runs ({_COLUMNS}, verdict) VALUES ({_MARKS}, ?)"  # noqa: S608
_OF_PAIR = f"SELECT number, {_COLUMNS} FROM runs WHERE reference = ? AND observed = ?"  # noqa: S608
_LIST = f"SELECT number, {_COLUMNS} FROM runs WHERE ? IS NULL OR pipeline = ? ORDER BY number DESC LIMIT ?"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Entry:
    """One verdict of the history. reference, observed: digests of the record files. stage, code: of the first error.

    digests: of each stage of the observed run. created: when that run was recorded; at: when it was verified.
    """

    number: int
    at: str
    pipeline: str
    environment: str
    created: str
    reference: str
    observed: str
    status: str
    stage: str | None
    code: str | None
    errors: int
    warnings: int
    digests: dict[str, str]


class History:
    """The history in a file; made when the first entry is appended.

    Raises FormatError for a file that is no history or of a newer version, UsageError for one that cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        if not self.path.parent.is_dir():
            raise UsageError(f"{self.path}: expected a folder that exists, found none at {self.path.parent}")
        if self.path.is_dir():
            raise UsageError(f"{self.path}: expected the file of a history, found a folder; name a file in it")

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=SECONDS_OF_PATIENCE, isolation_level=None)) as connection:
                (version,) = connection.execute("PRAGMA user_version").fetchone()
                if version > FORMAT:
                    raise FormatError(f"{self.path}: a history of format {version}, and this release reads {FORMAT}")
                if version == 0:
                    self._made(connection)
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                yield connection
        except sqlite3.DatabaseError as error:
            kind = FormatError if "not a database" in str(error) or "malformed" in str(error) else UsageError
            raise kind(f"{self.path}: expected a history, found: {error}; rebuild it from the records") from error

    def _made(self, connection: sqlite3.Connection) -> None:
        """The tables, in a file that has none; another process may be making them."""
        connection.execute("BEGIN IMMEDIATE")
        (others,) = connection.execute("SELECT count(*) FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if others and version == 0:
            connection.execute("ROLLBACK")
            raise FormatError(f"{self.path}: expected a history, found a database of something else")
        for statement in filter(str.strip, _SCHEMA.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute("COMMIT")

    def append(self, entry: Entry, verdict: dict[str, Any]) -> Entry:
        """Add an entry, or find it where the same two records were verified before; its number is what counts."""
        blob = zlib.compress(json.dumps(verdict, sort_keys=True).encode(), 6)
        with self._opened() as connection:
            connection.execute("BEGIN IMMEDIATE")
            values = [getattr(entry, name) for name in _NAMES[:-1]]
            connection.execute(_ADD, (*values, json.dumps(entry.digests, sort_keys=True), blob))
            row = connection.execute(_OF_PAIR, (entry.reference, entry.observed)).fetchone()
            connection.execute("COMMIT")
        return _entry(row)

    def entries(self, pipeline: str | None = None, *, last: int | None = None) -> list[Entry]:
        """The entries in their order, of one pipeline or of all; `last` of them. Empty where there is no file."""
        if not self.path.exists():
            return []
        with self._opened() as connection:
            rows = connection.execute(_LIST, (pipeline, pipeline, -1 if last is None else last)).fetchall()
        return [_entry(row) for row in reversed(rows)]

    def verdict(self, number: int) -> dict[str, Any]:
        """The verdict of an entry as its JSON. Raises UsageError where there is none."""
        row = None
        if self.path.exists():
            with self._opened() as connection:
                row = connection.execute("SELECT verdict FROM runs WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise UsageError(f"{self.path}: expected the number of a run, found {number}; `parityline log` lists them")
        found: dict[str, Any] = json.loads(zlib.decompress(row[0]))
        return found

    def accepted(self, at: str, what: dict[str, Any]) -> None:
        """Note that something was accepted."""
        with self._opened() as connection:
            text = json.dumps(what, sort_keys=True)
            connection.execute("INSERT INTO acceptances (at, what) VALUES (?, ?)", (at, text))

    def acceptances(self) -> list[tuple[str, dict[str, Any]]]:
        """What was accepted, and when."""
        if not self.path.exists():
            return []
        with self._opened() as connection:
            rows = connection.execute("SELECT at, what FROM acceptances ORDER BY number").fetchall()
        return [(at, json.loads(what)) for at, what in rows]


def _entry(row: tuple[Any, ...]) -> Entry:
    *fields, digests = row
    return Entry(**dict(zip(("number", *_NAMES), (*fields, json.loads(digests)), strict=True)))
