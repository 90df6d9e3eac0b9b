"""A table over time, watched window by window: each is recorded as the stage that it is of, and looked at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from parityline.errors import TableError, UsageError
from parityline.findings import Verdict
from parityline.fingerprints import types_of
from parityline.history.store import Entry, History
from parityline.history.watching import digests_of, watch
from parityline.kernel.parameters import WINDOWS
from parityline.kernel.sections.windows import MOST_GIVEN_WINDOWS
from parityline.recording import record
from parityline.records import Record, StageRecord
from parityline.tables import arrow, open_table
from parityline.tables.streams import reader_of

USUAL = "day"
_LENGTHS = {"year": 4, "month": 7, "day": 10, "hour": 13, "minute": 16, "second": 19}
"""Of a window's name: so many characters of ISO 8601."""


def watch_windows(
    reference: Record,
    table: Any,
    history: str | os.PathLike[str],
    *,
    stage: str | None = None,
    window: str | None = None,
) -> Iterator[tuple[str, Verdict, Entry]]:
    """Verify each window of a table against a stage of the reference, and append the verdicts to the history.

    Args:
        reference: a record.
        table: the rows of some time, of that stage: a path, or a table of pandas, Polars, Arrow or DuckDB; held in
            memory while it is split.
        history: the file; made if it is not there.
        stage: of the reference, of kind source, ETL or features, with `time=`; None where one source alone has it.
        window: year, month, day, hour, minute or second; None for what the stage declares, else days.

    Yields, by ascending time, (window, verdict, entry) of those that hold rows which no earlier look of this history
    saw. Windows are of UTC; rows without a time are in none. Raises UsageError where no such stage or unit exists,
    TableError for a table without that column of times.
    """
    known = _stage(reference, stage)
    fingerprint = known.tables[""]
    time = fingerprint.state.parameters.time
    assert time is not None
    unit = window or fingerprint.state.parameters.window or USUAL
    if unit not in WINDOWS:
        raise UsageError(f"window: expected one of {', '.join(WINDOWS)}, found {unit!r}")
    earlier = History(history).entries(reference.name)
    last_looks = {(entry.environment, *entry.digests): entry.digests for entry in earlier}
    alone = replace(reference, stages={known.name: replace(known, inputs=())}, expectations=[], environment_facts={})
    for name, rows in _split(_arrow(table, types_of(fingerprint)), time, unit):
        observed = _recorded(alone, known, f"production {name}", rows)
        digests = digests_of(observed)
        if last_looks.get((observed.environment, *digests)) != digests:
            yield name, *watch(alone, observed, history)


def _stage(reference: Record, name: str | None) -> StageRecord:
    """The stage that the table is of."""
    timed = {
        stage.name: stage
        for stage in reference.stages.values()
        if stage.kind in ("source", "etl", "features") and "" in stage.tables and stage.tables[""].state.parameters.time
    }
    shown = ", ".join(timed) or "none"
    if name is not None:
        if name not in timed:
            raise UsageError(
                f"stage {name!r}: expected a source, ETL or features stage with time=; the reference has: {shown}"
            )
        return timed[name]
    sources = [stage for stage in timed.values() if stage.kind == "source"]
    if len(sources) != 1:
        raise UsageError(f"expected one source with time=, found {len(sources)}; name the stage, one of: {shown}")
    return sources[0]


def _arrow(table: Any, types: Mapping[str, str]) -> Any:
    """The whole table as one of pyarrow. types: logical, for columns that have none of their own."""
    pa = arrow.require()
    if type(table).__module__.partition(".")[0] == "pandas":
        return pa.Table.from_pandas(table, preserve_index=False)
    opened = open_table(table).like(types)
    if opened.streams is None:
        raise TableError(
            f"expected a file, or a table of pandas, Polars, Arrow or DuckDB, found {opened.engine}; give one of these"
        )
    return _without_views(pa.concat_tables([reader_of(stream).read_all() for _, stream in opened.streams()]))


def _split(whole: Any, time: str, unit: str) -> Iterator[tuple[str, Any]]:
    """(name, rows) of each window of a pyarrow table, by ascending time."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if time not in whole.column_names:
        raise TableError(f"expected the time column {time!r} of the reference, found {', '.join(whole.column_names)}")
    times = whole[time]
    if times.null_count == len(times):
        return  # no rows, or none in any window
    if not (pa.types.is_timestamp(times.type) or pa.types.is_date(times.type)):
        raise TableError(f"expected times or dates in {time!r}, found {times.type}")
    # without its zone a time is that of UTC, as in the windows of a record
    starts = pc.floor_temporal(times.cast(pa.timestamp("us"), safe=False), unit=unit)
    windows = sorted(pc.unique(starts).drop_null().to_pylist())
    if len(windows) > MOST_GIVEN_WINDOWS:
        raise UsageError(f"expected at most {MOST_GIVEN_WINDOWS:,} windows, found {len(windows):,} of a {unit} each")
    for start in windows:
        here = pc.fill_null(pc.equal(starts, pa.scalar(start, starts.type)), False)
        yield start.isoformat()[: _LENGTHS[unit]], whole.filter(here)


def _without_views(table: Any) -> Any:
    """pyarrow does not pick rows of string and binary views."""
    import pyarrow as pa

    plain = {"string_view": pa.large_string(), "binary_view": pa.large_binary()}
    return table.cast(pa.schema([field.with_type(plain.get(str(field.type), field.type)) for field in table.schema]))


def _recorded(reference: Record, stage: StageRecord, environment: str, rows: Any) -> Record:
    with record(reference.name, environment=environment, like=reference, privacy=reference.privacy) as run:
        getattr(run, stage.kind)(stage.name, rows)
    run.record.environment_facts = {}  # that of the machine that watches is not that of production
    return run.record
