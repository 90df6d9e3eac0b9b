"""A text such as NA, None or the empty text was taken for missing."""

from __future__ import annotations

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding
from parityline.fingerprints import plain
from parityline.kernel.summaries.form import MISSING_WORDS

CODE = "text-became-null"
RUNG = Rung.MISSING


def explain(case: Case) -> Finding | None:
    column = case.column
    if column is None or column.reference.type != "text" or not case.table.same_keys:
        return None
    before, after = column.reference, column.observed
    grown = after.missing - before.missing
    if grown <= 0:
        return None
    gone = [
        (cell, count)
        for own, cell, count in zip(before.values.hashes, before.values.cells, before.values.counts, strict=True)
        if own not in set(after.values.hashes)
    ]
    if before.values.complete and sum(count for _, count in gone) == grown and gone:
        words = [repr(str(plain(cell))) for cell, _ in gone]
        if len(gone) > 1 and not all(
            isinstance(cell, bytes) and (cell in MISSING_WORDS or not cell.strip()) for cell, _ in gone
        ):
            return None
    elif before.shape.empties - after.shape.empties == grown:
        words = ["''"]
    elif before.form.named().get("missing_word", 0) - after.form.named().get("missing_word", 0) == grown:
        words = ["words for missing"]
    else:
        return None
    sentence = f"`{column.name}`: {', '.join(words[:4])} ({grown:,} rows) became null"
    return case.found(
        CODE, sentence, share=grown / max(1, before.rows), evidence={"rows": grown, "values": words[:20], "exact": True}
    )
