"""Text gained or lost leading or trailing spaces."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "text-padded"
RUNG = Rung.TEXT


def explain(case: Case) -> Finding | None:
    texts = case.texts()
    if texts is None and case.forms is not None and case.forms.agree("stripped", "stripped"):
        sentence = f"`{case.forms.column}` is padded with spaces; the hidden texts agree once trimmed"
        return case.found(CODE, sentence, evidence={"sampled_texts": case.forms.rows})
    if texts is None or case.column is None or any(a.strip() != b.strip() for a, b in texts):
        return None
    return case.found(CODE, f"`{case.column.name}` is padded with spaces; the texts agree once trimmed")
