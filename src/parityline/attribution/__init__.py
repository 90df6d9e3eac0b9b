"""Where a difference began: new at its stage, inherited from an input, or undecided, and by what evidence."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from parityline.attribution.answer import Answer
from parityline.attribution.columns import FollowedColumns
from parityline.attribution.places import inputs_with_moved_places, of_place
from parityline.attribution.rows import MovedRows
from parityline.attribution.seen import APPENDED, MOVED_PLACES, QUIET, Seen
from parityline.attribution.splits import of_split
from parityline.findings import Finding
from parityline.pairs import TablePair
from parityline.records import StageRecord

__all__ = ["Attribution", "Seen"]


_SHOWN = ("metric-definition-changed", "total-not-conserved")
"""Differences that no data explain."""


@dataclass
class Attribution:
    """Attributes the differences of one stage after the other.

    sides: the stages of reference and observed, by name; seen: what was found of those that were passed; tables,
    parts: their tables on both sides, of stages with one table and of all; reordered: stages whose other inputs were
    told as a fault of the process.
    """

    sides: tuple[dict[str, StageRecord], dict[str, StageRecord]]
    seen: dict[str, Seen]
    tables: dict[str, TablePair]
    parts: Mapping[str, list[TablePair]]
    reordered: set[str] = field(default_factory=set)

    @cached_property
    def _follow(self) -> FollowedColumns:
        return FollowedColumns(self.sides, self.seen, self.tables)

    def attributed(self, stage: StageRecord, finding: Finding, table: TablePair | None) -> Finding:
        """The finding with its origin and the evidence for it."""
        if stage.name in self.reordered:
            evidence = {**finding.evidence, "origin": "its inputs are others, which is said of the process"}
            return replace(finding, origin="inherited", inherited_from="process", evidence=evidence)
        if finding.code in _SHOWN:
            return self._as(finding, Answer("new", None, "it is shown by the counts of this run alone"))
        made_of = self._made_of(stage)
        known = all(i in self.seen for i in made_of)
        dirty = [i for i in made_of if self.seen[i].dirty] if known else []
        moved = inputs_with_moved_places(stage, self.seen, self.tables) if known else {}
        answer = of_place(finding, table, moved, self._follow, stage.kind) if moved else None
        if answer is not None:
            return self._as(finding, answer, (MOVED_PLACES,))
        if not dirty:
            how = "all inputs are equal" if made_of else "the stage has no inputs"
            return self._as(finding, Answer("new", None, how))
        if finding.code == "other-model-served" and _set_by_code(finding):
            return self._as(finding, Answer("new", None, "a parameter that code sets does not follow from data"))
        if finding.code == "wrong-output-served" and "outputs" in finding.evidence:
            return self._as(
                finding, Answer("new", None, "each run's own model gives its predictions by another output")
            )
        answer = self._of_inputs(stage, finding, table, dirty)
        if answer.origin == "undecided" and finding.severity == "error":
            for name in dirty:
                self.seen[name].raise_(QUIET)  # each of them may be what this follows from
        if answer.origin == "inherited" and table is not None and self._only_appended(finding, table, dirty):
            finding = replace(finding, code=APPENDED, severity="note")
        return self._as(finding, answer, QUIET)

    def _made_of(self, stage: StageRecord) -> tuple[str, ...]:
        """The inputs of a stage; of outcomes the predictions that they judge, too."""
        judged = str(stage.facts.get("prediction") or "") if stage.kind == "outcomes" else ""
        return stage.inputs if judged not in self.seen or judged in stage.inputs else (*stage.inputs, judged)

    @staticmethod
    def asks(finding: Finding) -> bool:
        """Whether a finding has an origin: an error, or what becomes one if a later stage differs by it."""
        return finding.severity == "error" or finding.code in (*QUIET, MOVED_PLACES)

    def _of_inputs(self, stage: StageRecord, finding: Finding, table: TablePair | None, dirty: list[str]) -> Answer:
        """The answer where some inputs differ: by what the rows and the columns of both show, else by the graph."""
        inputs = {name: self.tables[name] for name in stage.inputs if name in self.tables}
        declared = _declared(stage, finding)
        answer = None
        if stage.kind == "split" and table is None:
            answer = of_split((stage, self.sides[1][stage.name]), self.parts[stage.name], inputs, dirty)
        elif table is not None and finding.column is not None:
            answer = self._follow.answer(stage, finding.column, table, dirty, declared)
        elif table is not None:
            columns = {name: self.seen[name].columns for name in dirty}
            answer = MovedRows(table, inputs, dirty, columns, _names(stage.facts.get("group_by"))).answer()
        if answer is not None:
            return answer
        if declared is not None and not any(self._touches(i, declared) for i in dirty):
            return Answer("new", None, f"it derives from {', '.join(sorted(declared))}, which are equal")
        return Answer("undecided", dirty[0], "only the graph of stages speaks: its inputs differ")

    def _touches(self, stage: str, columns: set[str]) -> bool:
        own = self.seen[stage].columns
        return own is None or bool(own & {c.rpartition(".")[2] for c in columns})

    def _only_appended(self, finding: Finding, table: TablePair, dirty: list[str]) -> bool:
        """Whether extra rows are those that were appended to the inputs, and nothing else differs here or there."""
        if "rows-extra" not in (finding.code, *finding.explains) or table.key_changes[0] or table.differing():
            return False
        return not any(self.seen[i].failed for i in dirty)

    def _as(self, finding: Finding, answer: Answer, raised: Collection[str] = ()) -> Finding:
        """With its origin; `raised`: what is said of the stage where an error began, and is an error by it."""
        root = None if answer.source is None else self.seen[answer.source].root(answer.source)
        if root in self.seen and finding.severity == "error":
            self.seen[root].raise_(raised)
        evidence = {**finding.evidence, "origin": answer.how}
        relation = answer.relation
        if relation is not None and not relation.exact:
            evidence["relation"] = {"slope": relation.slope, "intercept": relation.intercept, "fill": relation.fill}
        return replace(finding, origin=answer.origin, inherited_from=root, evidence=evidence)


def _set_by_code(finding: Finding) -> bool:
    """Whether a parameter of a model has another value of few digits, as a person writes it."""
    changed = finding.evidence.get("changed", {})
    pairs = [pair for name, pair in changed.items() if "parameters." in name and ".fitted." not in f".{name}"]
    return any(all(_written(value) for value in pair) for pair in pairs)


def _written(value: Any) -> bool:
    return value is not None and (not isinstance(value, float) or float(f"{value:.3g}") == value)


def _declared(stage: StageRecord, finding: Finding) -> set[str] | None:
    """The columns that the stage says the column, or all of it, is made of; None where it says nothing."""
    derives: Any = stage.facts.get("derives")
    if isinstance(derives, dict) and finding.column in derives:
        names = derives[finding.column]
        return {names} if isinstance(names, str) else set(names)
    return set(derives) if isinstance(derives, list) else None


def _names(declared: object) -> tuple[str, ...]:
    """The names that a declaration gives: one, several, or none."""
    return (declared,) if isinstance(declared, str) else tuple(declared) if isinstance(declared, (list, tuple)) else ()
