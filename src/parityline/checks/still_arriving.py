"""Variables of new rows keep their rhythm: their values arrive, and change, as often as in the reference."""

from __future__ import annotations

import math
from collections.abc import Iterator

from parityline.checks.same_values import percent
from parityline.findings import Finding
from parityline.fingerprints import plain
from parityline.pairs import TablePair
from parityline.performance.drift import ALPHA
from parityline.performance.effects import t_quantile
from parityline.performance.windows import WindowPair
from parityline.variables.arrival import silences
from parityline.variables.bursts import bursts
from parityline.variables.cadence import FEWEST_STEPS, Cadence, cadence

SLOWER = 0.5
"""A variable is updated less often where changes fell below this part of their share."""
LONGER_RUN = 3.0
SHORTEST_RUN = 8
_SUPERFLUOUS = ("distribution-moved", "form-differs", "categories-differ")
"""What new rows show of a variable that stands still or has a default."""
"""A run of fewer rows is no stuck variable, whatever the reference."""


def still_arriving(pair: TablePair) -> Iterator[Finding]:
    """No value is silent for longer than before, and no variable stands still or changes less often.

    The first needs `time=`, the second `entity=` too; without them there is nothing to ask.
    """
    windows = WindowPair.of(pair.reference, pair.observed)
    names = [name for name in pair.common if name not in pair.reference.key]
    if windows is not None:
        texts = [n for n in names if pair.reference.columns[n].type == pair.observed.columns[n].type == "text"]
        for silence in silences(windows, texts):
            unit = f"{silence.unit}s"
            seen = f"was last seen {silence.last}" if silence.last else "was never seen"
            sentence = f"{pair.where}`{silence.column}` = {silence.value} {seen}, {silence.silent} {unit} before the "
            sentence += f"end; its longest silence in the reference is {silence.longest} {unit}, and "
            sentence += f"{silence.expected:.1f} rows of it were to be expected since"
            evidence = {
                "value": silence.value,
                "silent": silence.silent,
                "longest": silence.longest,
                "unit": silence.unit,
                "expected_rows": silence.expected,
            }
            yield Finding("value-stopped-arriving", pair.stage, sentence, silence.column, evidence=evidence)
    yield from _bursts(pair, names)
    numbers = [n for n in names if pair.reference.columns[n].type == pair.observed.columns[n].type == "number"]
    entity = set(pair.reference.state.parameters.entity)
    for name in numbers:
        sides = [cadence(side, name) for side in (pair.reference, pair.observed)]
        if name not in entity and sides[0] is not None and sides[1] is not None:
            yield from _rhythm(pair, name, sides[0], sides[1], len(numbers))


def _bursts(pair: TablePair, names: list[str]) -> Iterator[Finding]:
    """A value that fills one period alone is a stuck variable; one that comes back in several, a default."""
    judged = [n for n in names if pair.reference.columns[n].type in ("number", "text")]
    for burst in bursts(pair, judged):
        once = burst.bursts == 1
        when = f"from {burst.since} to {burst.until}" if once else f"in {burst.bursts:,} bursts of time"
        shares = tuple(percent(share) for share in burst.share)
        sentence = (
            f"{pair.where}`{burst.column}` {'stays at' if once else '='} {burst.value} {when}, {burst.rows:,} of "
        )
        sentence += f"{burst.of:,} sampled rows ({shares[1]}; {shares[0]} in the reference)"
        sentence += "" if once else ": a default during outages"
        evidence = {
            "value": burst.value,
            "bursts": burst.bursts,
            "since": burst.since,
            "until": burst.until,
            "sampled": burst.rows,
            "share": list(burst.share),
        }
        code = "value-stuck" if once else "default-during-outage"
        yield Finding(code, pair.stage, sentence, burst.column, explains=_SUPERFLUOUS, evidence=evidence)


def _rhythm(pair: TablePair, name: str, before: Cadence, after: Cadence, columns: int) -> Iterator[Finding]:
    if before.steps < FEWEST_STEPS or after.steps < FEWEST_STEPS or not before.changes:
        return
    evidence = {
        "changes": [before.changes, after.changes],
        "steps": [before.steps, after.steps],
        "longest_run": [before.run, after.run],
    }
    sides = {"expected": before.share, "found": after.share}
    pooled = (before.changes + after.changes) / (before.steps + after.steps)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / before.steps + 1 / after.steps))
    certain = abs(after.share - before.share) > t_quantile(ALPHA / max(1, columns), math.inf) * spread
    of = ", ".join(pair.reference.state.parameters.entity)
    if certain and after.share < SLOWER * before.share:
        often = "never changes" if not after.changes else f"changes every {after.rows_for_a_change:.1f} rows"
        sentence = f"{pair.where}`{name}` {often} within one {of}; in the reference every "
        sentence += f"{before.rows_for_a_change:.1f}"
        yield Finding("updated-less-often", pair.stage, sentence, name, evidence=evidence, **sides)  # type: ignore[arg-type]
    elif certain and after.share * SLOWER > before.share:
        sentence = f"{pair.where}`{name}` changes every {after.rows_for_a_change:.1f} rows within one {of}; in the "
        sentence += f"reference every {before.rows_for_a_change:.1f}"
        yield Finding("cadence-differs", pair.stage, sentence, name, evidence=evidence, **sides)  # type: ignore[arg-type]
    elif after.run > max(SHORTEST_RUN, LONGER_RUN * before.run) and _unlikely(before, after, columns):
        value = plain(after.value)  # type: ignore[arg-type]
        sentence = f"{pair.where}`{name}` stays at {value} for {after.run} rows of one {of}; the longest run in the "
        sentence += f"reference is {before.run}"
        runs = {"expected": before.run, "found": after.run}
        yield Finding("value-stuck", pair.stage, sentence, name, evidence=evidence, **runs)  # type: ignore[arg-type]


def _unlikely(before: Cadence, after: Cadence, columns: int) -> bool:
    """Whether a run this long is beyond chance, were each step a change with the share of the reference."""
    stays = 1 - before.share
    return stays <= 0 or after.steps * stays ** (after.run - 1) < ALPHA / max(1, columns)
