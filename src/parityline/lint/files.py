"""Files to lint: found, read, and cut into pieces of Python and SQL that know where they stand."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from parityline.errors import UsageError
from parityline.lint.alarms import Spot, Unread
from parityline.syntax.names import each

SUFFIXES = (".py", ".ipynb", ".sql")
_LEFT_OUT = each("node_modules __pycache__ build dist venv env site-packages")
_IGNORE = re.compile(r"(?:#|--)\s*parityline:\s*ignore(?:\[([^\]]*)\])?", re.I)
_MAGIC = re.compile(r"^\s*(?:[%!?]|\w+\s*=\s*[%!])|\?\s*$")


@dataclass(slots=True)
class Piece:
    """Text of one language. `lines`: for each line of the text, counted from 1, its (cell, line) in the file."""

    language: Literal["python", "sql"]
    text: str
    lines: list[tuple[int | None, int]]

    def spot(self, line: int, column: int, end_line: int, end_column: int) -> Spot:
        """A place of the piece as a place of the file; columns of the piece count from 0."""
        cell, own = self.lines[min(line, len(self.lines)) - 1]
        _, end = self.lines[min(end_line, len(self.lines)) - 1]
        return Spot(own, column + 1, max(end, own), end_column + 1, cell)

    def ignored(self, line: int, end_line: int) -> frozenset[str] | None:
        """The codes that comments on these lines switch off: empty for none, None for all."""
        found: set[str] = set()
        for text in self.text.split("\n")[line - 1 : end_line]:
            comment = _IGNORE.search(text)
            if comment is not None:
                if comment[1] is None:
                    return None
                found |= {code.strip() for code in comment[1].split(",")}
        return frozenset(found)


@dataclass(slots=True)
class File:
    """One file, its pieces, and what could not be read of it."""

    path: str
    pieces: list[Piece] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


def find(paths: Iterable[str | Path]) -> list[str]:
    """The files to lint: named ones, and those of folders by their suffix, hidden and built folders left out.

    Raises UsageError for a path that is not there, or a named file of another kind.
    """
    found: dict[str, None] = {}
    for path in map(str, paths):
        if os.path.isdir(path):
            for file in _walk(path):
                found[file] = None
        elif not os.path.exists(path):
            raise UsageError(f"{path}: expected a file or folder, found nothing; give .py, .ipynb or .sql files")
        elif not path.endswith(SUFFIXES):
            raise UsageError(f"{path}: expected a .py, .ipynb or .sql file, or a folder")
        else:
            found[path] = None
    return list(found)


def _walk(folder: str) -> Iterator[str]:
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(
            f for f in folders if not f.startswith(".") and f not in _LEFT_OUT and not _is_venv(where, f)
        )
        for file in sorted(files):
            if file.endswith(SUFFIXES) and not file.startswith("."):
                yield os.path.normpath(os.path.join(where, file))


def _is_venv(where: str, folder: str) -> bool:
    return os.path.exists(os.path.join(where, folder, "pyvenv.cfg"))


def read(path: str) -> File:
    """One file in pieces. What cannot be read is said, not raised."""
    file = File(path)
    try:
        raw = Path(path).read_bytes()
        if path.endswith(".ipynb"):
            _notebook(file, raw)
        elif path.endswith(".sql"):
            text = raw.decode("utf-8-sig")
            file.pieces.append(Piece("sql", text, _numbered(text)))
        else:
            text = _decoded(raw)
            file.pieces.append(Piece("python", text, _numbered(text)))
    except (OSError, UnicodeDecodeError, SyntaxError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        file.unread.append(Unread(path, 1, f"not read: {why}"))
    return file


def _decoded(raw: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
    return raw.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def _numbered(text: str, cell: int | None = None) -> list[tuple[int | None, int]]:
    return [(cell, line) for line in range(1, text.count("\n") + 2)]


def _notebook(file: File, raw: bytes) -> None:
    """The code cells of a notebook (format 4), joined into one module; magics are blanked, so that lines stay."""
    content = json.loads(raw)
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise ValueError("expected a notebook of format 4, found no cells")
    language = content.get("metadata", {}).get("kernelspec", {}).get("language", "python")
    if language not in ("python", "ipython"):
        raise ValueError(f"a notebook of {language}, not of Python")
    texts: list[str] = []
    lines: list[tuple[int | None, int]] = []
    for number, cell in enumerate(cells, start=1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        text = source if isinstance(source, str) else "".join(source)
        if text.lstrip().startswith("%%"):
            magic, _, rest = text.lstrip().partition("\n")
            name = magic[2:].split(maxsplit=1)[0] if magic[2:].split() else ""
            if name.endswith("sql"):
                query = "\n" + rest
                file.pieces.append(Piece("sql", query, _numbered(query, number)))
                continue
            if name not in ("time", "timeit", "capture", "prun"):
                continue
            text = "\n" + rest
        text = "\n".join("" if _MAGIC.search(line) else line for line in text.split("\n"))
        try:
            ast.parse(text)
        except (SyntaxError, ValueError) as error:
            file.unread.append(Unread(file.path, getattr(error, "lineno", 1) or 1, f"cell {number} not read: {error}"))
            continue
        texts.append(text)
        lines += _numbered(text, number)
    file.pieces.append(Piece("python", "\n".join(texts), lines or [(None, 1)]))
