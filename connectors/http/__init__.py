"""Records over HTTP, received: events as JSON or lines, logs of OpenTelemetry, webhooks of monitoring systems. What a record
means belongs to `brainstem.parse`; where it goes, to whoever starts the listener.
"""

from typing import Final

MODULES: Final = (
    "json_parts",
    "body",
    "records",
    "statements",
    "otlp",
    "hooks",
    "account",
    "tokens",
    "admission",
    "openapi",
    "application",
    "server",
)
"""in the order of imports"""
