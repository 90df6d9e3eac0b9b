"""The commands that compare, and explain what they found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from parityline.cli.output import FORMAT, ROWS, colors, names_in, say, shown, written

if TYPE_CHECKING:
    pass


@click.command()
@click.argument("reference", type=click.Path())
@click.argument("observed", type=click.Path())
@FORMAT
@ROWS
@click.option("--data", type=click.Path(), help="The pipeline file of OBSERVED: fetch the rows that differ from it.")
@click.option("--unmask", is_flag=True, help="With --data, show values that the reference record keeps hashed, too.")
@click.option("--to", type=click.Path(), help="Write the verdict there instead of to standard output.")
def verify(reference: str, observed: str, form: str, rows: str, data: str | None, unmask: bool, to: str | None) -> int:
    """Verify OBSERVED (a record, or a pipeline file that is recorded first) against the record REFERENCE."""
    from parityline.fetching import with_rows
    from parityline.pipelines import record_pipeline, tables_of
    from parityline.records import Record
    from parityline.verification import verify as verified

    known = Record.read(reference)
    if observed.endswith(".toml"):
        made = record_pipeline(observed, environment="observed", like=known, progress=lambda s: say(f"recording {s}"))
        data = data or observed
    else:
        made = Record.read(observed)
    verdict = verified(known, made, rows=rows)
    if data is not None:
        verdict = with_rows(verdict, (known, made), ({}, tables_of(data)), unmask=unmask)
    return shown(verdict, form, to)


@click.command()
@click.argument("reference", type=click.Path())
@click.argument("observed", required=False, type=click.Path())
@ROWS
@click.option(
    "--evidence",
    multiple=True,
    type=click.Path(),
    help="JSON that lint, rehearse or stress wrote; may be given several times.",
)
@click.option("--to", default="parityline.html", show_default=True, type=click.Path(), help="The page to write.")
def report(reference: str, observed: str | None, rows: str, evidence: tuple[str, ...], to: str) -> int:
    """Write the verdict over two records, and how ready the pipeline is, as one HTML page that needs no network."""
    from parityline.readiness import readiness
    from parityline.records import Record
    from parityline.report import html, proofs
    from parityline.verification import verify as verified

    known = Record.read(reference)
    verdict = verified(known, observed, rows=rows) if observed else None
    chapters = readiness(known, verdict, evidence)
    title = f"{known.name} ({known.environment} {known.created})"
    page = html.render(verdict, chapters=chapters) if verdict is not None else html.ready(title, chapters)
    if evidence or verdict is None:
        click.echo(proofs.text(title, chapters, color=colors()))
    summary = verdict.status if verdict is not None else proofs.summary(chapters)
    written(page, to, summary)
    codes = [proofs.exit_code(chapters)] if evidence or verdict is None else []
    codes += [verdict.exit_code] if verdict is not None else []
    return next((code for code in (1, 3) if code in codes), 0)


@click.command()
@click.argument("a", type=click.Path())
@click.argument("b", type=click.Path())
@click.option("--key", help="Column that names a row, or several with commas.")
@click.option("--ignore", default="", help="Columns that always differ, with commas.")
@FORMAT
@ROWS
@click.option("--to", type=click.Path(), help="Write the verdict there instead of to standard output.")
def diff(a: str, b: str, key: str | None, ignore: str, form: str, rows: str, to: str | None) -> int:
    """Compare two tables: Parquet, CSV, JSON lines or Arrow files, globs of them, or folders. A is the reference."""
    from parityline.diffing import diff as compared

    names = [n.strip() for n in key.split(",")] if key else None
    return shown(compared(a, b, key=names, ignore=names_in(ignore), rows=rows), form, to)


@click.command()
@click.argument("code", required=False)
def explain(code: str | None) -> int:
    """Print the page of CODE; without one, all codes by chapter."""
    from parityline.codes import SCENARIOS, codes, page

    if code:
        click.echo(page(code).rstrip())
        return 0
    chapters = {n: f"{n} {name}" for n, name in enumerate(SCENARIOS, start=1)} | {0: "any stage", 7: "notes"}
    for number in (*range(1, 7), 0, 7):
        click.echo(("" if number == 1 else "\n") + chapters[number])
        for known in codes().values():
            place = 7 if known.severity == "note" else known.scenarios[0] if known.scenarios else 0
            if place == number:
                click.echo(f"  {known.name:<30} {known.meaning}")
    return 0


@click.command()
@click.option("--list", "listed", is_flag=True, help="List the faults that the demo can plant.")
@click.option("--fault", "faults", multiple=True, help="Plant this fault instead; may be given more than once.")
@click.option(
    "--to",
    "folder",
    type=click.Path(),
    default="parityline-demo",
    show_default=True,
    help="Folder for records and report.",
)
def demo(listed: bool, faults: tuple[str, ...], folder: str) -> int:
    """Run a small pipeline twice, the second time with faults, and verify one against the other."""
    from parityline import demo as demonstration

    if listed:
        for fault in demonstration.list_faults():
            click.echo(f"{fault.scenario} {fault.name:<28} {fault.sentence}")
        return 0
    demonstration.run_demo(Path(folder), list(faults) or None, say=click.echo)
    return 0
