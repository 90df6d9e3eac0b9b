"""`cardinality-exploded`: free text where there were codes."""

from __future__ import annotations

import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.cardinality_exploded import CODE

RESEARCH = frame("city", "name", "flag")
FREE = RESEARCH["city"] + " " + RESEARCH["name"]


@pytest.mark.parametrize("share", [1.0, 0.2])
@pytest.mark.parametrize("level", ["standard", "open"])
def test_is_named(share, level):
    rows = RESEARCH["id"] < len(RESEARCH) * share
    finding = first(RESEARCH, changed(RESEARCH, city=lambda c: c.mask(rows, FREE)), privacy=level)
    assert (finding.code, finding.column, finding.scenario) == (CODE, "city", 6)
    assert finding.evidence["distinct"][0] == 4
    assert finding.evidence["outside"] == pytest.approx(share)


@pytest.mark.parametrize(
    "production",
    [
        pytest.param(changed(RESEARCH, city=lambda c: c + " city"), id="other codes, as many"),
        pytest.param(changed(RESEARCH, city=lambda c: c + RESEARCH["id"].mod(6).astype(str)), id="a few more"),
        pytest.param(changed(RESEARCH, name=lambda c: c + RESEARCH["id"].astype(str)), id="there were no codes"),
        pytest.param(changed(RESEARCH, city=lambda c: c.mask(RESEARCH["id"] < 15, FREE)), id="fifteen rows"),
    ],
)
def test_is_not_named(production):
    verdict = verified(RESEARCH, production)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
