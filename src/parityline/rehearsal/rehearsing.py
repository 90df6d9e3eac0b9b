"""Runs of one pipeline in fresh processes, one circumstance changed at a time, each verified against the first."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from parityline import rehearsed
from parityline.errors import ParitylineError, UsageError
from parityline.lint import Alarm, lint
from parityline.records import Record, write_whole
from parityline.rehearsal.circumstances import BASE, CIRCUMSTANCES, Circumstance
from parityline.rehearsal.judging import Outcome, Varying, cured_by_seeds, judged, varying
from parityline.rehearsal.lineage import Lineage, learned, with_lineage
from parityline.verification import verify

SEED = 7
"""Of the global generators, where a pipeline leaves them without one."""


@dataclass(slots=True)
class Rehearsal:
    """The answer of a rehearsal: an outcome for each circumstance, in their order. lineage: where it was asked for."""

    target: str
    outcomes: list[Outcome] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    lineage: Lineage = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """1 where a circumstance changes a stage or ends the run, 3 where one could not be tried, else 0."""
        found = {outcome.status for outcome in self.outcomes}
        return 1 if found & {"differs", "failed"} else 3 if "not tried" in found else 0


@dataclass(frozen=True, slots=True)
class _Run:
    """One process: how it ended, and the records it made."""

    records: tuple[Path, ...]
    sources: dict[str, str]
    seconds: float
    failure: str = ""


@dataclass(slots=True)
class _Known:
    """What runs are held against: the records of the first, how it was prepared, and what varies anyway."""

    records: list[Record]
    alarms: list[Alarm]
    setup: dict[str, Any] = field(default_factory=dict)
    noise: frozenset[Varying] = frozenset()


def rehearse(
    target: str | Sequence[str],
    arguments: Sequence[str] = (),
    *,
    only: Sequence[str] = (),
    runs: int = 2,
    python: str | None = None,
    to: str | os.PathLike[str] | None = None,
    time_limit: float = 600.0,
    jobs: int = 1,
    lineage: str | os.PathLike[str] | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Rehearsal:
    """Run a pipeline again and again, and tell which circumstance first changes which stage.

    Args:
        target: a script (`train.py`), a function (`package.module:function`), or a command as a list of words.
        arguments: of the script.
        only: names of circumstances; empty: all. Where one of them changes something, `nothing` is tried, too.
        runs: how often the pipeline runs with nothing changed, at least 2.
        python: another interpreter; then one more circumstance is that interpreter.
        to: a folder that keeps the records; runs that are in it already, of the same code, are not repeated.
        time_limit: seconds for each run.
        jobs: how many runs at once; more than one needs a pipeline that writes no file twice.
        lineage: where to write the record of the first run with what was learned of it: the values of one source column
            at a time are exchanged among the rows, one run each, to see which columns of which stages move.
        say: is told of each run.

    The pipeline has to record with `parityline.record`. Raises UsageError where the first run fails or records nothing.
    """
    wanted = _wanted(only)
    if runs < 2:
        raise UsageError(f"expected at least 2 runs, found {runs}")
    with _folder(to) as folder:
        pipeline = _Pipeline(target, list(arguments), folder, python or sys.executable, time_limit, say)
        first = pipeline.run(Circumstance("first", ""))
        if first.failure or not first.records:
            raise UsageError(
                f"{pipeline.named}: {first.failure or 'it recorded nothing; record its stages with parityline.record'}"
            )
        known = _Known([Record.read(path) for path in first.records], pipeline.alarms())
        answer = Rehearsal(pipeline.named, sources=first.sources)
        is_first = bool(wanted) and wanted[0].name == "nothing"
        repeated = [pipeline.repeated(wanted.pop(0), known, runs)] if is_first else []
        if python is not None:
            wanted.append(Circumstance("interpreter", python))

        def tried(circumstance: Circumstance) -> Outcome:
            return pipeline.tried(circumstance, known)

        if jobs > 1:
            with ThreadPoolExecutor(jobs) as pool:
                answer.outcomes += pool.map(tried, wanted)
        else:
            answer.outcomes += map(tried, wanted)
        if not repeated and any(outcome.status == "differs" for outcome in answer.outcomes):
            # what varies anyway is no circumstance's doing
            repeated = [pipeline.repeated(_wanted(["nothing"])[0], known, runs)]
            again = zip(wanted, answer.outcomes, strict=True)
            answer.outcomes = [tried(c) if outcome.status == "differs" else outcome for c, outcome in again]
        answer.outcomes = [*repeated, *answer.outcomes]
        if lineage is not None:
            answer.lineage = pipeline.lineage(known, Path(lineage))
    return answer


def _wanted(only: Sequence[str]) -> list[Circumstance]:
    known = {c.name: c for c in CIRCUMSTANCES}
    for name in only:
        if name not in known:
            raise UsageError(f"expected a circumstance, found {name!r}; known: {', '.join(known)}")
    return [c for c in CIRCUMSTANCES if not only or c.name in only]


@contextlib.contextmanager
def _folder(to: str | os.PathLike[str] | None) -> Iterator[Path]:
    if to is None:
        with tempfile.TemporaryDirectory(prefix="parityline-rehearsal-") as name:
            yield Path(name)
        return
    path = Path(to)
    path.mkdir(parents=True, exist_ok=True)
    yield path


class _Pipeline:
    """The pipeline and where its runs leave their records."""

    def __init__(
        self,
        target: str | Sequence[str],
        arguments: list[str],
        folder: Path,
        python: str,
        time_limit: float,
        say: Callable[[str], None],
    ) -> None:
        self.command = [] if isinstance(target, str) else list(target)
        self.target = target if isinstance(target, str) else ""
        self.named = self.target or " ".join(self.command)
        self.arguments, self.folder, self.python = arguments, folder, python
        self.time_limit, self.say = time_limit, say
        self.start = time.time()
        if self.target.endswith(".py") and not Path(self.target).is_file():
            raise UsageError(f"{self.target}: expected a script, found nothing there")
        if self.target and not self.target.endswith(".py") and ":" not in self.target:
            raise UsageError(f"expected script.py, module:function or a command behind --, found {self.target!r}")

    # ---------------------------------------------------------------- outcomes

    def repeated(self, nothing: Circumstance, known: _Known, runs: int) -> Outcome:
        """The pipeline run again with nothing changed; what varies is kept in `known`, as no other's doing."""
        found = Outcome(nothing.name, "same")
        for number in range(runs - 1):
            run = self.run(nothing, number)
            found = self._outcome(nothing, run, known)
            if found.status == "differs":
                break
        if found.status != "differs":
            return found
        known.noise = self._varying(run, known)
        seeded = None if self.command else self._seeded()
        if seeded is None:
            return found
        known.records, known.setup = seeded, {"seed": SEED}
        return cured_by_seeds(found, known.alarms)

    def tried(self, circumstance: Circumstance, known: _Known) -> Outcome:
        """One run under a changed circumstance."""
        if why := circumstance.missing():
            return Outcome(circumstance.name, "not tried", why=why)
        if self.command and circumstance.setup:
            why = "only the process of a script or function can be prepared"
            return Outcome(circumstance.name, "not tried", why=why)
        changed = replace(circumstance, setup={**known.setup, **circumstance.setup})
        run = self.run(changed)
        if (circumstance.rows or circumstance.chunks) and not run.failure and "changed" not in run.sources.values():
            why = "; ".join(f"{name}: {what}" for name, what in run.sources.items()) or "no source is recorded"
            unused = any("does not use" in what for what in run.sources.values())
            return Outcome(circumstance.name, "not tried" if unused else "not applicable", why=why, seconds=run.seconds)
        return self._outcome(circumstance, run, known)

    def _outcome(self, circumstance: Circumstance, run: _Run, known: _Known) -> Outcome:
        """How a run differs from the first one; of several records the first that differs."""
        if run.failure:
            return Outcome(circumstance.name, "failed", why=run.failure, seconds=run.seconds)
        if len(run.records) != len(known.records):
            why = f"{len(run.records)} records, the first run made {len(known.records)}"
            return Outcome(circumstance.name, "failed", why=why, seconds=run.seconds)
        noise = known.noise if circumstance.rows or not known.setup else frozenset()
        found = Outcome(circumstance.name, "same", seconds=run.seconds)
        for reference, path in zip(known.records, run.records, strict=True):
            if found.status == "same":
                verdict = verify(reference, Record.read(path), rows="same")
                found = judged(circumstance.name, verdict, known.alarms, run.seconds, noise)
        return found

    @staticmethod
    def _varying(run: _Run, known: _Known) -> frozenset[Varying]:
        verdicts = [verify(a, Record.read(b), rows="same") for a, b in zip(known.records, run.records, strict=True)]
        return frozenset().union(*map(varying, verdicts))

    def _seeded(self) -> list[Record] | None:
        """The records of a run with the global generators seeded, where a second one agrees with it."""
        runs = [self.run(Circumstance(f"seeded {n}", "", setup={"seed": SEED})) for n in (1, 2)]
        if any(run.failure for run in runs):
            return None
        records = [Record.read(path) for path in runs[0].records]
        outcome = self._outcome(Circumstance("seeded", ""), runs[1], _Known(records, []))
        return records if outcome.status == "same" else None

    def lineage(self, known: _Known, to: Path) -> Lineage:
        """What depends on which source column, also written to a record; of several records of a run, of the first."""
        first = known.records[0]

        def rerun(source: str, column: str) -> Record | None:
            name = hashlib.sha256(f"{source}\0{column}".encode()).hexdigest()[:16]
            changed = Circumstance(f"column {name}", "", setup=known.setup, column=(source, column))
            run = self.run(changed)
            done = not run.failure and run.sources.get(source) == "changed" and run.records
            return Record.read(run.records[0]) if done else None

        found = learned(first, rerun)
        with_lineage(first, found).write(to)
        return found

    def alarms(self) -> list[Alarm]:
        """What lint says of the script, or of the module of the function."""
        try:
            return lint([self._code()]).alarms if Path(self._code()).is_file() else []
        except ParitylineError:
            return []

    def _code(self) -> str:
        """The file of the script, or of the module of the function as far as it lies here."""
        return self.target if self.target.endswith(".py") else self.target.partition(":")[0].replace(".", "/") + ".py"

    # ---------------------------------------------------------------- processes

    def run(self, circumstance: Circumstance, number: int = 0) -> _Run:
        """One process, or what an earlier rehearsal of the same code left of it."""
        folder = self.folder / f"{circumstance.name.replace(' ', '-')}-{number}"
        stamp = folder / "done.json"
        if stamp.is_file() and (kept := self._kept(stamp, circumstance)):
            return kept
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.iterdir():
            left.unlink()
        self.say(f"{circumstance.name}: running")
        plan = rehearsed.write(
            rehearsed.Plan(str(folder.resolve()), circumstance.rows, circumstance.chunks, circumstance.column)
        )
        environment = {**os.environ, **BASE, **circumstance.environment(), rehearsed.VARIABLE: str(plan.resolve())}
        begun = time.monotonic()
        failure = self._failure(self._words(circumstance), environment, folder / "output.txt")
        seconds = time.monotonic() - begun
        records = tuple(sorted(folder.glob("*.parity"), key=lambda path: int(path.stem)))
        sources = folder / "sources.json"
        told = json.loads(sources.read_text()) if sources.is_file() else {}
        run = _Run(records, told, seconds, failure)
        if not failure:
            content = asdict(run) | {"records": [path.name for path in records], "code": self._digest(circumstance)}
            content["start"] = self.start
            write_whole(stamp, json.dumps(content).encode())
        self.say(f"{circumstance.name}: {failure or f'{seconds:.1f} s'}")
        return run

    def _kept(self, stamp: Path, circumstance: Circumstance) -> _Run | None:
        """What a finished run left, if it ran the same code in the same way; its clock is that of all runs to come."""
        try:
            content = json.loads(stamp.read_text())
            if content.pop("code") != self._digest(circumstance):
                return None
            start = float(content.pop("start"))
            records = tuple(stamp.parent / name for name in content.pop("records"))
            run = _Run(records, **content)
        except (ValueError, KeyError, TypeError):
            return None
        if not all(path.is_file() for path in records):
            return None
        self.start = start
        return run

    def _digest(self, circumstance: Circumstance) -> str:
        """Of how a run is made: its code and what lies beside it, arguments, interpreter, and what is changed."""
        files = [Path(word) for word in (self._code(), *self.command, *self.arguments) if word and Path(word).is_file()]
        beside = sorted({other for file in files for other in file.resolve().parent.glob("*.py")})
        digest = hashlib.sha256(repr((self.target, self.command, self.arguments, self.python)).encode())
        changed = (
            sorted(circumstance.environment().items()),
            circumstance.rows,
            circumstance.chunks,
            circumstance.column,
        )
        digest.update(repr((*changed, sorted(circumstance.setup.items()))).encode())
        for file in (*files, *beside):
            digest.update(file.read_bytes())
        return digest.hexdigest()

    def _words(self, circumstance: Circumstance) -> list[str]:
        if self.command:
            return self.command
        setup: dict[str, Any] = dict(circumstance.setup)
        if _has_clock():
            setup["start"] = self.start
        python = circumstance.words if circumstance.name == "interpreter" else sys.executable
        return [python, "-m", "parityline.rehearsal.child", json.dumps(setup), self.target, *self.arguments]

    def _failure(self, words: list[str], environment: dict[str, str], output: Path) -> str:
        """Run a process to its end; why it failed, or an empty text. It does not outlive this one."""
        with output.open("wb") as out:
            try:
                process = subprocess.Popen(  # noqa: S603 - what the user asked to run
                    words, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
                )
            except OSError as error:
                return f"could not be started: {error.strerror}"
            try:
                code = process.wait(self.time_limit)
            except subprocess.TimeoutExpired:
                _end(process)
                return f"did not end within {self.time_limit:g} s"
            except BaseException:
                _end(process)
                raise
        if code == 0:
            return ""
        last = output.read_text(errors="replace").strip().rpartition("\n")[2].strip()
        return f"ended with {code}: {last or 'it printed nothing'}"


def _has_clock() -> bool:
    clock = next(c for c in CIRCUMSTANCES if c.name == "time")
    return clock.missing() is None


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
