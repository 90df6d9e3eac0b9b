"""Two tables at hand, compared as two records of one stage would be."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from parityline.fetching import with_rows
from parityline.findings import Verdict
from parityline.fingerprints import parameters_for, types_of
from parityline.records import Record, StageRecord
from parityline.tables import Table, open_table
from parityline.taps import tapped
from parityline.verification import verify


def diff(
    a: Any, b: Any, *, key: str | Sequence[str] | None = None, ignore: Iterable[str] = (), rows: str = "same"
) -> Verdict:
    """The verdict over two tables, `a` the reference: the same as of two records with one stage, named `table`.

    Rows that differ are fetched and shown, up to 20 a finding, where there are few enough to name them all: at least
    750 changed, or 1,500 missing and extra ones. A stream that can be read once is not read again for them.

    Args:
        a, b: tables as `fingerprint` takes them; a stream that can be read once is consumed.
        key: the column or columns that name a row; without it multisets are compared.
        ignore: columns that are typed and counted only.
        rows: as in `verify`.

    Raises TableError for what cannot be read, UsageError for a column that is not there.
    """
    opened = open_table(a, digest_files=True)
    reference = _recorded(opened, _label(a, "a"), key, tuple(ignore))
    other = open_table(b, digest_files=True).like(types_of(reference.stages["table"].tables[""]))
    observed = _recorded(other, _label(b, "b"), key, tuple(ignore))
    _forget_other_files(reference, observed)
    verdict = verify(reference, observed, rows=rows)
    at_hand = tuple({} if table.once else {"table": table} for table in (opened, other))
    return with_rows(verdict, (reference, observed), (at_hand[0], at_hand[1]))


def _forget_other_files(reference: Record, observed: Record) -> None:
    """That two tables with other rows are two files goes without saying."""
    sides = [side.stages["table"] for side in (reference, observed)]
    if sides[0].tables[""].state.digest != sides[1].tables[""].state.digest:
        for side in sides:
            side.table_facts[""].pop("files", None)


def _label(table: Any, name: str) -> str:
    return os.path.basename(os.fspath(table)) if isinstance(table, (str, os.PathLike)) else name


def _recorded(opened: Table, label: str, key: str | Sequence[str] | None, ignore: tuple[str, ...]) -> Record:
    parameters = replace(parameters_for(key=key, ignore=ignore), ordered=opened.ordered)
    stage = StageRecord("table", "source", facts={"ordered": False})
    stage.tables[""], stage.table_facts[""] = tapped(opened, parameters)
    record = Record("diff", label)
    record.stages["table"] = stage
    return record
