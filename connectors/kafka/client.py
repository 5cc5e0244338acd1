"""What every Kafka client of ours is told: the operator's librdkafka settings, with secrets from where they are kept.

Takes a table of settings as TOML has it, gives a configuration for `confluent_kafka`. A secret is read when a client is
made and stands in no message, file or representation of ours.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from confluent_kafka import Consumer, KafkaException

from connectors.base import ConfigurationError

OURS: Final = frozenset(
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
"""settings that decide whether something can be lost or doubled, so they are not the operator's"""
_SECRET_WORDS: Final = ("password", "secret", "key.pem", "oauthbearer.config", "token")

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is kept: the name of an environment variable or the path of a file."""

    environment: str = ""
    file: str = ""

    def read(self, key: str) -> str:
        """Return the secret. Raises `ConfigurationError` where it is not to be had."""
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
    """The brokers and what else librdkafka is told; `section` names the table for messages."""

    brokers: str
    options: Mapping[str, Value | Secret] = field(default_factory=dict)
    section: str = "kafka.client"

    def __post_init__(self) -> None:
        """Refuse what is ours to set, secrets in plain sight, and what librdkafka does not know."""
        for key, value in self.options.items():
            if key in OURS:
                raise ConfigurationError(
                    f'{self.section}."{key}" is set by brAInstem itself, because it decides what can be lost. Remove it.'
                )
            if any(word in key for word in _SECRET_WORDS) and not isinstance(value, Secret):
                raise ConfigurationError(
                    f'{self.section}."{key}" holds a secret, and configuration files get copied. Give'
                    ' { env = "NAME" } or { file = "/path" }.'
                )

    def configuration(self, ours: Mapping[str, Value]) -> dict[str, Any]:
        """Return the configuration of a client, secrets read."""
        read = {
            key: value.read(f'{self.section}."{key}"') if isinstance(value, Secret) else value
            for key, value in self.options.items()
        }
        # librdkafka's own log lines would go to standard error as they like; what matters comes as an error or a callback
        return {"bootstrap.servers": self.brokers, "log_level": 2, **read, **ours}

    def check(self) -> None:
        """Have librdkafka look at the settings without a connection. Raises `ConfigurationError`."""
        try:
            Consumer(self.configuration({"group.id": "check"})).close()
        except KafkaException as error:
            raise ConfigurationError(
                f"{self.section}: librdkafka refuses it: {error.args[0].str()}. Its CONFIGURATION.md has names and"
                " values."
            ) from error
