"""Lines of container runtimes (CRI): a stamp, the stream, a mark for partial lines, and the application's text."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

CONTAINER_FORMAT: Final = 10
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=CONTAINER_FORMAT,
    name="container",
    title="Container runtime lines",
    specification="https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md",
    samples=(
        Sample(
            line=b"2022-02-04T10:00:00.123456789Z stderr F WARN pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123456",
            severity=13,
        ),
    ),
    level_first=True,
)
