"""`keys-merged`: keys that differ in case or form."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import codes, verified

from parityline.causes.keys_merged import CODE

RNG = np.random.default_rng(3)
NAMES = [f"{'Shop' if i % 4 else 'SHOP'} {i // 2 if i % 8 < 2 else i}" for i in range(2_000)]
RAW = pd.DataFrame({"code": RNG.choice(sorted({*NAMES}), 9_000), "amount": RNG.normal(9, 2, 9_000)})
RESEARCH = RAW.groupby("code", as_index=False).agg(amount=("amount", "sum"), n=("amount", "size"))
FOLDED = RESEARCH["code"].str.lower()


def merged(fold=str.lower, spelling="first"):
    own = RESEARCH["code"].map(fold)
    table = RESEARCH.groupby(own).agg(code=("code", spelling), amount=("amount", "sum"), n=("n", "sum"))
    return table.reset_index(drop=True)


@pytest.mark.parametrize(
    "production",
    [
        pytest.param(merged(), id="one of the spellings"),
        pytest.param(merged().assign(code=lambda t: t["code"].str.lower()), id="lower case"),
    ],
)
def test_is_named(production):
    verdict = verified(RESEARCH, production, key="code", open="code", rows="same")
    errors = [f for f in verdict.findings if f.severity == "error"]
    assert {f.code for f in errors} == {CODE}
    assert verdict.first.evidence["into"] == (FOLDED.value_counts() > 1).sum()
    assert verdict.first.evidence["differ_in"] == "case"


def test_spaces_are_named():
    research = RESEARCH.assign(code=lambda t: t["code"].str.upper() + np.where(t["code"].str.startswith("S"), "", " "))
    research = pd.concat([RESEARCH, RESEARCH[:30].assign(code=lambda t: t["code"] + " ")])
    verdict = verified(research, RESEARCH, key="code", open="code")
    assert verdict.first.code == CODE
    assert verdict.first.evidence["differ_in"] == "outer spaces"


@pytest.mark.parametrize(
    ("production", "keywords"),
    [
        pytest.param(merged()[3:], {}, id="keys are lost as well"),
        pytest.param(RESEARCH.drop_duplicates("code").sample(frac=0.9, random_state=1), {}, id="keys are lost"),
        pytest.param(merged(lambda key: key[:7]), {}, id="merged by their first letters"),
        pytest.param(merged(), {"open": ()}, id="more hidden keys than have forms"),
    ],
)
def test_is_not_named(production, keywords):
    verdict = verified(RESEARCH, production, **{"key": "code", "open": "code", **keywords})
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_a_number_that_is_no_sum_keeps_its_finding():
    production = merged().assign(amount=lambda t: t["amount"] + 1)
    verdict = verified(RESEARCH, production, key="code", open="code", rows="same")
    assert {f.column for f in verdict.findings if f.code == CODE} == {None, "n"}


FEW = RESEARCH[RESEARCH["code"].str[5:].astype(int) < 160].reset_index(drop=True)


@pytest.mark.parametrize(
    ("fold", "named"),
    [
        pytest.param(str.upper, True, id="case"),
        pytest.param(lambda key: key[:7], False, id="by their first letters"),
    ],
)
def test_hidden_keys_are_known_by_their_forms(fold, named):
    own = FEW["code"].map(fold).rename("code")
    production = FEW.groupby(own).agg(amount=("amount", "sum"), n=("n", "sum")).reset_index()
    verdict = verified(FEW, production, key="code", rows="same")
    assert len(FEW) - len(production) > 5
    assert (CODE in codes(verdict)) == named
    assert not named or {f.code for f in verdict.findings if f.severity == "error"} == {CODE}
