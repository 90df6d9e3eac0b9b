"""One call in its own fresh process: CPU, clock and memory of the call alone, imports and preparation left out.

This module and `subjects.py` are also run by the Python of other environments, so they need the standard library only.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

SUBJECTS = Path(__file__).with_name("subjects.py")
SECONDS_AT_MOST = 1800

Call = Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class Usage:
    """What one call took. cpu_seconds: user and system, all threads. peak_bytes: resident, above the start of the call.

    facts: what the call says of its result.
    """

    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int
    facts: dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """A function of `subjects.py` with its arguments.

    cores: the process is confined to so many, and parityline's kernel told to use so many threads; None for all.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    python: str = sys.executable
    cores: int | None = None


class FailedError(Exception):
    """A subject that could not be measured; the text is the last line of what it said."""


def usage_of(call: Call) -> Usage:
    """Measure a call in this process, which should have made none before."""
    start_bytes = _start_of_memory()
    start_wall, start_cpu = time.perf_counter(), _cpu_seconds()
    facts = call()
    cpu, wall = _cpu_seconds() - start_cpu, time.perf_counter() - start_wall
    return Usage(cpu, wall, max(_peak_bytes() - start_bytes, 0), facts)


def measure(subject: Subject) -> Usage:
    """Measure a subject in a fresh process. Raises FailedError."""
    command = [subject.python, str(SUBJECTS), subject.name, json.dumps(dict(subject.arguments))]
    environment = dict(os.environ)
    if subject.cores is not None:
        environment["PARITYLINE_THREADS"] = str(subject.cores)
        environment["BENCHMARK_CORES"] = str(subject.cores)
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS_AT_MOST)
    except subprocess.TimeoutExpired as error:
        raise FailedError(f"not done after {SECONDS_AT_MOST} seconds") from error
    if done.returncode:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise FailedError((said or [f"ended with {done.returncode}"])[-1][:200])
    return Usage(**json.loads(done.stdout.splitlines()[-1]))


def measure_in_turn(subjects: Mapping[str, Subject], repeats: int) -> dict[str, list[Usage] | str]:
    """Usages by label, or why there are none. All in turn, so that a busy moment of the machine hits all of them."""
    results: dict[str, list[Usage] | str] = {label: [] for label in subjects}
    for number in range(repeats):
        for label, subject in subjects.items():
            usages = results[label]
            if isinstance(usages, str):
                continue
            try:
                usages.append(measure(subject))
            except FailedError as error:
                results[label] = str(error)
                print(f"  {label}: {error}", file=sys.stderr)
                continue
            last = usages[-1]
            took = f"{last.cpu_seconds:.2f} s CPU, {last.wall_seconds:.2f} s, {last.peak_bytes / 1e6:.0f} MB"
            print(f"  {number + 1}/{repeats} {label}: {took}", file=sys.stderr, flush=True)
    return results


def median(usages: list[Usage]) -> Usage:
    """The median of each number on its own; the facts are those of the last call."""
    cpu, wall, peak = (
        statistics.median(getattr(usage, name) for usage in usages)
        for name in ("cpu_seconds", "wall_seconds", "peak_bytes")
    )
    return Usage(cpu, wall, int(peak), usages[-1].facts)


def report(call: Call) -> None:
    """In the fresh process: measure, and print the line that `measure` reads."""
    print(json.dumps(asdict(usage_of(call))))


def confine() -> None:
    """In the fresh process, before anything starts threads: keep to the cores that the subject may use."""
    cores = os.environ.get("BENCHMARK_CORES")
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(cores)])


def _cpu_seconds() -> float:
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in both)


def _start_of_memory() -> int:
    # the kernel forgets the peak of the imports; `ru_maxrss` cannot, and begins with that of the parent
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _peak_bytes()


def _peak_bytes() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
