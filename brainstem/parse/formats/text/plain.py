"""Text without a time of its own: the whole line is the message, and its time is that of the record before it."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

PLAIN_FORMAT: Final = 0
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=PLAIN_FORMAT,
    name="plain",
    title="Text without a time of its own",
    specification="none: the whole line is the message",
    samples=(Sample(line=b"pump 3 runs dry", message=b"pump 3 runs dry"),),
    can_be_given=True,
)
