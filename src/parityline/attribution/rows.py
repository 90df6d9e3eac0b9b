"""Rows of a stage that are lost, extra or doubled: whether they follow from an input that lost, gained or changed rows.

A key that an input lost too is nothing new. Neither is one whose row an input changed, where that tells: few rows of
the input changed and these are among them, or what they hold now separates them from the rows that stayed, as a filter
does. Rows may also be looked up in an input by another key (a dimension), or be groups of its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from parityline.attribution.answer import Answer
from parityline.changes import numbers
from parityline.conditions import Candidate, separating
from parityline.fingerprints import Fingerprint
from parityline.kernel.canonical import hash_key
from parityline.kernel.values_hash import row_hashes
from parityline.pairs import TablePair, sampled, subset

BY_CHANCE = 0.01
"""Rows that are all among those that an input changed are so by chance with at most this probability, or not told."""
FEWEST = 8
"""Of fewer rows it is not said that nothing separates them."""

Keys = frozenset[int]


@dataclass(frozen=True)
class MovedRows:
    """The rows of one table that differ by their key.

    inputs: the pairs of those inputs that hold one table; dirty: those of all inputs that differ; columns: which of
    their columns do, None where any may.
    """

    table: TablePair
    inputs: Mapping[str, TablePair]
    dirty: Sequence[str]
    columns: Mapping[str, set[str] | None]
    group_by: tuple[str, ...] = ()

    def answer(self) -> Answer | None:
        """Inherited, new or undecided; None where the keys do not tell."""
        if not self.table.keyed:
            return None
        same = {n: p for n, p in self.inputs.items() if p.keyed and p.reference.key == self.table.reference.key}
        others = {n: p for n, p in self.inputs.items() if n in set(self.dirty) and n not in same}
        unknown = [n for n in self.dirty if n not in self.inputs]
        exact = self.table.changes is not None and all(p.changes is not None for p in same.values())
        gone_or_new = moved(self.table, exact)
        if not exact:  # whether a key is in an input is known up to where its sample ends
            known = min((_limit(side) for p in same.values() for side in (p.reference, p.observed)), default=1 << 128)
            gone_or_new = frozenset(key for key in gone_or_new if key <= known)
        if not gone_or_new:
            clean = bool(same) and all(p.same_keys for p in same.values()) and not others and not unknown
            return Answer("new", None, f"the keys of {_listed(same)} are the same on both sides") if clean else None
        rest, source = gone_or_new, ""
        for name, pair in same.items():
            gone = rest & moved(pair, exact)
            source = source or (name if gone else "")
            rest -= gone
        what = "key" if exact else "sampled key"
        if not rest:
            how = f"every {what} that is missing, extra or doubled is so in {source} too: nothing new"
            return Answer("inherited", source, how)
        affected = {name: self._affected(pair, exact) for name, pair in others.items()}
        for name in self.dirty:
            if name in same:
                found = self._of_changed(name, same[name], rest, exact)
            else:
                found = self._of_other_key(name, rest, affected[name]) if name in self.inputs else None
            if found is not None:
                return found
        if unknown or not all(rest & hit.keys() for hit in affected.values()):
            return None  # no row of these can be followed there
        if not same:
            return None
        if source:
            return Answer("new", None, f"{len(rest):,} {what}s are missing, extra or doubled here and in no input")
        if all(p.same_keys for p in same.values()):
            return Answer("new", None, f"the keys of {_listed(same)} are the same on both sides")
        return Answer("new", None, f"{len(rest):,} {what}s are missing, extra or doubled here and in no input")

    def _of_changed(self, name: str, pair: TablePair, rest: Keys, exact: bool) -> Answer | None:
        """By the rows of an input with the same key whose values differ: a filter may have asked for them."""
        if exact and pair.changes is not None and pair.changes.changed is None:
            exact, rest = False, moved(self.table, exact=False) - moved(pair, exact=False)
        affected, rows = changed(pair, exact)
        if not affected or not rest <= affected:
            return None
        share = len(affected) / max(1, rows)
        if rest and share ** len(rest) <= BY_CHANCE:
            how = f"the {len(rest):,} keys that are missing, extra or doubled are among {len(affected):,} that {name} "
            return Answer("inherited", name, how + "changed")
        told = self._filtered(name, pair)
        if told is not None:
            return told
        if len(moved(self.table, exact=False)) < FEWEST or not pair.reference.state.sample.columns:
            return Answer(
                "undecided", name, f"the values of {name} differ in these rows, and a filter may ask for them"
            )
        return None

    def _filtered(self, name: str, pair: TablePair) -> Answer | None:
        """By what the changed columns of an input hold now: whether that separates moved rows from the others."""
        columns = self.columns.get(name)
        names = [c for c in pair.common if columns is None or c in columns]
        missing, extra, _ = self.table.key_changes
        keys = pair.observed.state.sample.keys
        owners = [keys[o] for o in pair.observed.state.sample.owner]
        known = set(self.table.reference.state.sample.keys)
        limit = min(_limit(self.table.reference), _limit(self.table.observed))
        asked = [key for key in owners if key <= limit]
        # what was lost is told from what research kept, what is extra from what research left out
        for gone, among in ((set(missing), known), (set(extra), set(asked) - known)):
            if not gone:
                continue
            rows = np.array([i for i, key in enumerate(owners) if key <= limit and key in among], np.int64)
            chosen = np.array([owners[i] in gone for i in rows], np.bool_)
            candidates = []
            for column in names:
                cells = sampled(pair.observed, column)
                if len(cells) == len(owners):
                    candidates.append(Candidate(column, pair.observed.columns[column].type, subset(cells, rows)))
            condition = separating(chosen, candidates)
            if condition is not None:
                how = f"they are the rows where {condition.words} in {name}, which differs: a filter asks for it"
                return Answer("inherited", name, how)
        return None

    def _of_other_key(self, name: str, rest: Keys, hit: dict[int, bool]) -> Answer | None:
        """By an input with another key: a dimension that the rows look up, or rows that these are groups of."""
        asked = rest & hit.keys()
        if not asked or not all(hit[key] for key in asked):
            return None
        share = sum(hit.values()) / len(hit)
        if share ** len(asked) <= BY_CHANCE:
            how = f"the keys that are missing, extra or doubled belong to rows that {name} lost, gained or changed"
            return Answer("inherited", name, how)
        return Answer("undecided", name, f"{name} differs in what nearly all rows belong to")

    def _affected(self, pair: TablePair, exact: bool) -> dict[int, bool]:
        """`_asked` by the numbers of keys, where all rows are known by these."""
        hit = self._asked(pair)
        if not exact:
            return hit
        named = {**numbers(self.table.reference), **numbers(self.table.observed)}
        return {named[key]: affected for key, affected in hit.items() if key in named}

    def _asked(self, pair: TablePair) -> dict[int, bool]:
        """{sampled key of the table: whether a row of the input that it belongs to moved or changed}."""
        affected = moved(pair, exact=False) | changed(pair, exact=False)[0]
        known = min(_limit(pair.reference), _limit(pair.observed))
        found: dict[int, bool] = {}
        grouped = all(n in pair.common for n in self._groups)
        for side in (0, 1):
            own, source = ((p.reference, p.observed)[side] for p in (self.table, pair))
            by, of = (source, own) if grouped else (own, source)
            names = self._groups if grouped else source.key
            for row_key, key in _named(by, names, of):
                belongs, row = (key, row_key) if grouped else (row_key, key)
                if row > known:
                    continue  # whether that row moved is not in the sample
                found[belongs] = found.get(belongs, False) or row in affected
        return found

    @property
    def _groups(self) -> tuple[str, ...]:
        return self.group_by or self.table.reference.key


def _named(table: Fingerprint, names: tuple[str, ...], other: Fingerprint) -> Iterator[tuple[int, int]]:
    """(key of a sampled row, key of the row of another table that its columns of these names give)."""
    if not names or any(n not in table.columns for n in names) or len(names) != len(other.key):
        return
    sample, seed = table.state.sample, table.state.parameters.seed
    vectors = [sampled(table, n) for n in names]
    if any(len(v) != len(sample.owner) for v in vectors):
        return
    high, low = hash_key(
        [row_hashes(v, table.columns[n].type, seed) for v, n in zip(vectors, names, strict=True)], seed
    )
    for owner, h, w in zip(sample.owner, high.tolist(), low.tolist(), strict=True):
        yield sample.keys[owner], h << 64 | w


def _limit(table: Fingerprint) -> int:
    sample = table.state.sample
    return sample.keys[-1] if sample.keys and not sample.complete else 1 << 128


def moved(pair: TablePair, exact: bool) -> Keys:
    """Keys of which one side has more rows: their numbers where all are decoded, else the sampled ones' hashes."""
    if exact:
        assert pair.changes is not None
        return frozenset((*pair.changes.missing, *pair.changes.extra, *pair.changes.doubled))
    samples = pair.reference.state.sample, pair.observed.state.sample
    before, after = (dict(zip(s.keys, s.rows_per_key, strict=True)) for s in samples)
    limit = min(_limit(pair.reference), _limit(pair.observed))
    return frozenset(k for k in {*before, *after} if k <= limit and before.get(k) != after.get(k))


def changed(pair: TablePair, exact: bool) -> tuple[Keys, int]:
    """Keys whose row holds other values, and of how many: all by number where they are decoded, else sampled ones."""
    if exact:
        assert pair.changes is not None
        if pair.changes.changed is None:
            return frozenset(), pair.reference.rows
        return frozenset(pair.changes.changed), pair.reference.rows
    rows = pair.rows[0]
    differs = np.zeros(len(rows), np.bool_)
    for column in pair.columns.values():
        if column.aligned and not column.same:
            differs |= column.differs
    sample = pair.reference.state.sample
    return frozenset(sample.keys[sample.owner[i]] for i in rows[differs]), len(rows)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
