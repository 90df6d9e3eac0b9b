"""What serving does with bad values, before they come: probes of every column, held against what was decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline.codes import lookup
from parityline.errors import UsageError
from parityline.findings import Finding, StageResult, Status, Unchecked, Verdict
from parityline.fingerprints import ColumnFingerprint
from parityline.kernel.cells import Hashed
from parityline.records import Record, StageRecord
from parityline.rehearsal.outages import Outage, Refit, outages, refits
from parityline.rehearsal.outcomes import outcomes_beside
from parityline.rehearsal.probes import (
    MOST_KNOWN,
    ROWS,
    UNSEEN,
    Probe,
    probes,
    sampled_rows,
    with_value,
)
from parityline.rehearsal.serving import Answer, Serving
from parityline.served_rows import stage_of_rows

Floats = NDArray[np.float64]
_CODES = {
    "missing": "null-reached-model",
    "unseen": "unseen-category",
    "empty": "unseen-category",
    "extreme": "infinite-from-arithmetic",
    "infinite": "infinite-from-arithmetic",
    "wrong-type": "type-differs",
}
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one probe gave.

    result: prediction, NaN, infinite, out of range, exception, no answer, or no known category. moved: the mean
    distance to the predictions of the same rows without the bad value. weak: whether it is one of the findings;
    decision: the one that it was held against.
    """

    column: str
    situation: str
    what: str
    result: str
    moved: float | None = None
    error: str = ""
    weak: bool = False
    code: str = ""
    decision: Mapping[str, Any] | None = None
    beside: str = ""


@dataclass(slots=True)
class Stress:
    """The answer of a stress test. outages, refits: where rows, outcomes and a fit function allow."""

    serving: str
    stage: str
    verdict: Verdict
    outcomes: list[Outcome] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    refits: list[Refit] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """That of the verdict."""
        return self.verdict.exit_code


def stress(
    reference: Record,
    serving: Serving,
    *,
    stage: str | None = None,
    rows: Any = None,
    decisions: Sequence[Mapping[str, Any]] = (),
    fit: Callable[[Any, Any], Any] | None = None,
    without: Sequence[str] = (),
    say: Callable[[str], None] = lambda line: None,
) -> Stress:
    """Send good rows with one bad value through what serves a model, and tell what it makes of each.

    Args:
        reference: the record; its sampled rows are the good ones, and what it knows of columns makes the bad ones.
        serving: what predicts, see `serving`.
        stage: the stage that the model is given; else the features of the predictions.
        rows: a pandas table of that stage, where the record hides values; else the sampled rows.
        decisions: what is to happen, as in `pipeline.toml`, by column and situation.
        fit: called with (X, y), gives something that predicts; for the comparison of what a lost column costs.
        without: columns of that comparison; else the two that move most.

    Raises UsageError where good rows already fail.
    """
    own = stage_of_rows(reference, stage)
    assert own.table is not None
    given, hidden = (rows, []) if rows is not None else sampled_rows(own)
    if not len(given):
        raise UsageError(f"stage {own.name!r}: the record keeps no rows; give some by --rows")
    examples = given.iloc[:ROWS].reset_index(drop=True)
    base = serving.ask(examples)
    if base.values is None or not np.isfinite(base.values).all():
        why = base.error or f"{int((~np.isfinite(base.values)).sum())} of them have no finite prediction"  # type: ignore[arg-type]
        raise UsageError(f"{serving.name}: expected predictions of {len(examples)} recorded rows, found: {why}")
    test = _Test(reference, own, serving, examples, base.values, _by_column(decisions))
    for probe in probes(examples, dict(own.table.columns), own.table.key):
        say(f"{probe.column}: {probe.what}")
        test.add(probe)
    test.of_two()
    test.alone()
    say("outages")
    labelled = outcomes_beside(reference, own)
    table = outages(reference, own, serving, given, labelled)
    compared = refits(own, given, labelled, table, fit, without) if fit is not None else []
    verdict = test.verdict(table, hidden, has_fit=fit is not None)
    return Stress(serving.name, own.name, verdict, test.outcomes, table, compared)


def _by_column(decisions: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str | None], Mapping[str, Any]]:
    return {(str(d["column"]), d.get("when")): d for d in decisions}


class _Test:
    """One stress test: asks the probes, judges the answers."""

    def __init__(
        self,
        reference: Record,
        stage: StageRecord,
        serving: Serving,
        examples: Any,
        base: Floats,
        decisions: Mapping[tuple[str, str | None], Mapping[str, Any]],
    ) -> None:
        self.reference, self.stage, self.serving = reference, stage, serving
        self.examples, self.base, self.decisions = examples, base, decisions
        self.outcomes: list[Outcome] = []
        self.findings: list[Finding] = []
        self.range = _probability(reference)

    def add(self, probe: Probe) -> None:
        """Ask one probe."""
        answer = self.serving.ask(probe.rows)
        result, moved = self._result(answer)
        decision = self.decisions.get((probe.column, probe.situation), self.decisions.get((probe.column, None)))
        decided = decision if decision is not None and decision.get("action") else None
        said = ""
        if decided is not None and probe.situation != "infinite":
            said = self._contradiction(probe, answer, result, decided)
        else:
            if probe.situation == "unseen" and result == "prediction" and self._of_no_category(probe, answer):
                result = "no known category"
            said = _weakness(probe, result)
            if probe.situation == "wrong-type" and result == "prediction" and not self._matters(probe.column):
                said = ""  # nothing that stands in a column which is not read is accepted
        outcome = Outcome(probe.column, probe.situation, probe.what, result, moved, answer.error, bool(said),
                          _CODES[probe.situation], decided, probe.beside)  # fmt: skip
        self.outcomes.append(outcome)
        if said:
            self._find(outcome, said)

    def _matters(self, column: str) -> bool:
        """Whether any probe of the column so far made a difference."""
        return any(o.column == column and (o.result != "prediction" or o.moved) for o in self.outcomes)

    def of_two(self) -> None:
        """Null in two columns at once, for those of the three that move most of which each alone gives a prediction."""
        good = [o for o in self.outcomes if o.situation == "missing" and o.result == "prediction" and not o.beside]
        most = sorted(good, key=lambda o: -(o.moved or 0.0))[:3]
        for i, a in enumerate(most):
            for b in most[i + 1 :]:
                rows = with_value(with_value(self.examples, a.column, None), b.column, None)
                if not (a.decision or b.decision):
                    self.add(Probe(a.column, "missing", f"null, with null in `{b.column}`", rows, b.column))

    def alone(self) -> None:
        """The same rows one by one: a prediction must not depend on its batch."""
        answers = [self.serving.ask(self.examples.iloc[[i]]) for i in range(min(5, len(self.examples)))]
        values = [float(a.values[0]) if a.values is not None and len(a.values) else float("nan") for a in answers]
        apart = np.abs(np.array(values) - self.base[: len(values)])
        if np.isnan(apart).any():
            said = (
                next(a.error for a in answers if a.error) if any(a.error for a in answers) else "no finite prediction"
            )
            sentence = f"a row alone gives no prediction, and does in a batch of {len(self.examples)}: {said}"
        elif apart.max() > _SAME * max(1.0, float(np.abs(self.base).max())):
            sentence = f"the prediction of a row depends on its batch: alone it moves by up to {apart.max():.3g}"
        else:
            return
        outcome = Outcome("", "alone", "one row at a time", "moves", float(np.nanmax(np.append(apart, 0))), weak=True,
                          code="batch-dependent")  # fmt: skip
        self.outcomes.append(outcome)
        self._find(outcome, sentence)

    def _find(self, outcome: Outcome, sentence: str) -> None:
        code = lookup(outcome.code)
        decided = outcome.decision
        quoted = ""
        if decided:
            who = f"{decided.get('owner')}, {decided.get('date')}: {decided.get('reason')}"
            quoted = f" ({decided['action']} was decided by {who})"
        evidence = {"situation": outcome.situation, "result": outcome.result, "moved": outcome.moved,
                    "error": outcome.error, "decision": dict(decided) if decided else None}  # fmt: skip
        found = Finding(code.name, self.stage.name, sentence + quoted, outcome.column or None, scenario=4)
        self.findings.append(replace(found, evidence=evidence, remedy=code.remedy))

    def _result(self, answer: Answer) -> tuple[str, float | None]:
        if answer.hung:
            return "no answer", None
        if answer.values is None:
            return "exception", None
        values = answer.values
        if np.isnan(values).any():
            return "NaN", None
        if np.isinf(values).any():
            return "infinite", None
        moved = float(np.abs(values - self.base).mean())
        if self.range is not None and (values.min() < self.range[0] or values.max() > self.range[1]):
            return "out of range", moved
        return "prediction", moved

    def _of_no_category(self, probe: Probe, answer: Answer) -> bool:
        """Whether all unseen values look alike to the model, and like no value that it knows."""
        known = _known(self.stage.table.columns[probe.column]) if self.stage.table else []
        other = self.serving.ask(with_value(self.examples, probe.column, UNSEEN[1]))
        if (
            answer.values is None
            or other.values is None
            or not known
            or not np.array_equal(answer.values, other.values)
        ):
            return False
        every = [self.serving.ask(with_value(self.examples, probe.column, value)).values for value in known]
        close = [v is not None and np.allclose(v, answer.values, rtol=_SAME, atol=_SAME) for v in every]
        moves = any(v is not None and not np.allclose(v, every[0], rtol=_SAME, atol=_SAME) for v in every[1:])  # type: ignore[arg-type]
        return moves and not any(close)

    def _contradiction(self, probe: Probe, answer: Answer, result: str, decided: Mapping[str, Any]) -> str:
        """What contradicts a decision, in words; empty where serving does as decided."""
        where = f"{probe.what} in `{probe.column}`"
        if decided["action"] in ("reject", "escalate"):
            if result == "exception" or (decided["action"] == "escalate" and result == "NaN"):
                return ""
            return f"{where} is to be {decided['action']}ed, and gives {_told(result, answer)}"
        put = self.serving.ask(with_value(self.examples, probe.column, decided.get("value")))
        if put.values is None:
            return f"{where} is to become {decided.get('value')}, which gives {put.error}"
        if answer.values is None:
            return f"{where} is to become {decided.get('value')}, and gives {_told(result, answer)}"
        if not np.allclose(put.values, answer.values, rtol=_SAME, atol=_SAME, equal_nan=True):
            apart = float(np.nanmax(np.abs(put.values - answer.values)))
            return f"{where} is to become {decided.get('value')}; the prediction of that is {apart:.3g} away"
        return ""

    def verdict(self, table: list[Outage], hidden: list[str], *, has_fit: bool) -> Verdict:
        """All of it as a verdict on the stage that the model is given."""
        findings = [*self.findings, *self._below(table)]
        left = [Unchecked(self.stage.name, f"decision on {d['column']}", "open question: nobody has decided yet")
                for d in self.decisions.values() if not d.get("action")]  # fmt: skip
        limits = [Unchecked(self.stage.name, f"column {n}", "values-private: the record keeps its values hashed; give "
                            "rows by --rows") for n in hidden]  # fmt: skip
        if not table:
            limits.append(
                Unchecked(self.stage.name, "outages", "too-few-rows: the record keeps no rows to try them on")
            )
        elif all(own.metric is None for own in table):
            why = "labels-not-there: no outcomes of the sampled rows are recorded; only predictions were compared"
            limits.append(Unchecked(self.stage.name, "outages", why))
        if not has_fit:
            why = 'not-rehearsed: give fit = "module:function" to compare drop, replace and impute'
            limits.append(Unchecked(self.stage.name, "variables", why))
        status: Status = "fail" if findings else "unchecked" if left else "pass"
        result = StageResult(self.stage.name, self.stage.kind, 4, status, "new" if findings else "same")
        title = self.reference.title
        return Verdict(status, title, {**title, "environment": self.serving.name}, findings[0] if findings else None,
                       (result,), tuple(findings), tuple(left), tuple(limits))  # fmt: skip

    def _below(self, table: list[Outage]) -> list[Finding]:
        """Outages that take a metric below what was promised of it."""
        found = []
        for own in table:
            for expected in self.reference.expectations:
                low, high = expected.get("at_least"), expected.get("at_most")
                if own.metric != expected["metric"] or own.after is None or own.before is None:
                    continue
                fell = low is not None and own.after < low <= own.before
                rose = high is not None and own.after > high >= own.before
                if fell or rose:
                    limit = low if fell else high
                    sentence = (
                        f"with `{own.column}` {own.kind} {own.metric} goes from {own.before:.4g} to {own.after:.4g}, "
                    )
                    sentence += f"beyond the {limit:g} that were promised"
                    code = lookup("metric-below-expectation")
                    found.append(Finding(code.name, self.stage.name, sentence, own.column, scenario=6,
                                         evidence=own.evidence(), expected=expected, found=own.after,
                                         remedy="Have a substitute ready, or a default that costs less."))  # fmt: skip
        return found


def _weakness(probe: Probe, result: str) -> str:
    """What is wrong with an answer that nobody decided on; empty for a prediction, or a refusal of nonsense."""
    where = f"{probe.what} in `{probe.column}`"
    if result == "prediction":
        return (
            f"{where} gives a prediction: a wrong type is accepted silently" if probe.situation == "wrong-type" else ""
        )
    if result == "exception" and probe.situation in ("wrong-type", "infinite"):
        return ""
    if result == "no known category":
        return f"{where} is encoded as no category at all, silently"
    words = {"NaN": "NaN predictions", "infinite": "infinite predictions", "exception": "an exception",
             "no answer": "no answer in time", "out of range": "predictions outside [0, 1]"}  # fmt: skip
    return f"{where} gives {words[result]}"


def _told(result: str, answer: Answer) -> str:
    return (
        f"an exception ({answer.error})"
        if result == "exception"
        else "a prediction"
        if result == "prediction"
        else result
    )


def _known(column: ColumnFingerprint) -> list[str]:
    if not column.values.complete:
        return []
    order = sorted(zip(column.values.counts, column.values.cells, strict=True), key=lambda own: -own[0])[:MOST_KNOWN]
    return [cell.decode() for _, cell in order if isinstance(cell, bytes) and not isinstance(cell, Hashed)]


def _probability(reference: Record) -> tuple[float, float] | None:
    """(0, 1) where the recorded predictions are probabilities."""
    for stage in reference.stages.values():
        if stage.kind == "predictions" and stage.table is not None:
            for name in stage.facts.get("score", []):
                low, high = (getattr(stage.table.columns[name], end) for end in ("min", "max"))
                if isinstance(low, (int, float)) and isinstance(high, (int, float)):
                    return (0.0, 1.0) if low >= 0 and high <= 1 else None
    return None
