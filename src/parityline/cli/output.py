"""What commands share: options, and how results and progress are shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from parityline.findings import Verdict

FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "junit", "sarif", "markdown", "html"]),
    default="text",
    help="Form of the verdict.",
)
ROWS = click.option(
    "--rows", type=click.Choice(["auto", "same", "new"]), default="auto", help="Whether both sides hold the same rows."
)
ANSWER = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Form of the answer."
)


def say(message: str) -> None:
    """Progress on standard error, where that is a terminal."""
    if sys.stderr is not None and sys.stderr.isatty():
        click.echo(f"  {message}", err=True)


def colors() -> bool:
    """Whether standard output shows colours and nobody asked for none."""
    return sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def names_in(listed: str) -> list[str]:
    """Names that were given with commas."""
    return [name.strip() for name in listed.split(",") if name.strip()]


def shown(verdict: Verdict, form: str, to: str | None) -> int:
    """The exit code of a verdict that is written in one of the forms of `FORMAT`."""
    from parityline.report import exchange, html

    forms: dict[str, Callable[[], str]] = {
        "text": lambda: verdict.to_text(color=to is None and colors()),
        "json": verdict.to_json,
        "html": lambda: html.render(verdict),
        "junit": lambda: exchange.junit(verdict),
        "sarif": lambda: exchange.sarif(verdict),
        "markdown": lambda: exchange.markdown(verdict),
    }
    written(forms[form](), to, verdict.status)
    return verdict.exit_code


def written(text: str, to: str | None, summary: str) -> None:
    """A result on standard output; or in a file, and one line about it on standard output."""
    from parityline.records import write_whole

    if to:
        write_whole(Path(to), (text + "\n").encode())
    click.echo(f"{to}: {summary}" if to else text)
