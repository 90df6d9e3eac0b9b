"""The commands that try code and models before they go to production."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from parityline.cli.output import ANSWER, colors, names_in, say, written

if TYPE_CHECKING:
    pass


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "sarif"]), default="text", help="Form of the alarms."
)
@click.option("--select", default="", help="Only these codes, with commas.")
@click.option("--ignore", default="", help="Not these codes, with commas.")
@click.option("--to", type=click.Path(), help="Write the alarms there instead of to standard output.")
def lint(paths: tuple[str, ...], form: str, select: str, ignore: str, to: str | None) -> int:
    """Find what keeps results from repeating in Python, notebooks and SQL: files and folders, by default the folder."""
    from parityline.lint import lint as linted
    from parityline.report import alarms

    report = linted(paths or ["."], select=names_in(select), ignore=names_in(ignore))
    if form == "text":
        text = alarms.text(report, color=to is None and colors())
    else:
        text = alarms.as_json(report) if form == "json" else alarms.sarif(report)
    written(text, to, f"{len(report.alarms)} alarms")
    return report.exit_code


@click.command()
@click.argument("target", nargs=-1, required=True)
@click.option("--only", default="", help="Only these circumstances, with commas; see below.")
@click.option("--runs", default=2, show_default=True, help="How often it runs with nothing changed.")
@click.option("--python", type=click.Path(), help="Another interpreter to run it with, too.")
@click.option("--jobs", default=1, show_default=True, help="Runs at once; for pipelines that write no file twice.")
@click.option("--time-limit", default=600.0, show_default=True, help="Seconds for each run.")
@click.option("--lineage", type=click.Path(), help="Learn what depends on which source column; the record to write.")
@click.option("--keep", type=click.Path(), help="A folder for the records; finished runs in it are not repeated.")
@ANSWER
def rehearse(
    target: tuple[str, ...],
    only: str,
    runs: int,
    python: str | None,
    jobs: int,
    time_limit: float,
    lineage: str | None,
    keep: str | None,
    form: str,
) -> int:
    """Run TARGET (script.py, module:function, or a command behind --) again and again, one circumstance changed at a
    time, and tell which of them changes which stage first. Arguments of a script stand behind --, too.

    Circumstances: nothing, hash seed, row order, chunks, threads, BLAS threads, time zone, locale, time, global seeds.
    """
    from parityline.rehearsal import rehearse as rehearsed
    from parityline.report import rehearsals

    first, *rest = target
    is_command = not (first.endswith(".py") or (":" in first and "/" not in first))
    answer = rehearsed(
        list(target) if is_command else first,
        () if is_command else rest,
        only=names_in(only),
        runs=runs,
        python=python,
        jobs=jobs,
        time_limit=time_limit,
        to=keep,
        lineage=lineage,
        say=say,
    )
    click.echo(rehearsals.as_json(answer) if form == "json" else rehearsals.text(answer, color=colors()))
    return answer.exit_code


@click.command()
@click.option("--model", "models", multiple=True, type=click.Path(), help="Model file; a second to swap.")
@click.option("--fit", help="Or module:function that is given a pandas table and returns the fitted model.")
@click.option(
    "--train",
    "training",
    multiple=True,
    type=click.Path(),
    help="With --fit, rows to fit on, if not --rows; two to swap.",
)
@click.option("--rows", "tables", multiple=True, type=click.Path(), required=True, help="A table; two to swap.")
@click.option("--python", "pythons", multiple=True, type=click.Path(), help="Interpreter; a second to swap.")
@click.option("--key", help="Column that names a row; without it, rows belong together by position.")
@click.option("--predict", help="module:function that is given the model and a pandas table.")
@click.option("--actual", help="Column of outcomes, for metrics.")
@click.option("--record", type=click.Path(), help="The record that model file and rows must belong to.")
@click.option("--time-limit", default=600.0, show_default=True, help="Seconds for each run.")
@ANSWER
def replay(
    models: tuple[str, ...],
    fit: str | None,
    training: tuple[str, ...],
    tables: tuple[str, ...],
    pythons: tuple[str, ...],
    key: str | None,
    predict: str | None,
    actual: str | None,
    record: str | None,
    time_limit: float,
    form: str,
) -> int:
    """Swap rows, model and environment one at a time, and tell which moves predictions. Loads the model files."""
    from parityline.rehearsal import replay as replayed
    from parityline.report import replays

    answer = replayed(
        models,
        tables,
        fit=fit,
        training=training,
        pythons=pythons,
        key=key,
        predict=predict,
        actual=actual,
        record=record,
        time_limit=time_limit,
        say=say,
    )
    click.echo(replays.as_json(answer) if form == "json" else replays.text(answer))
    return answer.exit_code


@click.command()
@click.argument("reference", type=click.Path())
@click.option("--pipeline", type=click.Path(), help="A pipeline file, for its predict, fit and decisions.")
@click.option("--predict", help="module:function that is given a pandas table and returns a prediction a row.")
@click.option("--endpoint", help="Or an address that takes the rows by POST.")
@click.option("--fit", help="module:function that is given (X, y) and returns what predicts.")
@click.option("--stage", help="The stage that the model is given; else the features of the predictions.")
@click.option("--rows", "table", type=click.Path(), help="A table of that stage, where the record hides values.")
@click.option("--without", multiple=True, help="With --fit: a column to drop, replace and impute.")
@click.option("--time-limit", default=30.0, show_default=True, help="Seconds for each answer.")
@click.option("--to", type=click.Path(), help="Write REFERENCE there with the outage table, which verdicts then quote.")
@ANSWER
def stress(
    reference: str,
    pipeline: str | None,
    predict: str | None,
    endpoint: str | None,
    fit: str | None,
    stage: str | None,
    table: str | None,
    without: tuple[str, ...],
    time_limit: float,
    to: str | None,
    form: str,
) -> int:
    """Send rows of REFERENCE with one bad value each through what serves the model, and tell what it makes of them:
    null, infinity, extremes, unseen categories, empty text, wrong types; then what the loss of each column costs.
    """
    from parityline.rehearsal.stressed import stressed
    from parityline.report import stresses

    answer = stressed(
        reference,
        pipeline=pipeline,
        predict=predict,
        endpoint=endpoint,
        fit=fit,
        stage=stage,
        table=table,
        without=without,
        time_limit=time_limit,
        to=to,
        say=say,
    )
    click.echo(stresses.as_json(answer) if form == "json" else stresses.text(answer, color=colors()))
    return answer.exit_code
