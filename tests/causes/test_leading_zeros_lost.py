"""`leading-zeros-lost`: codes read as numbers."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.leading_zeros_lost import CODE

RNG = np.random.default_rng(3)
RESEARCH = frame().assign(
    zip=[f"{i:05d}" for i in RNG.integers(1, 30_000, 2_000)],
    few=[f"{i:03d}" for i in RNG.integers(1, 120, 2_000)],
    word=[f"{i:03d}" if i % 9 else "none" for i in RNG.integers(1, 120, 2_000)],
)
RESEARCH["gaps"] = RESEARCH["few"].where(RESEARCH["id"] % 7 > 0, None)


@pytest.mark.parametrize("opened", [[], ["zip"]], ids=["hidden", "open"])
@pytest.mark.parametrize(
    ("column", "change"),
    [
        pytest.param("zip", lambda c: c.astype(int), id="many codes"),
        pytest.param("few", lambda c: c.astype(int), id="few codes"),
        pytest.param("gaps", lambda c: c.astype(float), id="floats, as some are missing"),
    ],
)
def test_a_number_is_named(column, change, opened):
    finding = first(RESEARCH, changed(RESEARCH, **{column: change}), open=opened)
    assert (finding.code, finding.column) == (CODE, column)
    assert finding.evidence["codes"] == RESEARCH[column].str.startswith("0").sum()


@pytest.mark.parametrize(
    ("column", "change"),
    [
        pytest.param("zip", lambda c: c.astype(int).astype(str), id="text again"),
        pytest.param("few", lambda c: c.astype(float).astype(str), id="text of a float"),
        pytest.param("word", lambda c: c.where(c == "none", c.str.lstrip("0")), id="beside words"),
    ],
)
def test_a_text_is_named(column, change):
    finding = first(RESEARCH, changed(RESEARCH, **{column: change}), open="zip")
    assert (finding.code, finding.column) == (CODE, column)
    assert finding.evidence["codes"] == RESEARCH[column].str.startswith("0").sum()


@pytest.mark.parametrize(
    ("research", "column", "change"),
    [
        pytest.param(RESEARCH, "zip", lambda c: c.astype(int) + 1, id="other numbers"),
        pytest.param(RESEARCH, "few", lambda c: c.astype(int) * 10, id="ten times"),
        pytest.param(RESEARCH, "few", lambda c: c.where(c.index < 1_000, c.str.lstrip("0")), id="half of them"),
        pytest.param(RESEARCH, "few", lambda c: c.str[1:], id="cut by one"),
        pytest.param(changed(RESEARCH, few=lambda c: "9" + c), "few", lambda c: c.astype(int), id="no zeros"),
    ],
)
def test_is_not_named(research, column, change):
    verdict = verified(research, changed(research, **{column: change}), open="zip")
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
