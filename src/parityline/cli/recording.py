"""The commands that make records, and show what is in one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from parityline.cli.output import say

if TYPE_CHECKING:
    pass


@click.command()
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
        progress=lambda s: say(f"recording {s}"),
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


@click.command()
@click.argument("records", nargs=-1, required=True, type=click.Path())
@click.option("--to", required=True, type=click.Path(), help="The record to write.")
def combine(records: tuple[str, ...], to: str) -> int:
    """Join partial RECORDS of one run, made by several processes."""
    from parityline.records import combine as joined

    whole = joined(list(records))
    whole.write(to)
    click.echo(f"{to}: {len(whole.stages)} stages from {len(records)} records")
    return 0


@click.command()
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


@click.command()
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
