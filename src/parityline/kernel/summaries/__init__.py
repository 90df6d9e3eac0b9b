"""The summaries of one column: small values, each with one `of`, one `merge`, its bytes, and a law (docs/format.md)."""

from __future__ import annotations

from parityline.kernel.summaries.digests import Digests
from parityline.kernel.summaries.distinct import Distinct
from parityline.kernel.summaries.distribution import Distribution
from parityline.kernel.summaries.form import Form
from parityline.kernel.summaries.range import Range
from parityline.kernel.summaries.shape import Shape
from parityline.kernel.summaries.summary import Summary
from parityline.kernel.summaries.totals import Totals
from parityline.kernel.summaries.values import Values

SUMMARIES: tuple[type[Summary], ...] = (Shape, Digests, Totals, Range, Distribution, Distinct, Values, Form)
"""Every column summary, in the order of their tags, which begin at 1."""

__all__ = ["SUMMARIES", "Digests", "Distinct", "Distribution", "Form", "Range", "Shape", "Summary", "Totals", "Values"]
