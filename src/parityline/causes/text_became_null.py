"""A text such as NA, None or the empty text was taken for missing."""

from __future__ import annotations

from collections import Counter

from parityline.causes.cause import Case, Rung
from parityline.findings import Finding
from parityline.fingerprints import plain
from parityline.kernel.cells import Cells, Hashed
from parityline.kernel.summaries.form import MISSING_WORDS
from parityline.kernel.values_hash import cell_hashes
from parityline.pairs import ColumnPair

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
    empties = before.shape.empties - after.shape.empties
    missing_words = before.form.named().get("missing_word", 0) - after.form.named().get("missing_word", 0)
    if before.values.complete and sum(count for _, count in gone) == grown and gone:
        words = [repr(str(plain(cell))) for cell, _ in gone]
        if len(gone) > 1 and not all(
            isinstance(cell, bytes) and (cell in MISSING_WORDS or not cell.strip()) for cell, _ in gone
        ):
            return None
    elif min(empties, missing_words) >= 0 and empties + missing_words == grown:
        seen = _seen(column)
        if seen is None:
            return None
        words = seen or (["''"] if empties else []) + (["words for missing"] if missing_words else [])
    else:
        return None
    sentence = f"`{column.name}`: {', '.join(words[:4])} ({grown:,} rows) became null"
    return case.found(
        CODE, sentence, share=grown / max(1, before.rows), evidence={"rows": grown, "values": words[:20], "exact": True}
    )


def _seen(column: ColumnPair) -> list[str] | None:
    """The texts in the aligned rows that differ, the most frequent first; None where one is no word for missing."""
    known = Cells.of([*MISSING_WORDS, b""])
    words = dict(zip(cell_hashes(known, "text", column.seed), known.distinct, strict=True))
    counts: Counter[str] = Counter()
    for a, b in column.changed:
        word = words.get(a.hash) if isinstance(a, Hashed) else a
        if b is not None or not isinstance(word, bytes) or (word and word not in MISSING_WORDS):
            return None
        counts[repr(word.decode())] += 1
    return [word for word, _ in counts.most_common()]
