"""Texts were cut to a length."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import Case, Forms, Rung
from parityline.findings import Finding
from parityline.text_forms import CUTS

CODE = "text-truncated"
RUNG = Rung.TEXT


def explain(case: Case) -> Finding | None:
    texts = case.texts()
    if texts is None and case.forms is not None:
        return _hidden(case, case.forms)
    column = case.column
    if texts is None or column is None:
        return None
    lengths = {len(b.decode("utf-8", "replace")) for _, b in texts}
    if len(lengths) != 1 or not all(a.startswith(b) for a, b in texts):
        return None
    length = lengths.pop()
    kept = [column.cells[1].distinct[i] for i in np.unique(column.cells[1].index[~column.differs])]
    if any(isinstance(cell, bytes) and len(cell.decode("utf-8", "replace")) > length for cell in kept):
        return None  # a longer text is as it was: these were renamed
    return case.found(CODE, f"`{column.name}` is cut to {length} characters", evidence={"length": length})


def _hidden(case: Case, forms: Forms) -> Finding | None:
    """Of texts that the records hide, the cuts are known whose hashes are kept."""
    length = next((n for n in CUTS if forms.agree(f"first_{n}", "same")), None)
    if length is None:
        return None
    sentence = f"`{forms.column}` is cut to {length} characters"
    return case.found(CODE, sentence, evidence={"length": length, "sampled_texts": forms.rows})
