"""Predictions are numbers, and probabilities lie in [0, 1]."""

from __future__ import annotations

from collections.abc import Iterator

from parityline.findings import Finding
from parityline.pairs import TablePair


def finite_predictions(pair: TablePair, columns: list[str]) -> Iterator[Finding]:
    """No prediction is null, NaN, infinite or out of range beyond what the reference holds; counts are exact."""
    for name in columns:
        if name not in pair.reference.columns or name not in pair.observed.columns:
            continue
        before, after = pair.reference.columns[name], pair.observed.columns[name]
        counts = [
            {"null": s.nulls, "NaN": s.nans, "infinite": s.plus_infinities + s.minus_infinities}
            for s in (before.shape, after.shape)
        ]
        worse = {what: n for what, n in counts[1].items() if n > counts[0][what]}
        if worse:
            shown = " and ".join(f"{n:,} are {what}" for what, n in worse.items())
            sentence = f"of {after.rows:,} predictions in `{name}` {shown}"
            evidence = {"reference": counts[0], "observed": counts[1], "exact": True}
            share = sum(worse.values()) / max(1, after.rows)
            yield Finding(
                "missing-differs",
                pair.stage,
                sentence,
                name,
                share=share,
                expected=counts[0],
                found=counts[1],
                explains=("values-differ",),
                evidence=evidence,
            )
        low, high = before.min, before.max
        if isinstance(low, (int, float)) and isinstance(high, (int, float)) and low >= 0 and high <= 1:
            least, most = after.min, after.max
            outside = [
                v for v in (least, most) if isinstance(v, (int, float)) and abs(v) != float("inf") and not 0 <= v <= 1
            ]
            if outside:
                sentence = f"`{name}` holds {outside[0]:g}; a probability lies in [0, 1]"
                yield Finding("range-exceeded", pair.stage, sentence, name, expected=[0, 1], found=[least, most])
