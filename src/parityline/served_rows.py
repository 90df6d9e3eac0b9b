"""The rows that a model is given: which stage holds them, and a replay set of them, kept beside a record.

With a replay set predictions can be made again. A record itself holds sketches and a small masked sample, which no
model can be run on. The rows are those whose keys have the smallest hashes (a bottom-k sample), so that the sets of two
sides hold the same rows where their keys agree.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from parityline.errors import UsageError
from parityline.fingerprints import plain
from parityline.kernel import Parameters
from parityline.kernel.reading import TableReading
from parityline.records import Record, StageRecord
from parityline.tables import Table, files
from parityline.tables.streams import reader_of

MOST_ROWS = 10_000


def stage_of_rows(record: Record, name: str | None) -> StageRecord:
    """The stage whose rows the model is given: the named one, else the features that predictions are made of.

    Raises UsageError where there is no such stage.
    """
    if name is not None:
        if name not in record.stages or record.stages[name].table is None:
            raise UsageError(f"expected a stage with one table, found {name!r}; recorded: {', '.join(record.stages)}")
        return record.stages[name]
    for stage in record.stages.values():
        if stage.kind == "predictions":
            for before in stage.inputs:
                if record.stages[before].kind == "features" and record.stages[before].table is not None:
                    return record.stages[before]
    found = [stage for stage in record.stages.values() if stage.kind == "features" and stage.table is not None]
    if not found:
        raise UsageError("expected a stage of features with a table; name the stage that the model is given by --stage")
    return found[-1]


def keep_rows(stage: StageRecord, table: Table, to: str | os.PathLike[str]) -> None:
    """Write at most 10,000 rows of a stage's table as Parquet, and their digest and number into the stage's facts.

    Rows of the smallest key hashes, or the first ones where the stage has no key; in the order of the table. Reads the
    table once. Raises UsageError where pyarrow is missing or the file cannot be written, TableError where the table
    cannot be read.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise UsageError("keeping rows for a replay needs pyarrow: install parityline[arrow]") from error
    parameters = stage.table.state.parameters if stage.table is not None else Parameters()
    rows, hashes = pa.table({}), np.zeros(0, np.uint64)
    for batch, own in _batches(table, parameters):
        rows = pa.concat_tables([rows, batch], promote_options="permissive") if rows.num_columns else batch
        hashes = np.concatenate([hashes, own])
        if len(hashes) > MOST_ROWS:
            places = np.sort(np.argsort(hashes, kind="stable")[:MOST_ROWS])
            rows, hashes = rows.take(places), hashes[places]
    try:
        pq.write_table(rows, os.fspath(to))
    except OSError as error:
        raise UsageError(f"{os.fspath(to)}: cannot be written: {error.strerror or error}") from error
    digest = files.facts(files.expand(Path(to)))["digest"]
    stage.facts["replay_set"] = {"digest": digest, "rows": rows.num_rows}


def _batches(table: Table, parameters: Parameters) -> Iterator[tuple[Any, np.ndarray[Any, np.dtype[np.uint64]]]]:
    """The rows as pyarrow tables, each with the hashes of its keys, or equal ones where there is no key."""
    import pyarrow as pa

    from parityline.tables import arrow

    def hashes(reading: TableReading) -> np.ndarray[Any, np.dtype[np.uint64]]:
        found = reading.key_hashes
        return np.zeros(reading.rows, np.uint64) if found is None else found[0]

    if table.streams is None:  # rows of a library or database that has plain values and no Arrow types
        for batch in table.read():
            reading = TableReading(batch, parameters)
            places = np.arange(batch.rows)
            cells = {name: reading.columns[name].cells(places) for name in batch.names}
            yield pa.table({n: [plain(c[i]) for i in range(batch.rows)] for n, c in cells.items()}), hashes(reading)
        return
    for _, stream in table.streams():
        reader = reader_of(stream)
        for piece in reader:
            own = pa.RecordBatchReader.from_batches(reader.schema, [piece])
            yield pa.Table.from_batches([piece]), hashes(TableReading(next(arrow.stream_batches(own)), parameters))
