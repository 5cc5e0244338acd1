"""Syslog over the network, received: UDP (RFC 5426), TCP (RFC 6587) and TLS (RFC 5425). What a message says belongs to
`brainstem.parse`; where messages go belongs to whoever starts the listeners.
"""

from typing import Final

MODULES: Final = (
    "framing",
    "account",
    "listener",
)
"""in the order of imports"""
