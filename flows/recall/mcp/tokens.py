"""Whose logs a client of the tools may ask about: the tenant that its token proves.

A client of the transport `stdio` starts the server, so it presents its token in the environment. That is a bound only where
the client can neither read the folders nor give other arguments: where the command is fixed by sudo or by an SSH key.
"""

import os
import tomllib
from pathlib import Path
from typing import Final

from connectors.base import ConfigurationError
from connectors.http.tokens import tenant_of
from flows.config.listeners.http import read_token
from flows.config.toml_table import Table

TOKEN_VARIABLE: Final = "BRAINSTEM_MCP_TOKEN"  # noqa: S105 - the name of a variable
_EXAMPLE: Final = 'tokens = [{tenant = "acme", file = "/etc/brainstem/acme.token"}]'


def tenant_of_token(path: Path) -> str:
    """Return the tenant whose token, among those that a TOML file names, stands in the environment.

    Raises `ConfigurationError`, which never shows a token, where the file cannot be used or no token fits.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else f"it is no TOML: {error}"
        raise ConfigurationError(
            f"--tokens = {str(path)!r} cannot be read: {why}. Give a file with {_EXAMPLE}."
        ) from error
    table = Table(values, "")
    tokens = [read_token(each, "", f"tokens[{number}]") for number, each in enumerate(table.take("tokens", list, []))]
    table.finish()
    if not tokens:
        raise ConfigurationError(f"--tokens = {str(path)!r} names no token. Give {_EXAMPLE}.")
    tenant = tenant_of(tokens, f"Bearer {os.environ.get(TOKEN_VARIABLE, '')}")
    if tenant is None:
        raise ConfigurationError(
            f"{TOKEN_VARIABLE} in the environment is none of the tokens of {path}. Set it where the client starts this"
            " command."
        )
    return tenant
