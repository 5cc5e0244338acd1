"""Settings of Kafka clients: the operator's librdkafka settings, with secrets read from where they are kept.

Takes a table of settings as TOML has it, returns a configuration for `confluent_kafka`. A secret is read when a client is
made; it is never part of a message, a file or a `repr` that this program writes.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from confluent_kafka import Consumer, KafkaException

from connectors.base import ConfigurationError

RESERVED: Final = frozenset(
    {
        "bootstrap.servers",
        "group.id",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "enable.partition.eof",
        "auto.offset.reset",
        "enable.idempotence",
        "acks",
    }
)
"""settings that decide whether messages can be lost or stored twice; an operator who sets one is refused"""
_SECRET_WORDS: Final = ("password", "secret", "key.pem", "oauthbearer.config", "token")
"""a setting of librdkafka whose name holds one of these holds a secret"""

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is kept: the name of an environment variable or the path of a file; the other one is empty."""

    environment: str = ""
    file: str = ""

    def read(self, key: str) -> str:
        """Return the secret; `key` names the setting in messages. Raises `ConfigurationError` where it cannot be read."""
        if self.environment:
            if self.environment not in os.environ:
                raise ConfigurationError(
                    f"{key} = {{ env = {self.environment!r} }}: there is no such environment variable. Set it for the"
                    " process, or name a file."
                )
            return os.environ[self.environment]
        try:
            return Path(self.file).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"{key} = {{ file = {self.file!r} }} cannot be read ({type(error).__name__}). Check path and rights."
            ) from error


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """The brokers and further settings of librdkafka; `section` names the table of the file in messages."""

    brokers: str
    options: Mapping[str, Value | Secret] = field(default_factory=dict)
    section: str = "kafka.client"

    def __post_init__(self) -> None:
        """Refuse settings that are reserved, and secrets in plain text; `check` finds what librdkafka does not know."""
        for key, value in self.options.items():
            if key in RESERVED:
                raise ConfigurationError(
                    f'{self.section}."{key}" is set by brAInstem itself, because it decides what can be lost. Remove it.'
                )
            if any(word in key for word in _SECRET_WORDS) and not isinstance(value, Secret):
                raise ConfigurationError(
                    f'{self.section}."{key}" holds a secret, and configuration files get copied. Give'
                    ' { env = "NAME" } or { file = "/path" }.'
                )

    def configuration(self, ours: Mapping[str, Value]) -> dict[str, Any]:
        """Return the configuration of a client, secrets read; `ours` overrules what the operator has set."""
        read = {
            key: value.read(f'{self.section}."{key}"') if isinstance(value, Secret) else value
            for key, value in self.options.items()
        }
        # librdkafka logs to standard error by itself; only critical lines, the rest comes as an error or a callback
        return {"bootstrap.servers": self.brokers, "log_level": 2, **read, **ours}

    def check(self) -> None:
        """Have librdkafka check names and values, without a connection. Raises `ConfigurationError`."""
        try:
            Consumer(self.configuration({"group.id": "check"})).close()
        except KafkaException as error:
            raise ConfigurationError(
                f"{self.section}: librdkafka refuses it: {error.args[0].str()}. Its CONFIGURATION.md has names and"
                " values."
            ) from error
