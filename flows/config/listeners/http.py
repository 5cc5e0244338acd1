"""The configuration of listeners for HTTP: `[[listen.http]]`, and the rows of webhooks in `[listen.hooks.NAME]`.

Tokens are read here, from files or environment variables, so that a missing one is told before a port is opened. They are
kept as digests and are in no message.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from connectors.base import ConfigurationError
from connectors.http.application import HttpLimits
from connectors.http.body import BodyLimits
from connectors.http.hooks.registry import Reader, readers
from connectors.http.tokens import TOKEN_CHARACTERS_LEAST, Token, token_of
from connectors.syslog.listener import Address, Network
from flows.config.addresses import is_loopback
from flows.config.listeners.common import TlsFiles, address_of, network_of, tls_files
from flows.config.toml_table import Table

_MEBIBYTE: Final = 1 << 20
_USUAL: Final = HttpLimits()


@dataclass(frozen=True, slots=True)
class HttpListenerConfiguration:
    """A listener for HTTP as it is configured."""

    name: str
    address: Address
    tenant: str
    """empty where every token names one"""
    tokens: tuple[Token, ...]
    networks: tuple[Network, ...]
    tls: TlsFiles | None
    limits: HttpLimits

    @property
    def sends_tokens_in_the_clear(self) -> bool:
        """Return whether tokens come over a network without encryption."""
        return bool(self.tokens) and self.tls is None and not is_loopback(self.address.host)


def http_listeners(listen: Table) -> tuple[HttpListenerConfiguration, ...]:
    """Take the listeners for HTTP out of `[listen]`; none where there are none. Raises `ConfigurationError`."""
    return tuple(_listener(values, number) for number, values in enumerate(listen.take("http", list, [])))


def hook_readers(listen: Table) -> Mapping[str, Reader]:
    """Take the rows of webhooks out of `[listen]`, and return all webhooks by name. Raises `ConfigurationError`."""
    return readers(listen.take("hooks", dict, {}))


def _listener(values: object, number: int) -> HttpListenerConfiguration:
    """Parse one `[[listen.http]]`."""
    section = f"listen.http[{number}]"
    if not isinstance(values, dict):
        raise ConfigurationError(f"{section} = {values!r} cannot be used. Give a table: [[listen.http]].")
    table = Table(values, section)
    name = table.take_required("name", str, 'Give it one, such as name = "hooks"; it is said wherever it is counted.')
    given = table.take_required("address", str, 'Give host and port, such as address = "127.0.0.1:8514".')
    address = address_of(table, given)
    tenant = table.take("tenant", str, "")
    tokens = tuple(
        read_token(each, tenant, f"{section}.tokens[{index}]")
        for index, each in enumerate(table.take("tokens", list, []))
    )
    if not tenant and not tokens:
        raise ConfigurationError(
            f'{table.full("tenant")} is missing. Say whose messages these are, such as tenant = "acme", or give tokens that'
            " say so."
        )
    networks = tuple(network_of(table, text) for text in table.take_texts("networks"))
    tls = tls_files(table) if "certificate" in table or "key" in table or "client_ca" in table else None
    is_open = table.take("open_to_all", bool, False)
    if not (is_loopback(address.host) or tokens or is_open or (tls is not None and tls.client_ca is not None)):
        raise table.fault(
            "address",
            given,
            "Others can reach it, and anybody of them could write log lines. Give tokens, or client_ca with a certificate;"
            " open_to_all = true overrules this.",
        )
    table.take_checked(
        "when_full",
        str,
        "block",
        "block".__eq__,
        "Give block: a sender is answered 503 and sends again, so nothing is lost.",
    )
    listener = HttpListenerConfiguration(name, address, tenant, tokens, networks, tls, _limits(table))
    table.finish()
    return listener


def _limits(table: Table) -> HttpLimits:
    usual = _USUAL.body

    def whole(key: str, default: int, least: int, most: int) -> int:
        return table.take_checked(key, int, default, lambda value: least <= value <= most, f"Give {least} to {most}.")

    def seconds(key: str, default: float) -> float:
        return table.take_checked(
            key, float, default, lambda value: 0 < value <= 86_400, "Give more than 0, 86400 at most."
        )

    return HttpLimits(
        body=BodyLimits(
            sent_bytes_most=whole("body_bytes_most", usual.sent_bytes_most, 1024, 64 * _MEBIBYTE),
            plain_bytes_most=whole("plain_bytes_most", usual.plain_bytes_most, 1024, 256 * _MEBIBYTE),
            ratio_most=whole("ratio_most", usual.ratio_most, 2, 100_000),
        ),
        message_bytes_most=whole("message_bytes_most", _USUAL.message_bytes_most, 480, 8 * _MEBIBYTE),
        connections_most=whole("connections_most", _USUAL.connections_most, 1, 100_000),
        head_seconds=seconds("head_seconds", _USUAL.head_seconds),
        body_seconds=seconds("body_seconds", _USUAL.body_seconds),
        durable_seconds=seconds("durable_seconds", _USUAL.durable_seconds),
        records_per_second=table.take_checked(
            "records_per_second", float, 0.0, lambda value: value >= 0, "Give 0 for any number, or more."
        ),
        idempotency_seconds=seconds("idempotency_seconds", _USUAL.idempotency_seconds),
    )


def read_token(values: Any, tenant: str, section: str) -> Token:
    """Parse one of `tokens`, and read it. Raises `ConfigurationError`, which never shows a token."""
    if not isinstance(values, dict):
        # a token that stands in the file itself is not shown
        raise ConfigurationError(
            f'{section} cannot be used. Give a table: {{tenant = "acme", file = "/etc/acme.token"}}.'
        )
    table = Table(values, section)
    owner = table.take("tenant", str, tenant)
    file, variable = table.take("file", str, ""), table.take("environment", str, "")
    table.finish()
    if not owner:
        raise ConfigurationError(
            f'{section}.tenant is missing. Say whose messages come with it, such as tenant = "acme".'
        )
    if bool(file) == bool(variable):
        raise ConfigurationError(
            f"{section}: give one of file and environment, which say where the token is read from."
        )
    if file:
        try:
            text = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ConfigurationError(
                f"{section}.file = {file!r} cannot be read: {why}. Check path and rights."
            ) from error
    else:
        text = os.environ.get(variable, "").strip()
    if len(text) < TOKEN_CHARACTERS_LEAST or not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigurationError(
            f"{section}: {file or variable} holds no token of at least {TOKEN_CHARACTERS_LEAST} characters. Make one, as"
            " with: openssl rand -hex 24."
        )
    return token_of(text, owner)
