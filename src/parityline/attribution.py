"""Where a difference began: new at its stage, inherited from an input, or undecided, and by what evidence."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from parityline.findings import Finding, Origin
from parityline.fingerprints import ColumnFingerprint, Fingerprint
from parityline.moved_rows import MovedRows
from parityline.pairs import Rows, TablePair, sampled, subset
from parityline.records import StageRecord
from parityline.relations import Relation, follows_statistics, learned, mapped, obeys_totals, still_holds

_ROUNDING = 1e-9


@dataclass
class Seen:
    """What verification knows of a stage that it has passed: its errors, and where each began."""

    findings: list[Finding] = field(default_factory=list)

    @property
    def dirty(self) -> bool:
        """Whether the stage differs."""
        return any(f.severity == "error" for f in self.findings)

    @property
    def columns(self) -> set[str] | None:
        """Columns that differ; None where rows differ, so that any column may."""
        errors = [f for f in self.findings if f.severity == "error"]
        if any(f.column is None for f in errors):
            return None
        return {str(f.column) for f in errors} | {str(f.evidence["also"]) for f in errors if "also" in f.evidence}

    def root(self, name: str) -> str:
        """The stage where the differences of this one began, as far as is known."""
        roots = [f.inherited_from or f.stage for f in self.findings if f.severity == "error"]
        return roots[0] if roots else name


@dataclass
class Attribution:
    """Attributes the differences of one stage. sides: the stages of reference and observed, tables: both, by name."""

    sides: tuple[dict[str, StageRecord], dict[str, StageRecord]]
    seen: dict[str, Seen]
    tables: dict[str, TablePair]
    _maps: dict[tuple[int, int], tuple[Rows, Rows]] = field(default_factory=dict)

    def _mapped(self, table: Fingerprint, source: Fingerprint) -> tuple[Rows, Rows]:
        """Rows that belong together, computed once for two tables."""
        pair = id(table), id(source)
        if pair not in self._maps:
            self._maps[pair] = mapped(table, source)
        return self._maps[pair]

    def attributed(self, stage: StageRecord, finding: Finding, table: TablePair | None) -> Finding:
        """The finding with its origin and the evidence for it."""
        dirty = [i for i in stage.inputs if self.seen[i].dirty] if all(i in self.seen for i in stage.inputs) else []
        if not dirty:
            how = "all inputs are equal" if stage.inputs else "the stage has no inputs"
            return _as(finding, "new", None, how)
        root = self.seen[dirty[0]].root(dirty[0])
        if finding.code in ("split-differs", "split-parts-overlap") and all(map(self._same_keys, dirty)):
            return _as(finding, "new", None, "its inputs hold the same keys on both sides; only values differ")
        if table is not None and finding.column is not None:
            answer = self._of_column(stage, finding, table, dirty)
            if answer is not None:
                return answer
        elif table is not None:
            answer = self._of_rows(stage, finding, table, dirty)
            if answer is not None:
                return answer
        derived = self._declared(stage, finding)
        if derived is not None and not any(self._touches(i, derived) for i in dirty):
            return _as(finding, "new", None, f"it derives from {', '.join(sorted(derived))}, which are equal")
        return _as(finding, "undecided", root, "only the graph of stages speaks: its inputs differ")

    def _same_keys(self, name: str) -> bool:
        before, after = (side[name].table if name in side else None for side in self.sides)
        if before is None or after is None or not before.key:
            return False
        own = TablePair(name, "", "", before, after, ({}, {}))
        return own.keyed and own.same_keys

    def _declared(self, stage: StageRecord, finding: Finding) -> set[str] | None:
        derives: Any = stage.facts.get("derives")
        if isinstance(derives, dict) and finding.column in derives:
            names = derives[finding.column]
            return {names} if isinstance(names, str) else set(names)
        return set(derives) if isinstance(derives, list) else None

    def _touches(self, stage: str, columns: set[str]) -> bool:
        own = self.seen[stage].columns
        return own is None or bool(own & {c.rpartition(".")[2] for c in columns})

    def _of_column(self, stage: StageRecord, finding: Finding, table: TablePair, dirty: list[str]) -> Finding | None:
        """By the relations that the reference shows: inherited where one that differs still holds, else new."""
        relations = self._relations(stage, finding, table)
        declared = self._declared(stage, finding)
        if declared is not None:  # what is declared stands above what merely agrees in the sample
            names = {name.rpartition(".")[2] for name in declared}
            relations = [relation for relation in relations if relation.column in names]
        answers = [self._by(relation, finding, table, dirty) for relation in relations]
        known = [answer for answer in answers if answer is not None]
        for origin in ("inherited", "undecided"):
            for answer in known:
                if answer.origin == origin:
                    return answer
        return known[0] if known else None

    def _by(self, relation: Relation, finding: Finding, table: TablePair, dirty: list[str]) -> Finding | None:
        column = str(finding.column)
        source = f"{relation.stage}.{relation.column}"
        what = "equals" if relation.exact else "follows from"
        observed = self.sides[1].get(relation.stage)
        if observed is None or observed.table is None:
            return None
        rows = self._mapped(table.observed, observed.table)
        holds = still_holds(relation, table.observed, column, observed.table, rows)
        own = self.seen[relation.stage].columns if relation.stage in self.seen else set()
        if relation.stage not in dirty or (own is not None and relation.column not in own):
            if holds and observed.table.key != table.observed.key:
                return None  # looked up by a key that may itself have changed
            return _as(finding, "new", None, f"in the reference it {what} {source}, which does not differ", relation)
        if holds is None:
            return None
        if not holds and not relation.exact:
            holds = self._follows_batch(relation, column, table, observed)
        root = self.seen[relation.stage].root(relation.stage)
        beyond = self._beyond(relation, column, table, observed.table) if holds else None
        if beyond:
            return _as(finding, "new", None, f"it {what} {source} in the sampled rows, but {beyond}", relation)
        if holds:
            how = f"{finding.stage}.{column} {what} {source} on both sides, in {relation.rows:,} sampled rows"
            return _as(finding, "inherited", root, how, relation)
        if not relation.exact and not observed.table.columns[relation.column].totals.count:
            return _as(
                finding, "undecided", root, f"{source} has no value here, so what it gave cannot be told", relation
            )
        refitted = None if relation.exact else learned(table.observed, column, observed.table, relation.column, rows)
        if refitted is not None:
            part = self._fitted_on(relation, refitted, column)
            if part is not None:
                how = f"it follows from {source}, and its constants are those of {part} on both sides; that input moved"
                return _as(finding, "inherited", root, how, relation)
            if self._may_follow(relation, refitted, column, table):
                # the rows that a constant was fitted on decide whether it moved with its input, and are not known
                how = f"it follows from {source} with other constants; that input moved, and their fit was not recorded"
                return _as(finding, "undecided", root, how, relation)
        return _as(finding, "new", None, f"in the reference it {what} {source}; here it does not", relation)

    def _beyond(self, relation: Relation, column: str, table: TablePair, source: Fingerprint) -> str | None:
        """What a sample misses: rows that differ here and not in the input, or totals that leave the relation."""
        here = learned(table.observed, column, source, relation.column, self._mapped(table.observed, source))
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

    def _fitted_on(self, before: Relation, after: Relation, column: str) -> str | None:
        """The recorded part whose statistic the constants are, on both sides; None where there is none.

        A part that a scaler was fitted on has mean 0 and deviation 1, and filling with the mean leaves the mean.
        """
        for name, stage in self.sides[0].items():
            other = self.sides[1].get(name)
            for part, table in stage.tables.items():
                there = other.tables.get(part) if other else None
                if there is None or column not in table.columns or column not in there.columns:
                    continue
                sides = (table.columns[column], before.fill), (there.columns[column], after.fill)
                if all(_standardised(own) or (fill is not None and _is_mean(own, fill)) for own, fill in sides):
                    return f"{name}/{part}" if part else name
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
        rows = self._mapped(table.observed, observed.table)
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

    def _relations(self, stage: StageRecord, finding: Finding, table: TablePair) -> list[Relation]:
        """The relations in the reference, the strongest first: equality before arithmetic, the same name first."""
        column = str(finding.column)
        if column not in table.reference.columns:
            return []
        found: list[Relation] = []
        for name in stage.inputs:
            source = self.sides[0][name].table if name in self.sides[0] else None
            if source is None:
                continue
            rows = self._mapped(table.reference, source)
            if self._passed_through(table.reference, source, column):
                return [Relation(name, column, exact=True, rows=len(rows[0]))]
            looked_up = source.key != table.reference.key
            for other in source.columns:
                if not source.columns[other].summarised or (looked_up and other in source.key):
                    continue  # rows that were found by a key agree in it, whatever happened
                relation = learned(table.reference, column, source, other, rows)
                if relation is not None:
                    found.append(replace(relation, stage=name))
        return sorted(found, key=lambda r: (not r.exact, r.column != column, -r.rows))

    @staticmethod
    def _passed_through(table: Fingerprint, source: Fingerprint, column: str) -> bool:
        """Whether the input has the same column, equal in every row by digest: no other relation is as sure."""
        if table.key != source.key or not table.key or column not in source.columns or column in table.key:
            return False
        own, other = table.columns[column], source.columns[column]
        return own.summarised and other.summarised and own.type == other.type and own.digests == other.digests

    def _of_rows(self, stage: StageRecord, finding: Finding, table: TablePair, dirty: list[str]) -> Finding | None:
        """Rows that are missing, extra or doubled, by those of the inputs."""
        inputs = {name: self.tables[name] for name in stage.inputs if name in self.tables}
        columns = {name: self.seen[name].columns for name in dirty}
        answer = MovedRows(table, inputs, dirty, columns, _names(stage.facts.get("group_by"))).answer()
        if answer is None:
            return None
        root = None if answer.source is None else self.seen[answer.source].root(answer.source)
        return _as(finding, answer.origin, root, answer.how)


def _names(declared: object) -> tuple[str, ...]:
    """The names that a declaration gives: one, several, or none."""
    return (declared,) if isinstance(declared, str) else tuple(declared) if isinstance(declared, (list, tuple)) else ()


def _standardised(column: ColumnFingerprint) -> bool:
    """Mean 0 and deviation 1 to the last digits."""
    deviations = [column.totals.deviation(ddof) for ddof in (0, 1)]
    return _is_mean(column, 0.0) and any(d is not None and abs(d - 1) <= _ROUNDING for d in deviations)


def _is_mean(column: ColumnFingerprint, value: float) -> bool:
    return column.mean is not None and abs(column.mean - value) <= _ROUNDING * max(1.0, abs(value))


def _as(finding: Finding, origin: Origin, root: str | None, how: str, relation: Relation | None = None) -> Finding:
    evidence = {**finding.evidence, "origin": how}
    if relation is not None and not relation.exact:
        evidence["relation"] = {"slope": relation.slope, "intercept": relation.intercept, "fill": relation.fill}
    return replace(finding, origin=origin, inherited_from=root, evidence=evidence)
