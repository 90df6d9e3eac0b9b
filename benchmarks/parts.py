"""The parts of the page: each measures its subjects on the same inputs in one run."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

import inputs
import measuring
import parityline
import peers
from measuring import Subject, Usage
from parityline.kernel.encoding import Writer
from parityline.records import Record

# what a fingerprint of lineitem is asked for beyond the default; further options belong here
EVERYTHING: dict[str, Any] = {
    "key": ["l_orderkey", "l_linenumber"],
    "ordered": True,
    "partition": "l_shipdate:month",
    "time": "l_shipdate",
    "entity": "l_suppkey",
    "target": "l_returnflag",
    "totals": {"l_extendedprice": ["l_shipmode"]},
}

PLAIN_LABEL = "parityline, no options"
EVERYTHING_LABEL = "parityline, everything on"
SUMMARIZE_LABEL = "DuckDB SUMMARIZE"
MEMORY_NUMBERS_LABEL = "numbers: integers and decimals"
FLOATS_LABEL = "200 columns of float64"
SIX_MILLION_LABEL = "6 million rows"
SIXTY_MILLION_LABEL = "60 million rows"


@dataclass(frozen=True)
class Size:
    """How large a run is. fraction_rows: rows for peers that would take hours on all of them."""

    scale: float = 1
    repeats: int = 5
    long_repeats: int = 3
    fraction_rows: int = 600_000
    wide_rows: int = 200_000
    text_rows: int = 200_000
    column_counts: tuple[int, ...] = (10, 100, 1_000, 10_000)


FULL = Size()
QUICK = Size(0.1, 1, 1, 20_000, 10_000, 5_000, (10, 100, 1_000))


@dataclass(frozen=True)
class Row:
    """One line of a table of measurements. usages: empty where the subject failed, and `failure` says why."""

    label: str
    rows: int
    columns: int
    usages: list[Usage]
    failure: str = ""

    @property
    def median(self) -> Usage | None:
        """The median of the usages."""
        return measuring.median(self.usages) if self.usages else None

    @property
    def million_cells(self) -> float:
        """Cells in the table, in millions."""
        return self.rows * self.columns / 1e6


@dataclass(frozen=True)
class Measured:
    """A table of measurements. Rows are set against the rows labelled `reading` and `summarize` where these are there.

    reading: the label of the reader that took the least CPU.
    """

    title: str
    notes: list[str]
    rows: list[Row]
    reading: str | None = None
    summarize: str | None = None

    def row(self, label: str) -> Row:
        """The row of this label."""
        return next(row for row in self.rows if row.label == label)


@dataclass(frozen=True)
class Listed:
    """A table of facts that were counted, not measured."""

    title: str
    notes: list[str]
    header: list[str]
    lines: list[list[str | int]] = field(default_factory=list)


Table = Measured | Listed


def lineitem(size: Size) -> list[Table]:
    """Reading, parityline and its peers on the lineitem file."""
    path = inputs.cache(inputs.lineitem(size.scale))
    readers = _readers(path)
    summarize, describe = _summaries(path)
    subjects = {
        **readers,
        PLAIN_LABEL: _files(path),
        EVERYTHING_LABEL: _files(path, EVERYTHING),
        SUMMARIZE_LABEL: summarize,
        "Polars describe": describe,
        "Polars describe, lazy": Subject("polars_describe_scan", {"path": str(path)}),
    }
    rows = _in_turn(subjects, inputs.shape(path), size.repeats)
    notes = [
        f"`lineitem`: {inputs.described(path)}.",
        f"Everything on: `{', '.join(f'{name}={value!r}' for name, value in EVERYTHING.items())}`.",
    ]
    fraction, fraction_notes = _old_peers(path, size)
    return [Measured("TPC-H lineitem, from Parquet", notes + fraction_notes, rows + fraction, _least(rows, readers),
                     SUMMARIZE_LABEL)]  # fmt: skip


def shapes(size: Size) -> list[Table]:
    """The same question on tables of other shapes."""
    tables: list[Table] = []
    for title, path in (
        ("200 columns of float64, from Parquet", inputs.wide(size.wide_rows)),
        ("Long text, from Parquet", inputs.long_text(size.text_rows)),
    ):
        inputs.cache(path)
        readers = _readers(path)
        summarize, describe = _summaries(path)
        subjects = {**readers, PLAIN_LABEL: _files(path), SUMMARIZE_LABEL: summarize, "Polars describe": describe}
        rows = _in_turn(subjects, inputs.shape(path), size.long_repeats)
        notes = [f"`{path.stem}`: {inputs.described(path)}."]
        tables.append(Measured(title, notes, rows, _least(rows, readers), SUMMARIZE_LABEL))
    return tables


def memory(size: Size) -> list[Table]:
    """Columns of lineitem, and a wide table, as Arrow tables in memory, on one core."""
    path = inputs.cache(inputs.lineitem(size.scale))
    wide = inputs.cache(inputs.wide(size.wide_rows))
    integers, decimals = (inputs.columns_of(path, test) for test in (pa.types.is_integer, pa.types.is_decimal))
    texts = inputs.columns_of(path, pa.types.is_string, pa.types.is_string_view)
    groups: dict[str, tuple[Path, list[str], bool]] = {
        MEMORY_NUMBERS_LABEL: (path, integers + decimals, False),
        "integers": (path, integers, False),
        "decimals": (path, decimals, False),
        "the same decimals as float64": (path, decimals, True),
        "dates": (path, inputs.columns_of(path, pa.types.is_date), False),
        "text of few values": (path, [name for name in texts if name != "l_comment"], False),
        "text of many values (l_comment)": (path, ["l_comment"], False),
        FLOATS_LABEL: (wide, inputs.columns_of(wide, pa.types.is_floating), False),
    }
    subjects, shapes = {}, {}
    for label, (source, columns, floats) in groups.items():
        arguments = {"path": str(source), "columns": columns, "floats": floats}
        subjects[label] = Subject("parityline_memory", arguments, cores=1)
        shapes[label] = (inputs.shape(source)[0], len(columns))
    usages = measuring.measure_in_turn(subjects, size.repeats)
    rows = [_row(label, shapes[label], usages[label]) for label in groups]
    note = "One core, one thread, no options; the Arrow table is in memory before the measurement begins."
    return [Measured("From memory, one core", [note], rows)]


def rows(size: Size) -> list[Table]:
    """One, six and sixty million rows."""
    path = inputs.cache(inputs.lineitem(size.scale))
    count, columns = inputs.shape(path)
    small = inputs.cache(inputs.first_rows(path, count // 6))
    subjects = {
        "1 million rows": (_files(small), count // 6),
        SIX_MILLION_LABEL: (_files(path), count),
        SIXTY_MILLION_LABEL: (_files(inputs.tenfold(path)), count * 10),
        f"{SIX_MILLION_LABEL}, everything on": (_files(path, EVERYTHING), count),
        f"{SIXTY_MILLION_LABEL}, everything on": (_files(inputs.tenfold(path), EVERYTHING), count * 10),
    }
    usages = measuring.measure_in_turn({label: subject for label, (subject, _) in subjects.items()}, size.long_repeats)
    notes = ["Sixty million rows are a glob of ten links to the lineitem file."]
    lines = [_row(label, (rows, columns), usages[label]) for label, (_, rows) in subjects.items()]
    return [Measured("More rows", notes, lines)]


def columns(size: Size) -> list[Table]:
    """Ever more columns of few rows."""
    rows = 1_000
    subjects = {
        f"{columns:,} columns": Subject("parityline_columns", {"columns": columns, "rows": rows})
        for columns in size.column_counts
    }
    usages = measuring.measure_in_turn(subjects, size.long_repeats)
    counts = zip(subjects, size.column_counts, strict=True)
    lines = [_row(label, (rows, columns), usages[label]) for label, columns in counts]
    return [Measured("More columns", ["Columns of float64 in memory, 1,000 rows."], lines)]


def threads(size: Size) -> list[Table]:
    """One and two cores."""
    path = inputs.cache(inputs.lineitem(size.scale))
    subjects = {
        f"{label}, {cores} {'core' if cores == 1 else 'cores'}": Subject(
            "parityline_files", {"path": str(path), "options": options}, cores=cores
        )
        for label, options in ((PLAIN_LABEL, {}), (EVERYTHING_LABEL, EVERYTHING))
        for cores in (1, 2)
    }
    note = "The process is confined to the cores, and the kernel uses as many threads; reading is part of the work."
    return [Measured("More cores", [note], _in_turn(subjects, inputs.shape(path), size.repeats))]


def size_in_bytes(size: Size) -> list[Table]:
    """What fingerprints and a record weigh."""
    path = inputs.lineitem(size.scale)
    tables: list[Table] = []
    for label, options in (("no options", {}), ("everything on", EVERYTHING)):
        fingerprint = parityline.fingerprint(path, **options)
        total = len(fingerprint.to_bytes())
        note = f"{total:,} bytes for {fingerprint.rows:,} rows."
        lines = _weights(fingerprint)
        counted = sum(int(line[-1]) for line in lines)
        lines.append(["names, types, lengths, checksum", "", total - counted])
        header = ["part", "largest summaries", "bytes"]
        tables.append(Listed(f"Bytes of the fingerprint of lineitem, {label}", [note], header, lines))
    return [*tables, _flights()]


def _weights(fingerprint: Any) -> list[list[str | int]]:
    """Bytes of each column and each section of whole rows."""
    lines: list[list[str | int]] = []
    for name, column in fingerprint.state.columns.items():
        weights = {kind.__name__.lower(): _weight(summary.encode) for kind, summary in column.summaries.items()}
        largest = sorted(weights, key=lambda kind: -weights[kind])[:3]
        lines.append([f"`{name}`", ", ".join(f"{kind} {weights[kind]:,}" for kind in largest), sum(weights.values())])
    for kind, section in fingerprint.state.sections.items():
        lines.append([f"section {kind.__name__.lower()}", "", _weight(section.encode)])
    return lines


def _weight(encode: Callable[[Writer], None]) -> int:
    out = Writer()
    encode(out)
    return len(out.value())


def _flights() -> Listed:
    title = "Bytes of a record: the flights pipeline of the tests"
    header = ["stage", "table", "rows", "columns", "bytes", "bytes a column"]
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests/real"))
    import flights

    if not flights.FLIGHTS.is_dir():
        return Listed(title, ["Not counted: the data set nycflights13 is not in the folder `PARITYLINE_DATA`."], header)
    with tempfile.TemporaryDirectory() as folder:
        path = flights.record(flights.read(), Path(folder) / "flights.parity")
        total = path.stat().st_size
        lines: list[list[str | int]] = []
        for stage in Record.read(path).stages.values():
            for part, fingerprint in stage.tables.items():
                weight, width = len(fingerprint.to_bytes()), len(fingerprint.columns)
                lines.append([stage.name, part, fingerprint.rows, width, weight, weight // max(width, 1)])
    counted = sum(int(line[4]) for line in lines)
    lines.append(["`record.json`, names", "", "", "", total - counted, ""])
    return Listed(title, [f"{total:,} bytes."], header, lines)


PARTS: Mapping[str, Callable[[Size], list[Table]]] = {
    "lineitem": lineitem,
    "shapes": shapes,
    "memory": memory,
    "rows": rows,
    "columns": columns,
    "threads": threads,
    "bytes": size_in_bytes,
}


def _readers(path: Path) -> dict[str, Subject]:
    own = {"path": str(path)}
    return {
        "reading: pyarrow batches": Subject("pyarrow_batches", {**own, "threads": True}),
        "reading: pyarrow batches, one thread": Subject("pyarrow_batches", {**own, "threads": False}),
        "reading: pyarrow table": Subject("pyarrow_table", {**own, "threads": True}),
        "reading: Polars read": Subject("polars_read", own),
        "reading: Polars scan, streaming": Subject("polars_scan", own),
        "reading: DuckDB to Arrow batches": Subject("duckdb_batches", own),
    }


def _summaries(path: Path) -> tuple[Subject, Subject]:
    own = {"path": str(path)}
    return Subject("duckdb_summarize", own), Subject("polars_describe", own)


def _files(path: Path | str, options: Mapping[str, Any] | None = None) -> Subject:
    return Subject("parityline_files", {"path": str(path), "options": dict(options or {})})


def _old_peers(path: Path, size: Size) -> tuple[list[Row], list[str]]:
    """whylogs and TFDV on a fraction of the rows; where one does not install, its row says why."""
    fraction = inputs.cache(inputs.first_rows_plainly(path, size.fraction_rows))
    shape = inputs.shape(fraction)
    subjects, versions, lines = {}, [], []
    for peer, function in ((peers.WHYLOGS, "whylogs_profile"), (peers.TFDV, "tfdv_statistics")):
        label = f"{peer.name}, {shape[0]:,} rows"
        try:
            subjects[label] = Subject(function, {"path": str(fraction)}, python=peers.python_of(peer))
            versions.append(f"{peer.name} {peers.version_of(peer)}")
        except peers.NotInstalledError as error:
            lines.append(Row(label, *shape, [], f"does not install: {error}"))
    lines = _in_turn(subjects, shape, size.long_repeats) + lines
    known = f" ({' and '.join(versions)})" if versions else ""
    note = (
        f"whylogs and TFDV{known} run in environments of their own, on the first {shape[0]:,} rows with decimals as "
        "float64 and dates as text; their ratios are those of CPU a cell."
    )
    return lines, [note]


def _in_turn(subjects: Mapping[str, Subject], shape: tuple[int, int], repeats: int) -> list[Row]:
    usages = measuring.measure_in_turn(subjects, repeats)
    return [_row(label, shape, usages[label]) for label in subjects]


def _row(label: str, shape: tuple[int, int], usages: list[Usage] | str) -> Row:
    return Row(label, *shape, [], usages) if isinstance(usages, str) else Row(label, *shape, usages)


def _least(rows: list[Row], labels: Mapping[str, Subject]) -> str | None:
    """The label of the row that took the least CPU."""
    cpu = {row.label: row.median.cpu_seconds for row in rows if row.label in labels and row.median}
    return min(cpu, key=lambda label: cpu[label]) if cpu else None
