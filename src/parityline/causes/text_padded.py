"""Text gained or lost leading or trailing spaces."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "text-padded"
RUNG = Rung.TEXT


def explain(case: Case) -> Finding | None:
    texts = case.texts()
    if texts is None or case.column is None or any(a.strip() != b.strip() for a, b in texts):
        return None
    return case.found(CODE, f"`{case.column.name}` is padded with spaces; the texts agree once trimmed")
