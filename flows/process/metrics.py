"""The metrics of a live run in the text format of Prometheus, from the report of its status.

Labels are sources, listeners, reasons, bands and the two parts of a run (itself and its intake) only: what a message says,
and the tenants that certificates, headers or tokens name, never become a label, so the number of time series follows from
the configuration. A source is called by its listener or by topic and partition, and its tenants are summed up. Format and
names: https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/practices/naming/.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

COUNTER_END: Final = "_total"


class Metric(NamedTuple):
    """A metric. One whose name ends in `_total` counts up, any other is a value of now; times are in seconds."""

    name: str
    labels: tuple[str, ...]
    meaning: str


METRICS: Final = (
    Metric("brainstem_healthy", (), "1 while all processes run, else 0, as /healthz answers"),
    Metric("brainstem_ready", (), "1 while all processes are healthy and have begun to read, as /readyz answers"),
    Metric("brainstem_start_time_seconds", (), "when the process that runs longest began, since the epoch"),
    Metric("brainstem_status_age_seconds", (), "age of the oldest status of a process"),
    Metric("brainstem_troubles", (), "what keeps processes from reading or sending: how many such things"),
    Metric("brainstem_missing_topics", (), "topics of kafka.topics that do not exist"),
    Metric("brainstem_read_records_total", (), "records read since the processes began"),
    Metric("brainstem_failed_records_total", (), "records set aside because this program failed on them"),
    Metric("brainstem_snapshots_total", (), "snapshots of partitions that became durable since the processes began"),
    Metric("brainstem_snapshot_stall_seconds", (), "for how long the last snapshot kept a partition from being read"),
    Metric("brainstem_judged_before_time_seconds", (), "event time up to which the input is complete, since the epoch"),
    Metric("brainstem_families", ("band",), "families by the band of their last decision, as of a minute ago"),
    Metric(
        "brainstem_resident_memory_bytes", ("part",), "resident memory of the processes of the run, and of the intake"
    ),
    Metric("brainstem_families_evicted_total", (), "families evicted for want of room"),
    Metric("brainstem_quiet_hosts", (), "hosts that have gone quiet for their rhythm; `brainstem status` names them"),
    Metric(
        "brainstem_last_received_time_seconds", ("source",), "when the last record that was read came, since the epoch"
    ),
    Metric(
        "brainstem_read_wait_seconds", ("source",), "how long the last record that was read had waited since it came"
    ),
    Metric(
        "brainstem_records_late_total",
        ("source",),
        "records behind the times of their source",
    ),
    Metric("brainstem_records_received_total", ("source",), "records received, as of the last snapshot"),
    Metric("brainstem_received_bytes_total", ("source",), "bytes of these"),
    Metric("brainstem_records_stored_total", ("source",), "records stored as evidence"),
    Metric("brainstem_records_duplicate_total", ("source",), "records that another source holds"),
    Metric("brainstem_records_rejected_total", ("source", "reason"), "records that are no events"),
    Metric("brainstem_records_dropped_total", ("source", "reason"), "records dropped before they were read"),
    Metric("brainstem_records_unread_total", ("source", "reason"), "stored records that lack a time, a host, or names"),
    Metric("brainstem_source_faults_total", ("source", "reason"), "what went wrong with a source itself"),
    Metric("brainstem_listener_received_total", ("listener",), "messages received since the intake began"),
    Metric("brainstem_listener_received_bytes_total", ("listener",), "bytes of these"),
    Metric("brainstem_listener_accepted_total", ("listener",), "messages passed on to the buffer"),
    Metric("brainstem_listener_rejected_total", ("listener", "reason"), "messages passed on as rejects"),
    Metric("brainstem_listener_dropped_total", ("listener", "reason"), "messages dropped"),
    Metric("brainstem_listener_kernel_dropped_total", ("listener",), "datagrams that the system had no room for"),
    Metric("brainstem_listener_connections_total", ("listener",), "connections accepted"),
    Metric("brainstem_listener_open_connections", ("listener",), "connections that there are now"),
    Metric("brainstem_listener_refused_connections_total", ("listener", "reason"), "connections refused"),
    Metric("brainstem_listener_requests_total", ("listener",), "requests over HTTP"),
    Metric("brainstem_listener_refused_requests_total", ("listener", "reason"), "requests over HTTP refused"),
    Metric("brainstem_intake_account_age_seconds", (), "age of the account of the intake, which is written every 10 s"),
    Metric("brainstem_intake_waiting_messages", (), "messages in memory that are not durable yet"),
    Metric("brainstem_intake_troubles", (), "1 while something keeps the buffer from taking messages, else 0"),
    Metric("brainstem_spooled_messages_total", (), "messages made durable in the spool since the intake began"),
    Metric("brainstem_acknowledged_messages_total", (), "messages acknowledged by brokers since the intake began"),
    Metric("brainstem_spool_unread_messages", (), "messages in the spool that no run has read"),
    Metric("brainstem_spool_bytes", (), "size of the spool on disk"),
    Metric("brainstem_spool_oldest_age_seconds", (), "age of the oldest message in the spool that no run has read"),
)
"""all of them, in the order in which they are shown"""

OF_A_SOURCE: Final = (
    ("brainstem_records_rejected_total", "rejected"),
    ("brainstem_records_dropped_total", "dropped"),
    ("brainstem_records_unread_total", "unread"),
    ("brainstem_source_faults_total", "faults"),
)
"""counts of a source by reason"""
OF_A_LISTENER: Final = (
    ("brainstem_listener_received_total", "received"),
    ("brainstem_listener_received_bytes_total", "received_bytes"),
    ("brainstem_listener_accepted_total", "accepted"),
    ("brainstem_listener_rejected_total", "rejected"),
    ("brainstem_listener_dropped_total", "dropped"),
    ("brainstem_listener_kernel_dropped_total", "kernel_dropped"),
    ("brainstem_listener_connections_total", "connections"),
    ("brainstem_listener_open_connections", "open_connections"),
    ("brainstem_listener_refused_connections_total", "refused_connections"),
    ("brainstem_listener_requests_total", "requests"),
    ("brainstem_listener_refused_requests_total", "refused_requests"),
)
"""counts of a listener, by reason or in one number"""
OF_THE_INTAKE: Final = (
    ("brainstem_intake_waiting_messages", "waiting"),
    ("brainstem_spooled_messages_total", "spooled"),
    ("brainstem_acknowledged_messages_total", "acknowledged"),
    ("brainstem_spool_unread_messages", "unread"),
    ("brainstem_spool_bytes", "spool_bytes"),
    ("brainstem_spool_oldest_age_seconds", "oldest_seconds"),
)
"""numbers of the buffer"""

Samples = dict[tuple[str, tuple[str, ...]], float]
"""values by the name of their metric and the values of its labels"""


def metrics_text(report: Mapping[str, Any]) -> bytes:
    """Return the metrics of a report of `status_report`, and those of this process (`process_*`)."""
    registry = CollectorRegistry()
    registry.register(_ReportCollector(report))
    ProcessCollector(registry=registry)
    return bytes(generate_latest(registry))


def samples_of(report: Mapping[str, Any]) -> Samples:
    """Return the values of all metrics that a report has."""
    samples: defaultdict[tuple[str, tuple[str, ...]], float] = defaultdict(float)
    for name, value in (*_of_run(report), *_of_intake(report["intake"] or {})):
        samples[name, ()] = value
    for process in report["processes"]:
        for name, written in process["last_received"].items():
            last = "brainstem_last_received_time_seconds", (without_tenant(name),)
            samples[last] = max(samples[last], _seconds(written))
        for name, waited in process["waited_seconds"].items():
            wait = "brainstem_read_wait_seconds", (without_tenant(name),)
            samples[wait] = max(samples[wait], waited)
        for name, late in process["late"].items():
            samples["brainstem_records_late_total", (without_tenant(name),)] += late
    for band, families in report["families"].items():
        samples["brainstem_families", (band.lower(),)] = families
    if memory := sum(process["memory_bytes"] for process in report["processes"]):
        samples["brainstem_resident_memory_bytes", ("run",)] = memory
    if memory := (report["intake"] or {}).get("memory_bytes", 0):
        samples["brainstem_resident_memory_bytes", ("intake",)] = memory
    for source in report["sources"]:
        called = without_tenant(source["source"])
        received = source["received"]
        samples["brainstem_records_received_total", (called,)] += received["records"]
        samples["brainstem_received_bytes_total", (called,)] += received["bytes"]
        samples["brainstem_records_stored_total", (called,)] += source["stored"]["records"]
        samples["brainstem_records_duplicate_total", (called,)] += source["duplicate"]["records"]
        for name, key in OF_A_SOURCE:
            for reason, count in source[key].items():
                samples[name, (called, reason)] += count["records"] if isinstance(count, dict) else count
    for listener, counts in (report["intake"] or {"listeners": {}})["listeners"].items():
        for name, key in OF_A_LISTENER:
            count = counts.get(key)
            if isinstance(count, dict):
                samples.update({(name, (listener, reason)): number for reason, number in count.items()})
            elif count is not None:
                samples[name, (listener,)] = count
    return dict(samples)


def _of_run(report: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    processes = report["processes"]
    yield "brainstem_healthy", report["healthy"]
    yield "brainstem_ready", report["ready"]
    yield "brainstem_start_time_seconds", min(_seconds(each["started_at"]) for each in processes)
    yield "brainstem_status_age_seconds", max(_age_seconds(each["written_at"]) for each in processes)
    yield "brainstem_troubles", len({trouble for each in processes for trouble in each["troubles"]})
    yield "brainstem_missing_topics", len({topic for each in processes for topic in each["missing_topics"]})
    yield "brainstem_read_records_total", sum(each["received"] for each in processes)
    yield "brainstem_failed_records_total", sum(sum(each["failures"].values()) for each in processes)
    yield "brainstem_snapshots_total", sum(each["snapshots"] for each in processes)
    yield "brainstem_snapshot_stall_seconds", max(each["stall_seconds"] for each in processes)
    if judged := [each["judged_before"] for each in processes if each["judged_before"]]:
        yield "brainstem_judged_before_time_seconds", min(map(_seconds, judged))
    yield "brainstem_families_evicted_total", sum(report["forgotten"].values())
    yield "brainstem_quiet_hosts", len(report["quiet_hosts"])


def _of_intake(intake: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    if intake.get("written_at") is None:
        return
    yield "brainstem_intake_account_age_seconds", _age_seconds(intake["written_at"])
    yield "brainstem_intake_troubles", bool(intake.get("trouble"))
    for name, key in OF_THE_INTAKE:
        if key in intake:
            yield name, intake[key]


def without_tenant(source: str) -> str:
    """Return the name of a source without its tenant, which stands behind the first at sign of a live one. All files that
    are followed have one name, or each of them would be a time series.
    """
    name = source.partition("@")[0]
    return "spool:files" if name.startswith(("spool:file:", "spool:file-bytes:")) else name


def _seconds(written: str) -> float:
    return datetime.fromisoformat(written).timestamp()


def _age_seconds(written: str) -> float:
    return max(0.0, datetime.now(UTC).timestamp() - _seconds(written))


class _ReportCollector(Collector):
    """The metrics of one report. What the report does not have is left out, because 0 would be a statement."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        self._report = report

    @override
    def collect(self) -> Iterable[CounterMetricFamily | GaugeMetricFamily]:
        samples = samples_of(self._report)
        for metric in METRICS:
            kind = CounterMetricFamily if metric.name.endswith(COUNTER_END) else GaugeMetricFamily
            family = kind(metric.name, metric.meaning, labels=metric.labels)
            for (name, labels), value in sorted(samples.items()):
                if name == metric.name:
                    family.add_metric(labels, float(value))
            if family.samples:
                yield family
