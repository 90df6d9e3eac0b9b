"""The commands. Each imports what it needs when it runs, so that help is quick."""

from __future__ import annotations

import datetime
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from parityline.findings import Verdict
    from parityline.records import Record

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_HISTORY = "parityline.history"
_FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "junit", "sarif", "markdown", "html"]),
    default="text",
    help="Form of the verdict.",
)
_ROWS = click.option(
    "--rows", type=click.Choice(["auto", "same", "new"]), default="auto", help="Whether both sides hold the same rows."
)


def _say(message: str) -> None:
    if sys.stderr is not None and sys.stderr.isatty():
        click.echo(f"  {message}", err=True)


def _colors() -> bool:
    return sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _version() -> str:
    import parityline
    from parityline.kernel import kernel_name

    return f"parityline {parityline.__version__} ({kernel_name()} kernel)"


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(_version())
        ctx.exit()


@click.group(context_settings=_SETTINGS)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Version and kernel."
)
def cli() -> None:
    """Prove that a pipeline does in production what it did in research, or name the first stage where it does not.

    Exit codes: 0 pass, 1 fail, 2 could not run, 3 nothing fails but something was not checked.
    """
    from parityline.report.text import clean

    # warnings of a recording are for the user and belong on standard error, on one line each, whatever -W says
    warnings.filterwarnings("always", message="stage .* was not recorded|no rows are kept")
    warnings.showwarning = lambda message, *_: click.echo(f"parityline: {clean(str(message))}", err=True)


@cli.command()
@click.argument("pipeline", type=click.Path())
@click.option("--environment", required=True, help="Of this run, for instance research or production.")
@click.option("--to", required=True, type=click.Path(), help="The record to write.")
@click.option("--like", type=click.Path(), help="A record whose keys and partitions are used.")
@click.option("--replay", type=click.Path(), help="Keep real rows of what the model is given there, as Parquet.")
def record(pipeline: str, environment: str, to: str, like: str | None, replay: str | None) -> int:
    """Record a run whose tables PIPELINE (a TOML file) names."""
    from parityline.pipelines import record_pipeline
    from parityline.report.text import clean

    made = record_pipeline(
        pipeline,
        environment=environment,
        to=to,
        like=like,
        replay=replay,
        progress=lambda s: _say(f"recording {s}"),
    )
    unchecked = [stage.name for stage in made.stages.values() if stage.unchecked]
    size = os.path.getsize(to)
    click.echo(
        f"{to}: {len(made.stages)} stages, {size:,} bytes"
        + (f"; not recorded: {', '.join(unchecked)}" if unchecked else "")
    )
    for name, stage in made.stages.items():
        if "replay_set" in stage.facts:
            kept = stage.facts["replay_set"]
            click.echo(
                f"{replay}: {kept['rows']:,} rows of {clean(name)!r} with every value as it is, whatever the privacy "
                "of the record; keep it where the data itself may lie"
            )
    return 3 if unchecked else 0


@cli.command()
@click.argument("records", nargs=-1, required=True, type=click.Path())
@click.option("--to", required=True, type=click.Path(), help="The record to write.")
def combine(records: tuple[str, ...], to: str) -> int:
    """Join partial RECORDS of one run, made by several processes."""
    from parityline.records import combine as joined

    whole = joined(list(records))
    whole.write(to)
    click.echo(f"{to}: {len(whole.stages)} stages from {len(records)} records")
    return 0


@cli.command()
@click.argument("reference", type=click.Path())
@click.argument("observed", type=click.Path())
@_FORMAT
@_ROWS
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
        made = record_pipeline(observed, environment="observed", like=known, progress=lambda s: _say(f"recording {s}"))
        data = data or observed
    else:
        made = Record.read(observed)
    verdict = verified(known, made, rows=rows)
    if data is not None:
        verdict = with_rows(verdict, (known, made), ({}, tables_of(data)), unmask=unmask)
    return _shown(verdict, form, to)


@cli.command()
@click.argument("reference", type=click.Path())
@click.argument("observed", required=False, type=click.Path())
@_ROWS
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
        click.echo(proofs.text(title, chapters, color=_colors()))
    summary = verdict.status if verdict is not None else proofs.summary(chapters)
    _out(page, to, summary)
    codes = [proofs.exit_code(chapters)] if evidence or verdict is None else []
    codes += [verdict.exit_code] if verdict is not None else []
    return next((code for code in (1, 3) if code in codes), 0)


@cli.command()
@click.argument("a", type=click.Path())
@click.argument("b", type=click.Path())
@click.option("--key", help="Column that names a row, or several with commas.")
@click.option("--ignore", default="", help="Columns that always differ, with commas.")
@_FORMAT
@_ROWS
@click.option("--to", type=click.Path(), help="Write the verdict there instead of to standard output.")
def diff(a: str, b: str, key: str | None, ignore: str, form: str, rows: str, to: str | None) -> int:
    """Compare two tables: Parquet, CSV, JSON lines or Arrow files, globs of them, or folders. A is the reference."""
    from parityline.diffing import diff as compared

    names = [n.strip() for n in key.split(",")] if key else None
    return _shown(compared(a, b, key=names, ignore=_names(ignore), rows=rows), form, to)


def _names(listed: str) -> list[str]:
    """Names that were given with commas."""
    return [name.strip() for name in listed.split(",") if name.strip()]


@cli.command()
@click.argument("path", type=click.Path())
@click.option("--sizes", is_flag=True, help="Also the bytes that each table takes.")
def show(path: str, sizes: bool) -> int:
    """Show the measures of a record, stage by stage, or of a table file."""
    from parityline.fingerprints import fingerprint
    from parityline.records import Record
    from parityline.report import measures

    if path.endswith((".parity", ".incomplete")):
        lines = measures.of_record(Record.read(path), sizes=sizes)
    else:
        table = fingerprint(path)
        click.echo(f"{path}: {table.rows:,} rows, {len(table.columns)} columns")
        lines = measures.of_table(table)
    for line in lines:
        click.echo(line)
    return 0


@cli.command()
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

    report = linted(paths or ["."], select=_names(select), ignore=_names(ignore))
    if form == "text":
        text = alarms.text(report, color=to is None and _colors())
    else:
        text = alarms.as_json(report) if form == "json" else alarms.sarif(report)
    _out(text, to, f"{len(report.alarms)} alarms")
    return report.exit_code


@cli.command()
@click.argument("target", nargs=-1, required=True)
@click.option("--only", default="", help="Only these circumstances, with commas; see below.")
@click.option("--runs", default=2, show_default=True, help="How often it runs with nothing changed.")
@click.option("--python", type=click.Path(), help="Another interpreter to run it with, too.")
@click.option("--jobs", default=1, show_default=True, help="Runs at once; for pipelines that write no file twice.")
@click.option("--time-limit", default=600.0, show_default=True, help="Seconds for each run.")
@click.option("--lineage", type=click.Path(), help="Learn what depends on which source column; the record to write.")
@click.option("--keep", type=click.Path(), help="A folder for the records; finished runs in it are not repeated.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Form of the answer.")
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
        only=_names(only),
        runs=runs,
        python=python,
        jobs=jobs,
        time_limit=time_limit,
        to=keep,
        lineage=lineage,
        say=_say,
    )
    click.echo(rehearsals.as_json(answer) if form == "json" else rehearsals.text(answer, color=_colors()))
    return answer.exit_code


@cli.command()
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
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Form of the answer.")
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
        say=_say,
    )
    click.echo(replays.as_json(answer) if form == "json" else replays.text(answer))
    return answer.exit_code


@cli.command()
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
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Form of the answer.")
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
        say=_say,
    )
    click.echo(stresses.as_json(answer) if form == "json" else stresses.text(answer, color=_colors()))
    return answer.exit_code


@cli.command()
@click.argument("reference", type=click.Path())
@click.argument("observed", type=click.Path())
@click.option("--history", default=_HISTORY, show_default=True, type=click.Path(), help="The history file.")
@click.option("--every", type=float, help="Look again after so many seconds, at a pipeline file or a table.")
@click.option("--stage", help="Of a table: the stage of REFERENCE that it is of; without it the only source over time.")
@click.option("--window", help="Of a table: year, month, day, hour, minute or second; without it as REFERENCE has it.")
@_FORMAT
def watch(
    reference: str, observed: str, history: str, every: float | None, stage: str | None, window: str | None, form: str
) -> int:
    """Verify OBSERVED against REFERENCE, and keep the verdict: a record, a pipeline file that is recorded first, or a
    table over time, of which every new window is verified against its stage.

    Also names data that an earlier run of the history had already.
    """
    import time

    from parityline.history import watch as watched
    from parityline.pipelines import record_pipeline
    from parityline.records import Record

    of_table = not observed.endswith((".parity", ".toml"))
    if every is not None and (every <= 0 or observed.endswith(".parity")):
        raise click.UsageError("--every needs a pipeline file or a table, and a number of seconds above 0")
    if (stage or window) and not of_table:
        raise click.UsageError(
            "--stage and --window are of a table; a record and a pipeline file have their own stages"
        )
    known = Record.read(reference)
    while True:
        if of_table:
            code = _watched_windows(known, observed, history, stage, window, form)
        else:
            made = (
                record_pipeline(observed, environment="production", like=known, progress=_say)
                if observed.endswith(".toml")
                else Record.read(observed)
            )
            verdict, entry = watched(known, made, history)
            _say(f"run {entry.number} of {history}")
            code = _shown(verdict, form, None)
        if every is None:
            return code
        time.sleep(every)


def _watched_windows(known: Record, table: str, history: str, stage: str | None, window: str | None, form: str) -> int:
    """Show the verdict of each new window of a table; the exit code is that of the worst."""
    from parityline.history import watch_windows

    codes = []
    for name, verdict, entry in watch_windows(known, table, history, stage=stage, window=window):
        if form == "text":
            click.echo(f"{name}  {verdict.status}  run {entry.number} of {history}")
        if verdict.status != "pass" or form != "text":
            _shown(verdict, form, None)
        codes.append(verdict.exit_code)
    if not codes and form == "text":
        click.echo(f"{table}: no window with rows that {history} has not seen")
    return 1 if 1 in codes else max(codes, default=0)


@cli.command()
@click.option("--history", default=_HISTORY, show_default=True, type=click.Path(), help="The history file.")
@click.option("--pipeline", help="Only the runs of this pipeline.")
@click.option("--last", type=click.IntRange(min=1), help="Only so many runs.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Form of the answer.")
@click.argument("number", required=False, type=int)
def log(history: str, pipeline: str | None, last: int | None, form: str, number: int | None) -> int:
    """Show the course of verdicts, or the verdict of run NUMBER as JSON."""
    import json

    from parityline.history import History
    from parityline.report import log as course

    if history != _HISTORY and not os.path.exists(history):
        raise click.UsageError(f"{history}: expected a history, found none; parityline watch makes one")
    store = History(history)
    if number is not None:
        click.echo(json.dumps(store.verdict(number), indent=2, ensure_ascii=False))
        return 0
    entries, accepted = store.entries(pipeline, last=last), store.acceptances()
    click.echo(course.as_json(entries, accepted) if form == "json" else course.text(entries, accepted, color=_colors()))
    return 0


@cli.command()
@click.option("--history", default=_HISTORY, show_default=True, type=click.Path(), help="The history file.")
@click.option("--port", default=8321, show_default=True, type=click.IntRange(1, 65535), help="Of 127.0.0.1.")
def ui(history: str, port: int) -> int:
    """Show the runs of a history as a page on this machine: http://127.0.0.1:8321. Ctrl-C ends it."""
    from parityline.web.serving import serve

    if not Path(history).exists():
        raise click.UsageError(f"{history}: expected a history, found none; parityline watch makes one")
    click.echo(f"http://127.0.0.1:{port}  (Ctrl-C ends it)", err=True)
    serve(history, port=port)
    return 0


@cli.command()
@click.argument("record", type=click.Path())
@click.option("--stage", help="Of the accepted difference.")
@click.option("--column", help="Of the accepted difference.")
@click.option("--code", help="Of the accepted difference.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="After this day it is an error again.")
@click.option("--as-reference", is_flag=True, help="Accept the whole RECORD as the new reference.")
@click.option("--reason", required=True, help="Why; quoted in every verdict.")
@click.option("--by", required=True, help="Who accepts it.")
@click.option("--to", required=True, type=click.Path(), help="The reference to write.")
@click.option("--history", type=click.Path(), help="A history that notes it.")
def accept(
    record: str,
    stage: str | None,
    column: str | None,
    code: str | None,
    until: datetime.datetime | None,
    as_reference: bool,
    reason: str,
    by: str,
    to: str,
    history: str | None,
) -> int:
    """Accept a known difference in the reference RECORD until a date, or RECORD as the new reference."""
    from parityline.history import accept_as_reference, accept_difference
    from parityline.records import Record

    read = Record.read(record)
    if as_reference:
        if stage or column or code or until:
            raise click.UsageError("--as-reference accepts the whole record; leave out stage, column, code and until")
        accepted = accept_as_reference(read, reason=reason, by=by, history=history)
    else:
        day = until.date() if until else None
        accepted = accept_difference(
            read, reason=reason, by=by, until=day, stage=stage, column=column, code=code, history=history
        )
    accepted.write(to)
    click.echo(f"{to}: {'new reference' if as_reference else 'difference'} accepted by {by}")
    return 0


@cli.command()
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


@cli.command()
@click.argument("records", nargs=-1, type=click.Path())
@click.option("--all", "everything", is_flag=True, help="Also packages that the run did not import.")
def env(records: tuple[str, ...], everything: bool) -> int:
    """Show what a result can depend on: here, in the record A, or where A and B differ, most telling first."""
    from parityline import environment
    from parityline.records import Record

    if len(records) > 2:
        raise click.UsageError(f"expected at most two records, found {len(records)}")
    facts = [Record.read(path).environment_facts for path in records] or [environment.capture()]
    if len(facts) == 2:
        changed = environment.differences(facts[0], facts[1])
        for d in changed:
            click.echo(f"{d.kind:<12} {_fact(d.fact):<40} {_fact(d.reference)} -> {_fact(d.observed)}")
        click.echo(
            f"{len(changed)} facts differ" if changed else "the environments are the same in every recorded fact"
        )
        return 0
    imported = set(map(str, facts[0].get("imported", ())))
    for fact, text in environment.describe(facts[0]):
        group, _, name = fact.partition(".")
        if everything or group != "packages" or name in imported:
            click.echo(f"{_fact(fact):<44} {_fact(text)}")
    return 0


def _fact(value: object) -> str:
    from parityline.report.text import clean

    return "none" if value is None else clean(str(value))


@cli.command()
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


def _shown(verdict: Verdict, form: str, to: str | None) -> int:
    from parityline.report import exchange, html

    forms: dict[str, Callable[[], str]] = {
        "text": lambda: verdict.to_text(color=to is None and _colors()),
        "json": verdict.to_json,
        "html": lambda: html.render(verdict),
        "junit": lambda: exchange.junit(verdict),
        "sarif": lambda: exchange.sarif(verdict),
        "markdown": lambda: exchange.markdown(verdict),
    }
    _out(forms[form](), to, verdict.status)
    return verdict.exit_code


def _out(text: str, to: str | None, summary: str) -> None:
    """A result on standard output; or in a file, and one line about it on standard output."""
    from parityline.records import write_whole

    if to:
        write_whole(Path(to), (text + "\n").encode())
    click.echo(f"{to}: {summary}" if to else text)
