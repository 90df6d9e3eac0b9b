"""`categories-exchanged`: a permutation inside the same set of values."""

from __future__ import annotations

import pytest
from support import changed, codes, first, frame, verified

from parityline.causes.categories_exchanged import CODE

RESEARCH = frame("city", "flag", "count")
ROTATED = {"Bergen": "Oslo", "Oslo": "Tromso", "Tromso": "Bergen"}


@pytest.mark.parametrize("kind", ["source", "features"])
@pytest.mark.parametrize(
    ("column", "change", "categories"),
    [
        pytest.param("city", lambda c: c.replace({"Oslo": "Bergen", "Bergen": "Oslo"}), ["Bergen", "Oslo"], id="two"),
        pytest.param("city", lambda c: c.replace(ROTATED), ["Bergen", "Oslo", "Tromso"], id="three in a circle"),
        pytest.param("flag", lambda c: ~c, ["False", "True"], id="true and false"),
    ],
)
def test_is_named(column, change, categories, kind):
    finding = first(RESEARCH, changed(RESEARCH, **{column: change}), kind=kind)
    assert (finding.code, finding.column) == (CODE, column)
    assert finding.evidence["categories"] == categories


@pytest.mark.parametrize(
    ("column", "change", "keywords", "code"),
    [
        pytest.param("city", lambda c: c.replace("Oslo", "Bergen"), {}, "values-differ", id="merged"),
        pytest.param("city", lambda c: c.replace("Oslo", "Christiania"), {}, "recoded", id="one has a new name"),
        pytest.param(
            "city",
            lambda c: c.where(RESEARCH["id"] > 500, c.replace({"Oslo": "Bergen", "Bergen": "Oslo"})),
            {},
            "differs-in-one-segment",
            id="only in some rows",
        ),
        pytest.param(
            "city", lambda c: c.sample(frac=1, random_state=1).to_numpy(), {}, "values-on-wrong-rows", id="shuffled"
        ),
        pytest.param(
            "city",
            lambda c: c.replace({"Oslo": "Bergen", "Bergen": "Oslo"}),
            {"key": None},
            "values-differ",
            id="without a key",
        ),
    ],
)
def test_is_not_named(column, change, keywords, code):
    verdict = verified(RESEARCH, changed(RESEARCH, **{column: change}), **keywords)
    assert CODE not in codes(verdict)
    assert verdict.first.code == code
