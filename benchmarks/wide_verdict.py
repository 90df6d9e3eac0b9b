"""What a verdict over two wide records costs: twelve stages of a hundred columns, equal and with every column changed.

python benchmarks/wide_verdict.py > benchmarks/results/wide_verdict.md

Each verdict is taken in a process of its own, from two files, as `parityline verify` does; the median of five is
printed with the CPU time (user and system), the peak memory and the sizes of the records.
"""

from __future__ import annotations

import datetime
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import import_time

STAGES, COLUMNS, ROWS, RUNS = 12, 100, 10_000, 5
NOISE = np.random.default_rng(11).normal(0, 1, ROWS)
CARRIED = (90, 0)
"""Of the columns of a stage, so many are those of the stage before: a usual pipeline, and the worst."""
_VERIFY = """
import sys, time
import parityline
from parityline.report.text import render
begun = time.perf_counter()
verdict = parityline.verify(*sys.argv[1:])
text = render(verdict)
wall = time.perf_counter() - begun
cpu = time.process_time()
memory = int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]) / 1024
print(wall, cpu, memory, len(verdict.findings), len(text.splitlines()))
"""


def record(folder: Path, name: str, *, carried: int, changed: int = 0) -> Path:
    """One run: numbers, integers, texts and times. Each stage makes its columns but the first `carried` anew.

    changed: how many columns of each stage differ from those of a run without.
    """
    import parityline

    random = np.random.default_rng(7)
    path = folder / f"{name}.parity"
    table = {"id": np.arange(ROWS), "day": np.datetime64("2024-01-01", "s") + np.arange(ROWS) * 3600}
    with parityline.record("wide", environment=name, to=str(path)) as run:
        for stage in range(STAGES):
            for column in range(carried if stage else 0, COLUMNS - 2):
                table[f"c{column}"] = _values(random, column % 4, changed=COLUMNS - 2 - column <= changed)
            inputs = {"inputs": [f"stage_{stage - 1}"]} if stage else {}
            tap = run.etl if stage else run.source
            tap(f"stage_{stage}", dict(table), key="id", time="day", partition="day:month", **inputs)
    return path


def _values(random: np.random.Generator, kind: int, *, changed: bool) -> np.ndarray:
    if kind == 0:
        return random.normal(100, 20, ROWS) + changed * NOISE
    if kind == 1:
        return random.integers(0, 1_000, ROWS) + changed * (NOISE > 0)
    if kind == 2:
        return random.gamma(2, 30, ROWS).round(2 - changed)
    values = random.integers(0, 50, ROWS)
    return np.char.add("t", np.where(changed & (NOISE > 1), values + 1, values).astype(str))


def main() -> None:
    print("# Verdicts over wide records\n")
    print("Written by `python benchmarks/wide_verdict.py > benchmarks/results/wide_verdict.md`.\n")
    day = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
    print(f"{import_time.machine()}; {day}; {import_time.load()} at the start.\n")
    print(f"{STAGES} stages of {COLUMNS} columns, {ROWS:,} rows; medians of {RUNS} runs, each from two files in a")
    print("process of its own. CPU and peak memory with the imports, wall without them.\n")
    header = ("columns carried on", "differs", "record MiB", "wall s", "CPU s", "peak MiB", "findings", "lines of text")
    print(f"| {' | '.join(header)} |")
    print("|---:|---|---:|---:|---:|---:|---:|---:|")
    for carried in CARRIED:
        with tempfile.TemporaryDirectory() as folder:
            research = record(Path(folder), "research", carried=carried)
            few = record(Path(folder), "few", carried=carried, changed=2)
            every = record(Path(folder), "every", carried=carried, changed=COLUMNS)
            sides = {"nothing": research, "two columns a stage": few, "every column": every}
            for name, observed in sides.items():
                runs = [_verdict(research, observed) for _ in range(RUNS)]
                wall, cpu, memory, findings, lines = (statistics.median(n) for n in zip(*runs, strict=True))
                print(
                    f"| {carried} | {name} | {observed.stat().st_size / 2**20:.1f} | {wall:.2f} | {cpu:.2f} "
                    f"| {memory:.0f} | {findings:.0f} | {lines:.0f} |",
                    flush=True,
                )


def _verdict(reference: Path, observed: Path) -> list[float]:
    command = [sys.executable, "-c", _VERIFY, str(reference), str(observed)]
    return [float(n) for n in subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()]


if __name__ == "__main__":
    main()
