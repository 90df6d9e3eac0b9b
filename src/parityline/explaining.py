"""From differences to causes: each is asked of every cause, whole, then in parts, and told where it lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from parityline.causes import Cause, causes
from parityline.causes.cause import FEWEST, Case, Context
from parityline.environment import differences
from parityline.findings import Finding, Unchecked
from parityline.pairs import TablePair
from parityline.queries import difference, names

_DECIDED_BY: Mapping[str, tuple[str, ...]] = {
    "empty-groups-dropped": ("observed",),
    "null-rows-dropped": ("dropna",),
    "columns-skipped-by-type": ("include", "exclude"),
    "date-format-mistaken": ("format", "dayfirst", "yearfirst"),
    "quantile-method-changed": ("interpolation", "method"),
    "ddof-changed": ("ddof",),
    "null-order-changed": ("na_position", "nulls_last"),
    "order-has-ties": ("kind", "keep", "maintain_order"),
    "type-differs": ("dtype_backend", "dtype", "convert_dates"),
}
"""Which parameters of library calls decide what a cause is about: their changed default is quoted."""
MOST_COLUMNS = 3
"""More unexplained columns than this, in a table without a key, are told as one difference of its rows."""
MOST_UNEXPLAINED = 8
"""So many columns of a table without a cause; further ones are asked only for the causes that were found elsewhere."""
MOST_PARTED = 3
"""So many columns of a table are looked at for several faults in one; more are one fault of the table."""
MOST_GROUPS = 4
"""A column of at most so many values may tell apart several faults of another column."""


@dataclass
class Explanation:
    """Explains the differences of one table. limits: gathers what could not be asked; known: answers of earlier tables.

    A column that differs as it did in an earlier table, beside the same keys, has the same cause.
    """

    table: TablePair
    context: Context
    limits: list[Unchecked] = field(default_factory=list)
    known: dict[tuple[object, ...], list[Finding]] = field(default_factory=dict)
    parted: int = 0
    unexplained: int = 0
    passed_over: int = 0

    def findings(self, differences: list[Finding]) -> list[Finding]:
        """Each difference, or the causes that explain it; what a cause makes superfluous is left out."""
        told = list(self._told([answer for d in differences for answer in self._answers(d)]))
        if self.passed_over:
            why = f"too-many-differences: {MOST_UNEXPLAINED} columns have no known cause; "
            why += f"of {self.passed_over} more only the causes found elsewhere were asked"
            self.limits.append(Unchecked(self.table.stage, f"{self.table.where}causes", why))
        return _gathered([self._with_default(self._with_query(answer)) for answer in told], self.table)

    @cached_property
    def _clauses(self) -> tuple[str, str] | None:
        """Where the queries of the stage differ; None where they do not, or one was not recorded."""
        queries = [str(stage.facts.get("process", {}).get("query") or "") for stage in self.context.stages]
        return difference(*queries) if all(queries) else None

    def _with_default(self, found: Finding) -> Finding:
        """With the default of a library call that differs, where such a default decides what the finding is about."""
        parameters = _DECIDED_BY.get(found.code, ())
        if not parameters:
            return found
        before, after = (record.environment_facts for record in self.context.records)
        for changed in differences(before, after):
            call, _, parameter = changed.fact.removeprefix("defaults.").rpartition(".")
            if changed.kind != "default" or parameter not in parameters:
                continue
            here, there = changed.observed or "gone", changed.reference or "unknown"
            sentence = f"{found.sentence}; `{call}({parameter}=...)` is {here} by default here, {there} in research"
            evidence = {**found.evidence, "default": [changed.fact, changed.reference, changed.observed]}
            return replace(found, sentence=f"{sentence}, and the code does not set it", evidence=evidence)
        return found

    def _with_query(self, found: Finding) -> Finding:
        """With the clauses that differ, where they speak of the column that the finding is about."""
        about = str(found.evidence.get("column") or found.column or "").lower()
        clauses = self._clauses
        if found.severity == "note" or clauses is None or not any(about in names(clause) for clause in clauses):
            return found
        sentence = f"{found.sentence}; {_quoted(*clauses)}"
        return replace(found, sentence=sentence, evidence={**found.evidence, "query": list(clauses)})

    def _answers(self, difference: Finding) -> list[Finding]:
        if difference.severity == "note" or difference.code == "column-order-changed":
            return [difference]
        column = self.table.columns.get(difference.column or "") if difference.column else None
        if column is None or self.table.part or not self.table.keyed or difference.code != "values-differ":
            return self._asked(Case(difference, self.table, column, self.context))
        sides = (column.reference.digests, column.observed.digests)
        at = (self.table.kind, difference.column, self.table.reference.key, sides)
        if at not in self.known:
            answers = self._asked(Case(difference, self.table, column, self.context))
            if any(answer.severity == "note" for answer in answers):
                return answers  # whether it is one is up to the stages behind this table
            self.known[at] = answers
            return answers
        return [replace(answer, stage=self.table.stage) for answer in self.known[at]]

    def _asked(self, case: Case) -> list[Finding]:
        difference = case.finding
        asked = causes()
        if self.unexplained >= MOST_UNEXPLAINED and difference.code == "values-differ":
            self.passed_over += 1
            codes = {answer.code for answers in self.known.values() for answer in answers}
            asked = tuple(cause for cause in asked if cause.code in codes)
        found = self._cause(case, asked)
        self.unexplained += found is None and difference.code == "values-differ"
        if found is None or found.code == "differs-in-one-segment":
            return self._in_parts(case) or [_placed(case, found or difference)]
        return [_placed(case, found)]

    def _cause(self, case: Case, asked: Sequence[Cause]) -> Finding | None:
        for cause in asked:
            try:
                found = cause.explain(case)
            except Exception as error:  # one cause that fails must not hide the difference, nor the other causes
                why = f"fact-unreadable: cause {cause.code} failed with {type(error).__name__}"
                self.limits.append(Unchecked(case.finding.stage, f"cause of {case.finding.code}", why))
                continue
            if found is not None:
                return found
        return None

    def _in_parts(self, case: Case) -> list[Finding]:
        """Two or more faults of one column, each in rows of its own; [] where the rows do not fall apart."""
        column = case.column
        if column is None or case.finding.code != "values-differ" or int(column.differs.sum()) < 2 * FEWEST:
            return []
        self.parted += 1
        if self.parted > MOST_PARTED:
            return []
        for parts in _partings(case):
            if len(parts) < 2 or any(int(part.sum()) < FEWEST for part in parts):
                continue
            cases, named = [case.only(part) for part in parts], list[Finding]()
            for part in cases:
                answer = self._cause(part, causes())
                if answer is None or answer.code == "differs-in-one-segment":
                    break
                named.append(answer)
            if len(named) == len(parts) and len({a.code for a in named}) > 1:
                return [_placed(own, answer) for own, answer in zip(cases, named, strict=True)]
        return []

    def _told(self, answers: list[Finding]) -> Iterator[Finding]:
        renamed = {a.evidence["also"] for a in answers if a.code in ("column-renamed", "variable-replaced")}
        superfluous = {(code, a.column) for a in answers for code in a.explains if code != a.code}
        told: set[tuple[str, frozenset[str | None]]] = set()
        for answer in answers:
            if (answer.code, answer.column) in superfluous:
                continue
            about = (answer.code, frozenset((answer.column, answer.evidence.get("also"))))
            if about in told or (answer.code == "column-extra" and answer.column in renamed):
                continue
            told.add(about)
            yield answer


def _quoted(before: str, after: str) -> str:
    """The clauses of two queries, of which one may have none."""
    if not after:
        return f"the query lacks `{before}` of research"
    return f"the query has `{after}`, research {f'`{before}`' if before else 'has not'}"


def _partings(case: Case) -> Iterator[list[NDArray[np.bool_]]]:
    """Ways in which the differing rows may fall apart: those that changed between value and null, or by a value."""
    column = case.column
    assert column is not None
    differs = column.differs
    missing = [nulls | (np.isnan(own) if column.is_number else False)
               for nulls, own in zip(column.nulls, column.numbers, strict=True)]  # fmt: skip
    moved = missing[0] != missing[1]
    yield [differs & moved, differs & ~moved]
    for candidate in case.candidates():
        values = np.flatnonzero(np.bincount(candidate.cells.index[differs]))
        if 2 <= len(values) <= MOST_GROUPS:
            yield [differs & (candidate.cells.index == value) for value in values]


def _placed(case: Case, found: Finding) -> Finding:
    """With the condition that separates the rows in question, where a cause names none itself."""
    if found.severity == "note" or "condition" in found.evidence or case.condition is None:
        return found
    condition = case.condition
    if case.column is not None and condition.column != found.column:
        sentence = f"{found.sentence}, only where {condition.words}"
    elif case.column is None and found.code == case.finding.code:
        every = "all rows" if condition.exact else "only rows"
        sentence = f"{found.sentence}: {every} where {condition.words}"
    else:
        return found
    return replace(found, sentence=sentence, evidence={**found.evidence, "condition": condition.evidence()})


def _gathered(findings: list[Finding], pair: TablePair) -> list[Finding]:
    """Many unexplained columns of a table without a key are one difference: it holds other rows."""
    plain = [f for f in findings if f.code == "values-differ"]
    if pair.keyed or len(plain) <= MOST_COLUMNS:
        return findings
    names = [str(f.column) for f in plain]
    shown = ", ".join(names[:4])
    sentence = (
        f"{pair.where}the rows are not the same: {len(names)} of {len(pair.common)} columns differ ({shown}, ...)"
    )
    whole = Finding("rows-differ", pair.stage, sentence, explains=("values-differ",), evidence={"columns": names})
    return [f for f in findings if f.code not in ("values-differ", "rows-differ")] + [whole]
