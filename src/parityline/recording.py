"""The recorder: taps of a run, each of which returns what it was given, untouched."""

from __future__ import annotations

import datetime
import inspect
import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import asdict, fields, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import numpy as np

from parityline import environment as environments
from parityline import models, privacy, queries, rehearsed, serving_slips, split_parts, taps
from parityline.environment import defaults
from parityline.errors import TableError, UsageError
from parityline.fingerprints import Fingerprint, columns_of, parameters_for, types_of
from parityline.performance.drift import Effects
from parityline.records import Record, StageRecord, now
from parityline.scores import Scores
from parityline.sealing import Sealed
from parityline.stages import RESERVED
from parityline.tables import Table, files, open_table
from parityline.tables.columns import Batch
from parityline.text_forms import TextForms

T = TypeVar("T")

_TABLE_KEYWORDS = frozenset(
    (
        *("key", "time", "partition", "ordered", "ignore", "tolerance", "derives", "group_by", "conserves", "totals"),
        *("query", "options", "files", "entity", "as_of", "target", "window", "private", "open", "privacy"),
        *("decisions", "effect", "more"),
    )
)
_DECLARED = ("time", "derives", "group_by", "conserves", "entity", "as_of", "target", "window", "decisions", "effect")


_ACTIVE: ContextVar[tuple[Recorder, ...]] = ContextVar("recorders", default=())
"""Those whose `with` is around, in this thread or task alone."""


def active() -> Recorder | None:
    """The innermost recorder whose `with` is around."""
    around = _ACTIVE.get()
    return around[-1] if around else None


class RecordingWarning(UserWarning):
    """A stage could not be recorded; the pipeline ran on, and the stage is `unchecked`."""


class Recorder:
    """Records the stages of one run; a context manager that writes the record when the run ends.

    A wrong argument raises UsageError at the call. Anything else that goes wrong here warns, leaves the stage
    `unchecked` and lets the pipeline run on. A pipeline that raises leaves `<to>.incomplete` instead of the record.
    """

    def __init__(
        self,
        name: str,
        *,
        environment: str,
        to: str | os.PathLike[str] | None = None,
        like: str | os.PathLike[str] | Record | None = None,
        privacy_level: str = "standard",
    ) -> None:
        if not name or not environment:
            raise UsageError("expected a name of the pipeline and of the environment, found an empty text")
        self.record = Record(name, environment, privacy=privacy.level_of(privacy_level), created=now())
        self._to = None if to is None else Path(to)
        if self._to is not None and not self._to.parent.is_dir():
            raise UsageError(
                f"{self._to}: expected a folder that exists, found none at {self._to.parent}; make it first"
            )
        self._like = like if isinstance(like, Record) or like is None else Record.read(like)
        self._code = _caller()
        self._scores = Scores()
        self._whole: dict[str, Fingerprint] = {}
        self._models: dict[str, Any] = {}

    def __enter__(self) -> Self:
        _ACTIVE.set((*_ACTIVE.get(), self))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        _ACTIVE.set(tuple(other for other in _ACTIVE.get() if other is not self))
        try:
            self.record.environment_facts = environments.capture()
            self.record.environment_facts["defaults"] = defaults.of_code(defaults.files_beside(self._code))
        except Exception as failed:  # law 6, as in _guarded
            why = f"{type(failed).__name__}: {failed}"
            warnings.warn(f"the environment was not recorded: {why}", RecordingWarning, stacklevel=2)
        if kind is not None:
            self.record.complete = False
            self.record.failure = kind.__name__
        if self._to is None:
            return
        target = self._to if kind is None else self._to.with_name(self._to.name + ".incomplete")
        try:
            self.record.write(target)
        except UsageError:
            if kind is None:
                raise
            warnings.warn(f"{target} could not be written", RecordingWarning, stacklevel=2)

    # --- taps ---------------------------------------------------------------------------------------------------

    def source(self, name: str, table: T, **keywords: Any) -> T:
        """A raw source as it was read; a path also records number, size and digest of its files."""
        return cast(T, rehearsed.handed_on(name, self._tap("source", name, table, keywords), keywords, frames_above=2))

    def etl(self, name: str, table: T, *, inputs: Sequence[str] = (), **keywords: Any) -> T:
        """An output of the ETL process."""
        return self._tap("etl", name, table, keywords, inputs)

    def features(self, name: str, table: T, *, inputs: Sequence[str] = (), **keywords: Any) -> T:
        """The features, as the split or the model takes them."""
        return self._tap("features", name, table, keywords, inputs)

    def split(
        self,
        name: str,
        parts: T,
        *,
        inputs: Sequence[str] = (),
        of: Any = None,
        by: Any = None,
        **keywords: Any,
    ) -> T:
        """A split: {part: table}, {part: positions}, or the folds of a splitter as a list of (train, test) positions.

        of: the table that positions refer to; with it and a key, rows are known by key and not by place. by: the
        splitter, whose class, parameters and seed are recorded.
        """
        split_parts.check_positions(name, parts, of)
        stage = self._begin("split", name, inputs, keywords)

        def fill() -> None:
            named = split_parts.named(parts)
            positions = {part: split_parts.positions_of(given) for part, given in named.items()}
            tables = {
                part: (self._opened(stage, given, part), False) if at is None else split_parts.rows_at(at, of, keywords)
                for (part, given), at in zip(named.items(), positions.values(), strict=True)
            }
            keys, entities, rows = {}, {}, {}
            for part, (table, by_position) in tables.items():
                more = {**keywords, "key": "position"} if by_position else keywords
                self._fill(stage, table, more, part=part)
                parameters = self._whole[f"{name}/{part}"].state.parameters
                if parameters.key:
                    keys[part] = taps.keys_of(table, parameters)
                    # what is looked up for positions is no content
                    rows[part] = taps.rows_without(table, parameters) if positions[part] is None else None
                if parameters.entity:
                    entities[part] = taps.keys_of(table, replace(parameters, key=parameters.entity))
            stage.facts["overlaps"] = split_parts.overlaps(keys)
            if entities:
                stage.facts["shared_entities"] = split_parts.overlaps(entities)
            stage.facts["shared_rows"] = split_parts.overlaps(
                {part: own for part, own in rows.items() if own is not None}
            )
            self._scores.split(name, keys, rows)
            stage.facts["positions"] = {part: taps.places(own) for part, own in positions.items() if own is not None}
            if stage.facts["positions"] and of is not None and keys:
                parameters = self._whole[f"{name}/{next(iter(keys))}"].state.parameters
                stage.facts["arrangement"] = taps.arrangement(taps.keys_of(open_table(of), parameters))
            if by is not None:
                stage.facts["splitter"] = models.describe(by)

        self._guarded(stage, fill)
        return parts

    def model(self, name: str, model: T, *, fitted_on: Any = None, inputs: Sequence[str] = (), **keywords: Any) -> T:
        """A model: class, parameters, fitted state; a path is digested and never loaded. fitted_on: (X, y) of `fit`."""
        if model is None:
            raise UsageError(f"model {name!r}: expected a model or the path of its file, found None")
        stage = self._begin("model", name, inputs, keywords)

        def fill() -> None:
            if isinstance(model, (str, os.PathLike)):
                stage.facts["file"] = files.facts(files.expand_any(model))
            else:
                stage.facts["model"] = models.describe(model)
                self._models[name] = model
            if fitted_on is not None:
                self._fill(stage, _fitted_on(fitted_on), {**keywords, "key": None}, part="fitted_on")

        self._guarded(stage, fill)
        return model

    def predictions(
        self,
        name: str,
        table: T,
        *,
        inputs: Sequence[str] = (),
        score: str | Sequence[str] | None = None,
        label: str | None = None,
        classes: Sequence[Any] = (),
        **keywords: Any,
    ) -> T:
        """Predictions. score: column (or one a class) of probabilities or values; label: column of classes."""
        stage = self._begin("predictions", name, inputs, keywords)

        def fill() -> None:
            opened = self._opened(stage, table)
            key = self._key(stage, keywords)
            scores = columns_of(score)
            if not scores and label is None:
                scores = (_only_number(opened, key, name),)
            self._fill(stage, opened, keywords)
            stage.facts |= {"score": list(scores), "label": label, "classes": [str(c) for c in classes]}
            if key:
                first = taps.floats_of(opened, scores[-1]) if scores else taps.floats_of(opened, str(label))
                labels = taps.floats_of(opened, label) if label and scores else None
                own = taps.keys_of(opened, self._whole[name].state.parameters)
                self._scores.predicted(name, own, first, labels)
                self._slips(stage, scores[-1] if scores else str(label), keywords)

        self._guarded(stage, fill)
        return table

    def outcomes(
        self,
        name: str,
        table: T,
        *,
        actual: str,
        prediction: str | None = None,
        inputs: Sequence[str] = (),
        segments: Sequence[str] = (),
        **keywords: Any,
    ) -> T:
        """Outcomes. actual: their column; prediction: the stage of predictions that they are held against, by key."""
        inputs = tuple(inputs) or ((prediction,) if prediction in self.record.stages else ())
        if prediction is not None and prediction not in self.record.stages:
            raise UsageError(self._unknown_stage(name, "prediction", prediction))
        stage = self._begin("outcomes", name, [i for i in inputs if i], keywords)

        def fill() -> None:
            opened = self._opened(stage, table)
            self._fill(stage, opened, keywords)
            values = taps.floats_of(opened, actual)
            stage.facts |= {"actual": actual, "prediction": prediction, "labelled": int(np.isfinite(values).sum())}
            if prediction in self._scores and self._whole[name].key:
                level = privacy.level_of(keywords.get("privacy") or self.record.privacy)
                stage.facts["segments"] = list(segments)
                own = taps.keys_of(opened, self._whole[name].state.parameters)
                found = self._scores.held_against(
                    str(prediction), opened, own, values, segments=segments, time=keywords.get("time")
                )
                # what the record hides of a column is no name of a segment either
                hidden = [name for name in segments if stage.tables[""].columns[name].hidden]
                stage.facts |= privacy.outcomes(found, level, [*columns_of(keywords.get("private")), *hidden])

        self._guarded(stage, fill)
        return table

    def expect(
        self,
        metric: str,
        *,
        value: float | None = None,
        at_least: float | None = None,
        at_most: float | None = None,
        of: str | None = None,
        average: str | None = None,
        positive: Any = None,
        population: str | None = None,
        owner: str | None = None,
        valid_until: str | datetime.date | None = None,
    ) -> None:
        """What is promised of a metric or of any number; at least one of value, at_least, at_most.

        Metrics of outcomes are recomputed in both environments; for another number each environment gives its value.
        """
        if value is None and at_least is None and at_most is None:
            raise UsageError(f"expect {metric!r}: expected value=, at_least= or at_most=, found none of them")
        given = {
            "metric": metric,
            "value": None if value is None else float(value),
            "at_least": None if at_least is None else float(at_least),
            "at_most": None if at_most is None else float(at_most),
            "of": of,
            "average": average,
            "positive": None if positive is None else str(positive),
            "population": population,
            "owner": owner,
            "valid_until": None if valid_until is None else str(valid_until),
        }
        self.record.expectations.append({k: v for k, v in given.items() if v is not None})

    # --- inside -------------------------------------------------------------------------------------------------

    def _begin(self, kind: str, name: str, inputs: Sequence[str], keywords: Mapping[str, Any]) -> StageRecord:
        unknown = sorted(set(keywords) - _TABLE_KEYWORDS)
        if unknown:
            raise UsageError(f"{kind} {name!r}: unknown argument {unknown[0]!r}; known: {', '.join(_arguments(kind))}")
        if not name or name in RESERVED:
            raise UsageError(f"expected a name for the stage, found {name!r}; {' and '.join(RESERVED)} are reserved")
        if isinstance(inputs, str):
            inputs = (inputs,)
        for before in inputs:
            if before not in self.record.stages:
                raise UsageError(self._unknown_stage(name, "inputs", before))
        known = self.record.stages.get(name)
        if known is not None and not (keywords.get("more") and known.kind == kind):
            raise UsageError(
                f"stage {name!r} was recorded before; give it another name, or more=True for another batch"
            )
        if keywords.get("privacy"):
            privacy.level_of(keywords["privacy"])
        stage = known or StageRecord(name, kind, tuple(inputs))
        self.record.stages[name] = stage
        return stage

    def _unknown_stage(self, name: str, what: str, found: str) -> str:
        known = ", ".join(self.record.stages) or "none yet"
        return f"stage {name!r}: {what} names {found!r}, which was not recorded; recorded: {known}"

    def _slips(self, stage: StageRecord, column: str, keywords: Mapping[str, Any]) -> None:
        """What the model would predict from features served wrongly; nothing where a level hides the predictions."""
        level = privacy.level_of(keywords.get("privacy") or self.record.privacy)
        if level == "strict" or keywords.get("private"):
            return
        key = self._whole[stage.name].key
        alike = [
            (self._whole[name], self.record.stages[name].table_facts[""]["columns"])
            for name in stage.inputs
            if name in self._whole and self._whole[name].key == key
        ]
        made = [self._models[name] for name in stage.inputs if name in self._models] or list(self._models.values())
        try:
            found = serving_slips.facts(made, alike, self._whole[stage.name], column)
        except Exception as error:  # law 6, as in _guarded: of an estimator, or of a library that it needs
            why = f"{type(error).__name__}: {error}"
            said = f"stage {stage.name!r} was recorded, without replays of its features, which name causes: {why}"
            warnings.warn(said, RecordingWarning, stacklevel=6)
            found = None
        if found is not None:
            stage.facts["slips"] = found

    def _tap(self, kind: str, name: str, table: T, keywords: dict[str, Any], inputs: Sequence[str] = ()) -> T:
        stage = self._begin(kind, name, inputs, keywords)
        self._guarded(stage, lambda: self._fill(stage, self._opened(stage, table), keywords))
        return table

    def _guarded(self, stage: StageRecord, fill: Any) -> None:
        try:
            fill()
        except UsageError:
            self.record.stages.pop(stage.name, None)
            raise
        except TableError as error:
            self._unchecked(stage, f"source-unreadable: {_FOLDERS.sub('', error.kept)}", f"source-unreadable: {error}")
        except Exception as error:  # law 6: whatever fails here must not stop the pipeline
            # its text may quote a cell, so the record keeps the kind of error alone
            kept = f"summary-not-recorded: {type(error).__name__}"
            self._unchecked(stage, kept, f"{kept}: {error}")

    @staticmethod
    def _unchecked(stage: StageRecord, kept: str, said: str) -> None:
        """Leave the stage unchecked; the user is told more than the record keeps."""
        stage.unchecked = kept
        warnings.warn(
            f"stage {stage.name!r} was not recorded and will be unchecked: {said}", RecordingWarning, stacklevel=5
        )

    def _opened(self, stage: StageRecord, table: Any, part: str = "") -> Table:
        """The table for a tap, its columns read as the reference has them where they have no types of their own."""
        opened = taps.required(table, stage.name)
        reference = self._reference(stage, part)
        return opened if reference is None else opened.like(types_of(reference))

    def _reference(self, stage: StageRecord, part: str) -> Fingerprint | None:
        like = self._like.stages.get(stage.name) if self._like else None
        return like.tables.get(part) if like else None

    def _key(self, stage: StageRecord, keywords: Mapping[str, Any]) -> tuple[str, ...]:
        reference = self._reference(stage, "")
        return columns_of(keywords.get("key")) or (reference.key if reference is not None else ())

    def _fill(self, stage: StageRecord, table: Table, keywords: Mapping[str, Any], part: str = "") -> None:
        """Read the table and put fingerprint and facts into the stage."""
        declared = keywords.get("ordered", False)
        reference = self._reference(stage, part)
        like = None if reference is None or keywords.get("key") else reference
        partition = keywords.get("partition") or (f"{keywords['time']}:day" if keywords.get("time") else None)
        parameters = parameters_for(
            key=None if like else keywords.get("key"),
            like=like,
            partition=None if like else partition,
            ignore=() if like else keywords.get("ignore", ()),
            time=None if like else keywords.get("time"),
            window=None if like else keywords.get("window"),
            entity=None if like else keywords.get("entity"),
            target=None if like else keywords.get("target"),
            # without groups it is the total of the whole table, which is there anyway
            totals=None if like else {column: by for column, by in (keywords.get("totals") or {}).items() if by},
        )
        # the order is always kept where there is one: an unordered stage gets a note by it
        parameters = replace(parameters, ordered=table.ordered or bool(declared))
        fingerprint, facts = taps.tapped(table, parameters)
        self._check_key(stage, fingerprint)
        whole = f"{stage.name}/{part}" if part else stage.name
        if keywords.get("more") and whole in self._whole:
            fingerprint = self._whole[whole].merge(fingerprint)
        self._whole[whole] = fingerprint
        level = privacy.level_of(keywords.get("privacy") or self.record.privacy)
        hidden = columns_of(keywords.get("private")), columns_of(keywords.get("open"))
        stage.tables[part] = Fingerprint(privacy.applied(fingerprint.state, level, *hidden))
        stage.text_forms[part] = TextForms.of(fingerprint.state, level, *hidden)
        stage.table_facts[part] = facts | privacy.facts(fingerprint.state, level)
        sealed = Sealed.of(fingerprint.state, level, *hidden)
        if sealed is not None:
            stage.sealed[part] = sealed
        self._declare(stage, keywords, declared)
        if keywords.get("totals"):
            stage.facts["totals"] = {
                f"{column} by {', '.join(columns_of(groups))}": taps.totals_by_group(
                    table, column, columns_of(groups), parameters.seed, hidden=level == "strict"
                )
                for column, groups in keywords["totals"].items()
            }

    @staticmethod
    def _check_key(stage: StageRecord, fingerprint: Fingerprint) -> None:
        for column in fingerprint.key:
            if not fingerprint.columns[column].summarised:
                raise UsageError(f"stage {stage.name!r}: key {column!r} is of a type that has no canonical values")

    @staticmethod
    def _declare(stage: StageRecord, keywords: Mapping[str, Any], ordered: Any) -> None:
        stage.facts["ordered"] = list(columns_of(ordered)) if not isinstance(ordered, bool) else ordered
        for name in _DECLARED:
            if keywords.get(name):
                value = keywords[name]
                value = [value] if name == "decisions" and isinstance(value, Mapping) else value
                stage.facts[name] = _effect(value) if name == "effect" else _as_declared(value)
        ignore = keywords.get("ignore") or {}
        stage.facts["ignore"] = dict(ignore) if isinstance(ignore, Mapping) else dict.fromkeys(columns_of(ignore), "")
        tolerance = keywords.get("tolerance")
        if tolerance:
            stage.facts["tolerance"] = [
                _tolerance(t) for t in ([tolerance] if isinstance(tolerance, Mapping) else tolerance)
            ]
        process: dict[str, Any] = {}
        if keywords.get("query"):
            process["query"] = queries.normalised(str(keywords["query"]))
        if keywords.get("options"):
            process["options"] = {
                str(k): repr(v)[:200] for k, v in sorted(keywords["options"].items()) if not _secret(k, v)
            }
        if keywords.get("files"):
            given = keywords["files"]
            patterns = [given] if isinstance(given, (str, os.PathLike)) else given
            found = [path for pattern in patterns for path in files.expand_any(os.fspath(pattern))]
            process["files"] = files.facts(found)
        if process:
            stage.facts["process"] = process


def _arguments(kind: str) -> list[str]:
    """The names of what a recording call takes, beside name and table."""
    own = set(inspect.signature(getattr(Recorder, kind)).parameters)
    return sorted((own | _TABLE_KEYWORDS) - {"self", "name", "table", "parts", "model", "keywords"})


def _fitted_on(given: Any) -> Table:
    """(X, y) as one table: the columns of X in their places, then `target`."""
    if not isinstance(given, tuple) or len(given) != 2:
        raise UsageError("model: expected fitted_on=(X, y), found something else; give what fit received")
    features, target = given
    opened = taps.required(features, "fitted_on")
    if target is None:
        return opened

    def read() -> Iterator[Batch]:
        values = next(iter(open_table({"target": target}).read())).columns[0]
        at = 0
        for batch in opened.read():
            column = values.slice(at, at + batch.rows)
            at += batch.rows
            name = "target" if "target" not in batch.names else "target of fit"
            yield Batch((*batch.names, name), (*batch.columns, column), batch.rows)
        if at != values.length:
            raise UsageError(f"fitted_on: expected as many targets as rows, found {values.length} and {at}")

    return replace(opened, read=read, streams=None)


def _only_number(table: Table, key: tuple[str, ...], name: str) -> str:
    batch = next(iter(table.read()))
    found = [n for n, c in zip(batch.names, batch.columns, strict=True) if c.logical == "number" and n not in key]
    if len(found) != 1:
        raise UsageError(
            f"predictions {name!r}: expected score= or label=, found candidates {', '.join(found) or 'none'}"
        )
    return found[0]


def _as_declared(value: Any) -> Any:
    """A declaration as JSON can hold it: tables and lists of tables stay tables, what else stands in a list is text."""
    if isinstance(value, (str, Mapping)):
        return value
    return [_plain_table(v) if isinstance(v, Mapping) else str(v) for v in value]


def _plain_table(table: Mapping[str, Any]) -> dict[str, Any]:
    return {str(k): v if v is None or isinstance(v, (bool, int, float, str)) else str(v) for k, v in table.items()}


def _effect(given: Any) -> dict[str, float]:
    """The declared effect sizes, checked; that of pairs of columns only where it is declared itself."""
    try:
        sizes = asdict(Effects.declared(given))
    except (TypeError, ValueError) as error:
        names = ", ".join(field.name for field in fields(Effects))
        raise UsageError(f"effect: expected a number or sizes of {names}, found {given!r}") from error
    return (
        sizes if isinstance(given, Mapping) and "joint" in given else {k: v for k, v in sizes.items() if k != "joint"}
    )


def _tolerance(given: Any) -> dict[str, Any]:
    sizes_of = (
        given
        if isinstance(given, Mapping)
        else {k: getattr(given, k) for k in ("column", "absolute", "relative", "ulp", "reason")}
    )
    sizes = [k for k in ("absolute", "relative", "ulp") if sizes_of.get(k) is not None]
    if len(sizes) != 1 or not sizes_of.get("column") or not sizes_of.get("reason"):
        raise UsageError(
            "tolerance: expected column, reason and one of absolute, relative or ulp; see docs/tolerances.md"
        )
    size = float(sizes_of[sizes[0]])
    if not 0 <= size < float("inf"):
        raise UsageError(f"tolerance of {sizes_of['column']}: expected a finite number of at least 0, found {size}")
    return {"column": str(sizes_of["column"]), sizes[0]: size, "reason": str(sizes_of["reason"])}


_FOLDERS = re.compile(r"(?:/[^/\s:'\"]+)+/")
"""Folders may tell of a person; a record keeps the name of a file alone."""
_CREDENTIAL = re.compile(r"pass|secret|token|key|credential|auth|sig", re.I)


def _caller() -> str:
    """The file of the code that records: the first on the call stack that is not parityline's own."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("parityline."):
        frame = frame.f_back
    return frame.f_code.co_filename


def _secret(name: object, value: object) -> bool:
    return bool(_CREDENTIAL.search(str(name))) or "://" in str(value)


def record(
    name: str,
    *,
    environment: str,
    to: str | os.PathLike[str] | None = None,
    like: str | os.PathLike[str] | Record | None = None,
    privacy: str = "standard",
) -> Recorder:
    """Record one run of a pipeline: `with parityline.record("name", environment="research", to="file.parity") as run:`.

    Args:
        name: of the pipeline, the same in every environment.
        environment: of this run, for instance research or production.
        to: the file to write; without it the record stays in `run.record`.
        like: a record whose keys, partitions and ignored columns are used again.
        privacy: standard (default), strict or open; see docs/privacy.md.

    Raises UsageError for wrong arguments, FormatError for a `like` that is no record.
    """
    plan = rehearsed.plan()
    to = to if plan is None else plan.next_record()
    return Recorder(name, environment=environment, to=to, like=like, privacy_level=privacy)
