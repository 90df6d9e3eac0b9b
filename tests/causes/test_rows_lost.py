"""`rows-lost`: rows are gone without a pattern."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import codes, first, frame, verified

from parityline.causes.rows_lost import CODE

RESEARCH = frame("city", "amount")
RANDOM = np.random.default_rng(9).random(len(RESEARCH))
OSLO = RESEARCH["city"] == "Oslo"


@pytest.mark.parametrize("share", [0.001, 0.03, 0.4])
def test_is_named(share):
    gone = share > RANDOM
    finding = first(RESEARCH, RESEARCH[~gone])
    assert (finding.code, finding.column) == (CODE, None)
    assert (finding.evidence["rows"], finding.evidence["exact"]) == (int(gone.sum()), True)
    assert finding.share == pytest.approx(gone.mean())
    assert finding.explains == ("rows-missing",)


@pytest.mark.parametrize(
    ("production", "keywords", "code"),
    [
        pytest.param(RESEARCH[~OSLO], {}, "rows-missing", id="all of Oslo: a filter"),
        pytest.param(RESEARCH[~(OSLO & (RANDOM < 0.5))], {}, "rows-missing", id="half of Oslo: a filter"),
        pytest.param(RESEARCH[RESEARCH["amount"] < 150], {}, "rows-missing", id="the large amounts: a filter"),
        pytest.param(RESEARCH[RESEARCH["amount"] > 50], {}, "rows-missing", id="the small amounts: a filter"),
        pytest.param(RESEARCH[RANDOM > 0.03], {"key": None}, "rows-missing", id="without a key nobody knows which"),
        pytest.param(
            pd.concat([RESEARCH, RESEARCH[:9].assign(id=range(9_000, 9_009))]), {}, "rows-extra", id="more rows"
        ),
        pytest.param(RESEARCH[~OSLO], {"partition": "city"}, "partition-lost", id="a whole partition"),
    ],
)
def test_is_not_named(production, keywords, code):
    verdict = verified(RESEARCH, production, **keywords)
    assert CODE not in codes(verdict)
    assert verdict.first.code == code
