"""A callable around predict: looks at inputs and outputs, counts, keeps a sample, and hands everything on untouched."""

from __future__ import annotations

import functools
import os
import random
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from parityline.errors import BadInputError, UsageError
from parityline.guards.counts import Counts, metrics
from parityline.guards.rules import Looked, Rule, Rules
from parityline.records import Record, StageRecord
from parityline.variables.faults import Fault

KEPT_ROWS = 10_000
"""Rows kept by default for the record of the day: a uniform sample of what was seen (Vitter's algorithm R, 1985)."""

_UNALIGNED = "answers that are not one a row"


class Guard:
    """A callable like the one it was given. counts: what was seen; `record` makes the record of the day.

    Thread-safe; a process that forks goes on with counters of its own.
    """

    def __init__(
        self,
        predict: Callable[..., Any],
        reference: str | os.PathLike[str] | Record,
        *,
        stage: str | None = None,
        reject: bool = False,
        closed: bool = False,
        keep: int = KEPT_ROWS,
    ) -> None:
        if not callable(predict):
            raise UsageError(f"guard: expected a callable, found {type(predict).__name__}")
        self.reference = reference if isinstance(reference, Record) else Record.read(reference)
        self._stage = _stage_of(self.reference, stage)
        table = self._stage.table
        assert table is not None
        self.rules = Rules(table, self._stage.table_facts.get("", {}).get("columns", ()))
        self._range = _output_range(self.reference)
        self._predict, self._reject, self._closed, self._keep = predict, reject, closed, keep
        self._lock = threading.Lock()
        self._begin()
        functools.update_wrapper(self, predict, updated=())
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self.counts = Counts()
        self._rows: list[tuple[dict[str, Any], float | None]] = []
        self._answered = 0
        self._random = random.Random(os.getpid())

    # --- a call -----------------------------------------------------------------------------------------------------

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Predict. Raises what predict raises; BadInputError where inputs are to be rejected."""
        given, looked = None, Looked([], 0, 0)
        try:
            given = arguments[0] if arguments else next(iter(keywords.values()))
            looked = self.look(given)
        except Exception as error:  # a look that fails is counted, and the service goes on
            self.skip(error)
        if looked.faults and self._reject:
            fault = looked.faults[0]
            raise BadInputError(f"{fault.column} {fault.words}; {self.reference.name!r} has no such input")
        try:
            answer = self._predict(*arguments, **keywords)
        except Exception as error:
            self.count_exception(error, looked.faults)
            raise
        try:
            self.look_at_answer(answer)
            if self._keep and looked.rows:
                self._remember(given, looked.rows, answer)
        except Exception as error:
            self.skip(error)
        return answer

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """As a method it is bound like the function it wraps; the rows are then its second argument."""
        if instance is None:
            return self
        return functools.partial(_of_method, self, instance)

    def skip(self, error: Exception) -> None:
        """Count a look that failed; in closed mode raise it."""
        if self._closed:
            raise error
        try:
            with self._lock:
                self.counts.skipped[type(error).__name__] += 1
        except Exception:  # noqa: S110 - nothing is left to say it with
            pass

    def look(self, given: Any) -> Looked:
        """The faults of an input and its rows; they are counted."""
        looked = self.rules.look(given)
        with self._lock:
            self.counts.count(looked)
        return looked

    def count_exception(self, error: Exception, faults: list[Fault]) -> None:
        """Count what predict raised, with the first fault of its input."""
        try:
            kind, column, value, _ = faults[0] if faults else ("", "", "", 0)
            with self._lock:
                self.counts.exceptions[type(error).__name__, kind, column, value] += 1
        except Exception as own:
            self.skip(own)

    def look_at_answer(self, answer: Any) -> None:
        """Count predictions that are not finite or out of range."""
        if type(answer) is float:
            if not (self._range[0] <= answer <= self._range[1]):
                self._count_output(np.array([answer]))
        else:
            values = np.asarray(answer)
            if values.dtype.kind == "f" and not bool(((values >= self._range[0]) & (values <= self._range[1])).all()):
                self._count_output(values)

    def _count_output(self, values: Any) -> None:
        kinds = {"NaN": np.isnan(values), "infinite": np.isinf(values)}
        kinds["range"] = ~kinds["NaN"] & ~kinds["infinite"] & ~((values >= self._range[0]) & (values <= self._range[1]))
        with self._lock:
            for kind, mask in kinds.items():
                if mask.any():
                    self.counts.outputs[kind] += int(mask.sum())

    def _remember(self, given: Any, rows: int, answer: Any) -> None:
        """Keep each answered row with the chance that makes the sample uniform over all of them."""
        answers = _answers(answer)
        if len(answers) != rows:  # which answer belongs to which row is not known
            with self._lock:
                self.counts.skipped[_UNALIGNED] += 1
            return
        with self._lock:
            before = self._answered
            self._answered += len(answers)
        places: list[int] = []
        for place in range(len(answers)):
            at = before + place
            if at < self._keep or self._random.random() * (at + 1) < self._keep:
                places.append(place)
        if not places:
            return
        kept = zip(self.rules.rows(given, places), (answers[place] for place in places), strict=True)
        with self._lock:
            for row in kept:
                if len(self._rows) < self._keep:
                    self._rows.append(row)
                else:
                    self._rows[self._random.randrange(self._keep)] = row

    # --- afterwards -------------------------------------------------------------------------------------------------

    def record(self, to: str | os.PathLike[str] | None = None, *, environment: str = "production") -> Record:
        """The record of what was seen since the start, for `parityline watch`: features, predictions, and the counts.

        Rows are those of the sample; both numbers stand in the record (`guard` among the facts of the predictions).
        """
        from parityline.recording import record as recorded

        with self._lock:
            rows, counts = list(self._rows), self.counts.merge(Counts())
        names = [*self.rules.key, *self.rules.by_name]
        table = {n: [row.get(n) for row, _ in rows] for n in names if any(n in row for row, _ in rows)}
        key = list(self.rules.key) if self.rules.key and all(n in table for n in self.rules.key) else None
        # without the key of the reference its other ways of recording cannot be used either
        run = recorded(self.reference.name, environment=environment, like=self.reference if key else None)
        keyed: dict[str, Any] = {"key": key} if key else {}
        predictions = next((s for s in self.reference.stages.values() if s.kind == "predictions"), None)
        score = (predictions.facts.get("score") or ["prediction"])[-1] if predictions else "prediction"
        name = predictions.name if predictions else "predictions"
        with run:
            if rows:
                tap = getattr(run, self._stage.kind)
                tap(self._stage.name, _columns(table, self.rules.by_name), **keyed)
                answers = {score: [float("nan") if a is None else a for _, a in rows]}
                own = {n: table[n] for n in (key or [])}
                run.predictions(name, {**own, **answers}, score=score, inputs=[self._stage.name], **keyed)
            else:  # no request was answered, or none is kept: what was counted is told all the same
                run.record.stages[name] = StageRecord(name, "predictions")
            # a guard stands at the end of the pipeline that the reference describes
            if rows:
                run.record.stages[self._stage.name].inputs = self._stage.inputs
            run.record.stages[name].inputs = predictions.inputs if predictions else (self._stage.name,)
            run.record.stages[name].facts["guard"] = {**counts.to_dict(), "sampled": [len(rows), counts.rows]}
        for stage in run.record.stages.values():
            if not key and stage.table is not None:
                stage.table_facts[""]["served_without"] = list(self.rules.key)
        if to is not None:
            run.record.write(to)
        return run.record

    def save(self, to: str | os.PathLike[str]) -> None:
        """Write the counts as JSON, to be merged with those of other processes by `Counts.merge`."""
        import json

        from parityline.records import write_whole

        with self._lock:
            text = json.dumps(self.counts.to_dict(), indent=1)
        write_whole(Path(to), text.encode())

    def observe(self, meter: Any) -> None:
        """Give the counts to an OpenTelemetry meter as observable counters."""
        from importlib import import_module

        observation = import_module("opentelemetry.metrics").Observation

        def callback(name: str) -> Callable[[Any], list[Any]]:
            def read(_: Any) -> list[Any]:
                found = next(s for n, _, s in metrics(self.counts) if n == name)
                return [observation(value, labels) for labels, value in found]

            return read

        for name, help_text, _ in metrics(Counts()):
            meter.create_observable_counter(name, callbacks=[callback(name)], description=help_text)


class GuardedModel:
    """A model whose predict and predict_proba are guarded; everything else is the model's own."""

    def __init__(self, model: Any, reference: str | os.PathLike[str] | Record, **options: Any) -> None:
        if not callable(getattr(model, "predict", None)):
            raise UsageError(f"guard: expected a callable or a model with predict, found {type(model).__name__}")
        known = reference if isinstance(reference, Record) else Record.read(reference)
        self._model = model
        self._guards = {
            name: Guard(getattr(model, name), known, **options)
            for name in ("predict", "predict_proba", "decision_function")
            if callable(getattr(model, name, None))
        }

    def __getattr__(self, name: str) -> Any:
        guards = self.__dict__.get("_guards", {})
        return guards[name] if name in guards else getattr(self.__dict__["_model"], name)

    @property
    def counts(self) -> Counts:
        """Of all methods together."""
        return functools.reduce(Counts.merge, (g.counts for g in self._guards.values()), Counts())


def _of_method(own: Guard, instance: Any, *arguments: Any, **keywords: Any) -> Any:
    bound = Guard.__new__(Guard)
    bound.__dict__ = {**own.__dict__, "_predict": functools.partial(own._predict, instance)}
    return bound(*arguments, **keywords)


def _stage_of(reference: Record, name: str | None) -> StageRecord:
    from parityline.served_rows import stage_of_rows

    return stage_of_rows(reference, name)


def _output_range(reference: Record) -> tuple[float, float]:
    """[0, 1] for probabilities, else all finite numbers."""
    for stage in reference.stages.values():
        if stage.kind == "predictions" and stage.table is not None:
            for name in stage.facts.get("score", []):
                low, high = stage.table.columns[name].min, stage.table.columns[name].max
                if isinstance(low, (int, float)) and isinstance(high, (int, float)) and low >= 0 and high <= 1:
                    return 0.0, 1.0
    largest = float(np.finfo(np.float64).max)
    return -largest, largest


def _answers(answer: Any) -> list[float | None]:
    """A number for each row answered, the last one where a row has several; None for what is no number."""
    values = np.asarray(answer)
    rows = len(values) if values.ndim else 1
    if values.dtype.kind not in "fiub" or not values.size:
        return [None] * rows
    found: list[float | None] = values.reshape(rows, -1)[:, -1].astype(np.float64).tolist()
    return found


def _columns(table: dict[str, list[Any]], rules: Mapping[str, Rule]) -> dict[str, Any]:
    """Columns of numbers as float64, all else as it came."""
    found: dict[str, Any] = {}
    for name, values in table.items():
        if name in rules and rules[name].kind == "number":
            numbers = [float("nan") if not isinstance(v, (int, float, np.number)) else float(v) for v in values]
            found[name] = np.array(numbers, np.float64)
        else:
            found[name] = values
    return found
