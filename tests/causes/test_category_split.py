"""`category-split`: a category was divided among new ones."""

from __future__ import annotations

import numpy as np
import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.category_split import CODE

RESEARCH = frame("city", "amount").assign(code=lambda t: t["id"] % 7)
EVEN = RESEARCH["id"] % 2 == 0


def divided(name, value, *new, rows=None):
    which = RESEARCH[name] == value if rows is None else (RESEARCH[name] == value) & rows
    parts = np.array(new, dtype=object)[RESEARCH["id"] % len(new)]
    return changed(RESEARCH, **{name: lambda c: c.astype(object).mask(which, parts).astype(c.dtype)})


@pytest.mark.parametrize(
    ("name", "value", "new"),
    [
        pytest.param("city", "Oslo", ("Oslo S", "Oslo N"), id="two"),
        pytest.param("city", "Oslo", ("a", "b", "c"), id="three"),
        pytest.param("code", 3, (31, 32), id="numbers"),
    ],
)
def test_is_named(name, value, new):
    finding = first(RESEARCH, divided(name, value, *new))
    assert (finding.code, finding.column, finding.scenario) == (CODE, name, 6)
    assert finding.evidence["rows"] == {str(value): (RESEARCH[name] == value).sum()}
    assert all(str(part) in finding.sentence for part in new)


@pytest.mark.parametrize(
    "production",
    [
        pytest.param(divided("city", "Oslo", "Oslo S"), id="renamed"),
        pytest.param(divided("city", "Oslo", "Oslo S", "Oslo N", rows=RESEARCH["amount"] > 60), id="some are left"),
        pytest.param(divided("city", "Oslo", "Oslo S", "Bergen"), id="among an old one"),
        pytest.param(
            divided("city", "Oslo", "Oslo S", "Oslo N").replace({"city": {"Vardo": "Oslo N"}}), id="two in one"
        ),
        pytest.param(
            divided("city", "Oslo", "Oslo S", "Oslo N").assign(city=lambda t: t["city"].where(t["id"] > 9, "Vardo")),
            id="others too",
        ),
    ],
)
def test_is_not_named(production):
    verdict = verified(RESEARCH, production)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
