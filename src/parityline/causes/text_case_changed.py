"""Text changed between upper and lower case."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "text-case-changed"
RUNG = Rung.TEXT


def explain(case: Case) -> Finding | None:
    texts = case.texts()
    if texts is None or case.column is None:
        return None
    pairs = [(a.decode("utf-8", "replace"), b.decode("utf-8", "replace")) for a, b in texts]
    if any(a.casefold() != b.casefold() for a, b in pairs):
        return None
    kind = (
        "upper case"
        if all(b == b.upper() for _, b in pairs)
        else "lower case"
        if all(b == b.lower() for _, b in pairs)
        else "another case"
    )
    return case.found(CODE, f"`{case.column.name}` is in {kind}; the texts agree once case is folded")
