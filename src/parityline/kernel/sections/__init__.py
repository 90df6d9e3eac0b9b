"""The sections of a fingerprint: summaries of whole rows, each with one `of`, one `merge`, its bytes, and a law."""

from __future__ import annotations

from parityline.kernel.sections.order import Order
from parityline.kernel.sections.partitions import Partitions
from parityline.kernel.sections.reconciliation import Reconciliation
from parityline.kernel.sections.sample import Sample
from parityline.kernel.sections.section import Layout, Section

SECTIONS: tuple[type[Section], ...] = (Order, Partitions, Sample, Reconciliation)
"""Every section, in the order of their tags, which begin at 1."""

__all__ = ["SECTIONS", "Layout", "Order", "Partitions", "Reconciliation", "Sample", "Section"]
