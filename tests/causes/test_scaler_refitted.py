"""`scaler-refitted`: mean 0 and deviation 1 exactly on this batch, and not in the reference."""

from __future__ import annotations

import numpy as np
import pytest
import two_stages
from support import changed, codes, first, frame, verified

import parityline
from parityline.causes.scaler_refitted import CODE

RAW = frame("amount")
TRAIN = RAW["amount"][:500]
RESEARCH = changed(RAW, amount=lambda c: (c - TRAIN.mean()) / TRAIN.std(ddof=0))


def refitted(ddof):
    return lambda _: (RAW["amount"] - RAW["amount"].mean()) / RAW["amount"].std(ddof=ddof)


@pytest.mark.parametrize("ddof", [pytest.param(0, id="as scikit-learn does"), pytest.param(1, id="as pandas does")])
@pytest.mark.parametrize("kind", ["features", "etl"])
def test_is_named(kind, ddof):
    finding = first(RESEARCH, changed(RESEARCH, amount=refitted(ddof)), kind=kind)
    assert (finding.code, finding.column) == (CODE, "amount")
    assert finding.evidence["mean"][1] == pytest.approx(0, abs=1e-9)
    assert finding.evidence["slope"] == pytest.approx(TRAIN.std(ddof=0) / RAW["amount"].std(ddof=ddof))


@pytest.mark.parametrize(
    ("change", "keywords", "code"),
    [
        pytest.param(lambda c: c, {}, None, id="the same scaler"),
        pytest.param(lambda c: c * 1.1 + 0.2, {}, "values-differ", id="another line"),
        pytest.param(lambda c: np.sign(c) * np.sqrt(np.abs(c)), {}, "values-differ", id="no line"),
        pytest.param(refitted(0), {"key": None}, "values-differ", id="without a key"),
    ],
)
def test_is_not_named(change, keywords, code):
    verdict = verified(RESEARCH, changed(RESEARCH, amount=change), kind="features", **keywords)
    assert CODE not in codes(verdict)
    assert (verdict.first and verdict.first.code) == code


def test_a_standard_normal_source_has_no_scaler():
    verdict = verified(RESEARCH, changed(RESEARCH, amount=refitted(0)), kind="source")
    assert CODE not in codes(verdict)


def test_rounding_in_another_library_is_no_fit():
    standard = changed(RAW, amount=refitted(0))
    verdict = verified(standard, changed(standard, amount=lambda c: c * (1 + 1e-15)), kind="features")
    assert verdict.first.code == "values-differ"


def scaled_on(environment, train, fitted):
    """A run whose scaler is fitted on some rows of the input, beside a split with this training part."""
    raw = two_stages.RAW
    x = raw["amount"]
    with parityline.record("parts", environment=environment) as made:
        made.source("raw", raw, key="id")
        made.split("split", {"train": raw[train], "test": raw[~train]}, inputs=["raw"], key="id")
        scaled = raw[["id"]].assign(amount=(x - x[fitted].mean()) / x[fitted].std(ddof=0))
        made.features("scaled", scaled, inputs=["raw", "split"], key="id")
    return made.record


def test_another_part_of_a_split_is_named():
    train = two_stages.RAW["id"] % 4 > 0
    verdict = parityline.verify(scaled_on("research", train, train), scaled_on("production", train, ~train))
    assert (verdict.first.stage, verdict.first.code) == ("scaled", CODE)
    assert verdict.first.evidence["fitted_on"] == ["split/train", "split/test"]


def test_constants_of_a_part_follow_its_rows():
    sides = two_stages.RAW["id"] % 4 > 0, two_stages.RAW["id"] % 4 != 1
    verdict = parityline.verify(*(scaled_on(f"run {i}", train, train) for i, train in enumerate(sides)))
    origins = {f.stage: (f.origin, f.inherited_from) for f in verdict.findings if f.severity == "error"}
    assert origins["split"] == ("new", None)
    assert origins["scaled"] == ("inherited", "split")


@pytest.mark.parametrize(
    ("here", "code"),
    [
        pytest.param(lambda ids: ids % 4 > 0, CODE, id="more rows"),
        pytest.param(lambda ids: ids % 2 == 0, None, id="the same rows"),
        pytest.param(lambda ids: two_stages.RAW["amount"] > 60, "values-differ", id="the largest alone"),
    ],
)
def test_a_scaler_of_other_rows_is_named_by_its_constants(here, code):
    ids = two_stages.RAW["id"]
    fitted = ids % 2 == 0, here(ids)
    verdict = parityline.verify(*(scaled_on(f"run {i}", ids < 1_000, own) for i, own in enumerate(fitted)))
    assert (verdict.first and verdict.first.code) == code
    if code == CODE:
        means = [two_stages.RAW["amount"][own].mean() for own in fitted]
        assert verdict.first.evidence["means"] == pytest.approx(means)
        assert "it was fitted on other rows" in verdict.first.sentence
