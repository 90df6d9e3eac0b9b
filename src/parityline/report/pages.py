"""The templates of all pages. Autoescape is on for everything."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader


@cache
def _environment() -> Environment:
    loader = PackageLoader("parityline.report", "templates")
    return Environment(loader=loader, autoescape=True)


def page(name: str, **values: Any) -> str:
    """A template of this package with its values."""
    return _environment().get_template(name).render(**values)
