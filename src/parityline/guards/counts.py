"""What guards count: mergeable over processes, and shown to whatever collects metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from parityline.guards.rules import Looked

MOST_VALUES = 100
"""Unseen values are counted one by one up to so many."""


@dataclass(slots=True)
class Counts:
    """What a guard counted: calls, rows, rows with any fault, faults by (kind, column), unseen values, and exceptions
    by their type and the first fault of their input (type, kind, column, value; empty texts where it had none).

    outputs: predictions that are not finite, or outside the range of the reference. skipped: looks that failed in the
    guard itself, by the kind of error. Counts of several processes are added up.
    """

    calls: int = 0
    rows: int = 0
    bad_rows: int = 0
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    unseen: Counter[tuple[str, str]] = field(default_factory=Counter)
    exceptions: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    outputs: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)

    def merge(self, other: Counts) -> Counts:
        """Both together."""
        found = Counts(self.calls + other.calls, self.rows + other.rows, self.bad_rows + other.bad_rows)
        for name in _COUNTERS:
            getattr(found, name).update(getattr(self, name) + getattr(other, name))
        return found

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; pairs become lists."""
        found: dict[str, Any] = {"calls": self.calls, "rows": self.rows, "bad_rows": self.bad_rows}
        for name in _COUNTERS:
            counter: Counter[Any] = getattr(self, name)
            pairs = ([*(key if isinstance(key, tuple) else (key,)), count] for key, count in counter.items())
            found[name] = sorted(pairs, key=str)
        return found

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Counts:
        """What `to_dict` gave."""
        found = cls(given["calls"], given["rows"], given["bad_rows"])
        for name in _COUNTERS:
            counter: Counter[Any] = getattr(found, name)
            counter.update({tuple(own[:-1]) if len(own) > 2 else own[0]: own[-1] for own in given[name]})
        return found

    def count(self, looked: Looked) -> None:
        """Add one look."""
        self.calls += 1
        self.rows += looked.rows
        self.bad_rows += looked.bad
        for fault in looked.faults:
            self.faults[fault.kind, fault.column] += fault.rows
            at = (fault.column, fault.value)
            if fault.kind == "unseen" and (at in self.unseen or len(self.unseen) < MOST_VALUES):
                self.unseen[at] += fault.rows

    def to_prometheus(self) -> str:
        """In the text format of Prometheus, for whatever serves metrics."""
        lines = []
        for name, help_text, samples in metrics(self):
            lines += [f"# HELP {name} {help_text}", f"# TYPE {name} counter"]
            for labels, value in samples:
                shown = ",".join(f'{k}="{_escaped(v)}"' for k, v in labels.items())
                lines.append(f"{name}{{{shown}}} {value}" if shown else f"{name} {value}")
        return "\n".join(lines) + "\n"


_COUNTERS = ("faults", "unseen", "exceptions", "outputs", "skipped")


def metrics(counts: Counts) -> list[tuple[str, str, list[tuple[dict[str, str], int]]]]:
    """(name, help, [(labels, value)]) of each counter."""
    return [
        ("parityline_guard_calls_total", "Calls of predict.", [({}, counts.calls)]),
        ("parityline_guard_rows_total", "Rows given to predict.", [({}, counts.rows)]),
        ("parityline_guard_faults_total", "Bad values of inputs.",
         [({"kind": k, "column": c}, n) for (k, c), n in sorted(counts.faults.items())]),
        ("parityline_guard_outputs_total", "Predictions that are not finite or outside their range.",
         [({"kind": k}, n) for k, n in sorted(counts.outputs.items())]),
        ("parityline_guard_exceptions_total", "Exceptions of predict.",
         [({"type": t}, n) for t, n in sorted(_by_type(counts).items())]),
        ("parityline_guard_skipped_total", "Looks that failed in the guard itself.",
         [({"type": t}, n) for t, n in sorted(counts.skipped.items())]),
    ]  # fmt: skip


def _by_type(counts: Counts) -> Counter[str]:
    found: Counter[str] = Counter()
    for (name, *_), n in counts.exceptions.items():
        found[name] += n
    return found


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
