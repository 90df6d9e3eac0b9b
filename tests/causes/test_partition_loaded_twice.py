"""`partition-loaded-twice`: some partitions occur exactly twice, the others are equal."""

from __future__ import annotations

import pandas as pd
import pytest
from support import codes, first, frame, verified

from parityline.causes.partition_loaded_twice import CODE

RESEARCH = frame("city", "amount", "when")
OSLO, VARDO = RESEARCH["city"] == "Oslo", RESEARCH["city"] == "Vardo"
MARCH = RESEARCH["when"].dt.month == 3


def plus(*parts):
    return pd.concat([RESEARCH, *(RESEARCH[part] for part in parts)])


@pytest.mark.parametrize("key", [pytest.param("id", id="keyed"), pytest.param(None, id="without a key")])
@pytest.mark.parametrize(
    ("doubled", "partition", "partitions"),
    [
        pytest.param(OSLO, "city", ["Oslo"], id="one city"),
        pytest.param(OSLO | VARDO, "city", ["Oslo", "Vardo"], id="two cities"),
        pytest.param(MARCH, "when:month", ["2025-03"], id="a month"),
    ],
)
def test_is_named(doubled, partition, partitions, key):
    finding = first(RESEARCH, plus(doubled), key=key, partition=partition)
    assert (finding.code, finding.column) == (CODE, None)
    assert finding.evidence["partitions"] == partitions
    assert finding.evidence["rows"] == int(doubled.sum())


@pytest.mark.parametrize(
    ("production", "keywords", "code"),
    [
        pytest.param(plus(OSLO, OSLO), {"partition": "city"}, "duplicate-keys", id="three times"),
        pytest.param(plus(OSLO & (RESEARCH["id"] < 500)), {"partition": "city"}, "duplicate-keys", id="part of a city"),
        pytest.param(plus(OSLO), {}, "duplicate-keys", id="no partition was declared"),
        pytest.param(plus(OSLO | ~OSLO), {"partition": "city"}, "table-appended", id="all of them"),
        pytest.param(
            plus(OSLO)[lambda t: t["city"] != "Vardo"],
            {"partition": "city"},
            "duplicate-keys",
            id="and another is lost",
        ),
    ],
)
def test_is_not_named(production, keywords, code):
    verdict = verified(RESEARCH, production, **keywords)
    assert CODE not in codes(verdict)
    assert code in codes(verdict)
