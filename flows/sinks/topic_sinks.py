"""Steps that send to Kafka topics, items, decisions and rejects: at least once, with ids by which a consumer can drop
repetitions; and which of them a live run's configuration asks for.

A snapshot waits until all messages before it are acknowledged. A broker that takes nothing stops the graph, and with it the
reading, without loss.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from bytewax.outputs import StatefulSinkPartition
from typing_extensions import override

from connectors.kafka.client import ClientSettings
from connectors.kafka.writer import TopicWriter
from flows.config.live_run import Configuration
from flows.process.status import StatusBoard
from flows.process.stop_request import Stop, StoppedError
from flows.sinks.folder_sinks import OnePartSink, Sinks, folder_sinks
from flows.sinks.messages import decision_events, item_events, message_of, reject_events
from flows.sinks.output_folder import OutputFolder
from state.store.background import Background

ACKNOWLEDGE_SECONDS: Final = 10.0
"""How long a run that was asked to stop waits for its last messages to be acknowledged."""

Events = Callable[[Any], Iterator[dict[str, Any]]]


class _TopicPart(StatefulSinkPartition[Any, tuple[Any, ...]]):
    """The one writer of a topic; after a snapshot everything before it is on the brokers."""

    def __init__(self, writer: TopicWriter, events: Events, structured: bool) -> None:
        self._writer = writer
        self._events = events
        self._structured = structured

    @override
    def write_batch(self, items: list[Any]) -> None:
        self._writer.send([message_of(event, self._structured) for item in items for event in self._events(item)])

    @override
    def snapshot(self) -> tuple[Any, ...]:
        self._writer.flush()
        return ()


class TopicSink(OnePartSink[Any, tuple[Any, ...]]):
    """Items, decisions or rejects as messages on a topic; `events` turns each input into CloudEvents."""

    def __init__(
        self,
        client: ClientSettings,
        topic: str,
        events: Events,
        structured: bool,
        note_waiting: Callable[[str], None],
    ) -> None:
        self._client = client
        self._topic = topic
        self._events = events
        self._structured = structured
        self._waiting = note_waiting

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: tuple[Any, ...] | None) -> _TopicPart:
        return _TopicPart(TopicWriter(self._client, self._topic, self._waiting), self._events, self._structured)


def live_sinks(
    configuration: Configuration, board: StatusBoard, stop: Stop, background: Background | None = None
) -> Sinks:
    """Return the sinks of a live run: its folder, whose files `background` joins, and the topics of its configuration."""

    deadlines: list[float] = []

    def note_waiting(what: str) -> None:
        board.output_trouble(what)
        if not stop.asked:
            return
        if not deadlines:
            deadlines.append(time.monotonic() + ACKNOWLEDGE_SECONDS)
        if time.monotonic() > deadlines[0]:
            raise StoppedError(f"stopped while {what}; what was not acknowledged is sent again after the next start.")

    def sink(topic: str, events: Events) -> TopicSink | None:
        client, structured = configuration.output_client, configuration.output.structured
        return TopicSink(client, topic, events, structured, note_waiting) if topic else None

    return replace(
        folder_sinks(OutputFolder(configuration.settings.out), background),
        item_topic=sink(configuration.output.items, item_events),
        decision_topic=sink(configuration.output.decisions, decision_events),
        reject_topic=sink(configuration.output.rejects, reject_events),
    )
