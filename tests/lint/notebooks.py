"""Notebooks of format 4, as Jupyter writes them."""

from __future__ import annotations

import json
from pathlib import Path


def write(path: Path, *cells: str | list[str], language: str = "python") -> Path:
    """A notebook of some cells: a text is Markdown, a list holds code."""
    made = []
    for cell in cells:
        kind = "markdown" if isinstance(cell, str) else "code"
        text = cell if isinstance(cell, str) else cell[0]
        lines = [line + "\n" for line in text.split("\n")]
        lines[-1] = lines[-1][:-1]
        made.append({"cell_type": kind, "metadata": {}, "source": lines, "outputs": []})
    content = {"cells": made, "metadata": {"kernelspec": {"language": language}}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content))
    return path
