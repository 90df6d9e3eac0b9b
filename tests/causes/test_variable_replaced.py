"""`variable-replaced`: a successor on another scale."""

from __future__ import annotations

import pytest
from support import codes, first, frame, verified

from parityline.causes.variable_replaced import CODE

RESEARCH = frame("amount", "gaps", "price", "count")


def successor(name, values):
    return RESEARCH.drop(columns=name).assign(v2=values)


@pytest.mark.parametrize("name", ["amount", "gaps", "count"])
@pytest.mark.parametrize(("slope", "intercept"), [(0.1, 0.0), (-2.5, 40.0)])
def test_is_named(name, slope, intercept):
    verdict = verified(RESEARCH, successor(name, RESEARCH[name] * slope + intercept))
    finding = verdict.first
    assert (finding.code, finding.column, finding.found, finding.scenario) == (CODE, name, "v2", 6)
    assert finding.evidence["slope"] == pytest.approx(slope)
    assert finding.evidence["intercept"] == pytest.approx(intercept)
    assert "column-extra" not in codes(verdict)


@pytest.mark.parametrize(
    ("production", "code"),
    [
        pytest.param(successor("amount", RESEARCH["amount"]), "column-renamed", id="the same values"),
        pytest.param(successor("amount", RESEARCH["amount"] ** 3), "variable-unavailable", id="no line"),
        pytest.param(
            successor("amount", (RESEARCH["amount"] * 2).where(RESEARCH["id"] % 50 > 0, 1.0)),
            "variable-unavailable",
            id="not in all rows",
        ),
        pytest.param(successor("amount", RESEARCH["gaps"] * 2), "variable-unavailable", id="another column"),
        pytest.param(
            successor("gaps", (RESEARCH["gaps"] * 2).fillna(0.0)), "variable-unavailable", id="filled beside it"
        ),
        pytest.param(RESEARCH.drop(columns="amount"), "variable-unavailable", id="no successor"),
        pytest.param(
            successor("amount", RESEARCH["amount"] * 2).assign(v3=RESEARCH["amount"] * 3),
            "variable-unavailable",
            id="two of them",
        ),
    ],
)
def test_is_not_named(production, code):
    assert first(RESEARCH, production).code == code
