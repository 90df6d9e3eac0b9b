"""One lint run: files in parallel, rules over their pieces, comments that switch codes off."""

from __future__ import annotations

import ast
import gc
import multiprocessing
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from parityline.codes import Severity, lookup
from parityline.lint import files, sql
from parityline.lint.alarms import Alarm, Report, Spot, Unread
from parityline.lint.files import File, Piece
from parityline.lint.module import Module
from parityline.lint.rules import RULES
from parityline.lint.strings import SQL_WORDS, query_strings

FEWEST_FOR_PROCESSES = 64
"""From so many files on, several processes read them; starting one costs as much as reading some files."""
MOST_BYTES = 4 << 20
"""A larger file of code is generated, and not read."""
MOST_LINES = 12
"""In a longer statement a comment behind its end switches off nothing at its beginning: nobody would see both."""
_NO_SQLGLOT = "SQL not checked: install parityline[sql]"


class Found(NamedTuple):
    """What a rule says, without its place."""

    code: str
    severity: Severity
    sentence: str
    stage: str | None


def lint(
    paths: Iterable[str | Path], *, select: Sequence[str] = (), ignore: Sequence[str] = (), jobs: int | None = None
) -> Report:
    """Read code, and name what keeps its result from repeating.

    Args:
        paths: files (`.py`, `.ipynb`, `.sql`) and folders of them.
        select: only these codes; empty: all. ignore: not these codes.
        jobs: how many processes read; None: as many as there are processors, one for few files.

    What cannot be read or parsed is in `unread`, with the reason. Raises UsageError for a path that is not there or a
    code that is none.
    """
    for code in (*select, *ignore):
        lookup(code)
    found = files.find(paths)
    report = Report(files=len(found))
    with _uncollected():
        answers = list(_all(found, jobs))
    for alarms, unread in answers:
        report.alarms += [a for a in alarms if (not select or a.code in select) and a.code not in ignore]
        report.unread += unread
    return report


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the cyclic garbage collector, which would walk every syntax tree again and again: they have no cycles."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _all(paths: list[str], jobs: int | None) -> Iterator[tuple[list[Alarm], list[Unread]]]:
    processes = jobs or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    if processes < 2 or len(paths) < FEWEST_FOR_PROCESSES:
        yield from map(of_file, paths)
        return
    context = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else None)
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        yield from pool.map(of_file, paths, chunksize=8)


def of_file(path: str) -> tuple[list[Alarm], list[Unread]]:
    """The alarms of one file in the order of their places, and what could not be read of it."""
    try:
        if os.path.getsize(path) > MOST_BYTES:
            return [], [Unread(path, 1, f"not read: larger than {MOST_BYTES >> 20} MiB")]
    except OSError as error:
        return [], [Unread(path, 1, f"not read: {error.strerror}")]
    file = files.read(path)
    alarms = [alarm for piece in file.pieces for alarm in _of_piece(file, piece)]
    return sorted(set(alarms), key=lambda a: (a.spot.cell or 0, a.spot.line, a.spot.column, a.code)), file.unread


def _of_piece(file: File, piece: Piece) -> Iterator[Alarm]:
    if piece.language == "python":
        yield from _of_python(file, piece)
    else:
        yield from _of_sql(file, piece, piece.text)


def _of_python(file: File, piece: Piece) -> Iterator[Alarm]:
    rules = [rule for rule in RULES if rule.WORDS.search(piece.text)]
    has_sql = SQL_WORDS.search(piece.text) is not None
    if not rules and not has_sql:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = Module(ast.parse(piece.text))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", 1) or 1
        file.unread.append(Unread(file.path, line, f"not parsed: {getattr(error, 'msg', error)}"))
        return
    for rule in rules:
        try:
            hits = list(rule.hits(module))
        except RecursionError:
            file.unread.append(Unread(file.path, 1, "nested too deeply to be followed"))
            continue
        for hit in hits:
            node = hit.node
            end = node.end_lineno or node.lineno
            spot = piece.spot(node.lineno, node.col_offset, end, node.end_col_offset or node.col_offset)
            last = module.flow.statement(node).end_lineno or end
            lines = node.lineno, last if last - node.lineno < MOST_LINES else end
            yield from _kept(file, piece, lines, Found(hit.code, hit.severity, hit.sentence, hit.stage), spot)
    for node, text, is_run in query_strings(module) if has_sql else ():
        yield from _of_sql(file, piece, text, node, module, is_run=is_run)


def _of_sql(
    file: File,
    piece: Piece,
    text: str,
    node: ast.expr | None = None,
    module: Module | None = None,
    *,
    is_run: bool = True,
) -> Iterator[Alarm]:
    line = node.lineno if node is not None else 1
    if not sql.is_available():
        if not any(unread.why == _NO_SQLGLOT for unread in file.unread):
            file.unread.append(Unread(file.path, piece.lines[line - 1][1], _NO_SQLGLOT))
        return
    try:
        hits = sql.hits(text)
    except sql.NotParsed as error:
        if is_run:
            file.unread.append(Unread(file.path, piece.lines[line - 1][1], str(error)))
        return
    for hit in hits:
        own, column = _place(piece, text, hit.offset, node)
        spot = piece.spot(own, column, own, column)
        last = own if node is None else node.end_lineno or own
        stage = module.stage(node) if module is not None and node is not None else None
        lines = (own, own) if node is None else (node.lineno, last)
        yield from _kept(file, piece, lines, Found(hit.code, hit.severity, hit.sentence, stage), spot)


def _place(piece: Piece, text: str, offset: int, node: ast.expr | None) -> tuple[int, int]:
    """Line (from 1) and column (from 0) of a place in a query: in its file, or in the Python string that holds it."""
    if node is None:
        before = text[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1)
    written = "\n".join(piece.text.split("\n")[node.lineno - 1 : node.end_lineno])
    start = written.find(text, node.col_offset)
    if start >= 0:
        found = start + offset
    else:
        word = text[offset : offset + 24].split("\n")[0]
        found = written.find(word, node.col_offset) if word.strip() else -1
    if found < 0:
        return node.lineno, node.col_offset
    before = written[:found]
    return node.lineno + before.count("\n"), found - (before.rfind("\n") + 1)


def _kept(
    file: File,
    piece: Piece,
    lines: tuple[int, int],
    found: Found,
    spot: Spot,
) -> Iterator[Alarm]:
    """The alarm, unless a comment on its lines switches its code off."""
    off = piece.ignored(*lines)
    if off is None or found.code in off:
        return
    texts = piece.text.split("\n")
    source = texts[lines[0] - 1].strip() if lines[0] <= len(texts) else ""
    yield Alarm(file.path, spot, found.code, found.severity, found.sentence, found.stage, source)
