"""An old period gained rows after the reference was recorded."""

from __future__ import annotations

import datetime

from parityline.causes.cause import FEWEST, Case, Rung
from parityline.causes.changed_rows import extra_rows, ordered_columns
from parityline.checks.same_values import percent
from parityline.findings import Finding

CODE = "late-rows-arrived"
RUNG = Rung.ROWS

_TIMES = ("timestamp", "timestamp-zoned")


def explain(case: Case) -> Finding | None:
    """Every extra row was loaded later than any row of the reference, and belongs to a time that the reference covers.

    No row is missing, and none of those that both sides have differs.
    """
    table = case.table
    if case.finding.code != "rows-extra" or not table.keyed or table.key_changes[0] or table.differing():
        return None
    extra, kept = extra_rows(table)
    if extra.sum() < FEWEST or not kept.any():
        return None
    columns = {
        name: values
        for name, values, _ in ordered_columns(table.observed)
        if name in table.common and table.observed.columns[name].type in (*_TIMES, "date")
    }
    declared = table.reference.state.parameters.time
    for load, values in columns.items():
        if load == declared:
            continue  # when things happened, and not when they were loaded
        last = table.reference.columns[load].range.maximum
        if not isinstance(last, int) or any(v is None or v <= last for v in values[extra].tolist()):
            continue
        for event, own in sorted(columns.items(), key=lambda found: found[0] != declared):
            reached = table.reference.columns[event].range
            if event == load or not isinstance(reached.minimum, int) or not isinstance(reached.maximum, int):
                continue
            late = own[extra].tolist()
            if any(v is None or not reached.minimum <= v <= reached.maximum for v in late):
                continue
            rows = table.observed.rows - table.reference.rows
            day = 1 if table.observed.columns[event].type == "date" else 86_400 * 10**9
            first, end = (_day(ticks // day) for ticks in (min(late), max(late)))
            share = percent(rows / max(1, table.reference.rows))
            sentence = f"{rows:,} rows ({share}) with `{event}` from {first} to {end} "
            sentence += f"arrived after the reference was read: their `{load}` is later than any that it holds"
            evidence = {"rows": rows, "loaded": load, "event": event, "exact": True}
            return case.found(CODE, sentence, evidence=evidence)
    return None


def _day(days: int) -> str:
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=days)).isoformat()
