"""Upper and lower case follow the rules of another language."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding

CODE = "locale-rules-changed"
RUNG = Rung.TEXT

_ALIKE = {"i\u0307": "i", "\u0131": "i", "\u0130": "I"}
"""The dot that a lower-cased capital leaves, the dotless i, and the capital I with a dot."""


def explain(case: Case) -> Finding | None:
    changed = case.texts()
    column = case.column
    if changed is None or column is None:
        return None
    turkish = [0, 0]
    for before, after in changed:
        sides = [side.decode("utf-8", "replace") for side in (before, after)]
        alike = [_plain(side) for side in sides]
        if alike[0] != alike[1]:
            return None
        for side, text in enumerate(sides):
            turkish[side] += alike[side] != text
    if (turkish[0] == 0) == (turkish[1] == 0):
        return None
    here = "Turkish rules" if turkish[1] else "no Turkish rules"
    there = "other ones" if turkish[1] else "Turkish ones"
    sentence = f"`{column.name}` differs only in the letter i, with or without its dot: case follows {here} here, and "
    return case.found(CODE, f"{sentence}{there} in research", evidence={"sampled_changed": len(changed)})


def _plain(text: str) -> str:
    for turkish, plain in _ALIKE.items():
        text = text.replace(turkish, plain)
    return text
