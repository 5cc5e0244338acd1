"""Lines that applications write themselves: a stamp is certain, a level likely, the rest is message."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

APPLICATION_FORMAT: Final = Format(
    name="application",
    title="A date and time, then usually a level",
    specification="https://www.iso.org/iso-8601-date-and-time-format.html and common logger layouts",
    samples=(
        Sample(
            line=b"2022-02-04 10:00:00,123 812 WARNING lab.pump.driver pump 3 runs dry",
            message=b"lab.pump.driver pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
            process_id=812,
            severity=13,
        ),
        Sample(
            line=b"[2022-02-04T10:00:00,123][ERROR][lab.pump] pump 3 runs dry",
            message=b"[lab.pump] pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
            severity=17,
        ),
        Sample(
            line=b"2022-02-04T10:00:00.123Z|00042|pump|WARN|pump 3 runs dry",
            message=b"pump|WARN|pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
            severity=13,
        ),
        Sample(
            line=b"2022/02/04 10:00:00 [error] 7#7: *3 pump 3 runs dry",
            message=b"7#7: *3 pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=17,
        ),
        Sample(
            line=b"2022-02-04T10:00:00.123456+0000 pump 3 connection error counted",
            message=b"pump 3 connection error counted",
            time="2022-02-04T10:00:00.123456",
        ),
        Sample(
            line=b"[Fri Feb 04 10:00:00.123456 2022] [lab:notice] [pid 812:tid 9] pump 3 starts",
            message=b"[lab:notice] [pid 812:tid 9] pump 3 starts",
            time="2022-02-04T10:00:00.123456",
            severity=10,
        ),
        Sample(
            line=b"2022-02-04 11:00:00.123 +01:00 [main] [INF] pump 3 starts",
            message=b"pump 3 starts",
            time="2022-02-04T10:00:00.123",
            severity=9,
        ),
    ),
)

WEB_ACCESS_FORMAT: Final = Format(
    name="web-access",
    title="Web server access logs: common and combined",
    specification="https://httpd.apache.org/docs/2.4/logs.html#accesslog",
    samples=(
        Sample(
            line=b'192.0.2.7 - - [04/Feb/2022:11:00:00 +0100] "GET /lamps HTTP/1.1" 200 13',
            message=b'192.0.2.7 - - [04/Feb/2022:11:00:00 +0100] "GET /lamps HTTP/1.1" 200 13',
            time="2022-02-04T10:00:00",
        ),
    ),
)

KLOG_FORMAT: Final = Format(
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
    ),
)

EPOCH_FORMAT: Final = Format(
    name="epoch",
    title="Seconds or a finer unit since 1970 at the beginning of the line",
    specification="https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap04.html#tag_04_19",
    samples=(
        Sample(line=b"1643968800.250 pump 3 runs dry", message=b"pump 3 runs dry", time="2022-02-04T10:00:00.250"),
        Sample(
            line=b"1643968800250 ERROR pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.250",
            severity=17,
        ),
    ),
)

KEY_VALUE_FORMAT: Final = Format(
    name="key-value",
    title="key=value pairs (logfmt)",
    specification="https://brandur.org/logfmt",
    samples=(
        Sample(
            line=b'time="2022-02-04T10:00:00Z" level=error msg="pump 3 runs dry"',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=17,
        ),
        Sample(
            line=b'ts=2022-02-04T10:00:00.5Z level=warn host=quay1 app=pumpd msg="pump 3 says \\"dry\\"" retries=2',
            message=b'pump 3 says \\"dry\\"',
            time="2022-02-04T10:00:00.5",
            host="quay1",
            service="pumpd",
            severity=13,
        ),
        Sample(
            line=b"<189>date=2022-02-04 time=10:00:00 devname=quay1 level=notice msg=opened",
            message=b"date=2022-02-04 time=10:00:00 devname=quay1 level=notice msg=opened",
            time="2022-02-04T10:00:00",
            host="quay1",
            facility=23,
            severity=10,
        ),
    ),
)

CONTAINER_FORMAT: Final = Format(
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
)

EMBEDDED_FORMAT: Final = Format(
    name="embedded-stamp",
    title="A stamp inside the text",
    specification="none: the text stays whole",
    samples=(
        Sample(
            line=b"pump_1  | 2022-02-04 10:00:00 ERROR pump 3 runs dry",
            message=b"pump_1  | 2022-02-04 10:00:00 ERROR pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=17,
        ),
    ),
)

PLAIN_FORMAT: Final = Format(
    name="plain",
    title="Text without a time of its own",
    specification="none: the whole line is the message",
    samples=(Sample(line=b"pump 3 runs dry", message=b"pump 3 runs dry"),),
)

APPLICATION_FORMATS: Final = (
    APPLICATION_FORMAT,
    WEB_ACCESS_FORMAT,
    KLOG_FORMAT,
    EPOCH_FORMAT,
    KEY_VALUE_FORMAT,
    CONTAINER_FORMAT,
    EMBEDDED_FORMAT,
    PLAIN_FORMAT,
)
