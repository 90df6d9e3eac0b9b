"""A column that differs: whether it follows from a column of an input, by the relations that the reference shows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from parityline.attribution.answer import Answer
from parityline.attribution.constants import fitted_on, fitted_on_input, fitted_on_own_rows, follows, movement
from parityline.attribution.seen import Seen
from parityline.fingerprints import Fingerprint
from parityline.pairs import Rows, TablePair, equal_rows, sampled, subset
from parityline.records import StageRecord
from parityline.relations import (
    FEWEST_ROWS,
    Probe,
    Relation,
    follows_statistics,
    learned,
    mapped,
    obeys_totals,
    still_holds,
)


@dataclass
class FollowedColumns:
    """Columns followed to their inputs. sides: the stages of reference and observed; tables: both, by name."""

    sides: tuple[dict[str, StageRecord], dict[str, StageRecord]]
    seen: Mapping[str, Seen]
    tables: Mapping[str, TablePair]
    _maps: dict[tuple[int, int], tuple[Rows, Rows]] = field(default_factory=dict)
    _probes: dict[tuple[int, int], Probe] = field(default_factory=dict)

    def mapped(self, table: Fingerprint, source: Fingerprint) -> tuple[Rows, Rows]:
        """Rows that belong together, computed once for two tables."""
        pair = id(table), id(source)
        if pair not in self._maps:
            self._maps[pair] = mapped(table, source)
        return self._maps[pair]

    def _probe(self, source: Fingerprint, rows: Rows) -> Probe:
        at = id(source), id(rows)
        if at not in self._probes:
            self._probes[at] = Probe.of(source, rows)
        return self._probes[at]

    def exactly(self, table: Fingerprint, column: str, source: Fingerprint, name: str) -> Relation | None:
        """The relation of a column to one that it equals; None where it does not, or too few rows show it."""
        relation = learned(table, column, source, name, self.mapped(table, source))
        return relation if relation is not None and relation.exact else None

    def answer(
        self, stage: StageRecord, column: str, table: TablePair, dirty: list[str], declared: Collection[str] | None
    ) -> Answer | None:
        """Inherited where a relation to a column that differs still holds, else new; None where no relation is known.

        declared: the columns, as `stage.column` or bare, that the stage says it is made of; None without.
        """
        relations = self._relations(stage, column, table)
        if declared is not None:  # what is declared stands above what merely agrees in the sample
            names = {name.rpartition(".")[2] for name in declared}
            relations = [relation for relation in relations if relation.column in names]
        answers = [self._by(relation, column, table, dirty) for relation in relations]
        known = [answer for answer in answers if answer is not None]
        for origin in ("inherited", "undecided"):
            for answer in known:
                if answer.origin == origin:
                    return answer
        return known[0] if known else None

    def _by(self, relation: Relation, column: str, table: TablePair, dirty: list[str]) -> Answer | None:
        source = f"{relation.stage}.{relation.column}"
        what = "equals" if relation.exact else "follows from"
        observed = self.sides[1].get(relation.stage)
        if observed is None or observed.table is None:
            return None
        rows = self.mapped(table.observed, observed.table)
        holds = still_holds(relation, table.observed, column, observed.table, rows)
        own = self.seen[relation.stage].columns if relation.stage in self.seen else set()
        behind_split = relation.stage not in self.sides[0][table.stage].inputs
        differs = relation.stage in dirty or (behind_split and self.seen[relation.stage].dirty)
        if not differs or (own is not None and relation.column not in own):
            if holds and observed.table.key != table.observed.key:
                return None  # looked up by a key that may itself have changed
            fitted = None if holds else self._fitted_elsewhere(relation, column, table, observed.table, dirty)
            return fitted or Answer(
                "new", None, f"in the reference it {what} {source}, which does not differ", relation
            )
        if holds is None:
            return None
        if not holds and relation.exact and self._holds_but_for_gaps(relation, column, table, observed.table):
            how = f"it {what} {source} wherever that has a value; here values are missing, which research never saw"
            return Answer("undecided", relation.stage, how, relation)
        if not holds and not relation.exact:
            holds = self._follows_batch(relation, column, table, observed)
        beyond = self._beyond(relation, column, table, observed.table) if holds else None
        if beyond:
            return Answer("new", None, f"it {what} {source} in the sampled rows, but {beyond}", relation)
        if holds:
            how = f"{table.stage}.{column} {what} {source} on both sides, in {relation.rows:,} sampled rows"
            return Answer("inherited", relation.stage, how, relation)
        if not relation.exact and not observed.table.columns[relation.column].totals.count:
            how = f"{source} has no value here, so what it gave cannot be told"
            return Answer("undecided", relation.stage, how, relation)
        refitted = None if relation.exact else learned(table.observed, column, observed.table, relation.column, rows)
        if refitted is not None:
            answer = self._refitted(relation, refitted, column, table)
            if answer is not None:
                return answer
        return Answer("new", None, f"in the reference it {what} {source}; here it does not", relation)

    def _fitted_elsewhere(
        self, before: Relation, column: str, table: TablePair, source: Fingerprint, dirty: list[str]
    ) -> Answer | None:
        """Constants that moved while their input did not: those of a part of it, where other rows are in that part."""
        if before.exact:
            return None
        after = learned(table.observed, column, source, before.column, self.mapped(table.observed, source))
        if after is None or (before.slope, before.intercept) == (after.slope, after.intercept):
            return None
        what = f"it follows from {before.stage}.{before.column}, and its constants"
        part = fitted_on_input(before, after, self.sides)
        if part is not None:
            how = f"{what} are those of {part[0]}/{part[1]} on both sides, which holds other rows"
            return Answer("inherited", part[0], how, before) if part[0] in dirty else None
        split = next((name for name in dirty if self._holds_others(name, before.column)), None)
        if split is None or not self._may_follow(before, after, column, table):
            return None
        how = f"{what} may be those of a part of {split}, which holds other rows; their fit was not recorded"
        return Answer("undecided", split, how, before)

    def _holds_others(self, name: str, column: str) -> bool:
        """Whether a stage is a split of which rows, or this column, differ."""
        own = self.seen[name].columns
        return self.sides[0][name].kind == "split" and (own is None or column in own)

    def _refitted(self, before: Relation, after: Relation, column: str, table: TablePair) -> Answer | None:
        """The same kind of relation with other constants: whether they moved only because their input did."""
        source = f"{before.stage}.{before.column}"
        part = fitted_on(before, after, column, table, self.sides)
        if part is not None:
            how = f"it follows from {source}, and its constants are those of {part} on both sides; that input moved"
            return Answer("inherited", before.stage, how, before)
        pair = self.tables.get(before.stage)
        moved = movement(pair, before.column) if pair is not None else None
        if moved is not None:
            if follows(before, after, moved):
                how = f"it follows from {source}, and its constants moved exactly as that input did"
                return Answer("inherited", before.stage, how, before)
            how = f"its constants are neither those of the reference nor those, moved as {source} moved"
            return Answer("new", None, how, before)
        if fitted_on_own_rows(before, after, column, table):
            how = f"its constants are fitted on its own rows here; in the reference on others than those of {source}"
            return Answer("new", None, how, before)
        if self._may_follow(before, after, column, table):
            # the rows that a constant was fitted on decide whether it moved with its input, and are not known
            how = f"it follows from {source} with other constants; that input moved, and their fit was not recorded"
            return Answer("undecided", before.stage, how, before)
        return None

    def _holds_but_for_gaps(self, relation: Relation, column: str, table: TablePair, source: Fingerprint) -> bool:
        """Whether all that differs stands where the input misses a value, and it missed none in the reference."""
        before = self.sides[0][relation.stage].table
        if before is None or relation.column not in before.columns or column not in table.observed.columns:
            return False
        gaps = [own.columns[relation.column] for own in (before, source)]
        if gaps[0].missing + gaps[0].shape.nans or not gaps[1].missing + gaps[1].shape.nans:
            return False
        rows = self.mapped(table.observed, source)
        left, right = sampled(table.observed, column), sampled(source, relation.column)
        if not len(left) or not len(right) or len(rows[0]) < FEWEST_ROWS:
            return False
        cells = subset(left, rows[0]), subset(right, rows[1])
        there = ~cells[1].absent_rows()
        seed = table.observed.state.parameters.seed
        equal = equal_rows(*cells, table.observed.columns[column].type, seed)
        return bool(there.any() and not there.all() and equal[there].all())

    def _beyond(self, relation: Relation, column: str, table: TablePair, source: Fingerprint) -> str | None:
        """What a sample misses: rows that differ here and not in the input, or totals that leave the relation."""
        here = learned(table.observed, column, source, relation.column, self.mapped(table.observed, source))
        after = relation if here is None or here.fill is None else replace(relation, fill=here.fill)
        before, pair = self.sides[0][relation.stage].table, self.tables.get(relation.stage)
        if after.fill == relation.fill and pair is not None and pair.reference.key == table.reference.key:
            # a constant that moved with its input changes rows whose own input is as before
            own = table.changes.of_column(column) if table.changes else None
            other = pair.changes.of_column(relation.column) if pair.changes else None
            if own is not None and other is not None and set(own) - set(other):
                return f"{len(set(own) - set(other)):,} rows differ here that do not differ there"
        if before is None or relation.exact:
            return None
        if obeys_totals(relation, table.reference, column, before) and not obeys_totals(
            after, table.observed, column, source
        ):
            return "the exact totals do not follow"
        return None

    def _may_follow(self, before: Relation, after: Relation, column: str, table: TablePair) -> bool:
        """Whether other constants may be the same statistic of rows that were not recorded: a scaler, or a fill."""
        if (before.slope, before.intercept) == (after.slope, after.intercept):
            source = self.sides[0][before.stage].table
            mean = source.columns[before.column].mean if source else None
            return before.fill is None or mean is None or abs(before.fill - mean) > 1e-9 * max(1.0, abs(mean))
        columns = table.reference.columns[column], table.observed.columns[column]
        # scaled with a part of its own rows, a column has nearly mean 0 and deviation 1
        return all(c.mean is not None and abs(c.mean) < 0.1 > abs((c.totals.deviation() or 0.0) - 1) for c in columns)

    def _follows_batch(self, relation: Relation, column: str, table: TablePair, observed: StageRecord) -> bool:
        """Whether the fill moved only because the mean of this run's input did."""
        before = self.sides[0][relation.stage].table
        assert before is not None
        assert observed.table is not None
        rows = self.mapped(table.observed, observed.table)
        y = subset(sampled(table.observed, column), rows[0]).as_floats()
        x = subset(sampled(observed.table, relation.column), rows[1]).as_floats()
        fills = np.unique(y[np.isnan(x)])
        if len(fills) != 1:
            return False
        rest = ~np.isnan(x)
        if np.abs(y[rest] - (relation.slope * x[rest] + relation.intercept)).max(initial=0) > 1e-9 * max(
            1, np.abs(y).max()
        ):
            return False
        pairs = [
            (t.columns[column], s.columns[relation.column])
            for t, s in ((table.reference, before), (table.observed, observed.table))
        ]
        return follows_statistics(relation, (pairs[0], pairs[1]), float(fills[0]))

    def _sources(self, stage: StageRecord) -> list[str]:
        """The inputs; of a split, which holds no table of its own, what it splits."""
        found: dict[str, None] = {}
        for name in stage.inputs:
            own = self.sides[0].get(name)
            found.update(dict.fromkeys(own.inputs if own is not None and own.kind == "split" else (name,)))
        return list(found)

    def _relations(self, stage: StageRecord, column: str, table: TablePair) -> list[Relation]:
        """The relations in the reference, the strongest first: equality before arithmetic, the same name first."""
        if column not in table.reference.columns:
            return []
        found: list[Relation] = []
        for name in self._sources(stage):
            source = self.sides[0][name].table if name in self.sides[0] else None
            if source is None:
                continue
            rows = self.mapped(table.reference, source)
            if _passed_through(table.reference, source, column):
                return [Relation(name, column, exact=True, rows=len(rows[0]))]
            looked_up = source.key != table.reference.key
            for other in self._probe(source, rows[1]).related(table.reference, column, rows[0]):
                if looked_up and other in source.key:
                    continue  # rows that were found by a key agree in it, whatever happened
                relation = learned(table.reference, column, source, other, rows)
                if relation is not None:
                    found.append(replace(relation, stage=name))
        return sorted(found, key=lambda r: (not r.exact, r.column != column, -r.rows))


def _passed_through(table: Fingerprint, source: Fingerprint, column: str) -> bool:
    """Whether the input has the same column, equal in every row by digest: no other relation is as sure."""
    if table.key != source.key or not table.key or column not in source.columns or column in table.key:
        return False
    own, other = table.columns[column], source.columns[column]
    return own.summarised and other.summarised and own.type == other.type and own.digests == other.digests
