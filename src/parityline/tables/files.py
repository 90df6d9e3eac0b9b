"""Files as tables: Parquet, CSV, JSON lines, Arrow IPC; a path or URL, or a glob in the order of the names."""

from __future__ import annotations

import glob
import gzip
import hashlib
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from parityline.errors import TableError, UsageError
from parityline.tables import arrow, json_lines, remote
from parityline.tables.remote import File

_BATCH_ROWS = 1 << 16
STORED_AS = b"parityline.stored_as"
"""Metadata of a field: its type in the file, where reading it as a dictionary costs less."""
_SMALL_DICTIONARY = 1 << 14  # bytes in the file
_HEADER = 1 << 18  # bytes that hold the names of the columns, and a row

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


def expand(pattern: str | os.PathLike[str]) -> list[File]:
    """The files of a path, glob, folder or URL, by name. Raises TableError where there are none."""
    text = os.fspath(pattern)
    if remote.is_url(text):
        return list(remote.expand(text, lambda file: _format_of(file) is not None, _known()))
    path = Path(text)
    if path.is_file():
        return [path]
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.is_file() and _format_of(p))
        if not found:
            raise TableError(f"{text}: expected files to read in this folder, found none; {_known()}")
        return list[File](found)
    matches = sorted(Path(p) for p in glob.glob(text, recursive=True) if Path(p).is_file())
    if not matches:
        wild = any(c in text for c in "*?[")
        what = "a file that matches this pattern" if wild else "a file"
        raise TableError(f"{text}: expected {what}, found none; look at the path, which is relative to {Path.cwd()}")
    return list[File](matches)


def expand_any(pattern: str | os.PathLike[str]) -> list[Path]:
    """The files of a path or glob, of any kind. Raises UsageError where there are none."""
    found = (
        [Path(pattern)] if Path(pattern).is_file() else sorted(map(Path, glob.glob(os.fspath(pattern), recursive=True)))
    )
    found = [path for path in found if path.is_file()]
    if not found:
        raise UsageError(f"{os.fspath(pattern)}: expected a file, found none; look at the path")
    return found


def streams(paths: list[File], types: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """The rows of the files as an Arrow stream for each, with the file's name.

    types: logical types that are known of the columns; CSV and JSON lines have none of their own, and a column that is
    known to be text is read as text.
    """
    first: list[str] | None = None
    for path in paths:
        reader = _opened(path, types)
        if first is not None and reader.schema.names != first:
            found = ", ".join(reader.schema.names[:8])
            raise TableError(f"{path}: expected the columns of {paths[0].name}, found {found}")
        first = first or reader.schema.names
        yield str(path), reader


def _opened(path: File, types: Mapping[str, str]) -> Any:
    pa = arrow.require()
    kind = _required_format(path)
    texts = {name for name, type_ in types.items() if type_ == "text"}
    try:
        return _READERS[kind](path, texts)
    except (pa.ArrowException, OSError, ValueError, TableError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
        raise TableError(f"{path}: could not be read as {kind}: {reason}") from error


def _format_of(path: File) -> str | None:
    name = path.name.lower()
    return next((kind for suffix, kind in _SUFFIXES.items() if name.endswith(suffix)), None)


def _known() -> str:
    return f"known endings are {', '.join(_SUFFIXES)}"


def _required_format(path: File) -> str:
    kind = _format_of(path)
    if kind is None:
        raise TableError(f"{path}: expected a table, found the ending {path.suffix or '(none)'!r}; {_known()}")
    return kind


def _source(path: File) -> Any:
    """What pyarrow reads: a path, or a file that is open already."""
    return path if isinstance(path, Path) else arrow.require().PythonFile(path.open("rb"), mode="r")


def _parquet(path: File, _: set[str]) -> Any:
    pa = arrow.require()
    import pyarrow.parquet as pq

    # pre-buffering keeps whole row groups in memory, for nothing; more threads cost more than they save beside a
    # kernel that uses all of them (benchmarks/README.md has the numbers)
    source = _source(path)
    file = pq.ParquetFile(source, pre_buffer=False)
    stored = file.schema_arrow
    if coded := _few_valued_texts(file):
        file = pq.ParquetFile(source, metadata=file.metadata, read_dictionary=coded, pre_buffer=False)
    batches = file.iter_batches(batch_size=_BATCH_ROWS, use_threads=False)
    schema = pa.schema(
        [_stored_as(own, was) for own, was in zip(file.schema_arrow, stored, strict=True)], stored.metadata
    )
    return pa.RecordBatchReader.from_batches(schema, batches)


def _stored_as(field: Any, stored: Any) -> Any:
    """A field with the type that it has in its file, where it is read as another one."""
    return field if field.type == stored.type else field.with_metadata({STORED_AS: str(stored.type)})


def _few_valued_texts(file: Any) -> list[str]:
    """Text columns with a small dictionary in every row group: of these the places are read, which costs less."""
    data = file.metadata
    if 4 * data.num_rows < _BATCH_ROWS * data.num_row_groups:
        return []  # a batch with dictionaries ends with its row group, and short batches cost more than they save
    texts = [i for i in range(data.num_columns) if data.schema.column(i).converted_type == "UTF8"]
    for number in range(data.num_row_groups):
        group = data.row_group(number)
        texts = [i for i in texts if _has_small_dictionary(group.column(i))]
    return [data.schema.column(i).path for i in texts]


def _has_small_dictionary(chunk: Any) -> bool:
    if not chunk.has_dictionary_page:
        return False
    return 0 < int(chunk.data_page_offset) - int(chunk.dictionary_page_offset) <= _SMALL_DICTIONARY


def _csv(path: File, texts: set[str]) -> Any:
    pa = arrow.require()
    import pyarrow.csv as csv

    separator = separator_of(path)
    # a quoted empty text is a text; an unquoted empty field is null, a word such as NA is itself
    convert = csv.ConvertOptions(
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        column_types=dict.fromkeys(texts, pa.string()),
    )
    source = _source(path)
    if not isinstance(path, Path) and path.name.lower().endswith(".gz"):
        source = pa.CompressedInputStream(source, "gzip")
    return csv.open_csv(source, parse_options=csv.ParseOptions(delimiter=separator), convert_options=convert)


def separator_of(path: File) -> str:
    """A comma; where the header has none outside quotes, the first of semicolon, tab and bar that it and the row below
    it have.
    """
    name = path.name.lower()
    if ".tsv" in name:
        return "\t"
    try:
        with path.open("rb") as file:
            start = (gzip.GzipFile(fileobj=file) if name.endswith(".gz") else file).read(_HEADER)
    except (OSError, EOFError, zlib.error):
        return ","  # the reader says what is wrong with the file
    lines = [_unquoted(line) for line in start.splitlines() if line][:2]
    if not lines or b"," in lines[0]:
        return ","
    return next((own for own in ";\t|" if all(own.encode() in line for line in lines)), ",")


def _unquoted(line: bytes) -> bytes:
    """What stands outside quotes; all of a line in which they do not come in pairs."""
    parts = line.split(b'"')
    return b"".join(parts[::2]) if len(parts) % 2 else line


def _json(path: File, texts: set[str]) -> Any:
    return json_lines.reader(lambda: path.open("rb"), texts)


def _ipc(path: File, _: set[str]) -> Any:
    pa = arrow.require()
    import pyarrow.ipc as ipc

    def source() -> Any:
        return pa.memory_map(str(path)) if isinstance(path, Path) else _source(path)

    try:
        file = ipc.open_file(source())
    except pa.ArrowInvalid:
        return ipc.open_stream(source())
    schema = file.schema
    return pa.RecordBatchReader.from_batches(schema, (file.get_batch(i) for i in range(file.num_record_batches)))


_READERS: dict[str, Callable[[File, set[str]], Any]] = {"parquet": _parquet, "csv": _csv, "json": _json, "ipc": _ipc}


def facts(paths: Sequence[File]) -> dict[str, object]:
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
