"""The group of all commands. Each imports what it needs when it runs, so that help is quick."""

from __future__ import annotations

import warnings

import click

from parityline.cli import history, recording, trials, verdicts

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


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


for _module in (recording, verdicts, trials, history):
    for _command in vars(_module).values():
        if isinstance(_command, click.Command):
            cli.add_command(_command)
