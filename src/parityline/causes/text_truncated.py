"""Texts were cut to a length."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "text-truncated"
RUNG = Rung.TEXT


def explain(case: Case) -> Finding | None:
    texts = case.texts()
    column = case.column
    if texts is None or column is None:
        return None
    lengths = {len(b.decode("utf-8", "replace")) for _, b in texts}
    if len(lengths) != 1 or not all(a.startswith(b) for a, b in texts):
        return None
    length = lengths.pop()
    return case.found(CODE, f"`{column.name}` is cut to {length} characters", evidence={"length": length})
