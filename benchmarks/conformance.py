"""How well framing and parsing read what other projects test their parsers with.

    python -m benchmarks.conformance [FOLDER] [--write]

FOLDER holds the evaluation data (default: that of `BRAINSTEM_CORPORA`). Every file must come back whole: each byte in
a record, each record accepted or rejected with a reason. Where a file states what must be read (host, program,
process id, time, severity), the share of agreement is counted and what disagrees is listed.
"""

import argparse
import json
import lzma
import re
import sys
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.corpora import folder_of_corpora
from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.event import TimeOrigin
from brainstem.contracts.reject import RejectReason
from brainstem.parse.boundaries.framing import frame
from brainstem.parse.formats.registry import FORMATS
from brainstem.parse.json_fields import is_json
from brainstem.parse.parser import ParsedBatch, SourceContext, parse

ROOT: Final = Path(__file__).resolve().parents[1]
REPORT: Final = ROOT / "benchmarks" / "results" / "conformance.md"

REFERENCE: Final = datetime(2026, 1, 1, tzinfo=UTC)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OPENTELEMETRY: Final = (21, 19, 18, 17, 13, 10, 9, 5)
_LISTED: Final = 6

_CLASSES: Final = {
    (
        "napalm_logs",
        "host",
    ): "The source strips the name of a routing engine (`re0.`, `re0-`) from the host; here it stays.",
    ("napalm_logs", "pid"): "The source takes the number of a routing process in the message for a process id.",
    ("napalm_logs", "program"): "The source leaves the program out although the line prints one, or names none.",
    (
        "napalm_logs",
        "severity",
    ): "The priority and the digit of the message's mnemonic differ; here the digit wins by rule.",
    ("crowdsec (other formats)", "time"): "Mostly the source's choice: another of several times in the line (a load "
    "balancer's request time, a second stamp in brackets), a printed zone ignored; the rest are stamps behind colour codes "
    "spelled out in text, and a time within a line of a file whose other lines begin with one.",
    (
        "go_syslog",
        "invalid not read",
    ): "Read leniently: fields beyond their length limits, repeated element names, lower "
    "case t and z in stamps, unescaped brackets and stray backslashes in values.",
    (
        "crowdsec (syslog header)",
        "message",
    ): "A JSON record behind a header is signed with the fields that say what happened.",
    (
        "crowdsec (syslog header)",
        "time",
    ): "A record behind a header prints a time of its own, which is that of the event.",
    (
        "sc4s",
        "time",
    ): "A record behind a header prints a time of its own, which is that of the event; in the source it is of "
    "another year.",
    ("sc4s", "host"): "A host with a colon before text that is neither a mnemonic nor a tag is read as a tag.",
    ("sc4s", "host as indexed"): "The source knows per vendor that a field of the message names the host.",
}

Case = dict[str, Any]
"""One case as its project wrote it; each reader below picks what it knows"""


@dataclass(slots=True)
class Score:
    """Counts of one file."""

    name: str
    records: int = 0
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    timed: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def judge(self, what: str, expected: object, found: object, line: bytes) -> None:
        """Count one expectation."""
        self.asked[what] += 1
        if expected == found:
            self.right[what] += 1
        else:
            self.wrong[what].append(f"{expected!r} expected, {found!r} read: {line[:110]!r}")

    def share(self, what: str) -> float:
        """Return the share that is right, in percent; 100 where nothing was asked."""
        return 100.0 * self.right[what] / self.asked[what] if self.asked[what] else 100.0


def read(content: bytes, score: Score, name: str = "case") -> tuple[Envelopes, ParsedBatch]:
    """Frame and parse one source, and check that nothing is lost."""
    buffer = np.frombuffer(content, np.uint8)
    frames = frame(buffer, final=True)
    if frames.consumed_bytes != len(content) or b"".join(_slices(buffer, frames.start, frames.length)) != content:
        raise AssertionError(f"{name}: the records are not the file")
    received = np.full(len(frames), _microseconds(REFERENCE), np.int64)
    envelopes = Envelopes(name, "t", "", frames.start, frames.length, received, buffer, frames.start)
    batch = parse(envelopes, SourceContext(_microseconds(REFERENCE), default_host="-", default_service="-"))
    if len(batch) != len(frames):
        raise AssertionError(f"{name}: {len(frames)} records became {len(batch)} rows")
    for reason in batch.reject_reason.tolist():
        if reason:
            score.rejected[RejectReason(reason).name] += 1
    accepted = batch.reject_reason == RejectReason.ACCEPTED
    score.records += len(batch)
    score.accepted += int(accepted.sum())
    score.timed += int((accepted & (batch.origin <= TimeOrigin.INFERRED_YEAR)).sum())
    for number, count in zip(*np.unique(batch.format[accepted], return_counts=True), strict=True):
        score.formats[FORMATS[int(number)].name] += int(count)
    return envelopes, batch


def _slices(buffer: np.ndarray[Any, np.dtype[np.uint8]], start: Any, length: Any) -> Iterator[bytes]:
    for begin, size in zip(start.tolist(), length.tolist(), strict=True):
        yield buffer[begin : begin + size].tobytes()


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _cases(path: Path) -> Iterator[Case]:
    with lzma.open(path) as lines:
        for line in lines:
            yield json.loads(line)


def _judge_moment(score: Score, expected: datetime, batch: ParsedBatch, row: int, line: bytes, zoned: bool) -> None:
    """Compare a time; a civil time printed with a zone may differ by whole quarters of an hour."""
    parsed = batch.origin[row] <= TimeOrigin.INFERRED_YEAR
    found = _EPOCH + timedelta(microseconds=int(batch.event_time[row])) if parsed else None
    if found is not None and batch.origin[row] == TimeOrigin.INFERRED_YEAR:
        expected = expected.replace(year=found.year)
    if found is not None and expected.microsecond == 0:
        # several sources state whole seconds where the line prints a fraction
        found = found.replace(microsecond=0)
    if found is not None and zoned and abs(found - expected) <= timedelta(hours=15):
        found = expected if (found - expected) % timedelta(minutes=15) == timedelta() else found
    score.judge("time", expected, found, line)


def napalm(folder: Path) -> Score:
    """Network operating systems: host, program, process id, facility, severity and time are stated."""
    score = Score("napalm_logs")
    for case in _cases(folder / "napalm_logs.jsonl.xz"):
        line = str(case["raw"]).rstrip("\n").encode()
        expected = case.get("expected") or {}
        _, batch = read(line, score)
        details = expected.get("message_details", {})
        if "host" in expected:
            score.judge("host", str(expected["host"]), batch.hosts[batch.host[0]], line)
        if str(details.get("processId")).isdigit():
            score.judge("pid", int(details["processId"]), int(batch.process_id[0]), line)
            score.judge("program", details.get("processName"), batch.services[batch.service[0]], line)
        if "facility" in expected:
            score.judge("facility", int(expected["facility"]), int(batch.facility[0]), line)
        if "severity" in expected:
            score.judge("severity", _OPENTELEMETRY[int(expected["severity"])], int(batch.severity[0]), line)
        moment = _civil(f"{details.get('date')} {details.get('time')}")
        if moment is not None:
            fraction = re.sub(r"\D", "", str(details.get("milliseconds") or "0"))
            moment += timedelta(seconds=float(f"0.{fraction}"))
            zoned = bool(details.get("timeZone")) or "+" in str(details.get("time"))
            _judge_moment(score, moment, batch, 0, line, zoned)
    return score


def _civil(text: str) -> datetime | None:
    """Read a civil time as UTC, year 2024 where it has none."""
    text = re.sub(r"[+-]\d\d:?\d\d$", "", " ".join(text.split()))
    for layout in ("%Y %b %d %H:%M:%S", "%Y %b %d %H:%M:%S.%f"):
        for candidate in (f"2024 {text}", text):
            try:
                return datetime.strptime(candidate, layout).replace(tzinfo=UTC)
            except ValueError:
                continue
    match = re.match(r"(\d{4})-(\d+)-(\d+)[T ](.*)$", text)
    if match is None:
        return None
    try:
        return datetime.fromisoformat(f"{match[1]}-{match[2]:0>2}-{match[3]:0>2}T{match[4]}").replace(tzinfo=UTC)
    except ValueError:
        return None


_HEADER: Final = re.compile(r"^\s*\{\{ ?mark ?\}\}\s*(?:1 )?\{\{ ?(bsd|iso) ?\}\}(\s+\{\{ ?host ?\}\}[\s:])?")


def sc4s(folder: Path) -> Score:
    """Vendors' syslog: the time and the place of the host are in the template; further hosts are stated."""
    score = Score("sc4s")
    for case in _cases(folder / "sc4s.jsonl.xz"):
        line = str(case["raw"]).rstrip("\n").encode()
        _, batch = read(line, score)
        stated = (case.get("expected") or {}).get("host")
        if stated and len(batch) and not case.get("unmapped"):
            score.judge("host as indexed", stated, batch.hosts[batch.host[0]], line)
        header = _HEADER.match(case.get("template") or "")
        if not header or len(batch) == 0:
            continue
        iso = header[1] == "iso"
        expected = datetime(2024, 3, 5, 14, 7, 9, 123456 if iso else 0, tzinfo=UTC)
        _judge_moment(score, expected, batch, 0, line, zoned=False)
        if header[2]:
            score.judge("host", "fw-edge-01", batch.hosts[batch.host[0]], line)
        priority = re.match(rb"<(\d+)>", line)
        if priority:
            score.judge("facility", int(priority[1]) >> 3, int(batch.facility[0]), line)
    return score


def crowdsec(folder: Path) -> list[Score]:
    """Whole log files; for syslog lines header fields are stated, for others the time."""
    syslog, other = Score("crowdsec (syslog header)"), Score("crowdsec (other formats)")
    for case in _cases(folder / "crowdsec.jsonl.xz"):
        lines = [str(line).rstrip("\n").encode() for line in case["lines"]]
        envelopes, batch = read(b"\n".join(lines), syslog, case["path"])
        row_of = {int(position): row for row, position in enumerate(envelopes.position)}
        starts = np.cumsum([0] + [len(line) + 1 for line in lines])
        rows = {line: row_of.get(int(start), -1) for line, start in zip(lines, starts.tolist(), strict=False)}
        seen: set[tuple[str, bytes]] = set()
        for stages in (case.get("expected") or {}).values():
            _judge_syslog(syslog, stages, rows, batch, seen)
            _judge_dates(other, stages, rows, batch, seen)
    return [syslog, other]


def _judge_syslog(
    score: Score, stages: Case, rows: dict[bytes, int], batch: ParsedBatch, seen: set[tuple[str, bytes]]
) -> None:
    """Judge the header fields that the syslog stage of one case states."""
    for stage, fields in stages.items():
        if not stage.endswith("/syslog-logs") or "Parsed.message" not in fields:
            continue
        stamp = fields.get("Parsed.timestamp8601") or fields.get("Parsed.timestamp") or ""
        program, message = str(fields.get("Parsed.program", "")), str(fields["Parsed.message"])
        for line, row in rows.items():
            matches = line.endswith(message.encode()) and str(stamp).encode() in line and program.encode() in line
            if row < 0 or not matches or ("syslog", line) in seen:
                continue
            seen.add(("syslog", line))
            moment = _civil(str(stamp))
            if moment is not None:
                _judge_moment(score, moment, batch, row, line, zoned="Parsed.timestamp8601" in fields)
            if fields.get("Meta.machine"):
                score.judge("host", fields["Meta.machine"], batch.hosts[batch.host[row]], line)
            if program:
                score.judge("program", program, batch.services[batch.service[row]], line)
            if fields.get("Parsed.pid"):
                score.judge("pid", int(fields["Parsed.pid"]), int(batch.process_id[row]), line)
            score.judge("message", message.strip().encode(), batch.message(row).strip(), line)
            break


def _judge_dates(
    score: Score, stages: Case, rows: dict[bytes, int], batch: ParsedBatch, seen: set[tuple[str, bytes]]
) -> None:
    """Judge the time that the date stage of one case states for a line that is no syslog."""
    for stage, fields in stages.items():
        line = str(fields.get("Parsed.message", "")).encode()
        stated = fields.get("Enriched.MarshaledTime")
        if not stage.endswith("dateparse-enrich") or not stated or rows.get(line, -1) < 0 or ("date", line) in seen:
            continue
        seen.add(("date", line))
        text = re.sub(r"(\.\d{6})\d+", r"\1", str(stated)).replace("Z", "+00:00")
        row = rows[line]
        moment = datetime.fromisoformat(text).astimezone(UTC)
        _judge_moment(score, moment, batch, row, line, zoned=False)


def go_syslog(folder: Path) -> Score:
    """RFC 5424 and 3164 cases, valid and invalid; an invalid one stays an event and must not be read as RFC 5424."""
    score = Score("go_syslog")
    for case in _cases(folder / "go_syslog.jsonl.xz"):
        line = str(case["raw"]).encode()
        _, batch = read(line, score)
        if len(batch) == 0:
            continue
        structured = FORMATS[int(batch.format[0])].name == "rfc5424"
        if "5424" in case["path"]:
            score.judge("valid read" if case["valid"] else "invalid not read", bool(case["valid"]), structured, line)
        elif case["valid"]:
            score.judge("valid read", "rfc3164", FORMATS[int(batch.format[0])].name, line)
    return score


def lines_without_expectation(folder: Path, name: str) -> Score:
    """Single lines: only that nothing is lost, and how many show a time."""
    score = Score(name)
    for case in _cases(folder / f"{name}.jsonl.xz"):
        read(str(case["raw"]).encode(), score)
    return score


def panther(folder: Path) -> Score:
    """JSON audit logs as lines of one file."""
    score = Score("panther_json")
    logs = [json.dumps(case["log"]).encode() for case in _cases(folder / "panther_json.jsonl.xz")]
    read(b"\n".join(logs), score)
    return score


def raw_files(folder: Path, name: str) -> Score:
    """Whole files as they came, binary ones included."""
    score = Score(name)
    with tarfile.open(folder / f"{name}.tar.xz") as archive:
        for member in archive:
            handle = archive.extractfile(member) if member.isfile() else None
            if handle is not None:
                read(handle.read(), score, member.name)
    return score


def json_test_suite(folder: Path) -> Score:
    """JSONTestSuite (N. Seriot, Parsing JSON is a Minefield): accepted, rejected, and either way without a crash."""
    score = Score("JSONTestSuite")
    with tarfile.open(folder.parent / "conformance" / "cases.tar.xz") as archive:
        for member in archive:
            handle = archive.extractfile(member) if member.isfile() else None
            if handle is None or "JSONTestSuite/test_parsing/" not in member.name:
                continue
            content = handle.read()
            read(content, score, member.name)
            first = Path(member.name).name[0]
            if first in "yn":
                score.judge("accept" if first == "y" else "reject", first == "y", is_json(content), content)
            else:
                is_json(content)
    return score


def run(folder: Path) -> list[Score]:
    """Run everything below `folder`, the folder of evaluation data."""
    cases = folder / "conformance"
    return [
        napalm(cases),
        *crowdsec(cases),
        sc4s(cases),
        go_syslog(cases),
        lines_without_expectation(cases, "logstash_patterns"),
        lines_without_expectation(cases, "nlgotz_network"),
        panther(cases),
        raw_files(cases, "raw_lnav"),
        raw_files(cases, "raw_plaso"),
        json_test_suite(folder),
    ]


def report(scores: list[Score]) -> str:
    """Write the report."""
    rows = ["# Conformance of framing and parsing", "", "Written by `python -m benchmarks.conformance --write`.", ""]
    rows += ["Every byte of every file is in a record, and every record is accepted or has a reject reason.", ""]
    rows += [
        "| file | records | accepted | rejected | with a time of their own | as stated |",
        "|---|---|---|---|---|---|",
    ]
    for score in scores:
        rejected = ", ".join(f"{count} {name}" for name, count in sorted(score.rejected.items())) or "0"
        stated = ", ".join(
            f"{what} {score.right[what]}/{score.asked[what]} ({score.share(what):.1f} %)"
            for what in sorted(score.asked)
        )
        rows.append(
            f"| {score.name} | {score.records} | {score.accepted} | {rejected} | {score.timed} | {stated or '-'} |"
        )
    rows += ["", "## Recognized as", ""]
    for score in scores:
        if score.formats:
            rows.append(
                f"- {score.name}: " + ", ".join(f"{name} {count}" for name, count in score.formats.most_common())
            )
    rows += ["", "## What disagrees", ""]
    for score in scores:
        for what, failures in sorted(score.wrong.items()):
            rows.append(f"- {score.name}, {what}: {len(failures)}. {_CLASSES.get((score.name, what), '')}".rstrip())
    return "\n".join(rows) + "\n"


def main() -> None:
    """Run and print; with `--write` also keep the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--failures", type=int, default=0, help="print so many failures of each kind")
    arguments = parser.parse_args()
    scores = run(folder_of_corpora(arguments.folder, parser))
    text = report(scores)
    sys.stdout.write(text)
    for score in scores:
        for what, failures in score.wrong.items():
            for failure in failures[: arguments.failures]:
                sys.stdout.write(f"{score.name} {what}: {failure}\n")
    if arguments.write:
        REPORT.write_text(text)


if __name__ == "__main__":
    main()
