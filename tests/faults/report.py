"""Runs the whole matrix and writes docs/faults.md: every fault in every business, verified at every level.

python tests/faults/report.py [--businesses shop,flights] [--jobs 4] [--seeds 20] [--to docs/faults.md]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import misses
from catalogue import CONTROLS, CONTROLS_NOT_HERE, FAULTS, NOT_HERE, Control, Fault
from judging import DATA, ROOT, business, clean, judged, judged_control
from pipelines import BUSINESSES, LEVELS, SECRET, UNSEALED

SEEDS = 20
SHOWN = ("standard", "open", "strict", UNSEALED)


@dataclass(frozen=True)
class Cell:
    """One fault of one business at one level. said: what came first instead, where that is wrong."""

    fault: str
    business: str
    level: str
    detected: bool
    placed: bool
    named: bool
    said: str


@dataclass(frozen=True)
class Green:
    """One control of one business: how many of the seeds passed at all levels with the note of their row."""

    control: str
    business: str
    passed: int
    silent: int
    seeds: int


def cells_of(name: str, faults: Sequence[Fault]) -> list[Cell]:
    """What became of these faults in one business."""
    found = []
    for fault in faults:
        for level in LEVELS:
            try:
                j = judged(name, fault, level)
            except Exception as error:  # one run that breaks must not lose the matrix; the page shows it
                print(f"{name}: {fault} broke: {error!r}", file=sys.stderr, flush=True)
                found.append(Cell(str(fault), name, level, False, False, False, f"broke in {name}"))
                continue
            said = "; ".join((*j.misplaced, *j.misnamed))
            found.append(Cell(str(fault), name, level, j.detected, j.placed, j.named, said))
    return found


def controls_of(name: str, controls: Sequence[Control], seeds: int) -> list[Green]:
    """What became of these controls in one business."""
    found = []
    for control in controls:
        passed = silent = 0
        for seed in range(seeds):
            levels = [level for level in LEVELS if f"{control}@{level}" not in misses.CONTROLS]
            wrong = [w for level in levels for w in judged_control(name, control, level, seed)[1]]
            passed += not wrong
            silent += bool(wrong) and all(w.startswith("no note") for w in wrong)
        found.append(Green(str(control), name, passed, silent, seeds))
    return found


def written(cells: Sequence[Cell], greens: Sequence[Green], rows: Mapping[str, int]) -> str:
    """The page."""
    lines = [
        *_head(rows),
        *_totals(cells),
        *_pipelines(cells, rows),
        *_table(cells),
        *_greens(greens, list(rows)),
        *_rest(),
    ]
    return "\n".join(lines) + "\n"


def _head(rows: Mapping[str, int]) -> Iterator[str]:
    sizes = ", ".join(f"{name} ({size:,})" for name, size in rows.items())
    yield "# Faults"
    yield ""
    yield "What parityline finds of the catalogue of faults. Each fault is injected into the data or the code of a real"
    yield "run; the run is recorded and verified against one without the fault. This page is written by"
    yield "`python tests/faults/report.py` and not edited."
    yield ""
    yield f"- Pipelines, with the rows of their first source: {sizes}."
    yield "- *detected*: the verdict is `fail`. *right first stage*: it is first where it was injected, every stage"
    yield "  that is not made of that one passes, and nothing else is `new`. *right code*: all that, code and column."
    yield "- All runs know one secret, under which `strict` seals what it does not show. `unsealed` is `strict` without"
    yield "  one: no cell is in the record at all, and a name is not demanded there."
    yield ""


def _totals(cells: Sequence[Cell]) -> Iterator[str]:
    yield "| level | runs | detected | right first stage | right code |"
    yield "|---|---:|---:|---:|---:|"
    for level in SHOWN:
        own = [c for c in cells if c.level == level]
        shares = [sum(getattr(c, what) for c in own) / max(1, len(own)) for what in ("detected", "placed", "named")]
        yield f"| `{level}` | {len(own)} | " + " | ".join(f"{share:.1%}" for share in shares) + " |"
    yield ""


def _pipelines(cells: Sequence[Cell], rows: Mapping[str, int]) -> Iterator[str]:
    yield "At `standard`, by pipeline:"
    yield ""
    yield "| pipeline | runs | detected | right first stage | right code |"
    yield "|---|---:|---:|---:|---:|"
    for name in rows:
        own = [c for c in cells if (c.level, c.business) == ("standard", name)]
        counts = [str(sum(getattr(c, what) for c in own)) for what in ("detected", "placed", "named")]
        yield f"| {name} | {len(own)} | " + " | ".join(counts) + " |"
    yield ""


def _table(cells: Sequence[Cell]) -> Iterator[str]:
    yield "## Fault by fault"
    yield ""
    yield "In how many pipelines: detected / right first stage / right code."
    yield ""
    yield "| fault | code | " + " | ".join(f"`{level}`" for level in SHOWN) + " | instead |"
    yield "|---|---|" + "---|" * len(SHOWN) + "---|"
    for fault in FAULTS:
        row = [str(fault), " or ".join(f"`{code}`" for code in sorted(fault.codes))]
        for level in SHOWN:
            own = [c for c in cells if (c.fault, c.level) == (str(fault), level)]
            row.append(" / ".join(str(sum(getattr(c, what) for c in own)) for what in ("detected", "placed", "named")))
        said = dict.fromkeys(c.said for c in cells if (c.fault, c.level) == (str(fault), "standard") and c.said)
        row.append("; ".join(list(said)[:2]).replace("|", "/"))
        yield "| " + " | ".join(row) + " |"
    yield ""


def _greens(greens: Sequence[Green], names: Sequence[str]) -> Iterator[str]:
    yield "## Harmless changes"
    yield ""
    yield "Of so many seeds, how many pass at every level with the note of the catalogue; in brackets, how many pass"
    yield "without a note."
    yield ""
    yield "| control | note | " + " | ".join(names) + " |"
    yield "|---|---|" + "---|" * len(names)
    for control in CONTROLS:
        own = [next(g for g in greens if (g.control, g.business) == (str(control), name)) for name in names]
        told = [f"{g.passed} of {g.seeds}" + (f" ({g.silent})" if g.silent else "") for g in own]
        yield f"| {control} | {f'`{control.note}`' if control.note else 'none'} | " + " | ".join(told) + " |"
    yield ""


def _rest() -> Iterator[str]:
    yield "## Not in this table"
    yield ""
    reasons: dict[str, list[str]] = {}
    for number, reason in sorted(NOT_HERE.items()):
        reasons.setdefault(reason, []).append(f"F{number}")
    for number, reason in sorted(CONTROLS_NOT_HERE.items()):
        reasons.setdefault(reason, []).append(f"C{number}")
    for reason, own in reasons.items():
        yield f"- {', '.join(own)}: {reason}."
    for control, reason in misses.CONTROLS.items():
        yield f"- {control}: {reason}."


def _chunks(items: Sequence[object], size: int) -> Iterator[Sequence[object]]:
    return (items[i : i + size] for i in range(0, len(items), size))


def _job(job: tuple[str, str, Sequence[int], int]) -> list[Cell] | list[Green]:
    kind, name, places, seeds = job
    warnings.simplefilter("ignore")
    if kind == "faults":
        return cells_of(name, [FAULTS[i] for i in places])
    return controls_of(name, [CONTROLS[i] for i in places], seeds)


def matrix(name: str, jobs: int, seeds: int) -> tuple[list[Cell], list[Green]]:
    """All cells and controls of one business, on so many processes."""
    clean(name)
    work: list[tuple[str, str, Sequence[int], int]] = []
    work += [("faults", name, places, seeds) for places in _chunks(range(len(FAULTS)), 12)]
    work += [("controls", name, places, seeds) for places in _chunks(range(len(CONTROLS)), 3)]
    cells: list[Cell] = []
    greens: list[Green] = []
    with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
        for number, (job, found) in enumerate(zip(work, pool.map(_job, work), strict=True), 1):
            (cells if job[0] == "faults" else greens).extend(found)  # type: ignore[arg-type]
            print(f"{name}: {number} of {len(work)}", file=sys.stderr, flush=True)
    return cells, greens


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--businesses", default=",".join(BUSINESSES))
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("--seeds", type=int, default=SEEDS, help="of each control")
    arguments.add_argument("--parts", type=Path, help="a folder where finished businesses are kept and taken from")
    arguments.add_argument("--to", type=Path, default=ROOT / "docs" / "faults.md")
    given = arguments.parse_args()
    names = given.businesses.split(",")
    os.environ.update(SECRET)
    if names != ["shop"] and not DATA.is_dir():
        arguments.error(f"the real data sets are not there: PARITYLINE_DATA is {DATA}")
    cells: list[Cell] = []
    greens: list[Green] = []
    rows: dict[str, int] = {}
    for name in names:
        part = given.parts / f"{name}.json" if given.parts else None
        if part is not None and part.is_file():
            kept = json.loads(part.read_text(encoding="utf-8"))
            own = [Cell(**c) for c in kept["cells"]], [Green(**g) for g in kept["greens"]]
            rows[name] = kept.get("rows") or len(business(name).facts)
        else:
            own = matrix(name, given.jobs, given.seeds)
            rows[name] = len(business(name).facts)
        if part is not None:
            part.parent.mkdir(parents=True, exist_ok=True)
            kept = {"rows": rows[name], "cells": [asdict(c) for c in own[0]], "greens": [asdict(g) for g in own[1]]}
            part.write_text(json.dumps(kept), encoding="utf-8")
        cells += own[0]
        greens += own[1]
    given.to.write_text(written(cells, greens, rows), encoding="utf-8")


if __name__ == "__main__":
    main()
