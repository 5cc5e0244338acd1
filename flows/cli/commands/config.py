"""`brainstem config`: every setting and every number that steers a judgement, printed as TOML, or a file to begin with."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import ItemsADayOfFile


class ConfigAction(StrEnum):
    """What is done instead of printing."""

    INIT = "init"


Action = Annotated[
    ConfigAction | None, typer.Argument(help="init: write a commented file that works on the spot, for brainstem run.")
]
NewFile = Annotated[Path | None, typer.Argument(help="The file that init writes; brainstem.toml unless given.")]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="TOML file of a live run, merged over the defaults.", metavar="FILE")
]


def config(
    action: Action = None, path: NewFile = None, config: ConfigFile = None, items_a_day: ItemsADayOfFile = None
) -> None:
    """Print every setting and every number that steers judgement, as commented TOML; or write a file to begin with.

    Each with its unit, its meaning and where its value comes from; what is compiled in is called fixed. Examples:
    `brainstem config init`, `brainstem config --config brainstem.toml`.
    """
    if action is ConfigAction.INIT:
        from flows.config.initial import NAME, write_initial

        path = path or Path(NAME)
        write_initial(path)
        typer.echo(f"{path} is written. Next: brainstem run --config {path}")
        return
    from flows.config.printed import whole_configuration

    typer.echo(whole_configuration(config, items_a_day), nl=False)
