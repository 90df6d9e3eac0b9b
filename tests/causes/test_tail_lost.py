"""`tail-lost`: all rows after a point are gone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support import codes, first, frame, verified

from parityline.causes.tail_lost import CODE

RESEARCH = frame("city", "amount", "when").assign(code=lambda t: [f"{i * 7919 % 2_000:04d}" for i in t["id"]])
SORTED = RESEARCH.sort_values("when").drop_duplicates("when")
TIMES = SORTED["when"].to_numpy().astype("M8[ns]")
LARGE = pd.DataFrame({"id": np.arange(100_000), "x": np.arange(100_000) % 977})


@pytest.mark.parametrize(
    ("research", "rows", "keywords", "last"),
    [
        pytest.param(RESEARCH, 1_900, {}, "1,899", id="by a number"),
        pytest.param(SORTED, 1_900, {"key": "when"}, str(TIMES[1_899]), id="by time"),
        pytest.param(RESEARCH, 1_900, {"key": "code"}, "1,900", id="by place, where the key is text"),
        pytest.param(LARGE, 97_312, {}, "97,311", id="in a sample"),
    ],
)
def test_is_named(research, rows, keywords, last):
    finding = first(research, research[:rows], **keywords)
    assert (finding.code, finding.evidence["rows"]) == (CODE, len(research) - rows)
    assert finding.evidence.get("last") == last


@pytest.mark.parametrize(
    ("production", "keywords"),
    [
        pytest.param(RESEARCH.drop([5, *range(1_950, 2_000)]), {}, id="and one before"),
        pytest.param(RESEARCH[100:], {}, id="the head"),
        pytest.param(RESEARCH[:1_997], {}, id="three rows"),
        pytest.param(RESEARCH.drop(range(500, 600)), {"key": "code"}, id="from the middle"),
        pytest.param(RESEARCH.sample(frac=0.95, random_state=1), {}, id="here and there"),
        pytest.param(
            pd.concat([RESEARCH[:1_900], RESEARCH[:50].assign(id=range(5_000, 5_050))]), {}, id="others in their place"
        ),
    ],
)
def test_is_not_named(production, keywords):
    verdict = verified(RESEARCH, production, **keywords)
    assert verdict.status == "fail"
    assert CODE not in codes(verdict)
