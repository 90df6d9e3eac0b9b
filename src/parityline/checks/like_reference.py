"""New rows look like those of the reference: asked where production sees other rows than research did."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parityline.checks.same_values import percent
from parityline.findings import Finding
from parityline.fingerprints import ColumnFingerprint, plain
from parityline.kernel.summaries import Distribution
from parityline.pairs import TablePair

MISSING_EFFECT = 0.05
DISTANCE_EFFECT = 0.1
UNSEEN_EFFECT = 0.001


def like_reference(pair: TablePair) -> Iterator[Finding]:
    """No effect above the declared size: missing share 0.05, Kolmogorov-Smirnov distance 0.1, unseen categories 0.1 %.

    Effect sizes and not p-values decide: of many rows every difference is significant.
    """
    for name in pair.common:
        before, after = pair.reference.columns[name], pair.observed.columns[name]
        if name in pair.reference.key or not before.rows or not after.rows:
            continue
        yield from _missing(pair, name, before, after)
        yield from _categories(pair, name, before, after)
        if before.distribution.counts and after.distribution.counts:
            distance = ks_distance(before.distribution, after.distribution)
            if distance > DISTANCE_EFFECT:
                sentence = f"{pair.where}`{name}` moved: the distributions are {distance:.3f} apart (KS, 1 at most)"
                evidence = {"ks": distance, "effect": DISTANCE_EFFECT, "mean": [before.mean, after.mean]}
                yield Finding(
                    "distribution-moved",
                    pair.stage,
                    sentence,
                    name,
                    expected=before.mean,
                    found=after.mean,
                    evidence=evidence,
                )


def _missing(pair: TablePair, name: str, before: ColumnFingerprint, after: ColumnFingerprint) -> Iterator[Finding]:
    shares = [(c.missing + c.shape.nans) / c.rows for c in (before, after)]
    if abs(shares[1] - shares[0]) > MISSING_EFFECT or (shares[1] == 1.0 > shares[0]):
        sentence = f"{pair.where}missing values of `{name}`: {percent(shares[0])} -> {percent(shares[1])}"
        yield Finding(
            "missing-differs",
            pair.stage,
            sentence,
            name,
            expected=shares[0],
            found=shares[1],
            evidence={"share": shares},
        )


def _categories(pair: TablePair, name: str, before: ColumnFingerprint, after: ColumnFingerprint) -> Iterator[Finding]:
    if before.type != "text" or not (before.values.complete and after.values.complete):
        return
    known = set(before.values.hashes)
    values = zip(after.values.hashes, after.values.cells, after.values.counts, strict=True)
    unseen = [(str(plain(cell)), count) for own, cell, count in values if own not in known]
    rows = sum(count for _, count in unseen)
    if rows > UNSEEN_EFFECT * after.rows:
        shown = ", ".join(value for value, _ in unseen[:5])
        sentence = (
            f"{pair.where}`{name}` holds {len(unseen)} values that the reference has not ({rows:,} rows): {shown}"
        )
        yield Finding("categories-differ", pair.stage, sentence, name, share=rows / after.rows, found=dict(unseen[:50]))


def ks_distance(a: Distribution, b: Distribution) -> float:
    """The largest gap between two distribution functions on their common bins, in [0, 1]."""
    shift = max(a.shift, b.shift)
    prefixes = [np.array(d.prefixes, np.uint64) >> np.uint64(shift - d.shift) for d in (a, b)]
    every = np.unique(np.concatenate(prefixes))
    shares = []
    for own, d in zip(prefixes, (a, b), strict=True):
        counts = np.zeros(len(every))
        np.add.at(counts, np.searchsorted(every, own), np.array(d.counts, np.float64))
        shares.append(np.cumsum(counts) / d.rows)
    return float(np.abs(shares[0] - shares[1]).max())
