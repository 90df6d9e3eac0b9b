"""What a model gives for rows whose category its encoder does not know, quoted beside the finding that counts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from parityline.checks.one_hot import blocks
from parityline.findings import Finding
from parityline.fingerprints import Fingerprint
from parityline.pairs import TablePair, sampled


def with_predictions(findings: Sequence[Finding], tables: Mapping[str, Sequence[TablePair]]) -> list[Finding]:
    """The findings; one on rows that have no category set tells the mean prediction of these rows and of all others.

    `evidence["predictions"]`: {stage, column, unseen, others, rows}, means over the sampled rows that both stages have;
    rows: how many of them have no category. Unchanged where no stage of the same key holds predictions, or no such row
    is among the sampled ones.
    """
    return [_told(finding, tables) if finding.code == "unseen-category" else finding for finding in findings]


def _told(finding: Finding, tables: Mapping[str, Sequence[TablePair]]) -> Finding:
    encoded = next(iter(tables.get(finding.stage, ())), None)
    block = blocks(encoded.reference).get(str(finding.evidence.get("of", finding.column))) if encoded else None
    if encoded is None or block is None or not set(block) <= set(encoded.common):
        return finding
    empty = _empty(encoded.observed, block)
    scores = [(pair, name) for pairs in tables.values() for pair in pairs for name in _scores(pair, encoded)]
    for scored, name in scores:
        means = _means(scored.observed, name, empty)
        if means is None:
            continue
        sentence = f"{finding.sentence}; `{scored.stage}.{name}` of these rows is {means['unseen']:.4g} in the mean"
        told = {"stage": scored.stage, "column": name, **means}
        return replace(
            finding,
            sentence=f"{sentence}, of all others {means['others']:.4g}",
            evidence={**finding.evidence, "predictions": told},
        )
    return finding


def _empty(table: Fingerprint, block: list[str]) -> dict[int, bool]:
    """Of each sampled key of one row, whether all columns of the block are 0."""
    sums = np.asarray(sum(sampled(table, name).as_floats() for name in block))
    return {key: bool(sums[row] == 0) for key, row in table.single_rows.items()} if sums.size else {}


def _means(table: Fingerprint, score: str, empty: dict[int, bool]) -> dict[str, float] | None:
    """The mean score of the rows that are empty, and of all others; None where one of them has no row."""
    scores = sampled(table, score).as_floats()
    rows = [(row, empty[key]) for key, row in table.single_rows.items() if key in empty and len(scores)]
    kept = [(scores[row], none) for row, none in rows if np.isfinite(scores[row])]
    unseen, others = ([score for score, none in kept if none is side] for side in (True, False))
    if not unseen or not others:
        return None
    return {"unseen": float(np.mean(unseen)), "others": float(np.mean(others)), "rows": len(unseen)}


def _scores(pair: TablePair, encoded: TablePair) -> list[str]:
    """The columns of predictions for rows of the same key."""
    if pair.kind != "predictions" or not encoded.keyed or pair.observed.key != encoded.observed.key:
        return []
    return [name for name in pair.declared.get("score", []) if name in pair.common and pair.columns[name].is_number]
