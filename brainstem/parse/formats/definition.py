"""The definition of an input format: its number, where it is specified, what code branches on, and sample lines."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

Fields = dict[str, object]
"""the fields of one record, as orjson yields an object"""


@dataclass(frozen=True, slots=True)
class Sample:
    """A line and what must be read from it; None says the field must be absent.

    `time` is ISO 8601 in UTC. Samples are read with a reference time of 2022-03-01 and UTC for stamps without a zone.
    """

    line: bytes
    message: bytes
    time: str | None = None
    host: str | None = None
    service: str | None = None
    process_id: int | None = None
    facility: int | None = None
    severity: int = 0
    attributes: bytes | None = None
    above: bytes = b""
    """a line that must stand above the sample: the names of its columns"""


@dataclass(frozen=True, slots=True)
class Format:
    """One input format. The samples are its documentation, its tests, and what warms up compiled code."""

    number: int
    """what events carry; stored, so it never changes and is never given to another format"""
    name: str
    """what the event store shows"""
    title: str
    specification: str
    samples: tuple[Sample, ...]
    is_json: bool = False
    """a record is one JSON object; a broken one that follows such records is rejected, not taken for text"""
    level_first: bool = False
    """a level is printed between the stamp and the message, and the message begins behind it"""
    has_pairs: bool = False
    """pairs `key=value` name the record's host, service and message"""
    can_be_given: bool = False
    """a source can be said to be of this format, whose records are then read by its reader alone"""
    recognizes_keys: Callable[[Collection[str]], bool] | None = None
    """whether a JSON object with these keys is of this format; None: any that no other format claims"""
    flattened: Callable[[Fields], Fields | None] | None = None
    """the fields of an object of this format as one flat object whose keys are those of `field_names`; None: the object is
    not of this format after all, and is read by its own keys"""
    level_scale: Mapping[int, int] | None = None
    """the severity of each number of a level, where the format has a scale of its own"""
