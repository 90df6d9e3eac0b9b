"""New rows look like those of the reference: asked where production sees other rows than research did."""

from __future__ import annotations

import math
from collections.abc import Iterator

from parityline.checks.same_values import percent
from parityline.findings import Finding, Unchecked
from parityline.fingerprints import ColumnFingerprint, plain
from parityline.pairs import TablePair
from parityline.performance.dealing import share_chance, unseen_chance
from parityline.performance.drift import (
    Effects,
    Movement,
    chance_of_one,
    declared_effects,
    measures,
    movements,
)
from parityline.performance.sampled_windows import windows_of
from parityline.performance.windows import FEWEST_WINDOWS, AnyWindows

AS_CHANCE = "a second sample as large as this might hold as many"
_FORM_FACTOR = 5.0
"""Forms are kept by writers and readers and not by chance: so many effect sizes of a distribution must they move."""
_JUDGED = ("number", "text", "boolean")
"""Times of new rows are later, so where they lie is no movement."""


def like_reference(pair: TablePair, timed: TablePair | None = None) -> Iterator[Finding | Unchecked]:
    """No movement above the declared effect sizes of the stage, beyond chance and beyond the reference's own windows.

    timed: the table that has the time of the rows, itself or one before it with the same key; None where none has.
    Yields findings, and what too few rows or windows leave open as Unchecked. See `performance.drift` for the rule.
    """
    effects = declared_effects(pair.declared)
    windows = windows_of(pair, timed)
    names = [
        name
        for name in pair.common
        if name not in pair.reference.key and pair.reference.columns[name].rows and pair.observed.columns[name].rows
    ]
    small: list[tuple[str, Movement]] = []
    left: list[tuple[str, Movement]] = []
    for name in names:
        before, after = pair.reference.columns[name], pair.observed.columns[name]
        unseen = _unseen(pair, name, before, after, effects, len(names))
        if unseen is not None:
            yield unseen
        found = movements(before, after, effects=effects, columns=len(names), windows=windows)
        if before.type not in _JUDGED or before.type != after.type:
            found = [m for m in found if m.aspect == "missing"]
        moved = [m for m in found if m.answer == "moved"]
        if any(m.aspect == "missing" for m in moved):
            yield _missing(pair, name, before, after, next(m for m in moved if m.aspect == "missing"))
        infinite = _infinite(pair, name, before, after, effects, len(names))
        if infinite is not None:
            yield infinite
        told = next((m for m in moved if m.aspect != "missing"), None)
        new_values = unseen is not None and unseen.severity == "error"
        if told is not None and not new_values:
            yield _moved(pair, name, before, after, told)
        formed = None if moved or new_values else _form(pair, name, before, after, effects, len(names))
        if formed is not None:
            yield formed
        seasonal = next((m for m in found if m.answer == "season"), None)
        if seasonal is not None and not moved:
            yield _season(pair, name, seasonal, windows)
        small += [(name, m) for m in found if m.answer in ("equivalent", "too few rows") and m.size and not moved]
        left += [(name, m) for m in found if m.answer in ("too few rows", "windows")]
    yield from _below(pair, small)
    yield from _left_open(pair, left, windows)


def _moved(pair: TablePair, name: str, before: ColumnFingerprint, after: ColumnFingerprint, moved: Movement) -> Finding:
    sizes = measures(before, after)
    how = f"the distributions are {moved.size:.3f} apart (1 at most)"
    if moved.aspect == "mean":
        how = f"the mean by {moved.size:+.2f} standard deviations"
    own = "; independent rows are assumed"
    if moved.windows and moved.between is not None:
        own = f"; the {moved.windows} windows of the reference differ from it by {moved.between:.2f} at most"
    since = f", since {moved.since}" if moved.since else ""
    sentence = f"{pair.where}`{name}` moved{since}: {how}, {moved.low:.2f} to {moved.high:.2f}; "
    sentence += f"declared effect size {moved.effect:g}{own}"
    evidence = {**sizes, **moved.evidence(), "mean": [before.mean, after.mean]}
    sides = before.mean, after.mean
    return Finding(
        "distribution-moved", pair.stage, sentence, name, expected=sides[0], found=sides[1], evidence=evidence
    )


def _missing(
    pair: TablePair, name: str, before: ColumnFingerprint, after: ColumnFingerprint, moved: Movement
) -> Finding:
    shares = [(c.missing + c.shape.nans) / c.rows for c in (before, after)]
    since = f", since {moved.since}" if moved.since else ""
    sentence = f"{pair.where}missing values of `{name}`{since}: {percent(shares[0])} -> {percent(shares[1])}"
    evidence = {"share": shares, **moved.evidence()}
    return Finding(
        "missing-differs", pair.stage, sentence, name, expected=shares[0], found=shares[1], evidence=evidence
    )


def _unseen(
    pair: TablePair, name: str, before: ColumnFingerprint, after: ColumnFingerprint, effects: Effects, columns: int
) -> Finding | None:
    """Values that the reference has not, in more rows than a second sample of it would bring; a note if it might."""
    if before.type != "text" or not before.values.complete:
        return None
    if not after.values.complete:
        return _too_many(pair, name, before, after, chance_of_one(columns))
    known = dict(zip(before.values.hashes, before.values.counts, strict=True))
    unseen: list[tuple[str, int]] = []
    for own, cell, count in zip(after.values.hashes, after.values.cells, after.values.counts, strict=True):
        if own in known:
            known[own] += count
        else:
            unseen.append((str(plain(cell)), count))
    fresh = [count for _, count in unseen]
    rows = sum(fresh)
    once = sum(count == 1 for count in before.values.counts)
    if rows <= effects.unseen * after.rows:
        return None
    chance = unseen_chance(fresh, list(known.values()), (before.rows, after.rows))
    alarms = chance < chance_of_one(columns)
    if not alarms and once:
        return None  # the reference has latecomers of its own
    what = "a value" if len(unseen) == 1 else f"{len(unseen)} values"
    sentence = f"{pair.where}`{name}` holds {what} that the reference has not ({rows:,} row{'s' * (rows > 1)}): "
    sentence += ", ".join(value for value, _ in unseen[:5])
    return Finding(
        "categories-differ", pair.stage, sentence if alarms else f"{sentence}; {AS_CHANCE}", name,
        severity="error" if alarms else "note", share=rows / after.rows,
        found=dict(unseen[:50]), evidence={"rows": rows, "once_in_reference": once},
    )  # fmt: skip


def _too_many(
    pair: TablePair, name: str, before: ColumnFingerprint, after: ColumnFingerprint, chance: float
) -> Finding | None:
    """More values than a record keeps, and more new ones than the reference's once-only values make likely."""
    once = sum(count == 1 for count in before.values.counts)
    values = [before.distinct, after.distinct]
    if not _more_than(int(values[1] - values[0]), once, before.rows, after.rows, chance):
        return None
    sentence = f"{pair.where}`{name}` holds about {values[1]:,.0f} values; the reference has {values[0]:,.0f}"
    evidence = {"distinct": values, "once_in_reference": once}
    return Finding(
        "categories-differ", pair.stage, sentence, name, expected=values[0], found=values[1], evidence=evidence
    )


def _infinite(
    pair: TablePair, name: str, before: ColumnFingerprint, after: ColumnFingerprint, effects: Effects, columns: int
) -> Finding | None:
    """Infinite values in more rows than the reference makes likely; few of them matter, as few unseen categories do."""
    if pair.kind == "predictions":
        return None  # there each one counts, see finite_predictions
    counts = [c.shape.plus_infinities + c.shape.minus_infinities for c in (before, after)]
    shares = [n / c.rows for n, c in zip(counts, (before, after), strict=True)]
    chance = chance_of_one(columns)
    if shares[1] - shares[0] <= effects.unseen or not _more_than(counts[1], counts[0], before.rows, after.rows, chance):
        return None
    sentence = f"{pair.where}{counts[1]:,} values of `{name}` are infinite ({percent(shares[1])}); in the reference "
    sentence += f"{counts[0]:,}"
    return Finding(
        "missing-differs", pair.stage, sentence, name, share=shares[1], expected=counts[0], found=counts[1],
        evidence={"infinite": counts, "rows": [before.rows, after.rows]},
    )  # fmt: skip


def _more_than(found: int, known: int, before: int, after: int, chance: float) -> bool:
    """Whether a count among `after` rows is beyond chance, where `before` rows had the known one.

    Of values: the mass of those not seen is near the share seen once (Good, 1953); how many come is Poisson at most.
    """
    mean = (known + 3 * math.sqrt(known) + 3) * after / before
    # Chernoff's bound of the upper tail of a Poisson distribution
    return found > mean and found * math.log(found / mean) - (found - mean) > -math.log(chance)


def _form(
    pair: TablePair, name: str, before: ColumnFingerprint, after: ColumnFingerprint, effects: Effects, columns: int
) -> Finding | None:
    """The form of values whose share moved most: decimal places, spaces, whole minutes, and others."""
    rows = [c.rows - c.missing - c.shape.nans for c in (before, after)]
    counts = [c.form.named() for c in (before, after)]
    if before.type != after.type or min(rows) < 1 or not counts[0]:
        return None
    chance = chance_of_one(columns) / len(counts[0])
    best: tuple[float, str, float, float] | None = None
    for form in counts[0]:
        was, now = (c.get(form, 0) / n for c, n in zip(counts, rows, strict=True))
        size, sides = abs(now - was), [(c.get(form, 0), n) for c, n in zip(counts, rows, strict=True)]
        if size > _FORM_FACTOR * effects.distribution and share_chance(sides[0], sides[1]) < chance / 2:
            best = max(best or (0.0, "", 0.0, 0.0), (size, form, was, now))
    if best is None:
        return None
    _, form, was, now = best
    words = form.replace("_", " ")
    sentence = f"{pair.where}the form of `{name}` moved: {words} in {percent(was)} of the values, now in {percent(now)}"
    evidence = {"form": form, "share": [was, now]}
    return Finding("form-differs", pair.stage, sentence, name, expected=was, found=now, evidence=evidence)


def _season(pair: TablePair, name: str, moved: Movement, windows: AnyWindows | None) -> Finding:
    unit = {"month": "month of the year", "day": "day of the week", "hour": "hour of the day"}
    of = unit[windows.unit] if windows is not None else ""
    sentence = f"{pair.where}`{name}` differs from the whole of research, and is as in its same {of}: "
    sentence += f"{abs(moved.size):.3f} apart, below the declared effect size {moved.effect:g}"
    return Finding("known-season", pair.stage, sentence, name, severity="note", evidence=moved.evidence())


def _below(pair: TablePair, small: list[tuple[str, Movement]]) -> Iterator[Finding]:
    """One note for all that moved less than was declared to matter."""
    if not small:
        return
    name, most = max(small, key=lambda own: abs(own[1].size) / (own[1].effect or 1.0))
    columns = len({name for name, _ in small})
    several = "s" if columns > 1 else ""
    sentence = f"{pair.where}{columns} column{several} moved by less than the declared effect sizes, or no more than "
    sentence += f"chance allows; the most `{name}`: {most.aspect} by {abs(most.size):.3g} of {most.effect:g}"
    yield Finding("below-effect-size", pair.stage, sentence, severity="note", evidence={**most.evidence(), "of": name})


def _left_open(
    pair: TablePair, left: list[tuple[str, Movement]], windows: AnyWindows | None
) -> Iterator[Finding | Unchecked]:
    few = [(name, m) for name, m in left if m.answer == "too few rows"]
    if few:
        _, worst = max(few, key=lambda own: (own[1].high - abs(own[1].size)) / (own[1].effect or 1.0))
        columns = len({name for name, _ in few})
        why = f"too-few-rows: a movement of the declared size cannot be told from chance in {columns} columns; "
        why += f"with {pair.observed.rows:,} rows the smallest visible one is {worst.high - abs(worst.size):.2g}"
        yield Unchecked(pair.stage, f"{pair.where}drift", why)
    within = sorted({name for name, m in left if m.answer == "windows"})
    if within and windows is not None:
        why = f"no-history: {', '.join(within[:5])} moved no more than the windows of research differ from each other "
        why += f"({len(windows.names[0])} by {windows.unit}); more of them, of the same season, would tell"
        yield Unchecked(pair.stage, f"{pair.where}drift", why)
    elif windows is not None and len(windows.names[0]) < FEWEST_WINDOWS:
        why = f"no-history: research has {len(windows.names[0])} windows of a {windows.unit}; rows count as independent"
        yield Unchecked(pair.stage, f"{pair.where}drift", why)
