"""`few-values-damaged`: one cell holds another value, both known from the exact sums."""

from __future__ import annotations

import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.few_values_damaged import CODE

RESEARCH = frame("amount", "count", "price")


def damaged(column, **cells):
    values = RESEARCH[column].copy()
    for row, value in cells.items():
        values[int(row[3:])] = value
    return changed(RESEARCH, **{column: values})


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param("amount", 1e6, id="an outlier"),
        pytest.param("amount", RESEARCH["amount"][5] + 1e-12, id="the last digits"),
        pytest.param("count", 999, id="an integer"),
        pytest.param("price", 0.0, id="zero"),
        pytest.param("amount", -RESEARCH["amount"][5], id="the opposite sign"),
    ],
)
def test_is_named_with_both_values(column, value):
    finding = first(RESEARCH, damaged(column, row5=value))
    assert (finding.code, finding.column) == (CODE, column)
    assert (finding.expected, finding.found) == (RESEARCH[column][5], value)
    assert finding.share == pytest.approx(1 / 2_000)


def twice():
    """Two cells whose sums look like one: 1 became 2 and 2 became 3."""
    research = RESEARCH.assign(count=[1, 2, *range(10, 2_008)])
    return research, research.assign(count=[2, 3, *range(10, 2_008)])


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        pytest.param(RESEARCH, damaged("amount", row5=1.5, row9=77.25), "values-differ", id="two values"),
        pytest.param(*twice(), "values-differ", id="two values that look like one"),
        pytest.param(RESEARCH, damaged("amount", row5=float("nan")), "values-differ", id="became missing"),
        pytest.param(RESEARCH[:900], damaged("amount", row5=1.5)[:900], "values-differ", id="too few rows to be sure"),
        pytest.param(
            RESEARCH,
            damaged("amount", row5=RESEARCH["amount"][6], row6=RESEARCH["amount"][5]),
            "values-on-wrong-rows",
            id="exchanged",
        ),
    ],
)
def test_is_not_named(before, after, code):
    verdict = verified(before, after)
    assert CODE not in codes(verdict)
    assert verdict.first.code == code
