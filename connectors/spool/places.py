"""What a reader of a spool calls a partition: the messages of one listener for one tenant, in the order in which they came.

A place has the name `spool:LISTENER@TENANT`, which no topic of Kafka can have, since these have no colon. A percent sign and
an at sign in the name of a listener are written as `%25` and `%40`, so the first at sign ends it.
"""

from typing import Final

from connectors.kafka.reader import Place

PREFIX: Final = "spool:"
DAMAGE: Final = Place(f"{PREFIX}damaged", 0)
"""the place of messages that were damaged, of which nobody knows whose they were"""


def place_of(listener: str, tenant: str) -> Place:
    """Return the place of a listener's messages for a tenant."""
    return Place(f"{PREFIX}{listener.replace('%', '%25').replace('@', '%40')}@{tenant}", 0)


def is_of_spool(topic: str) -> bool:
    """Return whether the topic of a place is one of a spool."""
    return topic.startswith(PREFIX)


def tenant_of(topic: str) -> str:
    """Return the tenant of a place of a spool; empty where it has none."""
    return topic.partition("@")[2]


def listener_of(topic: str) -> str:
    """Return the listener of a place of a spool."""
    return topic.removeprefix(PREFIX).partition("@")[0].replace("%40", "@").replace("%25", "%")
