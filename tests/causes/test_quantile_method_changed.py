"""`quantile-method-changed`: one method gives all values of the reference, another all of the observed side."""

from __future__ import annotations

import numpy as np
import pytest
from support import codes
from two_stages import LARGE, ORDERS, by_customer, compared, found

from parityline.causes.quantile_method_changed import CODE

BY = ORDERS.groupby("customer")["value"]
LOWER = BY.quantile(0.25, interpolation="lower")


def discrete(q):
    return BY.apply(lambda own: np.quantile(own.to_numpy(), q, method="inverted_cdf"))


@pytest.mark.parametrize(
    ("before", "after", "q", "methods"),
    [
        pytest.param(BY.quantile(0.9), discrete(0.9), 0.9, ["linear", "inverted_cdf"], id="discrete"),
        pytest.param(
            BY.quantile(0.25), BY.quantile(0.25, interpolation="lower"), 0.25, ["linear", "lower"], id="lower"
        ),
        pytest.param(BY.quantile(0.5, interpolation="higher"), BY.median(), 0.5, ["higher", "linear"], id="median"),
    ],
)
def test_is_named(before, after, q, methods):
    finding = found(by_customer(before, after))
    assert (finding.code, finding.evidence["of"], finding.evidence["quantile"]) == (CODE, "raw.value", q)
    assert finding.evidence["methods"] == methods


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(BY.quantile(0.95), id="another quantile"),
        pytest.param(discrete(0.9).where(BY.size() > 4, 1.0), id="not of all groups"),
        pytest.param(BY.quantile(0.9) * 1.01, id="larger"),
    ],
)
def test_is_not_named(after):
    verdict = by_customer(BY.quantile(0.9), after)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)


def test_without_the_groups_it_is_not_named():
    sides = (own.rename("n").reset_index() for own in (BY.quantile(0.9), discrete(0.9)))
    assert CODE not in codes(compared(*sides, source=ORDERS.drop(columns="customer"), key="customer"))


WHOLE = ORDERS.assign(value=ORDERS["value"].round())
BY_WHOLE = WHOLE.groupby("customer")["value"]


@pytest.mark.parametrize(
    ("methods", "words"),
    [
        pytest.param(("linear", "lower"), "takes the lower value; research interpolates", id="lower here"),
        pytest.param(("linear", "higher"), "takes the higher value; research interpolates", id="higher here"),
        pytest.param(("lower", "linear"), "interpolates; research takes the lower value", id="lower in research"),
    ],
)
def test_without_the_groups_the_values_tell(methods, words):
    sides = [BY_WHOLE.quantile(0.9, interpolation=m).rename("q").reset_index() for m in methods]
    finding = found(compared(*sides, source=WHOLE.drop(columns="customer"), key="customer"))
    assert (finding.code, finding.evidence["of"]) == (CODE, "raw.value")
    assert words in finding.sentence


def test_without_the_groups_other_values_are_no_method():
    sides = [BY_WHOLE.quantile(q, interpolation="linear").rename("q").reset_index() for q in (0.9, 0.8)]
    assert CODE not in codes(compared(*sides, source=WHOLE.drop(columns="customer"), key="customer"))


def test_a_sample_that_holds_every_row_tells_without_a_declared_entity():
    sides = [own.rename("n").reset_index() for own in (BY.quantile(0.9), discrete(0.9))]
    finding = found(compared(*sides, source=ORDERS, key="customer"))
    assert finding.evidence["methods"] == ["linear", "inverted_cdf"]


OF_LARGE = LARGE.groupby("customer")["value"]


@pytest.mark.parametrize(
    ("methods", "words"),
    [
        pytest.param(("linear", "lower"), "takes the lower value; research interpolates", id="lower here"),
        pytest.param(("higher", "linear"), "interpolates; research takes the higher value", id="higher in research"),
    ],
)
def test_few_large_groups_are_told_by_a_sample_of_their_rows(methods, words):
    # 600 rows each, so that the ninth tenth lies between two values
    finding = found(by_customer(*(OF_LARGE.quantile(0.9, interpolation=m) for m in methods), source=LARGE))
    assert (finding.code, finding.evidence["of"], finding.evidence["groups"]) == (CODE, "raw.value", 12)
    assert words in finding.sentence


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(OF_LARGE.quantile(0.8), id="another quantile"),
        pytest.param(OF_LARGE.quantile(0.9) * 0.9999, id="smaller"),
        pytest.param(OF_LARGE.mean(), id="a mean"),
    ],
)
def test_few_large_groups_of_another_kind(after):
    assert CODE not in codes(by_customer(OF_LARGE.quantile(0.9), after, source=LARGE))
