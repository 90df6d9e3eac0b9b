"""Text is in another Unicode normal form."""

from __future__ import annotations

import unicodedata
from typing import Literal

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "unicode-form-changed"
RUNG = Rung.TEXT

_FORMS: dict[Literal["NFC", "NFD", "NFKC", "NFKD"], str] = {
    "NFC": "composed",
    "NFD": "decomposed",
    "NFKC": "compatible composed",
    "NFKD": "compatible decomposed",
}


def explain(case: Case) -> Finding | None:
    """All texts are those of the reference in one normal form, or agree once both are brought into one."""
    column = case.column
    if column is None or not column.holds_texts or column.changes_ascii:
        return None
    changed, pairs = case.changes(), case.pairs()
    if changed is None or pairs is None:
        return None
    if not all(isinstance(a, bytes) and isinstance(b, bytes) for a, b in changed):
        return None
    try:
        texts = [(a.decode(), b.decode()) for a, b in pairs if isinstance(a, bytes) and isinstance(b, bytes)]
    except UnicodeDecodeError:
        return None
    for form, word in _FORMS.items():
        if all(unicodedata.normalize(form, a) == b for a, b in texts):
            sentence = f"`{column.name}` is in {word} Unicode form ({form}): joins and encoders will not match"
            return case.found(CODE, sentence, evidence={"form": form})
    if all(unicodedata.normalize("NFC", a) == unicodedata.normalize("NFC", b) for a, b in texts):
        sentence = f"`{column.name}`: the texts agree once both sides are composed (NFC)"
        return case.found(CODE, sentence, evidence={"form": None})
    return None
