"""Where a new run begins with each partition of its topics: the brokers are asked once, before anything is read.

Takes `kafka.start` of the configuration, returns offsets that the broker keeps. A run that has a snapshot goes on from it
and never comes here.
"""

from collections.abc import Iterable

from connectors.base import InputError
from connectors.kafka.reader import Place
from connectors.spool.places import is_of_spool
from flows.config.subscription import Subscription
from flows.sources.readers import Reader


class StartError(InputError):
    """`kafka.start` names an offset or a partition that there is not. The message names both and what to do."""


def require_existing(subscription: Subscription, places: Iterable[Place]) -> None:
    """Check that every partition with an offset in `kafka.start` exists. Raises `StartError`."""
    existing: dict[str, set[int]] = {}
    for place in places:
        existing.setdefault(place.topic, set()).add(place.partition)
    for topic, offsets in subscription.starts.items():
        if not isinstance(offsets, str | int) and (absent := sorted(offsets.keys() - existing.get(topic, set()))):
            known = ", ".join(map(str, sorted(existing.get(topic, ())))) or "none"
            raise StartError(
                f"kafka.start gives an offset for topic {topic}, partition {absent[0]}, and there is no such partition"
                f" (there are: {known}). Operator action: correct kafka.start."
            )


def first_offset(subscription: Subscription, reader: Reader, place: Place) -> int:
    """Return the offset to begin with. Raises `StartError` for one that is not there, `KafkaException` without a broker."""
    if is_of_spool(place.topic):
        return reader.bounds(place)[0]
    start = subscription.start_of(place.topic)
    if isinstance(start, int):
        return reader.offsets_at([place], start)[place]
    low, high = reader.bounds(place)
    if isinstance(start, str):
        return high if start == "end" else low
    offset = start.get(place.partition, low)
    if not low <= offset <= high:
        raise StartError(
            f"kafka.start: topic {place.topic}, partition {place.partition} is to be read from offset {offset}, and the"
            f" broker keeps {f'{low} to {high - 1}' if high > low else 'nothing'}."
            f" Operator action: give an offset from {low} to {high}, or leave the partition out to begin at {low}."
        )
    return offset
