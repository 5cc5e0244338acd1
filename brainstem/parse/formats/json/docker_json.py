"""The files of Docker's json-file driver: one object a line with exactly its own keys."""

from collections.abc import Collection
from typing import Final

from brainstem.parse.formats.definition import Format, Sample

DOCKER_JSON_FORMAT: Final = 13
"""the number that stored events carry"""


def _has_driver_keys(keys: Collection[str]) -> bool:
    """Return whether an object has the keys that the driver writes, and no other."""
    return set(keys) in ({"log", "stream", "time"}, {"log", "stream", "time", "attrs"})


FORMAT: Final = Format(
    number=DOCKER_JSON_FORMAT,
    name="docker-json",
    title="Docker's json-file driver",
    specification="https://docs.docker.com/engine/logging/drivers/json-file/",
    samples=(
        Sample(
            line=b'{"log":"pump 3 runs dry\\n","stream":"stderr","time":"2022-02-04T10:00:00.123456789Z"}',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123456",
            attributes=b'{"stream":"stderr"}',
        ),
    ),
    is_json=True,
    recognizes_keys=_has_driver_keys,
)
