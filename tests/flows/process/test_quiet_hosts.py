"""Hosts that have gone quiet, from what a run has stored: by times of records of files, by arrival of what was received."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pyarrow as pa
from typer.testing import CliRunner

from brainstem.contracts.event import EVIDENCE_SCHEMA
from brainstem.text.phrases import IN_UTC
from connectors.files.discovery import discover, parse_argument
from flows.cli.program import app
from flows.config.settings import Settings
from flows.process.metrics import samples_of
from flows.process.quiet_hosts import quiet_hosts
from flows.process.status import StatusBoard
from flows.process.status_report import status_report
from flows.reports.digest import digest_of
from flows.runs.replay import replay
from flows.sinks.output_folder import OutputFolder
from state.store.layouts import EVIDENCE
from state.store.parquet_store import PartitionedParquet
from tests.support.folders import line

START = datetime(2026, 3, 2, tzinfo=UTC)
LAST = START + timedelta(days=9, hours=3, minutes=10)


def lines(host: str, until: datetime, minutes: int = 5) -> list[tuple[datetime, str]]:
    """Return a line of a host every so many minutes."""
    count = (until - START) // timedelta(minutes=minutes)
    moments = [START + timedelta(minutes=minutes * number) for number in range(count)]
    return [(moment, f"{moment.isoformat()} {host} vpnd[7]: tunnel {moment.minute} is up") for moment in moments]


def run(folder: Path, files: dict[str, list[tuple[datetime, str]]]) -> OutputFolder:
    """Replay files of some lines, each in order of time."""
    arguments = []
    for name, content in files.items():
        path = folder / f"{name}.log"
        path.write_text("".join(f"{line}\n" for _, line in sorted(content)))
        arguments.append(parse_argument(f"acme={path}"))
    out = folder / "out"
    replay(discover(arguments), Settings(out))
    return OutputFolder(out)


def test_a_host_that_falls_silent_among_others_is_told_in_the_digest(tmp_path: Path) -> None:
    """Also where its lines are in two files, of which the older one has ended."""
    rest = lines("fw-1", LAST + timedelta(hours=9))
    both = lines("fw-2", LAST)
    old = [*(line for line in both if line[0] < START + timedelta(days=5))]
    new = [*rest, *(line for line in both if line[0] >= START + timedelta(days=5))]
    folder = run(tmp_path, {"old": old, "new": new})
    (quiet,) = quiet_hosts(folder.root)
    assert (quiet.tenant, quiet.host, quiet.usual_seconds) == ("acme", "fw-2", 300)
    told = "\n- nothing from fw-2 of acme since Wed 11 Mar 2026 03:05; usually every 5 min\n"
    assert told in digest_of(folder, IN_UTC)


def test_a_file_that_ends_says_nothing_of_its_hosts(tmp_path: Path) -> None:
    """Files of other days, and of hosts whose log was not fetched to the end."""
    folder = run(tmp_path, {"fw-1": lines("fw-1", LAST + timedelta(days=2)), "fw-2": lines("fw-2", LAST)})
    assert quiet_hosts(folder.root) == []
    assert "nothing from" not in digest_of(folder, IN_UTC)


def received(out: Path, hosts: dict[str, tuple[int, int]]) -> None:
    """Store a line of each host every five minutes for nine days, the last one so many minutes ago, with a clock that is off
    by so many.
    """
    now_us = int(datetime.now(UTC).timestamp() * 1e6)
    rows: list[dict[str, Any]] = []
    for host, (silent, off) in hosts.items():
        for minutes in range(silent, 9 * 1440, 5):
            arrived = now_us - minutes * 60_000_000
            own = line(arrived + off * 60_000_000, host=host, source="spool:office@north", position=len(rows))
            rows.append(own | {"received_at": datetime.fromtimestamp(arrived / 1e6, UTC)})
    store = PartitionedParquet(out / EVIDENCE.folder, EVIDENCE, "p0")
    store.recover(0)
    store.add(pa.RecordBatch.from_pylist(rows, EVIDENCE_SCHEMA))
    store.publish(store.stage())


def begun(out: Path, hours_ago: int) -> None:
    """Write the status of a process that reads since then."""
    (out / "_accounts").mkdir(exist_ok=True)
    board = StatusBoard(out, 0)
    board.ready()
    board.write(now=True)
    path = out / "status-0.json"
    ready_at = (datetime.now(UTC) - timedelta(hours=hours_ago)).isoformat()
    path.write_bytes(orjson.dumps({**orjson.loads(path.read_bytes()), "ready_at": ready_at}))


def test_a_live_run_tells_it_in_text_json_and_metrics(tmp_path: Path) -> None:
    """By when its records came: a clock that is hours off makes no host quiet, and none that is quiet heard."""
    received(tmp_path, {"fw-1": (0, 0), "fw-2": (95, 0), "fw-3": (0, -400), "fw-4": (95, 400)})
    begun(tmp_path, 48)
    report = orjson.loads(orjson.dumps(status_report(tmp_path)))
    schema = orjson.loads((Path(__file__).parents[3] / "flows" / "process" / "status.schema.json").read_bytes())
    jsonschema.validate(report, schema)
    assert [(each["tenant"], each["host"], each["usual"], each["usual_seconds"]) for each in report["quiet_hosts"]] == [
        ("north", "fw-2", "interval", 300),
        ("north", "fw-4", "interval", 300),
    ]
    assert samples_of(report)["brainstem_quiet_hosts", ()] == 2
    told = CliRunner().invoke(app, ["status", str(tmp_path)]).output
    assert "gone quiet: nothing from fw-2 of north since " in told
    assert "; usually every 5 min\n" in told


def test_what_nobody_listened_to_is_no_silence(tmp_path: Path) -> None:
    """A run that has just begun again knows of no silence, and neither does one that has much to read yet."""
    received(tmp_path, {"fw-1": (95, 0), "fw-2": (95, 0)})
    begun(tmp_path, 0)
    assert status_report(tmp_path)["quiet_hosts"] == []
    assert quiet_hosts(tmp_path) == [], "the last record came from these"


def test_damaged_evidence_keeps_no_status_from_being_told(tmp_path: Path) -> None:
    """Others tell of it."""
    received(tmp_path, {"fw-1": (0, 0), "fw-2": (95, 0)})
    begun(tmp_path, 48)
    for path in (tmp_path / EVIDENCE.folder).rglob("*.parquet"):
        path.write_bytes(path.read_bytes()[:-20])
    assert status_report(tmp_path)["quiet_hosts"] == []
