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

    `evidence["predictions"]`: {stage, column, unseen, others, reference, rows}, means over the sampled rows that both
    stages have; reference: over all rows of the reference; rows: how many have no category. others is None, and the
    reference is told in its place, where all rows are such. Unchanged where no stage of the same key holds predictions,
    or none of those rows is among the sampled ones.
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
        given = _given(scored.observed, name, empty)
        before = scored.reference.columns[name].mean
        if not given[True] or before is None:
            continue
        unseen = float(np.mean(given[True]))
        others = float(np.mean(given[False])) if given[False] else None
        than = f"in the reference {before:.4g}" if others is None else f"of all others {others:.4g}"
        sentence = f"{finding.sentence}; `{scored.stage}.{name}` of these rows is {unseen:.4g} in the mean, {than}"
        means = {"unseen": unseen, "others": others, "reference": before, "rows": len(given[True])}
        told = {"stage": scored.stage, "column": name, **means}
        return replace(finding, sentence=sentence, evidence={**finding.evidence, "predictions": told})
    return finding


def _empty(table: Fingerprint, block: list[str]) -> dict[int, bool]:
    """Of each sampled key of one row, whether all columns of the block are 0."""
    sums = np.asarray(sum(sampled(table, name).as_floats() for name in block))
    return {key: bool(sums[row] == 0) for key, row in table.single_rows.items()} if sums.size else {}


def _given(table: Fingerprint, score: str, empty: dict[int, bool]) -> dict[bool, list[float]]:
    """The finite scores of the rows that are empty (True), and of all others."""
    scores = sampled(table, score).as_floats()
    given: dict[bool, list[float]] = {True: [], False: []}
    for key, row in table.single_rows.items():
        if key in empty and len(scores) and np.isfinite(scores[row]):
            given[empty[key]].append(float(scores[row]))
    return given


def _scores(pair: TablePair, encoded: TablePair) -> list[str]:
    """The columns of predictions for rows of the same key."""
    if pair.kind != "predictions" or not encoded.keyed or pair.observed.key != encoded.observed.key:
        return []
    return [name for name in pair.declared.get("score", []) if name in pair.common and pair.columns[name].is_number]
