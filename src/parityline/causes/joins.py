"""Which inputs a table may have been joined to, and which of their keys its rows name."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parityline.causes.cause import FEWEST, Case
from parityline.fingerprints import Fingerprint
from parityline.kernel.canonical import hash_key
from parityline.kernel.values_hash import cell_hashes, row_hashes
from parityline.pairs import TablePair, equal_rows, looked_up, sampled, subset

EVERY = 1 << 128


def right_sides(case: Case) -> Iterator[tuple[str, TablePair, tuple[str, ...]]]:
    """Inputs with columns of theirs by which the table may name their rows: their key, else one column of a name."""
    table = case.table
    both = set(table.common)
    alike = [stage for stage, source in case.inputs().items() if source.reference.key == table.reference.key]
    for stage, source in case.inputs().items():
        key = source.reference.key
        if alike == [stage]:
            continue  # the side whose rows are kept
        if stage in alike:
            if key == source.observed.key:
                yield stage, source, key  # one of several sides, joined one to one
            continue
        keys = [key] if key and key == source.observed.key and set(key) <= both else []
        taken = key, table.reference.key
        others = [(name,) for name in source.common if name in both and (name,) not in taken]
        yield from ((stage, source, names) for names in (*keys, *others))


def named_keys(table: Fingerprint, names: tuple[str, ...]) -> list[int | None] | None:
    """For each sampled row the hash of the key that it names, None for a missing one; None without cells."""
    vectors = [sampled(table, name) for name in names]
    if any(len(cells) != len(table.state.sample.owner) for cells in vectors) or not vectors:
        return None
    seed = table.state.parameters.seed
    hashes = [row_hashes(cells, table.columns[name].type, seed) for cells, name in zip(vectors, names, strict=True)]
    high, low = hash_key(hashes, seed)
    missing = np.any([cells.null_rows() for cells in vectors], axis=0)
    rows = zip(high.tolist(), low.tolist(), missing.tolist(), strict=True)
    return [None if null else h << 64 | w for h, w, null in rows]


def keys_beside(case: Case, source: TablePair) -> Iterator[tuple[str, dict[int, int | None]]]:
    """Other inputs that hold the one-column key of an input beside rows of the table, equal on both sides.

    The stage, and the hash of the key by the place of each row that is known of both, None where the key is missing.
    """
    key = source.reference.key
    for stage, other in case.inputs().items():
        beside = case.beside(stage, key[0]) if len(key) == 1 and other is not source else None
        if beside is None:
            continue
        places, pair = case.within(*beside)
        if pair.differs.any() or pair.reference.type != source.reference.columns[key[0]].type:
            continue
        hashes, missing = cell_hashes(pair.cells[0], pair.reference.type, pair.seed), pair.cells[0].absent_rows()
        named = zip(places.tolist(), pair.cells[0].index.tolist(), missing.tolist(), strict=True)
        yield stage, {at: None if null else hashes[own] for at, own, null in named}


def known_keys(source: Fingerprint, names: tuple[str, ...]) -> tuple[dict[int, int], int] | None:
    """Rows by hash of the key, and up to which hash all keys are known; None where they are not."""
    sample = source.state.sample
    if names == source.key:
        limit = EVERY if sample.complete else (sample.keys[-1] if sample.keys else 0)
        return dict(zip(sample.keys, sample.rows_per_key, strict=True)), limit
    if len(names) == 1 and source.columns[names[0]].values.complete:
        return source.columns[names[0]].values.counted(), EVERY
    own = named_keys(source, names)
    if own is None or not sample.complete or sum(sample.counts) != source.rows:
        return None
    found: dict[int, int] = {}
    for key, count in zip(own, sample.counts, strict=True):
        if key is not None:
            found[key] = found.get(key, 0) + count
    return found, EVERY


def brought_columns(table: TablePair, source: TablePair, names: tuple[str, ...]) -> list[str]:
    """The columns that the reference took from an input by these names; others may have the same name by chance."""
    own = [n for n in source.common if n in table.common and n not in names and n not in table.reference.key]
    return [name for name in own if brought(table, source, name, names)]


def brought(table: TablePair, source: TablePair, name: str, names: tuple[str, ...]) -> bool:
    """In the reference the column holds what the input holds for the key that each row names."""
    if names != source.reference.key:
        return _brought_by_part(table.reference, source.reference, name, names)
    left, right = looked_up(table.reference, source.reference)
    if len(left) < FEWEST:
        return False
    cells = subset(sampled(table.reference, name), left), subset(sampled(source.reference, name), right)
    return bool(equal_rows(*cells, table.reference.columns[name].type, table.reference.state.parameters.seed).all())


def _brought_by_part(table: Fingerprint, source: Fingerprint, name: str, names: tuple[str, ...]) -> bool:
    """The same where the key of the input has more columns, so that it may hold several values for what a row names."""
    own, other = named_keys(table, names), named_keys(source, names)
    if own is None or other is None or not source.state.sample.complete:
        return False
    kind, seed = table.columns[name].type, table.state.parameters.seed
    if kind != source.columns[name].type:
        return False
    cells = sampled(table, name), sampled(source, name)
    hashes = [cell_hashes(side, kind, seed) for side in cells]
    held: dict[int | None, set[int]] = {}
    for key, place in zip(other, cells[1].index.tolist(), strict=True):
        held.setdefault(key, set()).add(hashes[1][place])
    filled = np.flatnonzero(~cells[0].absent_rows()).tolist()
    places = cells[0].index
    return len(filled) >= FEWEST and all(hashes[0][places[row]] in held.get(own[row], ()) for row in filled)
