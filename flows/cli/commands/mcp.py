"""`brainstem mcp`: tools for a language model, over the Model Context Protocol."""

from pathlib import Path
from typing import Annotated

import typer

from connectors.base import ConfigurationError, InputError
from flows.cli.options import DisplayZones, OneTenant, RunFolders

Tokens = Annotated[
    Path | None,
    typer.Option(
        help="TOML file of tokens, each of one tenant; the one in BRAINSTEM_MCP_TOKEN says whose logs are asked about.",
        metavar="FILE",
    ),
]


def mcp(folders: RunFolders, tenant: OneTenant = None, tokens: Tokens = None, zones: DisplayZones = None) -> None:
    """Answer a language model's questions about one tenant: read-only tools queue, item, explain, recall and, of several
    runs, backtest.

    Speaks the Model Context Protocol on standard input and output, so a client starts it; needs the extra `mcp`. Text of
    logs is marked as untrusted. Example: `brainstem mcp var/monday --tenant acme` as the command of a server in the client.
    """
    from flows.cli.console import notes
    from flows.cli.finished_run import display_zones_for

    if (tenant is None) == (tokens is None):
        raise ConfigurationError("Give --tenant or --tokens: the tools answer about one tenant, and never about all.")
    try:
        from flows.recall.mcp.server import server_of
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"The package {error.name!r} is not installed. Run: pip install 'brainstem-memory[mcp]'."
        ) from error
    from brainstem import __version__
    from flows.recall.mcp.tokens import tenant_of_token
    from flows.recall.mcp.tools import Tools
    from flows.recall.runs import Runs, UnknownTenantError

    # before the folders are opened; a run with other parameters begins the command anew
    shown_in, _ = display_zones_for(folders, zones)
    whose = tenant if tokens is None else tenant_of_token(tokens)
    try:
        Runs.of(folders, whose)
    except UnknownTenantError:
        # a client may show what the command says to whoever asks, who may know of no other tenant
        raise InputError(f"--tenant {whose}: nothing of it is stored. Give the folders of a run of its logs.") from None
    server_of(Tools(tuple(folders), whose or "", shown_in), notes.print, __version__).run("stdio")
