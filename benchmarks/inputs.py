"""The tables of the benchmarks, made when they are first asked for and kept in `.data/` beside this file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).with_name(".data")
ROW_GROUP_ROWS = 1 << 16
SEED = 20_261_101


def lineitem(scale: float) -> Path:
    """TPC-H lineitem as `tpchgen-cli` writes it by default; scale 1 has 6,001,215 rows."""

    def make(folder: Path) -> Path:
        command = [Path(sys.executable).with_name("tpchgen-cli"), "parquet", "--no-progress", "-T", "lineitem"]
        subprocess.run([*command, "-s", str(scale), "-o", folder], check=True)
        return folder / "lineitem.parquet"

    return _made(f"lineitem-{scale:g}.parquet", make)


def tenfold(path: Path) -> str:
    """A glob of ten hard links to the file."""
    folder = FOLDER / f"{path.stem}-tenfold"
    folder.mkdir(exist_ok=True)
    for number in range(10):
        link = folder / f"{number}.parquet"
        if not (link.exists() and link.samefile(path)):
            link.unlink(missing_ok=True)
            os.link(path, link)
    return str(folder / "*.parquet")


def first_rows(path: Path, rows: int) -> Path:
    """The first rows, in row groups of the size of the file's own."""
    size = pq.ParquetFile(path).metadata.row_group(0).num_rows
    return _written(f"{path.stem}-first-{rows}.parquet", lambda: _head(path, rows), size)


def first_rows_plainly(path: Path, rows: int) -> Path:
    """The first rows in types that older libraries know: decimals as float64, dates and text views as text."""

    def plain(kind: pa.DataType) -> pa.DataType:
        if pa.types.is_decimal(kind):
            return pa.float64()
        return pa.string() if pa.types.is_date(kind) or pa.types.is_string_view(kind) else kind

    def make() -> pa.Table:
        table = _head(path, rows)
        return table.cast(pa.schema([(field.name, plain(field.type)) for field in table.schema]))

    return _written(f"{path.stem}-plain-{rows}.parquet", make)


def wide(rows: int, columns: int = 200) -> Path:
    """Columns of float64, normal with another scale each."""

    def make() -> pa.Table:
        random = np.random.default_rng(SEED)
        return pa.table({f"x{i:03}": random.normal(scale=10.0 ** (i % 7 - 3), size=rows) for i in range(columns)})

    return _written(f"wide-{rows}.parquet", make)


def long_text(rows: int) -> Path:
    """A number and a text of 1 to 5 kB, of words that follow a power law."""

    def make() -> pa.Table:
        random = np.random.default_rng(SEED + 1)
        letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
        words = np.array(["".join(random.choice(letters, size)) for size in random.integers(2, 11, 20_000)])
        # text is cut out of one long passage: drawing half a gigabyte of words takes minutes
        passage = " ".join(words[np.minimum(random.zipf(1.3, 2_000_000), len(words)) - 1])
        starts = random.integers(0, len(passage) - 5_000, rows)
        sizes = random.integers(1_000, 5_001, rows)
        texts = [passage[start : start + size] for start, size in zip(starts, sizes, strict=True)]
        return pa.table({"id": np.arange(rows), "body": pa.array(texts, pa.large_string())})

    return _written(f"long-text-{rows}.parquet", make)


def described(path: Path) -> str:
    """What the file is, on one line."""
    data = pq.ParquetFile(path).metadata
    sizes = {data.row_group(i).num_rows for i in range(data.num_row_groups)}
    codecs = {data.row_group(0).column(i).compression for i in range(data.num_columns)}
    groups = f"{data.num_row_groups} row group{'s' if data.num_row_groups > 1 else ''}"
    return (
        f"{data.num_rows:,} rows, {data.num_columns} columns, {path.stat().st_size / 1e6:.0f} MB, "
        f"{groups} of up to {max(sizes):,} rows, {' and '.join(sorted(codecs))}, "
        f"written by {data.created_by}"
    )


def shape(path: Path) -> tuple[int, int]:
    """Rows and columns."""
    data = pq.ParquetFile(path).metadata
    return data.num_rows, data.num_columns


def columns_of(path: Path, *tests: Callable[[pa.DataType], bool]) -> list[str]:
    """The columns whose type passes one of the tests."""
    return [field.name for field in pq.read_schema(path) if any(test(field.type) for test in tests)]


def cache(path: Path) -> Path:
    """Read the file once, so that the first measurement finds it in the cache of files like the others."""
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass
    return path


def _head(path: Path, rows: int) -> pa.Table:
    file = pq.ParquetFile(path)
    return file.read_row_groups(range(_groups_for(file.metadata, rows))).slice(0, rows)


def _groups_for(data: Any, rows: int) -> int:
    seen = 0
    for number in range(data.num_row_groups):
        seen += data.row_group(number).num_rows
        if seen >= rows:
            return number + 1
    return int(data.num_row_groups)


def _written(name: str, make: Callable[[], pa.Table], row_group_rows: int = ROW_GROUP_ROWS) -> Path:
    def write(folder: Path) -> Path:
        pq.write_table(make(), folder / name, row_group_size=row_group_rows, store_schema=False)
        return folder / name

    return _made(name, write)


def _made(name: str, make: Callable[[Path], Path]) -> Path:
    """The file of this name; whole or not at all, so that a run that broke off leaves nothing behind."""
    path = FOLDER / name
    if not path.exists():
        print(f"making {name}", file=sys.stderr)
        with _temporary() as folder:
            make(folder).replace(path)
    return path


@contextmanager
def _temporary() -> Iterator[Path]:
    FOLDER.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=FOLDER))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
