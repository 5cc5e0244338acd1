"""The commands of `brainstem` as one typer application.

A command is loaded when it is asked for. The list of all of them shows what their docstrings say, read from the files when
it is shown, without running them: with its libraries each would take up to half a second.
"""

import ast
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typing_extensions import override

from brainstem import __version__
from flows.cli import commands

CONTEXT_SETTINGS: Final = {"help_option_names": ["-h", "--help"]}


class _Commands(TyperGroup):
    """All commands by name and help; the one that was asked for is replaced by what its module defines."""

    def __init__(self, **attributes: Any) -> None:
        listed = {name: TyperCommand(name) for name in commands.COMMANDS}
        super().__init__(**{**attributes, "commands": listed})

    @override
    def format_help(self, ctx: Any, formatter: Any) -> None:
        for name, command in self.commands.items():
            command.help = _help_of(name)
        super().format_help(ctx, formatter)

    @override
    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command if name is None else _loaded(name), rest


def _help_of(name: str) -> str:
    """Return the docstring of a command's function."""
    text = Path(commands.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
    functions = (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == name)
    return next(filter(None, map(ast.get_docstring, functions)), "")


def _loaded(name: str) -> Any:
    """Return a command as its module defines it."""
    alone = typer.Typer(
        pretty_exceptions_enable=False, add_completion=False, rich_markup_mode=None, context_settings=CONTEXT_SETTINGS
    )
    alone.command(name)(getattr(import_module(f"{commands.__name__}.{name}"), name))
    return typer.main.get_command(alone)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings=CONTEXT_SETTINGS,
    rich_markup_mode=None,
    help=(
        "brAInstem remembers the weak operational signals that nobody has time to remember, and tells you what is quietly "
        "becoming important before it becomes an incident.\n\n"
        "Start with `brainstem demo`: it makes three weeks of logs of four companies, runs over them and shows its digest. "
        "Then `brainstem replay LOGS --out DIR` on your own. `brainstem explain` answers why something surfaced or did not, "
        "and `brainstem audit DIR` proves that nothing was lost.\n\n"
        "Exit status: 0 fine, 1 findings that were asked for (of recall and explain: nothing matches), 2 an input or a disk "
        "that does not do, 3 bad configuration, "
        "70 a fault of the program, 75 stopped before its end."
    ),
)


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
