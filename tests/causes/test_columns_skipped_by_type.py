"""`columns-skipped-by-type`: the missing columns are those whose type in the input became another one."""

from __future__ import annotations

import numpy as np
import pytest
from support import codes
from two_stages import RAW, compared, found

from parityline.causes.columns_skipped_by_type import CODE

NAMES = RAW.assign(street=RAW["city"] + " street")[["id", "city", "street", "age", "amount"]]
OBJECT = NAMES.astype({"city": "object", "street": "object"})
STR = NAMES.astype({"city": "str", "street": "str"})


def test_text_that_is_no_object_any_more():
    finding = found(compared(OBJECT, STR.drop(columns=["city", "street"]), source=OBJECT, source_here=STR))
    assert (finding.code, finding.evidence["types"]) == (CODE, ["object", "str"])
    assert finding.evidence["columns"] == ["city", "street"]


def test_numbers_of_another_width():
    here = NAMES.astype({"age": np.int32})
    finding = found(compared(NAMES, here.drop(columns="age"), source=NAMES, source_here=here))
    assert (finding.code, finding.evidence["types"]) == (CODE, ["int64", "int32"])


@pytest.mark.parametrize(
    ("source_here", "gone"),
    [
        pytest.param(OBJECT, ["city", "street"], id="the types are the same"),
        pytest.param(STR, ["city"], id="another text is left"),
        pytest.param(STR, ["city", "street", "age"], id="a number is gone too"),
    ],
)
def test_is_not_named(source_here, gone):
    verdict = compared(OBJECT, source_here.drop(columns=gone), source=OBJECT, source_here=source_here)
    assert CODE not in codes(verdict)
    assert verdict.first.code == "column-missing"
