"""Measure parityline beside its peers and write `results/fingerprint.md`.

python benchmarks/run.py                 every part; half an hour
python benchmarks/run.py --only memory   one part, shown and not written
python benchmarks/run.py --quick         small inputs, once each; written to `.data/` only
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import import_time
import inputs
from page import page, rendered
from parts import FULL, PARTS, QUICK

PAGE = Path(__file__).parent / "results/fingerprint.md"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure parityline beside its peers.")
    parser.add_argument("--only", choices=PARTS, help="run one part, and show it instead of writing the page")
    parser.add_argument("--quick", action="store_true", help="small inputs, once each, for trying")
    chosen = parser.parse_args()
    began = import_time.load()
    tables = {}
    for name in [chosen.only] if chosen.only else PARTS:
        print(f"{name} ({import_time.load()})", file=sys.stderr, flush=True)
        tables[name] = PARTS[name](QUICK if chosen.quick else FULL)
    if chosen.only:
        print("\n".join(line for table in tables[chosen.only] for line in rendered(table)))
        return
    target = inputs.FOLDER / "fingerprint-quick.md" if chosen.quick else PAGE
    target.parent.mkdir(exist_ok=True)
    target.write_text(page(tables, began, quick=chosen.quick), encoding="utf-8")
    print(target.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
