"""Values were stored in single precision: all agree once the reference is cast to float32."""

from __future__ import annotations

import numpy as np

from parityline.causes.cause import Case, Rung
from parityline.causes.precision import by_cast, by_totals
from parityline.findings import Finding

CODE = "stored-as-float32"
RUNG = Rung.PRECISION


def explain(case: Case) -> Finding | None:
    return by_cast(case, CODE, np.float32, "float32: this step stores single precision") or by_totals(case, CODE)
