"""Values were stored in half precision: all agree once the reference is cast to float16."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import Case, Rung
from parityline.causes.precision import by_cast
from parityline.findings import Finding

CODE = "stored-as-float16"
RUNG = Rung.PRECISION


def explain(case: Case) -> Finding | None:
    return by_cast(case, CODE, np.float16, "float16: this step stores half precision")
