"""Tools for language models over the Model Context Protocol (MCP, https://modelcontextprotocol.io): read-only questions
about the stored runs of one tenant. No model is part of this; it answers one that a person runs elsewhere. How an answer
is found belongs to `flows.recall`; only `server` knows the protocol's library, which is an extra.
"""

from typing import Final

MODULES: Final = (
    "tokens",
    "tools",
    "server",
)
"""in the order of imports"""
