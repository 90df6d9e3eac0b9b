"""`table-appended`: every row occurs k times."""

from __future__ import annotations

import pandas as pd
import pytest
from support import codes, first, frame, verified

from parityline.causes.table_appended import CODE

RESEARCH = frame("amount", "city")


@pytest.mark.parametrize("kind", ["source", "etl"])
@pytest.mark.parametrize("key", [pytest.param("id", id="keyed"), pytest.param(None, id="without a key")])
@pytest.mark.parametrize("times", [2, 3])
def test_is_named(times, key, kind):
    verdict = verified(RESEARCH, pd.concat([RESEARCH] * times), key=key, kind=kind)
    assert [(f.code, f.column, f.share) for f in verdict.findings] == [(CODE, None, 1.0)]
    assert verdict.first.evidence["times"] == times


def test_every_partition_twice_is_the_whole_table():
    assert first(RESEARCH, pd.concat([RESEARCH] * 2), partition="city").code == CODE


@pytest.mark.parametrize(
    ("production", "key", "code"),
    [
        pytest.param(pd.concat([RESEARCH, RESEARCH[:1_999]]), "id", "duplicate-keys", id="but for one row"),
        pytest.param(
            pd.concat([RESEARCH, RESEARCH.assign(amount=RESEARCH["amount"] + 1e-9)]),
            "id",
            "duplicate-keys",
            id="with other values",
        ),
        pytest.param(
            pd.concat([RESEARCH, RESEARCH.assign(id=RESEARCH["id"] + 2_000)]), "id", "rows-extra", id="under new keys"
        ),
        pytest.param(
            pd.concat([RESEARCH, RESEARCH[:1_999], RESEARCH[:1]]),
            None,
            "rows-extra",
            id="one row three times, one once",
        ),
    ],
)
def test_is_not_named(production, key, code):
    verdict = verified(RESEARCH, production, key=key)
    assert CODE not in codes(verdict)
    assert code in codes(verdict)
