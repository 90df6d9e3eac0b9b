"""A split by time is cut at another moment."""

from __future__ import annotations

import datetime

from parityline.causes.beside import INSTANTS
from parityline.causes.cause import Case, Rung
from parityline.causes.splits import parts
from parityline.findings import Finding
from parityline.fingerprints import Fingerprint

CODE = "split-date-moved"
RUNG = Rung.ROWS


def explain(case: Case) -> Finding | None:
    pairs = parts(case)
    if len(pairs) != 2:
        return None
    for name in pairs[0].common:
        types = {side.columns[name].type for p in pairs for side in (p.reference, p.observed) if name in side.columns}
        if len(types) != 1 or not types <= {*INSTANTS, "timestamp-zoned"} or name not in pairs[1].common:
            continue
        then, now = _cut([p.reference for p in pairs], name), _cut([p.observed for p in pairs], name)
        if then is None or now is None or then == now or then[0] != now[0]:
            continue
        rows = [
            sum(table.rows for table in side) for side in zip(*((p.reference, p.observed) for p in pairs), strict=True)
        ]
        logical = types.pop()
        old, new = (_shown(own[1], logical) for own in (then, now))
        sentence = f"the split is cut at {new} of `{name}`; research cut at {old}"
        if rows[1] != rows[0]:
            sentence += f": the table {'grew' if rows[1] > rows[0] else 'shrank'} from {rows[0]:,} to {rows[1]:,} rows"
        return case.found(CODE, sentence, expected=old, found=new, evidence={"time": name, "rows": rows})
    return None


def _cut(tables: list[Fingerprint], name: str) -> tuple[int, int] | None:
    """Which of the two parts is the later one, and when it begins; None where the parts overlap in time."""
    ranges = [table.columns[name].range for table in tables]
    ends = [(own.minimum, own.maximum) for own in ranges]
    for later in (1, 0):
        first, last = ends[later][0], ends[1 - later][1]
        if isinstance(first, int) and isinstance(last, int) and last <= first and ends[0] != ends[1]:
            return later, first
    return None


def _shown(instant: int, logical: str) -> str:
    if logical == "date":
        return (datetime.date(1970, 1, 1) + datetime.timedelta(days=instant)).isoformat()
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=instant // 1000)
    return moment.isoformat(sep=" ")
