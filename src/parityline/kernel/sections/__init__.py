"""The sections of a fingerprint: summaries of whole rows, each with one `of`, one `merge`, its bytes, and a law."""

from __future__ import annotations

from parityline.kernel.sections.classes import Classes
from parityline.kernel.sections.entities import Entities
from parityline.kernel.sections.group_totals import GroupTotals
from parityline.kernel.sections.order import Order
from parityline.kernel.sections.partitions import Partitions
from parityline.kernel.sections.rare import RareRows
from parityline.kernel.sections.reconciliation import Reconciliation
from parityline.kernel.sections.sample import Sample
from parityline.kernel.sections.section import Layout, Section
from parityline.kernel.sections.windows import Windows

SECTIONS: tuple[type[Section], ...] = (
    Order,
    Partitions,
    Sample,
    Reconciliation,
    RareRows,
    Entities,
    Windows,
    Classes,
    GroupTotals,
)
"""Every section, in the order of their tags, which begin at 1."""

__all__ = [
    "SECTIONS",
    "Classes",
    "Entities",
    "GroupTotals",
    "Layout",
    "Order",
    "Partitions",
    "RareRows",
    "Reconciliation",
    "Sample",
    "Section",
    "Windows",
]
