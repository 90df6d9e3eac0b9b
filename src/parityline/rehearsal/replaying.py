"""The swap experiment: rows, training rows, model and environment exchanged one at a time: which moves predictions?

A factorial design with one factor changed at a time from a common base (Fisher, The Design of Experiments, 1935), and
all of them together: where only that differs, the factors act together.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parityline.errors import UsageError
from parityline.performance.metrics import measured
from parityline.records import Record
from parityline.tables import files

FACTORS = ("rows", "training", "model", "environment")
REFIT = "a second fit"
"""Nothing changed: the model is fitted once more."""
_CHILD = Path(__file__).with_name("replay_child.py")
Predictions = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Swap:
    """Predictions with some factors changed against those of the base, row by row.

    differing: rows whose predictions are not equal to the bit; NaN equals NaN. largest: the largest difference.
    decisions: rows whose class changes: that of the largest probability, or of 0.5. metrics: where outcomes are given.
    """

    changed: tuple[str, ...]
    rows: int
    differing: int
    largest: float
    decisions: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Replay:
    """The answer of a swap experiment. metrics: of the base, where outcomes are given."""

    model: str
    rows: int
    swaps: list[Swap] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)

    @property
    def repeats(self) -> bool:
        """Whether a second fit gives the same predictions; True where nothing is fitted."""
        return not any(swap.differing for swap in self.swaps if swap.changed == (REFIT,))

    @property
    def causes(self) -> tuple[str, ...]:
        """The factors that move predictions by themselves; all of them where only together they do.

        The fit alone where it does not repeat: what else differs may be its noise.
        """
        if not self.repeats:
            return (REFIT,)
        alone = tuple(s.changed[0] for s in self.swaps if len(s.changed) == 1 and s.differing)
        together = next((s.changed for s in self.swaps if len(s.changed) > 1 and s.differing), ())
        return alone or together

    @property
    def code(self) -> str | None:
        """The code of what the experiment shows, where one factor alone is responsible and has one."""
        if self.causes == ("environment",):
            code = "library-changes-predictions"
            return code
        if not self.repeats:
            return "not-repeatable"
        return "other-model-served" if self.causes == ("model",) else None

    @property
    def exit_code(self) -> int:
        """1 where a factor moves a prediction, else 0."""
        return int(bool(self.causes))


def replay(
    models: Sequence[str | os.PathLike[str]],
    rows: Sequence[str | os.PathLike[str]],
    *,
    fit: str | None = None,
    training: Sequence[str | os.PathLike[str]] = (),
    pythons: Sequence[str] = (),
    key: str | None = None,
    predict: str | None = None,
    actual: str | None = None,
    record: str | os.PathLike[str] | None = None,
    time_limit: float = 600.0,
    say: Callable[[str], None] = lambda line: None,
) -> Replay:
    """Predict with rows, model and environment exchanged one at a time, each run in a process of its own.

    With `fit` the model is not read but fitted in each run, which tells what a difference in the training rows does.

    Args:
        models: one or two model files; the first is that of research. Loaded by their ending: `.joblib`, `.txt` and
            `.lgb` (LightGBM), `.json` and `.ubj` (XGBoost), `.cbm` (CatBoost), anything else as a pickle. Loading runs
            code of the file: name only files that you trust. None with `fit`.
        rows: one or two tables (Parquet, CSV, JSON lines, Arrow) of what the model is given, of the same rows.
        fit: `module:function` that is given a pandas table of training rows, and returns the fitted model.
        training: one or two tables to fit on; without them, `rows`. They are not matched by key.
        pythons: one or two interpreters; without them, this one.
        key: the column that names a row; without it rows belong together by position. Rows that only one side has are
            left out of comparisons.
        predict: `module:function` that is called with the model and a pandas table, and gives the predictions.
        actual: the column of outcomes, for the metrics of either side.
        record: a record whose model file must be the first one, by its digest; and, where it names a replay set, whose
            rows must be the first ones.
        time_limit: seconds for each run.
        say: is told of each run.

    Raises UsageError for wrong arguments, another model file than recorded, and runs that fail.
    """
    if fit is not None and models:
        raise UsageError("expected a model file or a fit function, found both")
    if fit is None and not models:
        raise UsageError("expected a model file or a fit function, found none")
    if training and fit is None:
        raise UsageError("expected a fit function with training rows, found none")
    for what, given, least in (
        *(("model", models, 0 if fit else 1), ("rows", rows, 1)),
        *(("training rows", training, 0), ("python", pythons, 0)),
    ):
        if not least <= len(given) <= 2:
            raise UsageError(f"expected one or two of {what}, found {len(given)}")
    if record is not None:
        _check_digests(Path(record), models, rows[0])
    tables = [_Rows.read(path, key) for path in rows]
    fitted_on = [_Rows.read(path, None) for path in training] or (tables if fit else [])
    sides: dict[str, list[Any]] = {
        "rows": tables,
        "training": fitted_on,
        "model": [str(m) for m in models],
        "environment": list(pythons) or [sys.executable],
    }
    varied = [factor for factor in FACTORS if len(sides[factor]) == 2]
    with tempfile.TemporaryDirectory(prefix="parityline-replay-") as name:
        experiment = _Experiment(Path(name), sides, (fit, predict), time_limit, say)
        base = experiment.predictions(())
        answer = Replay(str(fit or models[0]), len(tables[0].keys), metrics=_metrics(tables[0], base, actual))
        wanted: list[tuple[str, ...]] = [(REFIT,)] if fit else []
        wanted += [(factor,) for factor in varied] + ([tuple(varied)] if len(varied) > 1 else [])
        for changed in wanted:
            other = tables[-1] if "rows" in changed else tables[0]
            found = experiment.predictions(changed)
            answer.swaps.append(_swap(changed, tables[0], base, other, found, actual))
    return answer


# -------------------------------------------------------------------- rows


@dataclass(slots=True)
class _Rows:
    """A table of what a model is given: numeric columns, the others as plain lists, and what names each row."""

    numbers: dict[str, NDArray[Any]]
    others: dict[str, list[Any]]
    names: list[str]
    keys: list[Any]

    @classmethod
    def read(cls, path: str | os.PathLike[str], key: str | None) -> _Rows:
        table = _arrow(path)
        numbers: dict[str, NDArray[Any]] = {}
        others: dict[str, list[Any]] = {}
        for name in table.column_names:
            column = table.column(name)
            kind = str(column.type)
            if kind.startswith(("int", "uint", "float", "double", "halffloat")) or (
                kind == "bool" and not column.null_count
            ):
                numbers[name] = column.to_numpy()
            elif kind.startswith(("timestamp", "date")):
                numbers[name] = column.to_numpy().astype("datetime64[ns]")
            else:
                plain = (str, bool, type(None))
                others[name] = [value if isinstance(value, plain) else str(value) for value in column.to_pylist()]
        if key is not None and key not in table.column_names:
            raise UsageError(
                f"{os.fspath(path)}: expected the key column {key!r}, found {', '.join(table.column_names)}"
            )
        if not table.num_rows:
            raise UsageError(f"{os.fspath(path)}: expected rows to predict, found none")
        keys = list(range(table.num_rows)) if key is None else table.column(key).to_pylist()
        if len(set(keys)) < len(keys):
            raise UsageError(f"{os.fspath(path)}: expected a key that names one row, found {key!r} twice")
        return cls(numbers, others, table.column_names, keys)

    def write(self, path: Path) -> None:
        with path.open("wb") as file:
            np.savez(file, **self.numbers)  # type: ignore[arg-type]
        Path(f"{path}.json").write_text(json.dumps({"names": self.names, "columns": self.others}))

    def column(self, name: str) -> Predictions:
        if name not in self.numbers:
            raise UsageError(f"expected a numeric column of outcomes, found no such column {name!r}")
        return self.numbers[name].astype(np.float64)


def _arrow(path: str | os.PathLike[str]) -> Any:
    try:
        import pyarrow as pa
    except ImportError as error:
        raise UsageError("reading rows needs pyarrow: install parityline[arrow]") from error
    from parityline.tables import open_table

    streams = open_table(path).streams
    if streams is None:
        raise UsageError(f"{os.fspath(path)}: expected a Parquet, CSV, JSON lines or Arrow file")
    parts = [pa.RecordBatchReader.from_stream(stream).read_all() for _, stream in streams()]
    return pa.concat_tables(parts, promote_options="permissive")


def _check_digests(record: Path, models: Sequence[str | os.PathLike[str]], rows: str | os.PathLike[str]) -> None:
    """Whether model file and rows are those of the record; they are not opened before."""
    stages = Record.read(record).stages.values()
    if models:
        known = [stage.facts["file"]["digest"] for stage in stages if stage.kind == "model" and "file" in stage.facts]
        if not known:
            raise UsageError(f"{record}: expected a model that was recorded as a file, found none; record its path")
        _check_digest(models[0], known, "the recorded model", "loaded")
    kept = [stage.facts["replay_set"]["digest"] for stage in stages if "replay_set" in stage.facts]
    if kept:
        _check_digest(rows, kept, "the recorded replay set", "read")


def _check_digest(path: str | os.PathLike[str], known: list[str], what: str, verb: str) -> None:
    own = files.facts(files.expand(path))["digest"]
    if own not in known:
        said = f"digest {str(own)[:8]}, recorded {known[0][:8]}"
        raise UsageError(f"{os.fspath(path)}: the file is not {what} ({said}); it was not {verb}")


# -------------------------------------------------------------------- runs


class _Experiment:
    """The runs, each made once."""

    def __init__(
        self,
        folder: Path,
        sides: dict[str, list[Any]],
        functions: tuple[str | None, str | None],
        time_limit: float,
        say: Callable[[str], None],
    ) -> None:
        self.folder, self.sides, self.time_limit, self.say = folder, sides, time_limit, say
        self.fit, self.predict = functions
        for factor in ("rows", "training"):
            for number, rows in enumerate(sides[factor]):
                rows.write(self._file(factor, number))

    def _file(self, factor: str, number: int) -> Path:
        return self.folder / f"{factor}{number}.npz"

    def predictions(self, changed: tuple[str, ...]) -> Predictions:
        """The predictions with some factors on their second side, shape (rows, classes or 1)."""
        self.say(f"changed: {', '.join(changed) or 'nothing'}")
        number = {factor: int(factor in changed and len(self.sides[factor]) > 1) for factor in FACTORS}
        python = self.sides["environment"][number["environment"]]
        out = self.folder / f"{'-'.join(changed) or 'base'}.npy"
        order: dict[str, Any] = {"rows": str(self._file("rows", number["rows"])), "out": str(out)}
        if self.predict:
            order["predict"] = self.predict
        if self.fit:
            order |= {"fit": self.fit, "training": str(self._file("training", number["training"]))}
        else:
            order["model"] = self.sides["model"][number["model"]]
        model = self.fit or order["model"]
        try:
            done = subprocess.run(  # noqa: S603 - interpreters that the user names
                [python, str(_CHILD), json.dumps(order)],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=self.time_limit,
                check=False,
            )
        except OSError as error:
            raise UsageError(f"{python}: expected an interpreter, found {error.strerror}") from error
        except subprocess.TimeoutExpired as error:
            raise UsageError(f"{model}: predicting did not end within {self.time_limit:g} s") from error
        if done.returncode:
            last = done.stderr.strip().rpartition("\n")[2]
            raise UsageError(f"{model}: predicting failed with {', '.join(changed) or 'nothing'} changed: {last}")
        found: Predictions = np.load(out)
        return found


# -------------------------------------------------------------------- comparing


def _swap(
    changed: tuple[str, ...], first: _Rows, base: Predictions, other: _Rows, found: Predictions, actual: str | None
) -> Swap:
    if base.shape[1] != found.shape[1]:
        return Swap(changed, len(base), len(base), float("nan"))
    places = {key: place for place, key in enumerate(other.keys)}
    both = [(place, places[key]) for place, key in enumerate(first.keys) if key in places]
    before, after = (side[[pair[i] for pair in both]] for i, side in enumerate((base, found)))
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    differing = ~same.all(axis=1)
    moved = np.abs(after - before)[differing]
    largest = float(np.nanmax(moved)) if np.isfinite(moved).any() else 0.0
    classes = [_classes(side) for side in (before, after)]
    decisions = None if classes[0] is None or classes[1] is None else int((classes[0] != classes[1]).sum())
    return Swap(changed, len(both), int(differing.sum()), largest, decisions, _metrics(other, found, actual))


def _classes(predictions: Predictions) -> NDArray[np.int64] | None:
    """The class of each row: of the largest probability; None for values that are no probabilities."""
    if predictions.shape[1] > 1:
        return np.asarray(predictions.argmax(axis=1), np.int64)
    finite = predictions[np.isfinite(predictions)]
    if len(finite) and (finite < 0).any() | (finite > 1).any():
        return None
    return (predictions[:, 0] >= 0.5).astype(np.int64)


def _metrics(rows: _Rows, predictions: Predictions, actual: str | None) -> dict[str, float]:
    if actual is None:
        return {}
    score = predictions[:, -1] if predictions.shape[1] <= 2 else predictions.argmax(axis=1).astype(np.float64)
    return measured(rows.column(actual), score, None)
