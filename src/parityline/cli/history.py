"""The commands of the time after: verdicts that are kept, shown and accepted."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from parityline.cli.output import ANSWER, FORMAT, colors, say, shown

if TYPE_CHECKING:
    from parityline.records import Record

_HISTORY = "parityline.history"
_HISTORY_OPTION = click.option(
    "--history", default=_HISTORY, show_default=True, type=click.Path(), help="The history file."
)


@click.command()
@click.argument("reference", type=click.Path())
@click.argument("observed", type=click.Path())
@_HISTORY_OPTION
@click.option("--every", type=float, help="Look again after so many seconds, at a pipeline file or a table.")
@click.option("--stage", help="Of a table: the stage of REFERENCE that it is of; without it the only source over time.")
@click.option("--window", help="Of a table: year, month, day, hour, minute or second; without it as REFERENCE has it.")
@FORMAT
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
                record_pipeline(observed, environment="production", like=known, progress=say)
                if observed.endswith(".toml")
                else Record.read(observed)
            )
            verdict, entry = watched(known, made, history)
            say(f"run {entry.number} of {history}")
            code = shown(verdict, form, None)
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
            shown(verdict, form, None)
        codes.append(verdict.exit_code)
    if not codes and form == "text":
        click.echo(f"{table}: no window with rows that {history} has not seen")
    return 1 if 1 in codes else max(codes, default=0)


@click.command()
@_HISTORY_OPTION
@click.option("--pipeline", help="Only the runs of this pipeline.")
@click.option("--last", type=click.IntRange(min=1), help="Only so many runs.")
@ANSWER
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
    click.echo(course.as_json(entries, accepted) if form == "json" else course.text(entries, accepted, color=colors()))
    return 0


@click.command()
@_HISTORY_OPTION
@click.option("--port", default=8321, show_default=True, type=click.IntRange(1, 65535), help="Of 127.0.0.1.")
def ui(history: str, port: int) -> int:
    """Show the runs of a history as a page on this machine: http://127.0.0.1:8321. Ctrl-C ends it."""
    from parityline.web.serving import serve

    if not Path(history).exists():
        raise click.UsageError(f"{history}: expected a history, found none; parityline watch makes one")
    click.echo(f"http://127.0.0.1:{port}  (Ctrl-C ends it)", err=True)
    serve(history, port=port)
    return 0


@click.command()
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
