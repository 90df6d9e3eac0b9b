"""What linting 1,000 files costs: modules of this size and kind are made from the snippets of the tests.

python benchmarks/lint.py

Each file holds some of the snippets of tests/lint, as functions of one module between plain code; a third of them has
an alarm. The median of five runs is printed, wall and CPU (user and system, of all processes), beside `ruff check`,
which only parses and applies its own rules, on the same files.
"""

from __future__ import annotations

import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

FILES, LINES, RUNS = 1_000, 150, 5
SNIPPETS = Path(__file__).parents[1] / "tests" / "lint" / "snippets"
PLAIN = '''
class Record{n}:
    """A plain class of {n} fields."""

    def __init__(self, name, values, parent=None):
        self.name, self.values, self.parent = name, list(values), parent

    def total(self):
        return sum(value for value in self.values if value is not None) / max(len(self.values), 1)

    def path(self):
        found, node = [], self
        while node is not None:
            found.append(node.name)
            node = node.parent
        return "/".join(reversed(found))
'''


def write(folder: Path) -> int:
    """The files, and how many lines they have."""
    random = np.random.default_rng(3)
    bodies = []
    for path in sorted(SNIPPETS.glob("*.py.txt")):
        for part in path.read_text().split("=== ")[1:]:
            body = re.sub(r"\s*(?:--)?#!.*$", "", part.partition("\n")[2], flags=re.M)
            if "global " not in body:
                bodies.append(body)
    lines = 0
    for number in range(FILES):
        text = ""
        while text.count("\n") < LINES:
            text += PLAIN.format(n=text.count("\n"))
            if random.random() < 0.1:
                text += bodies[random.integers(len(bodies))]
        (folder / f"module_{number:04}.py").write_text(text)
        lines += text.count("\n")
    return lines


def timed(command: list[str]) -> tuple[float, float]:
    walls, cpus = [], []
    for _ in range(RUNS):
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, capture_output=True, check=False)
        walls.append(time.perf_counter() - begun)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(walls), statistics.median(cpus)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = write(folder)
        print(f"{FILES:,} files, {lines:,} lines\n\n| | wall | CPU |\n|---|---|---|")
        for what, command in (
            ("parityline lint", [sys.executable, "-m", "parityline", "lint", name]),
            ("ruff check --no-cache", [sys.executable, "-m", "ruff", "check", "--no-cache", "--isolated", name]),
        ):
            wall, cpu = timed(command)
            print(f"| {what} | {wall:.2f} s | {cpu:.2f} s |")


if __name__ == "__main__":
    main()
