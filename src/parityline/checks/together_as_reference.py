"""Columns of new rows go together as in the reference: asked of those that did not move by themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from parityline.findings import Finding, Unchecked
from parityline.pairs import TablePair, sampled
from parityline.performance.drift import declared_effects
from parityline.performance.joint import JUDGED, Joint, PairMovement, joint_movement
from parityline.performance.sampled_windows import SampledWindows

_SHOWN = 3
_MOST_VALUES = 20
"""Of a hidden column; a value that is judged is in one row of twenty at least."""


def together_as_reference(
    pair: TablePair, timed: TablePair | None = None, *, moved: Collection[str] = ()
) -> Iterator[Finding | Unchecked]:
    """No correlation of two columns moved by more than the declared effect size, beyond chance and beyond the
    reference's own windows.

    moved: columns of which something was found already; they are left out, since how they go with others moved with
    them. timed: the table that has the time of the rows, itself or one before it with the same key; None where none
    has. Asked of the sampled rows; see `performance.joint`.
    """
    names = [
        name
        for name in pair.common
        if name not in pair.reference.key
        and name not in moved
        and pair.reference.columns[name].type == pair.observed.columns[name].type
        and pair.reference.columns[name].type in JUDGED
    ]
    hidden = [name for name in names if _hidden(pair, name)]
    effect = declared_effects(pair.declared).joint
    windows = SampledWindows.of(pair, timed) if timed is not None else None
    joint = joint_movement(pair, names, effect, windows)
    if joint is not None and joint.answer == "moved":
        yield _moved(pair, joint, effect)
    elif joint is not None and joint.answer == "too few rows":
        why = f"too-few-rows: of {joint.asked:,} pairs of columns some may go together otherwise; with "
        why += f"{len(pair.observed.state.sample.owner):,} sampled rows the smallest visible movement of a correlation "
        yield Unchecked(pair.stage, f"{pair.where}pairs of columns", f"{why}is {min(joint.visible, 2):.2g}")
    elif joint is not None and joint.answer == "windows":
        names_of = " and ".join(f"`{name}`" for name in joint.pairs[0].columns)
        why = f"no-history: how {names_of} go together moved no more than between the windows of research "
        why += f"({joint.windows} by {windows.unit if windows is not None else ''})"
        yield Unchecked(pair.stage, f"{pair.where}pairs of columns", why)
    if len(names) > 1 and any(side.rows and not side.state.sample.owner for side in (pair.reference, pair.observed)):
        yield Unchecked(pair.stage, f"{pair.where}pairs of columns", "values-private: a record keeps no sampled rows")
    elif hidden and len(names) > 1:
        shown = ", ".join(f"`{name}`" for name in hidden[:5]) + (f" and {len(hidden) - 5} more" * (len(hidden) > 5))
        why = f"values-private: whether {shown} and other columns go together; numbers are kept as hashes"
        yield Unchecked(pair.stage, f"{pair.where}pairs of columns", why)


def _hidden(pair: TablePair, name: str) -> bool:
    """Whether numbers are kept as hashes, of more values than make categories."""
    sides = sampled(pair.reference, name), sampled(pair.observed, name)
    return pair.reference.columns[name].type == "number" and any(len(own.hashed) > _MOST_VALUES for own in sides)


def _moved(pair: TablePair, joint: Joint, effect: float) -> Finding:
    first = joint.pairs[0]
    taking_part = Counter(name for columns in {p.columns for p in joint.pairs} for name in columns)
    carrier = max(first.columns, key=lambda name: taking_part[name])
    since = f", since {joint.since}" if joint.since else ""
    own = "; independent rows are assumed"
    if joint.windows and joint.between is not None:
        own = f"; the {joint.windows} windows of the reference differ from it by {joint.between:.2f} at most"
    low, high = first.interval
    sentence = f"{pair.where}`{first.columns[0]}` and `{first.columns[1]}` go together otherwise than in the reference"
    sentence += f"{since}: {_correlation(first)} {first.correlation[0]:+.2f} -> {first.correlation[1]:+.2f}, moved by "
    sentence += f"{first.size:+.2f} ({low:.2f} to {high:.2f}), though neither moved by itself; declared effect size "
    sentence += f"{effect:g}{own}"
    evidence = {
        **{"size": first.size, "interval": [low, high], "effect": effect, "windows": joint.windows},
        **{"between_windows": joint.between, "since": joint.since, "asked": joint.asked},
        "together": sorted(taking_part),
        "pairs": [p.evidence() for p in joint.pairs[:20]],
    }
    return Finding(
        "joint-distribution-moved",
        pair.stage,
        sentence + _others(joint, first),
        carrier,
        expected=first.correlation[0],
        found=first.correlation[1],
        evidence=evidence,
    )


def _correlation(moved: PairMovement) -> str:
    return f"the {'rank ' if moved.of_ranks else ''}correlation of {moved.what[0]} with {moved.what[1]}"


def _others(joint: Joint, first: PairMovement) -> str:
    """The other pairs of columns that moved, a few by name."""
    others = [columns for columns in dict.fromkeys(p.columns for p in joint.pairs) if columns != first.columns]
    if not others:
        return ""
    shown = ", ".join(f"`{a}` with `{b}`" for a, b in others[:_SHOWN])
    more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
    return f"; so did {len(others)} other pair{'s' if len(others) > 1 else ''}: {shown}{more}"
