"""What a process that `parityline rehearse` started does otherwise: where it records, and what its sources hand on.

The plan is a JSON file named by the variable `PARITYLINE_REHEARSAL`; a process without it is not rehearsed, and nothing
here does anything.
"""

from __future__ import annotations

import dis
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

VARIABLE = "PARITYLINE_REHEARSAL"
SEED = 20_240_611


@dataclass(slots=True)
class Plan:
    """folder: for the records of this run. rows: hand on the rows of each source in another order.

    chunks: hand them on in other chunks. column: the source and the column of it whose values are exchanged among rows.
    """

    folder: str
    rows: bool = False
    chunks: bool = False
    column: tuple[str, str] | None = None
    records: int = 0
    sources: dict[str, str] = field(default_factory=dict)

    def next_record(self) -> Path:
        """Where the next record of this process goes."""
        self.records += 1
        return Path(self.folder) / f"{self.records}.parity"

    def note(self, source: str, what: str) -> None:
        """Keep what was done with a source, also for the process that started this one."""
        self.sources[source] = what
        (Path(self.folder) / "sources.json").write_text(json.dumps(self.sources))


@cache
def plan() -> Plan | None:
    """The plan of this process; None where it is not rehearsed."""
    path = os.environ.get(VARIABLE)
    if not path:
        return None
    return Plan(**json.loads(Path(path).read_text()))


def write(plan_: Plan) -> Path:
    """The plan as a file in its folder."""
    path = Path(plan_.folder) / "plan.json"
    path.write_text(json.dumps({k: v for k, v in asdict(plan_).items() if k not in ("records", "sources")}))
    return path


def handed_on(source: str, table: Any, keywords: Mapping[str, Any], *, frames_above: int) -> Any:
    """The table that a source hands on: the one it was given, or as the plan changes it.

    frames_above: how far up the call stack the pipeline stands, to see whether it uses what the tap returns.
    """
    own = plan()
    if own is None or not (own.rows or own.chunks or own.column):
        return table
    if _is_discarded(frames_above + 1):
        own.note(source, "the pipeline does not use what the tap returns")
        return table
    if own.rows and keywords.get("ordered"):
        own.note(source, "declared as ordered")
        return table
    if own.column is not None and own.column[0] != source:
        own.note(source, "another source")
        return table
    try:
        changed = _rechunked(table) if own.chunks else _with_rows(table, own.column and own.column[1])
    except Exception as error:
        own.note(source, f"not changed: {type(error).__name__}")
        return table
    own.note(source, "changed" if changed is not None else f"not changed: a {type(table).__name__}")
    return table if changed is None else changed


def _is_discarded(frames_above: int) -> bool:
    """Whether the statement that called the tap throws its value away."""
    frame = sys._getframe(frames_above)
    for instruction in dis.get_instructions(frame.f_code):
        if instruction.offset > frame.f_lasti and instruction.opname != "CACHE":
            return instruction.opname == "POP_TOP"
    return False


def _with_rows(table: Any, column: str | None) -> Any:
    """The rows in another order, or one column's values exchanged among the rows; None for what has no rows at hand."""
    kind = type(table).__module__.partition(".")[0]
    if kind == "pandas" and hasattr(table, "iloc"):
        places = _places(len(table))
        if column is None:
            return table.iloc[places]
        return table.assign(**{column: table[column].to_numpy()[places]}).astype({column: table[column].dtype})
    if kind == "polars" and hasattr(table, "height"):
        places = _places(table.height)
        return table[places] if column is None else table.with_columns(table[column][places].alias(column))
    if kind == "pyarrow" and hasattr(table, "num_rows") and hasattr(table, "take"):
        places = _places(table.num_rows)
        if column is None:
            return table.take(places)
        place = table.schema.get_field_index(column)
        return table.set_column(place, table.schema.field(place), table.column(place).take(places))
    if isinstance(table, np.ndarray) and table.ndim and column is None:
        return table[_places(len(table))]
    if isinstance(table, dict) and table:
        places = _places(len(next(iter(table.values()))))
        wanted = table if column is None else (column,)
        return {name: _taken(values, places) if name in wanted else values for name, values in table.items()}
    return None


def _taken(values: Any, places: NDArray[np.int64]) -> Any:
    return values[places] if isinstance(values, np.ndarray) else [values[place] for place in places.tolist()]


def _rechunked(table: Any) -> Any:
    """An Arrow or Polars table in many chunks; None for tables that have none."""
    kind = type(table).__module__.partition(".")[0]
    if kind == "pyarrow" and hasattr(table, "to_batches") and table.num_rows:
        batches = table.combine_chunks().to_batches(max_chunksize=max(1, table.num_rows // 7))
        return type(table).from_batches(batches, table.schema)
    if kind == "polars" and hasattr(table, "height") and table.height > 7:
        step = table.height // 7
        parts = [table[start : start + step] for start in range(0, table.height, step)]
        whole = parts[0]
        for part in parts[1:]:
            whole = whole.vstack(part)
        return whole
    return None


def _places(rows: int) -> NDArray[np.int64]:
    return np.random.default_rng(SEED).permutation(rows).astype(np.int64)
