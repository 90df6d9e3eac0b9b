"""What a guard costs a call: one row of 50 features as a mapping, an array and a pandas table, and a batch of 1,000.

`python benchmarks/guard.py`; medians over calls, with the bare predict beside them.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np
import pandas as pd

import parityline

FEATURES, ROWS, CALLS = 50, 2_000, 4_000


def main() -> None:
    g = np.random.default_rng(0)
    names = [f"f{i:02}" for i in range(FEATURES)]
    table = pd.DataFrame(g.normal(0, 1, (ROWS, FEATURES)), columns=names)
    with parityline.record("bench", environment="research") as run:
        run.features("X", table.assign(id=np.arange(ROWS)), key="id")
    rows = table.to_numpy()
    forms = {
        "a mapping": ([dict(zip(names, row.tolist(), strict=True)) for row in rows], CALLS),
        "an array": (list(rows), CALLS),
        "a pandas table of one row": ([table.iloc[[i]] for i in range(200)], 200),
        "an array of 1,000 rows": ([rows[:1000]], 300),
        "a pandas table of 1,000 rows": ([table.iloc[:1000]], 100),
    }
    print(f"| one call with | bare, microseconds | guarded p50 | p99 | python {sys.version.split()[0]} |")
    print("|---|---|---|---|---|")
    for form, (given, calls) in forms.items():
        guarded = parityline.guard(_predict, run.record)
        bare = _times(_predict, given, calls)
        own = _times(guarded, given, calls)
        print(f"| {form} | {_at(bare, 50):.1f} | {_at(own, 50):.1f} | {_at(own, 99):.1f} | |")


def _predict(rows: object) -> float:
    return 0.5


def _times(function, given, calls: int) -> list[float]:
    found = []
    for i in range(calls):
        row = given[i % len(given)]
        start = time.perf_counter()
        function(row)
        found.append((time.perf_counter() - start) * 1e6)
    return found


def _at(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100)[percent - 1]


if __name__ == "__main__":
    main()
