"""Totals that a stage declares to hand on as they are (`conserves=`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

from parityline.findings import Finding, Unchecked
from parityline.fingerprints import Fingerprint
from parityline.kernel.summaries import Totals
from parityline.pairs import TablePair
from parityline.records import StageRecord

CODE = "total-not-conserved"
_FITTED = "fitted_on"


def conserved(
    stage: StageRecord, pairs: Sequence[TablePair], inputs: Mapping[str, TablePair]
) -> Iterator[Finding | Unchecked]:
    """Whether each column that the stage conserves adds up, on the observed side, to what its inputs add up to.

    An input counts where it has a column of numbers of this name; the total is that of all of them, or of one. Both are
    exact; they may differ by what adding the numbers of the input as floats may lose, (n - 1) u times the sum of their
    magnitudes (Higham 2002), since a stage may add up. What breaks the law here held in the reference, or never did,
    which the sentence says. Without an input that has the column, or where the stage lacks it, nothing was checked.
    """
    names = stage.facts.get("conserves") or ()
    own = [pair for pair in pairs if pair.part != _FITTED]
    for name in [names] if isinstance(names, str) else names:
        sides = []
        for side in ("reference", "observed"):
            made = _totals([getattr(pair, side) for pair in own], name)
            given = _totals([getattr(pair, side) for pair in inputs.values()], name)
            sides.append((made, given))
        (was, before), (made, given) = sides
        if not made or not given or len(made) != len(own):
            why = f"column-missing: expected numbers called {name!r} here and at an input; look at conserves="
            yield Unchecked(stage.name, f"conserved total of {name}", why)
        elif not _held(made, given):
            total, expected = float(_together(made).sum), float(_together(given).sum)
            held = bool(was) and bool(before) and _held(was, before)
            sentence = (
                f"`{name}` adds up to {total:.9g} here and to {expected:.9g} in {', '.join(_with(inputs, name))}; "
            )
            sentence += "research conserves it" if held else "research does not conserve it either"
            evidence = {"total": total, "given": expected, "held_in_research": held, "exact": True}
            yield Finding(CODE, stage.name, sentence, name, expected=expected, found=total, evidence=evidence)


def _totals(tables: Sequence[Fingerprint], name: str) -> list[Totals]:
    found = [table.columns[name] for table in tables if name in table.columns]
    return [column.totals for column in found if column.type == "number"]


def _with(inputs: Mapping[str, TablePair], name: str) -> list[str]:
    return [stage for stage, pair in inputs.items() if name in pair.observed.columns]


def _held(made: Sequence[Totals], given: Sequence[Totals]) -> bool:
    total, wholes = _together(made).sum, [*given, _together(given)]
    return any(abs(total - whole.sum) <= whole.error_of_sum() for whole in wholes)


def _together(totals: Sequence[Totals]) -> Totals:
    return reduce(Totals.merge, totals, Totals())
