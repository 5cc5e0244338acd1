"""The program `brainstem`. Results go to standard output, notes and progress to standard error.

Exit status: 0 fine, 1 findings that were asked for (`audit`, `--fail-on`), 2 unreadable input, 3 bad configuration, 70 a
fault of the program itself, 75 stopped on request before its end.
"""

import gc
import os
import sys
from importlib import import_module
from typing import Annotated, NoReturn

import typer

from brainstem import __version__
from flows.cli import commands
from flows.cli.console import BAD_CONFIGURATION, UNREADABLE, report_failure

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    help=(
        "brAInstem remembers the weak operational signals that nobody has time to remember, and tells you what is quietly "
        "becoming important before it becomes an incident.\n\n"
        "Start with `brainstem demo`: it makes three weeks of logs of four companies, runs over them and shows its digest. "
        "Then `brainstem replay LOGS --out DIR` on your own. `brainstem explain` answers why something surfaced or did not, "
        "and `brainstem audit DIR` proves that nothing was lost."
    ),
)
for name in commands.COMMANDS:
    app.command(name)(getattr(import_module(f"{commands.__name__}.{name}"), name))


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"brainstem {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version


def main() -> None:
    """Run the command line, and end the process with the exit status that its outcome has."""
    # what the imports made stays until the end; a graph turns collection on again, and other commands end soon
    gc.disable()
    try:
        app()
    except SystemExit as ended:
        # typer ends with 2 where the command line itself is wrong, which is bad configuration here
        _exit(BAD_CONFIGURATION if ended.code == UNREADABLE else ended.code)
    except Exception as error:  # noqa: BLE001 - the outermost edge: every fault gets its exit status here
        _exit(report_failure(error))
    finally:
        gc.enable()


def _exit(status: str | int | None) -> NoReturn:
    """End the process without freeing its memory, which would take a while; no file is open any more."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        # nobody reads the output any more; Python has its own way to say so
        sys.exit(status)
    if isinstance(status, str):
        sys.exit(status)
    os._exit(status or 0)
