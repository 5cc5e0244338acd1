"""The lines of Kubernetes components and of glog: a letter for the level, month and day, and the time."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

KLOG_FORMAT: Final = 7
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=KLOG_FORMAT,
    name="klog",
    title="Kubernetes components and glog",
    specification="https://github.com/kubernetes/klog (header of klog.go)",
    samples=(
        Sample(
            line=b"E0204 10:00:00.123456     812 pump.go:77] pump 3 runs dry",
            message=b"812 pump.go:77] pump 3 runs dry",
            time="2022-02-04T10:00:00.123456",
            severity=17,
        ),
        Sample(
            line=b"E20220204 10:00:00.123456 812 pump.cc:77] pump 3 runs dry",
            message=b"812 pump.cc:77] pump 3 runs dry",
            time="2022-02-04T10:00:00.123456",
            severity=17,
        ),
    ),
)
