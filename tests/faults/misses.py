"""What the product does not do yet, by fault, with the reason: strict expected failures. This table only shrinks."""

from __future__ import annotations

_BY_A_FILTER = "a changed column decides in a filter which rows the features hold: called new there"
_BY_POSITION = "splits by position are called new, since their input holds the same keys in another order"

CODES: dict[str, str] = {
    "F31-column-order-changed": "called columns-exchanged: the finer cause is not written yet",
    "F74-fitted-before-split": "called values-differ: its cause does not hold here, or is not written",
    "F76-dummies-of-batch": "called column-missing",
    "F81-lag-over-ties": "called values-differ: its cause does not hold here, or is not written",
    "F84-depends-on-run-time": "called shifted-by-constant, which holds too: the times of the runs are not looked at",
    "F86-column-order-of-a-set": "called model-differs: its cause does not hold here, or is not written",
    "F95-nan-in-aggregate": "called values-differ: its cause does not hold here, or is not written",
    "F97-join-on-float-key": "called values-differ: its cause does not hold here, or is not written",
    "F103-same-positions-other-rows": "called split-differs: its cause does not hold here, or is not written",
    "F104-no-order-by": "called order-differs: its cause does not hold here, or is not written",
    "F105-order-by-with-ties": "called order-differs: its cause does not hold here, or is not written",
    "F106-generator-shared": "called split-differs: its cause does not hold here, or is not written",
    "F109-groups-in-both-parts": "called split-differs: its cause does not hold here, or is not written",
    "F110-stratification-dropped": "called split-differs: its cause does not hold here, or is not written",
    "F111-split-date-moved": "called late-rows-arrived",
    "F116-split-before-deduplication": "called graph-differs: its cause does not hold here, or is not written",
    "F119-expm1-overflows": "called unit-changed: infinities are taken for numbers",
    "F121-columns-passed-in-other-order": "called values-differ at `decision`",
    "F124-features-rounded-before-model": "called values-differ at `decision`: the model is not replayed",
    "F125-model-in-float32": "called values-differ: its cause does not hold here, or is not written",
    "F132-zero-taken-for-missing": "called values-differ at `decision`",
    "F141-metric-definition-changed": "called metric-below-expectation: no cause is written",
    "F144-labels-unrelated": "called values-on-wrong-rows, which holds too: the labels are on other keys",
}
"""Found and placed, but under a plainer or another name, at the levels that keep cells (standard and open)."""

PLACES: dict[str, str] = {
    "F31-column-order-changed": "a warning at the source that is no error once the next step reads by place",
    "F49-delimiter-unquoted": _BY_A_FILTER,
    "F50-line-break-unquoted": _BY_A_FILTER,
    "F86-column-order-of-a-set": "a warning at the features that is no error once the model differs by it",
    "F104-no-order-by": _BY_POSITION,
    "F105-order-by-with-ties": _BY_POSITION,
    "F111-split-date-moved": "an appended partition is an error at the source",
    "F116-split-before-deduplication": "called graph-differs at the sequence, not at the process",
    "F141-metric-definition-changed": "a number that the run gives itself is said at the process, not at the outcomes",
}
"""Not found, not first at its stage, or something new elsewhere.

By id for all levels, or by id@level, id@business, id@business@level.
"""

CONTROLS: dict[str, str] = {
    "C3-summation-order": "the bound of adding in another order is not asked",
    "C8-table-metadata": "passes, but nothing is said of the index",
    "C12-partition-appended": "an appended partition is an error",
    "C13-component-sign": "no note yet: sign-flipped at the embedding, though nothing behind it moved",
}
"""Harmless changes that are not met with their note alone."""

_NOT_REPLAYED = "undecided: the inputs differ too, and only a replay could tell"
_WITH_VALUES = "rows lost or doubled are not named where another column of theirs changed too"
_NOT_ALIGNED = "at strict no rows are aligned, so of lost rows and changed values only one is told"
_CONSTANTS = "undecided: the input moved, and a refit of its constants is not told from one that follows it"

PAIRS: dict[str, str] = {
    "F1-stored-as-float32 and F129-other-class-served": _NOT_REPLAYED,
    "F61-one-value-damaged and F122-other-model-served": _NOT_REPLAYED,
    "F21-partition-lost and F129-other-class-served": _NOT_REPLAYED,
    "F21-partition-lost and F34-fahrenheit-to-celsius": _WITH_VALUES,
    "F24-partition-loaded-twice and F41-text-padded": _WITH_VALUES,
    "F1-stored-as-float32 and scaled-negated behind it": _CONSTANTS,
    "F35-cents and F73-scaler-refitted behind it": _CONSTANTS,
    "F34-fahrenheit-to-celsius and temp-scaler-refitted behind it": _CONSTANTS,
    "measure-doubled and F62-imputed-with-own-mean behind it": _CONSTANTS,
    "measure-doubled and filled-with-zero behind it": _CONSTANTS,
    "measure-shifted and F63-imputed-with-median behind it": _CONSTANTS,
    "F22-rows-lost and F42-text-case-changed@strict": _NOT_ALIGNED,
    "F21-partition-lost and F129-other-class-served@strict": _NOT_ALIGNED,
    "F21-partition-lost and F34-fahrenheit-to-celsius@strict": _NOT_ALIGNED,
    "F24-partition-loaded-twice and F41-text-padded@strict": _NOT_ALIGNED,
}
"""Two faults of one run of which one is hidden by the other, by the id of the pair."""


DRAWS: dict[int, str] = {}
"""Draws of the mutation test by their seed."""


def reason(fault: str, level: str, name: str = "shop") -> str | None:
    """Why this is expected to fail, or None. At strict no name is asked for."""
    places = (fault, f"{fault}@{level}", f"{fault}@{name}", f"{fault}@{name}@{level}")
    placed = next((PLACES[place] for place in places if place in PLACES), None)
    return placed or (None if level == "strict" else CODES.get(fault, CODES.get(f"{fault}@{level}")))
