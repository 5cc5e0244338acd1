"""What a format's definition is: a name, where it is specified, and sample lines with the fields they must yield."""

from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its number is its place in the registry."""

    name: str
    title: str
    specification: str
    samples: tuple[Sample, ...]
