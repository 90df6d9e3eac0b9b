"""`missing-in-one-segment`: values are gone where a condition holds."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.missing_in_one_segment import CODE

RESEARCH = frame("amount", "city", "name", "when", "gaps")
NIGHT = RESEARCH["when"].dt.hour.isin([2, 3])
VARDO = RESEARCH["city"] == "Vardo"


@pytest.mark.parametrize("kind", ["source", "etl"])
@pytest.mark.parametrize("name", ["amount", "gaps", "name"])
@pytest.mark.parametrize(
    ("rows", "words"),
    [pytest.param(NIGHT, "hour of `when` is 2 to 3", id="hours"), pytest.param(VARDO, "`city` = Vardo", id="city")],
)
def test_is_named(name, rows, words, kind):
    finding = first(RESEARCH, changed(RESEARCH, **{name: lambda c: c.mask(rows)}), kind=kind, time="when")
    assert (finding.code, finding.column, finding.scenario) == (CODE, name, 6)
    assert words in finding.evidence["condition"]["condition"]
    # rows that had no value before do not weaken it
    assert finding.evidence["condition"]["rows"] == (rows & RESEARCH[name].notna()).sum()


@pytest.mark.parametrize(
    ("production", "kind"),
    [
        pytest.param(changed(RESEARCH, amount=lambda c: c.mask(RESEARCH["id"] % 20 == 0)), "source", id="everywhere"),
        pytest.param(changed(RESEARCH, amount=lambda c: c.mask(VARDO, 0.0)), "source", id="another value there"),
        pytest.param(
            changed(RESEARCH, amount=lambda c: c.mask(VARDO).where(RESEARCH["id"] % 99 > 0, 1.0)), "source", id="both"
        ),
        pytest.param(changed(RESEARCH, amount=lambda c: c.mask(c > 130)), "source", id="by its own value"),
        pytest.param(changed(RESEARCH, amount=lambda c: c.mask(VARDO)), "features", id="no variable"),
        pytest.param(
            changed(RESEARCH, amount=lambda c: c.mask(RESEARCH["when"] > np.datetime64("2025-09-01"))),
            "source",
            id="from a date on",
        ),
    ],
)
def test_is_not_named(production, kind):
    verdict = verified(RESEARCH, production, kind=kind, time="when")
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
