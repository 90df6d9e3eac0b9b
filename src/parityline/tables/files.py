"""Files as tables: Parquet, CSV, JSON lines, Arrow IPC; one path, or a glob of them in the order of their names."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from parityline.errors import TableError, UsageError
from parityline.tables import arrow
from parityline.tables.columns import Batch

_SUFFIXES = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".csv.gz": "csv",
    ".tsv": "csv",
    ".jsonl": "json",
    ".ndjson": "json",
    ".arrow": "ipc",
    ".feather": "ipc",
    ".ipc": "ipc",
}


def expand(pattern: str | os.PathLike[str]) -> list[Path]:
    """The files of a path or glob, by name. Raises TableError where there are none."""
    text = os.fspath(pattern)
    path = Path(text)
    if path.is_file():
        return [path]
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.is_file() and _format_of(p))
        if not found:
            raise TableError(f"{text}: expected files to read in this folder, found none; {_known()}")
        return found
    matches = sorted(Path(p) for p in glob.glob(text, recursive=True) if Path(p).is_file())
    if not matches:
        wild = any(c in text for c in "*?[")
        what = "a file that matches this pattern" if wild else "a file"
        raise TableError(f"{text}: expected {what}, found none; look at the path, which is relative to {Path.cwd()}")
    return matches


def expand_any(pattern: str | os.PathLike[str]) -> list[Path]:
    """The files of a path or glob, of any kind. Raises UsageError where there are none."""
    found = (
        [Path(pattern)] if Path(pattern).is_file() else sorted(map(Path, glob.glob(os.fspath(pattern), recursive=True)))
    )
    found = [path for path in found if path.is_file()]
    if not found:
        raise UsageError(f"{os.fspath(pattern)}: expected a file, found none; look at the path")
    return found


def batches(paths: list[Path]) -> Iterator[Batch]:
    """The rows of the files, one after the other. CSV types are those of the first block of the first file."""
    first: list[str] | None = None
    for path in paths:
        reader = _opened(path)
        if first is not None and reader.schema.names != first:
            found = ", ".join(reader.schema.names[:8])
            raise TableError(f"{path}: expected the columns of {paths[0].name}, found {found}")
        first = first or reader.schema.names
        yield from _renamed(arrow.stream_batches(reader), path)


def _renamed(batches: Iterator[Batch], path: Path) -> Iterator[Batch]:
    try:
        yield from batches
    except TableError as error:
        raise TableError(f"{path}: {error}") from error


def _opened(path: Path) -> Any:
    pa = arrow.require()
    kind = _required_format(path)
    try:
        return _READERS[kind](path)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
        raise TableError(f"{path}: could not be read as {kind}: {reason}") from error


def _format_of(path: Path) -> str | None:
    name = path.name.lower()
    return next((kind for suffix, kind in _SUFFIXES.items() if name.endswith(suffix)), None)


def _known() -> str:
    return f"known endings are {', '.join(_SUFFIXES)}"


def _required_format(path: Path) -> str:
    kind = _format_of(path)
    if kind is None:
        raise TableError(f"{path}: expected a table, found the ending {path.suffix or '(none)'!r}; {_known()}")
    return kind


def _parquet(path: Path) -> Any:
    pa = arrow.require()
    import pyarrow.parquet as pq

    # pre-buffering keeps whole row groups in memory, for nothing
    file = pq.ParquetFile(path, pre_buffer=False)
    return pa.RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches(batch_size=1 << 16))


def _csv(path: Path) -> Any:
    arrow.require()
    import pyarrow.csv as csv

    separator = "\t" if ".tsv" in path.name.lower() else ","
    # a quoted empty text is a text; an unquoted empty field is null, a word such as NA is itself
    convert = csv.ConvertOptions(null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False)
    return csv.open_csv(path, parse_options=csv.ParseOptions(delimiter=separator), convert_options=convert)


def _json(path: Path) -> Any:
    pa = arrow.require()
    import pyarrow.json as json

    table = json.read_json(path)
    return pa.RecordBatchReader.from_batches(table.schema, table.to_batches())


def _ipc(path: Path) -> Any:
    pa = arrow.require()
    import pyarrow.ipc as ipc

    try:
        file = ipc.open_file(pa.memory_map(str(path)))
    except pa.ArrowInvalid:
        return ipc.open_stream(pa.memory_map(str(path)))
    schema = file.schema
    return pa.RecordBatchReader.from_batches(schema, (file.get_batch(i) for i in range(file.num_record_batches)))


_READERS: dict[str, Callable[[Path], Any]] = {"parquet": _parquet, "csv": _csv, "json": _json, "ipc": _ipc}


def facts(paths: list[Path]) -> dict[str, object]:
    """Number, size and digest of the bytes of the files; names without their folder, which may tell of a person."""
    digest = hashlib.blake2b(digest_size=16)
    size = 0
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
                size += len(block)
    return {
        "names": [p.name for p in paths[:20]],
        "count": len(paths),
        "size_bytes": size,
        "digest": digest.hexdigest(),
    }
