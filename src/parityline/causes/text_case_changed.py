"""Text changed between upper and lower case."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "text-case-changed"
RUNG = Rung.TEXT


def explain(case: Case) -> Finding | None:
    texts = case.texts()
    if texts is None or case.column is None:
        if case.forms is None or not case.forms.agree("folded", "folded"):
            return None
        sentence = f"`{case.forms.column}` changed its case; the hidden texts agree once case is folded"
        return case.found(CODE, sentence, evidence={"sampled_texts": case.forms.rows})
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
