"""`brainstem config`: every setting and every number that steers a judgement, printed as TOML."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import ItemsADayOfFile, ParametersFile

ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="TOML file of a live run, merged over the defaults.", metavar="FILE")
]


def config(config: ConfigFile = None, items_a_day: ItemsADayOfFile = None, parameters: ParametersFile = None) -> None:
    """Print every setting and every number that steers judgement, as commented TOML.

    Each with its unit, its meaning and where its value comes from; what cannot be set is called fixed, with the reason.
    Example: `brainstem config --config brainstem.toml`.
    """
    from flows.config.printed import whole_configuration

    typer.echo(whole_configuration(config, items_a_day, parameters), nl=False)
