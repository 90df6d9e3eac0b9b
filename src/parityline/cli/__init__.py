"""The command line. Results on standard output, progress on standard error; exit codes as in docs/commands.md."""

from __future__ import annotations

import contextlib
import os
import re
import sys

from parityline.errors import ParitylineError

_PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]+@|://\S*[?&;](?:password|passwd|pwd|secret|token)=", re.I)


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit: 0 pass, 1 fail, 2 could not run, 3 nothing fails but something was not checked."""
    given = sys.argv[1:] if arguments is None else arguments
    sys.exit(run(given))


def run(arguments: list[str]) -> int:
    """Run one command and give its exit code; nothing is raised."""
    import click

    from parityline.cli.commands import cli

    if any(_PASSWORD.search(argument) for argument in arguments):
        return _failed(
            'a URI with a password was given on the command line, where others can read it; use from = "env:NAME"'
        )
    try:
        result = cli.main(args=arguments, prog_name="parityline", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except click.UsageError as error:
        hint = f"\nTry '{error.ctx.command_path} -h' for help." if error.ctx else ""
        return _failed(error.format_message() + hint)
    except click.ClickException as error:
        return _failed(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        return _failed("interrupted; the result was not written")
    except ParitylineError as error:
        return _failed(str(error))
    except SystemExit as stop:  # click leaves with 1 where nobody reads the output, but 1 means a difference here
        return 2 if stop.code else 0
    except OSError as error:
        _leave_output()
        return _failed(f"{error.filename or 'the output'}: {error.strerror or error}; make room or name another place")
    except Exception as error:
        if os.environ.get("PARITYLINE_DEBUG"):
            raise
        return _failed(
            f"this is a bug in parityline: {type(error).__name__}: {error}; set PARITYLINE_DEBUG=1 to see where"
        )
    return result if isinstance(result, int) else 0


def _leave_output() -> None:
    """What could not be written is not tried again when the interpreter ends."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _failed(message: str) -> int:
    from parityline.report.text import clean

    print("parityline: " + "\n".join(clean(line) for line in message.splitlines()), file=sys.stderr)
    return 2
