"""Two records in, one verdict out: stage by stage in the order of the pipeline, each difference with its origin."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace

from parityline import environment as environments
from parityline import folds
from parityline.attribution import Attribution, Seen
from parityline.causes.cause import Context
from parityline.checks import (
    like_reference,
    same_order,
    same_rows,
    same_schema,
    same_values,
    still_arriving,
    together_as_reference,
)
from parityline.checks.conserved import conserved
from parityline.checks.finite_predictions import finite_predictions
from parityline.checks.met_expectations import met_expectations, stage_of
from parityline.checks.one_hot import one_hot
from parityline.checks.own import broken, own
from parityline.checks.performance_held import performance_held
from parityline.checks.same_model import same_model
from parityline.checks.same_process import same_files, same_process, same_totals
from parityline.checks.same_split import overlap, same_split
from parityline.checks.served import served
from parityline.codes import lookup, scenario_of
from parityline.conditions import Counted
from parityline.discretion import discreet
from parityline.errors import IncomparableError, UsageError
from parityline.explaining import Explanation
from parityline.findings import Finding, StageResult, Status, Unchecked, Verdict
from parityline.fingerprints import Fingerprint
from parityline.kernel import Parameters, State
from parityline.kernel.parameters import SECRET_VARIABLE
from parityline.known_outages import with_outage
from parityline.pairs import TablePair
from parityline.performance.estimation import ASSUMES, estimated
from parityline.picturing import with_pictures
from parityline.records import Record, StageRecord, in_order
from parityline.sealing import NOT_OPENED, NOT_SEALED
from parityline.stages import KINDS
from parityline.unseen_predictions import with_predictions

_PLAIN = ("values-differ", "differs-in-one-segment")
"""What is told where no cause is known comes behind what has one."""
SAME_ROWS = 0.5
"""Rows are the same where at least this share of the reference's keys is in the observed side."""

_ORDER = {"error": 0, "warning": 1, "note": 2}


def verify(
    reference: str | os.PathLike[str] | Record,
    observed: str | os.PathLike[str] | Record,
    *,
    rows: str = "auto",
) -> Verdict:
    """Verify a run against the reference, in sequence.

    Args:
        reference: a record, or the path of one.
        observed: the record under test, or its path; always in this order.
        rows: `same` demands identity, `new` asks only of what must not change, `auto` (default) decides for each stage
            by the share of the reference's keys that the observed side has.

    Raises UsageError for records of different pipelines, FormatError for files that are no records.
    """
    if rows not in ("auto", "same", "new"):
        raise UsageError(f"rows: expected auto, same or new, found {rows!r}")
    sides = tuple(side if isinstance(side, Record) else Record.read(side) for side in (reference, observed))
    shown = _Verification(sides[0], sides[1], rows).verdict()
    if not any(side.seals for side in sides):
        return shown if shown.status != "fail" else _unnamed(shown, sides)
    opened = [side.opened() for side in sides]
    if opened[0] is None or opened[1] is None:
        return replace(shown, limits=(*shown.limits, Unchecked("process", "causes of hidden values", NOT_OPENED)))
    return discreet(_Verification(opened[0], opened[1], rows).verdict(), shown)


class _Verification:
    """One verification: walks the stages and gathers results."""

    def __init__(self, reference: Record, observed: Record, rows: str) -> None:
        if reference.name != observed.name:
            raise UsageError(
                f"expected two records of one pipeline, found {reference.name!r} and {observed.name!r}; "
                "look at the paths, or give both runs the same name"
            )
        self.reference, self.observed, self.rows = reference, observed, rows
        self.seen: dict[str, Seen] = {}
        self.results: list[StageResult] = []
        self.of_run: list[Finding] = []
        self.unchecked: list[Unchecked] = []
        self.limits: list[Unchecked] = []
        self.tables: dict[str, TablePair] = {}
        self.parts: dict[str, list[TablePair]] = {}
        self.contexts: dict[str, Context] = {}
        self.counted: Counted = {}
        self.explained: dict[tuple[object, ...], list[Finding]] = {}
        self.attribution = Attribution((reference.stages, observed.stages), self.seen, self.tables, self.parts)

    def verdict(self) -> Verdict:
        order = in_order(self.reference.stages)
        order += [name for name in in_order(self.observed.stages) if name not in self.reference.stages]
        last = {used: name for name in order for used in (name, *self._used(name))}
        for name in order:
            self._stage(name)
            for done in (used for used, by in last.items() if by == name):
                for pair in self.parts.get(done, ()):
                    pair.forget()  # a run of many wide stages would not fit into memory at once
        if not order:
            self.unchecked.append(Unchecked("process", "the whole run", "stage-not-recorded: neither run has a stage"))
        self._of_research_alone()
        self._expectations()
        self._environment()
        self.unchecked.extend(broken())
        if not self.observed.complete:
            why = f"the observed run broke off ({self.observed.failure}); stages behind that are missing"
            self.unchecked.append(Unchecked("process", "the whole run", why))
        findings = [self._accepted(f) for f in self._told()]
        self._settle(findings)
        status: Status = "pass"
        if any(f.severity == "error" for f in findings):
            status = "fail"
        elif self.unchecked:
            status = "unchecked"
        places = {"environment": -2, "process": -1, **{name: i for i, name in enumerate(order)}}
        rank = {"new": 0, "undecided": 1, "inherited": 2}
        findings.sort(
            key=lambda f: (
                places.get(f.stage, 99),
                rank[f.origin],
                _ORDER[f.severity],
                f.code in _PLAIN,
                -len(f.explains),
            )
        )
        findings = with_pictures(with_predictions(findings, self.parts), self.parts)
        first = _first(findings) if status == "fail" else None
        return Verdict(
            status,
            self.reference.title,
            self.observed.title,
            first,
            tuple(self.results),
            tuple(findings),
            tuple(self.unchecked),
            tuple(self.limits),
        )

    def _used(self, name: str) -> list[str]:
        """The stages whose tables are asked when a stage is verified."""
        stages = [side.stages[name] for side in (self.reference, self.observed) if name in side.stages]
        return [used for stage in stages for used in (*stage.inputs, str(stage.facts.get("prediction")))]

    def _told(self) -> list[Finding]:
        """All findings so far: what is said of a stage may become an error by what a later one holds."""
        return [f for seen in self.seen.values() for f in seen.findings] + self.of_run

    # --- one stage ----------------------------------------------------------------------------------------------

    def _stage(self, name: str) -> None:
        reference, observed = self.reference.stages.get(name), self.observed.stages.get(name)
        known = reference or observed
        assert known is not None
        self.seen[name] = Seen()
        if reference is None or observed is None or reference.unchecked or observed.unchecked:
            self._not_recorded(known, reference, observed)
            return
        pairs = [self._pair(reference, observed, part) for part in reference.tables if part in observed.tables]
        self.parts[name] = pairs
        for gone in sorted(reference.tables.keys() ^ observed.tables.keys()):
            side = "observed" if gone in reference.tables else "reference"
            self.unchecked.append(Unchecked(name, gone, f"part-not-recorded: the {side} run has no such part"))
        if reference.kind == "split":
            for part in pairs:
                self._decide(part, overlap(pairs))
        inputs = {i: self.tables[i] for i in reference.inputs if i in self.tables}
        sides = (self.reference, self.observed), (reference, observed)
        self.contexts[name] = Context(*sides, inputs, pairs, self.counted)
        if len(pairs) == 1:
            self.tables[name] = pairs[0]
        for finding, pair in list(self._found(reference, observed, pairs)):
            self._add(reference, finding, pair)
        self._count(reference, observed, pairs)
        del self.contexts[name]  # what its causes have looked up is of no use to later stages

    def _not_recorded(self, known: StageRecord, reference: StageRecord | None, observed: StageRecord | None) -> None:
        missing = [side for side, stage in (("reference", reference), ("observed", observed)) if stage is None]
        if missing:
            why = f"stage-not-recorded: the {missing[0]} run has no such stage"
        else:
            failed = reference if reference is not None and reference.unchecked else observed
            why = str(failed.unchecked if failed else "")
        if known.kind == "outcomes" and reference is not None:
            why += self._without_labels(reference)
        self.unchecked.append(Unchecked(known.name, "the whole stage", why))
        scenario = KINDS[known.kind].scenario
        result = StageResult(known.name, known.kind, scenario, "unchecked", remark=why, inputs=known.inputs)
        self.results.append(result)

    def _without_labels(self, reference: StageRecord) -> str:
        """What metrics are likely to be, where predictions are there and outcomes are not; empty if that is unknown."""
        known, pair = reference.facts.get("calibration"), self.tables.get(str(reference.facts.get("prediction")))
        names = pair.declared.get("score", []) if pair is not None else []
        if not known or pair is None or not names or names[-1] not in pair.observed.columns:
            return ""
        found = estimated(known, pair.observed.columns[names[-1]].distribution)
        told = [
            f"{name} {value:.3f} ({value - 2 * error:.3f} to {value + 2 * error:.3f})"
            for name, (value, error) in found.items()
        ]
        return f"; estimated from the scores, {ASSUMES}: {', '.join(told)}" if told else ""

    def _of_research_alone(self) -> None:
        """What a run of new rows need not have is a limit: the split of a fit, and what lies before a guard."""
        if not self.parts or any(pair.rows_kind == "same" for pairs in self.parts.values() for pair in pairs):
            return
        absent = {n: s.kind for n, s in self.reference.stages.items() if n not in self.observed.stages}
        served = any("guard" in stage.facts for stage in self.observed.stages.values())
        spared = {n for n, kind in absent.items() if kind == "split" or (served and kind != "outcomes")}
        self.limits += [own for own in self.unchecked if own.stage in spared]
        self.unchecked = [own for own in self.unchecked if own.stage not in spared]

    def _pair(self, reference: StageRecord, observed: StageRecord, part: str) -> TablePair:
        seeds = [side.tables[part].state.parameters.seed_id for side in (reference, observed)]
        if seeds[0] != seeds[1]:
            way_out = f"set {SECRET_VARIABLE} to the secret of the reference and record again"
            raise IncomparableError(
                f"stage {reference.name!r}: the records were made with different secrets; {way_out}"
            )
        facts = reference.table_facts.get(part, {}), observed.table_facts.get(part, {})
        pair = TablePair(
            reference.name,
            reference.kind,
            part,
            reference.tables[part],
            observed.tables[part],
            facts,
            reference.facts,
            forms=(reference.text_forms.get(part), observed.text_forms.get(part)),
        )
        self._decide(pair, pair.overlap)
        return pair

    def _decide(self, pair: TablePair, overlap: float | None) -> None:
        """Same or new rows; a table that lost all its rows is not new."""
        new = self.rows == "new" or (self.rows == "auto" and overlap is not None and overlap < SAME_ROWS)
        emptied = self.rows == "auto" and not pair.observed.rows and pair.reference.rows
        same = new and self.rows == "auto" and (pair.same_but_for_keys or self._of_same_rows(pair))
        pair.rows_kind = "new" if new and not emptied and not same else "same"

    def _of_same_rows(self, pair: TablePair) -> bool:
        """Whether all inputs of a table hold the same rows, one of them by its key: then it does, however few are left.

        A table of new rows may well look up a dimension that is the same on both sides.
        """
        inputs = [self.tables[name] for name in self.reference.stages[pair.stage].inputs if name in self.tables]
        alike = any(own.keyed and own.reference.key == pair.reference.key for own in inputs)
        return alike and pair.keyed and all(own.rows_kind == "same" for own in inputs)

    def _found(
        self, reference: StageRecord, observed: StageRecord, pairs: list[TablePair]
    ) -> Iterator[tuple[Finding, TablePair | None]]:
        if (reference.kind, reference.inputs) != (observed.kind, observed.inputs):
            sentence = f"kind {observed.kind} of {', '.join(observed.inputs) or 'nothing'}; "
            sentence += f"the reference: {reference.kind} of {', '.join(reference.inputs) or 'nothing'}"
            yield self._of_stage(Finding("graph-differs", reference.name, sentence)), None
        if reference.kind == "split" and all(p.rows_kind == "same" for p in pairs):
            yield from ((self._of_stage(f), None) for f in same_split(reference, observed, pairs))
        if reference.kind == "model":
            yield from ((self._of_stage(f), None) for f in same_model(reference, observed))
        for of_guard in served(observed):
            if isinstance(of_guard, Unchecked):
                self.limits.append(of_guard)
            else:
                yield of_guard, None
        for of_total in conserved(reference, pairs, self.contexts[reference.name].inputs):
            if isinstance(of_total, Unchecked):
                self.unchecked.append(of_total)
            else:
                yield of_total, None
        performance = list(self._performance(reference, observed, pairs))
        told = {code for finding in performance for code in finding.explains}
        yield from ((f, None) for f in performance)
        for pair in pairs:
            found = self._table(reference, pair)
            actual = reference.facts.get("actual")
            yield from ((f, pair) for f in found if not (f.code in told and f.column == actual))
        equal = all(p.identical for p in pairs) and bool(pairs)
        yield from ((f, None) for f in same_process(reference, observed, equal))
        if all(p.rows_kind == "same" for p in pairs):
            yield from ((f, None) for f in same_files(reference, observed, equal))
            yield from ((f, None) for f in same_totals(reference, observed))

    def _performance(self, reference: StageRecord, observed: StageRecord, pairs: list[TablePair]) -> Iterator[Finding]:
        """What outcomes of new rows tell; of the same rows every single one is compared."""
        if reference.kind != "outcomes" or any(pair.rows_kind == "same" for pair in pairs):
            return
        for result in performance_held(reference, observed, earlier_stages_agree=self._agree_before(reference)):
            if isinstance(result, Finding):
                yield result
            elif result.why.startswith("labels-not-there"):
                self.unchecked.append(result)
            else:
                self.limits.append(result)

    def _agree_before(self, stage: StageRecord) -> bool:
        """Whether no stage before this one, near or far, has an error."""
        before = [name for name in stage.inputs if name in self.seen]
        while before:
            name = before.pop()
            if any(finding.severity == "error" for finding in self.seen[name].findings):
                return False
            before += [i for i in self.reference.stages[name].inputs if i in self.seen]
        return True

    def _of_stage(self, finding: Finding) -> Finding:
        """A difference of a stage and of none of its tables, or the first cause that explains it."""
        context, nothing = self.contexts[finding.stage], Fingerprint(State(Parameters()))
        pair = TablePair(finding.stage, context.stages[0].kind, "", nothing, nothing, ({}, {}), context.stages[0].facts)
        return Explanation(pair, context, self.limits).findings([finding])[0]

    def _timed(self, stage: StageRecord, pair: TablePair) -> TablePair | None:
        """The nearest table with a time and the same key, from this one back; None where no stage before has one."""
        if pair.reference.state.parameters.time is not None:
            return pair
        before = [name for name in stage.inputs if name in self.tables]
        while before:
            name = before.pop(0)
            own = self.tables[name].reference
            if own.key == pair.reference.key and own.key and own.state.parameters.time is not None:
                return self.tables[name]
            before += [i for i in self.reference.stages[name].inputs if i in self.tables]
        return None

    def _table(self, stage: StageRecord, pair: TablePair) -> Iterator[Finding]:
        if pair.reference.rows == pair.observed.rows == 0:
            self.unchecked.append(Unchecked(pair.stage, f"{pair.where}values", "too-few-rows: both sides hold no rows"))
            return
        self._say_columns(stage, pair)
        differences = list(same_schema(pair))
        if pair.kind == "predictions":
            columns = [*stage.facts.get("score", []), *([stage.facts["label"]] if stage.facts.get("label") else [])]
            differences += finite_predictions(pair, columns)
        if pair.rows_kind == "new":
            overlap = "" if pair.overlap is None else f" ({pair.overlap:.0%} of the reference's keys are here)"
            why = f"keys-do-not-overlap: production sees other rows{overlap}; identity was not asked"
            self.limits.append(Unchecked(pair.stage, f"{pair.where}rows", why))
            # what was declared and cannot be told is unchecked, what nobody asked for is a limit
            open_ends = self.unchecked if stage.facts.get("effect") else self.limits
            agree, timed = self._agree_before(stage), self._timed(stage, pair)
            for told in like_reference(pair, timed):
                if isinstance(told, Unchecked):
                    open_ends.append(told)
                elif agree or told.severity != "note":  # how far the rest moved behind a fault says nothing
                    differences.append(told)
            differences += one_hot(pair)
            if pair.kind in ("source", "etl"):
                differences += still_arriving(pair)
            if pair.kind != "outcomes":  # there a lost relation has names of its own
                moved = {f.column for f in differences if f.column is not None and f.severity == "error"}
                asked = "joint" in (stage.facts.get("effect") or {})
                for told in together_as_reference(pair, timed, moved=moved):
                    if isinstance(told, Finding):
                        differences.append(told)
                    else:
                        (self.unchecked if asked else self.limits).append(told)
        else:
            if pair.kind != "split":
                differences += same_rows(pair)
            differences += same_values(pair)
            differences += same_order(pair)
            self._say_limits(stage, pair)
        explanation = Explanation(pair, self.contexts[pair.stage], self.limits, self.explained)
        yield from explanation.findings(differences)
        for result in own(pair):
            if isinstance(result, Unchecked):
                self.unchecked.append(result)
            else:
                yield replace(result, severity=lookup(result.code).severity)

    def _say_columns(self, stage: StageRecord, pair: TablePair) -> None:
        """Columns that were ignored, and those of types without canonical values."""
        for name in pair.reference.columns.keys() & pair.observed.columns.keys():
            sides = pair.reference.columns[name], pair.observed.columns[name]
            if all(side.summarised for side in sides):
                continue
            ignored = name in pair.reference.state.parameters.ignored
            if ignored:
                why = f"ignored: {stage.facts.get('ignore', {}).get(name) or 'no reason given'}"
                self.limits.append(Unchecked(pair.stage, f"{pair.where}column {name}", why))
            else:
                types = " and ".join(sorted({side.type for side in sides}))
                why = f"type-not-supported: {types}; cast the column to one type that has values"
                self.unchecked.append(Unchecked(pair.stage, f"{pair.where}column {name}", why))

    def _say_limits(self, stage: StageRecord, pair: TablePair) -> None:
        if not pair.keyed and pair.reference.columns.keys() != pair.observed.columns.keys():
            why = "no-key: the columns are not the same, so whole rows cannot be compared; declare a key"
            self.unchecked.append(Unchecked(pair.stage, f"{pair.where}rows", why))
        elif not pair.keyed and not pair.identical:
            why = "no-key: rows cannot be aligned; only multisets were compared"
            self.limits.append(Unchecked(pair.stage, f"{pair.where}rows", why))
        elif not pair.same_keys and not pair.complete and (pair.changes is None or pair.changes.changed is None):
            why = f"too-many-differences: values were compared in {len(pair.rows[0]):,} sampled rows"
            self.limits.append(Unchecked(pair.stage, f"{pair.where}values", why))
        for side, facts in zip(("reference", "observed"), pair.facts, strict=True):
            if stage.facts.get("ordered") and not facts.get("has_order", True):
                why = f"order-unknown: the {side} table has no order; add ORDER BY and give a table"
                self.unchecked.append(Unchecked(pair.stage, f"{pair.where}order", why))

    def _add(self, stage: StageRecord, finding: Finding, pair: TablePair | None) -> None:
        scenario = finding.scenario or scenario_of(finding.code, KINDS[stage.kind].scenario)
        finding = replace(finding, scenario=scenario, remedy=lookup(finding.code).remedy)
        finding = with_outage(finding, self.reference)
        if finding.stage not in self.seen:  # of the process, by what was found at this stage
            self.attribution.reordered.add(stage.name)
            self.of_run.append(finding)
            return
        if self.attribution.asks(finding):
            finding = self.attribution.attributed(stage, finding, pair)
        self.seen[stage.name].findings.append(finding)

    def _count(self, reference: StageRecord, observed: StageRecord, pairs: list[TablePair]) -> None:
        rows = (sum(p.reference.rows for p in pairs), sum(p.observed.rows for p in pairs)) if pairs else None
        kinds = {p.rows_kind for p in pairs}
        parts = folds.told({p.part: p.observed.rows for p in pairs if p.part and p.part != "fitted_on"})
        columns = len(pairs[0].observed.state.columns) if pairs and not parts else None
        scenario = KINDS[reference.kind].scenario
        result = StageResult(reference.name, reference.kind, scenario, "pass", rows=rows, inputs=reference.inputs)
        kind = "new" if "new" in kinds else "same" if kinds else None
        self.results.append(replace(result, rows_kind=kind, columns=columns, remark=parts))

    # --- the run ------------------------------------------------------------------------------------------------

    def _expectations(self) -> None:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        for name, result in met_expectations(self.reference, self.observed, self._with_new_rows()):
            if isinstance(result, Unchecked):
                self.unchecked.append(result)
            elif name in self.reference.stages:
                self._add(self.reference.stages[name], result, None)
            else:
                self.of_run.append(replace(result, remedy=lookup(result.code).remedy))
        for expected in self.reference.expectations:
            of = stage_of(self.reference, expected)
            if of is not None and not expected.keys() & {"at_least", "at_most"}:
                why = "no-bound: a value alone is quoted and not held; give at_least or at_most"
                self.limits.append(Unchecked(of.name, f"expectation of {expected['metric']}", why))
            if str(expected.get("valid_until", today)) < today:
                metric = expected["metric"]
                why = f"expired: the expectation of {metric} was valid until {expected['valid_until']}; set it anew"
                self.limits.append(Unchecked("process", f"expectation of {metric}", why))

    def _with_new_rows(self) -> set[str]:
        return {name for name, pairs in self.parts.items() if any(pair.rows_kind == "new" for pair in pairs)}

    def _environment(self) -> None:
        changed = environments.differences(self.reference.environment_facts, self.observed.environment_facts)
        # what a process happened to have imported changes no result by itself
        changed = [d for d in changed if not d.fact.startswith("imported.")]
        if not changed or not self.reference.environment_facts or not self.observed.environment_facts:
            return
        differs = any(f.severity == "error" for f in self._told())
        changed = sorted(changed, key=self._of_first_stage)
        kinds = {d.kind for d in changed}
        code = "environment-differs"
        if not differs:
            code = "library-version" if kinds & {"package", "interpreter", "library"} else "machine-differs"
        shown = "; ".join(f"{d.fact} {_short(d.reference)} -> {_short(d.observed)}" for d in changed[:3])
        effect = "may explain what differs" if differs else "no effect on the recorded rows"
        sentence = f"{len(changed)} facts of the environment differ ({effect}): {shown}"
        evidence = {"facts": {d.fact: [d.reference, d.observed] for d in changed[:100]}}
        severity = "warning" if differs else "note"
        finding = Finding(code, "environment", sentence, scenario=2, severity=severity, evidence=evidence)  # type: ignore[arg-type]
        self.of_run.append(replace(finding, remedy=lookup(code).remedy))
        if differs and "default" in kinds:
            self.of_run.append(self._defaults([d for d in changed if d.kind == "default"]))

    @staticmethod
    def _defaults(changed: list[environments.Difference]) -> Finding:
        """Defaults of library calls that the pipeline makes and leaves to the library."""
        told = [
            f"{d.fact.removeprefix('defaults.')} {_short(d.reference)} -> {_short(d.observed)}" for d in changed[:3]
        ]
        sentence = f"{len(changed)} default{'s' * (len(changed) > 1)} of calls in use differ: {'; '.join(told)}"
        evidence = {"defaults": {d.fact: [d.reference, d.observed] for d in changed[:100]}}
        remedy = lookup("default-differs").remedy
        return Finding("default-differs", "environment", sentence, scenario=2, severity="warning", evidence=evidence,
                       remedy=remedy)  # fmt: skip

    def _of_first_stage(self, changed: environments.Difference) -> int:
        """0 for a default or the package of the library that made what differs first, 1 for all else."""
        first = next((f for f in self._told() if f.severity == "error" and f.stage in self.reference.stages), None)
        if first is None:
            return 1
        stage = self.observed.stages.get(first.stage) or self.reference.stages[first.stage]
        made = str(stage.facts.get("model", {}).get("class") or stage.facts.get("engine") or "").partition(".")[0]
        package = {"sklearn": "scikit-learn", "arrow": "pyarrow"}.get(made, made)
        group, _, name = changed.fact.partition(".")
        return int(
            not ((group == "packages" and name == package) or (group == "defaults" and name.startswith(f"{made}.")))
        )

    def _accepted(self, finding: Finding) -> Finding:
        """A known difference is a note until its date, quoted with its reason; after it, an error that says so."""
        if finding.severity != "error":
            return finding
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        for known in self.reference.acceptances:
            if all(known.get(k) in (None, getattr(finding, k)) for k in ("stage", "column", "code")):
                said = f"accepted by {known.get('by') or 'unnamed'}: {known['reason']}"
                evidence = {**finding.evidence, "accepted": known}
                if known.get("until") and str(known["until"]) < today:
                    sentence = f"{finding.sentence} (was {said}, until {known['until']})"
                    return replace(finding, sentence=sentence, evidence=evidence)
                return replace(finding, severity="note", sentence=f"{finding.sentence} ({said})", evidence=evidence)
        return finding

    def _settle(self, findings: list[Finding]) -> None:
        """Status and origin of each stage from its findings; environment and process lead where they have any."""
        results = {r.name: r for r in self.results}
        for name, result in results.items():
            errors = [f for f in findings if f.stage == name and f.severity == "error"]
            hidden = any(u.stage == name for u in self.unchecked)
            if errors:
                origins = {f.origin for f in errors}
                strongest = next(o for o in ("new", "undecided", "inherited") if o in origins)
                results[name] = replace(result, status="fail", origin=strongest)
            elif hidden:
                results[name] = replace(result, status="unchecked")
        for name in ("process", "environment"):
            own = [f for f in findings if f.stage == name]
            if own:
                status: Status = "fail" if any(f.severity == "error" for f in own) else "pass"
                origin = "new" if status == "fail" else "same"
                results = {name: StageResult(name, name, 2, status, origin=origin), **results}
        self.results = list(results.values())


def _first(findings: list[Finding]) -> Finding | None:
    errors = [f for f in findings if f.severity == "error"]
    for origin in ("new", "undecided"):
        for finding in errors:
            if finding.origin == origin:
                return finding
    return errors[0] if errors else None


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _unnamed(verdict: Verdict, sides: Sequence[Record]) -> Verdict:
    """The verdict, which says so where a record neither shows nor seals the values that causes are named from."""
    if all(side.privacy != "strict" for side in sides):
        return verdict
    return replace(verdict, limits=(*verdict.limits, Unchecked("process", "causes of hidden values", NOT_SEALED)))
