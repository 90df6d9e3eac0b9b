"""The same order of rows, where it matters."""

from __future__ import annotations

from collections.abc import Iterator

from parityline.findings import Finding
from parityline.pairs import TablePair


def same_order(pair: TablePair) -> Iterator[Finding]:
    """Equal rows stand in the same sequence: an error at an ordered stage, a note elsewhere."""
    a, b = pair.reference.state.order, pair.observed.state.order
    if a is None or b is None or not pair.identical or a.digest == b.digest:
        return
    declared = pair.declared.get("ordered")
    code = "order-differs" if declared else "row-order"
    sentence = f"{pair.where}the same {pair.reference.rows:,} rows in another order"
    sentence += "" if not declared else ", and the next step depends on it"
    yield Finding(
        code, pair.stage, sentence, severity="error" if declared else "note", evidence={"rows": pair.reference.rows}
    )
