"""The commands of `brainstem` as one typer application."""

from importlib import import_module
from typing import Annotated

import typer

from brainstem import __version__
from flows.cli import commands

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    help=(
        "brAInstem remembers the weak operational signals that nobody has time to remember, and tells you what is quietly "
        "becoming important before it becomes an incident.\n\n"
        "Start with `brainstem demo`: it makes three weeks of logs of four companies, runs over them and shows its digest. "
        "Then `brainstem replay LOGS --out DIR` on your own. `brainstem explain` answers why something surfaced or did not, "
        "and `brainstem audit DIR` proves that nothing was lost.\n\n"
        "Exit status: 0 fine, 1 findings that were asked for, 2 an input or a disk that does not do, 3 bad configuration, "
        "70 a fault of the program, 75 stopped before its end."
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
