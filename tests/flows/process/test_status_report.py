"""`brainstem status --output json`: what the text says, with the accounts of sources and intake, by its schema."""

import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from typer.testing import CliRunner

from brainstem.contracts.ledger import Account, DropReason, Ledger, SourceDescription, Tally, UnreadField
from brainstem.contracts.ledger_json import to_json
from brainstem.contracts.reject import RejectReason
from connectors.base import InputError
from connectors.http.account import HttpAccount
from connectors.syslog.account import ListenerAccount
from flows.cli.console import FINDINGS
from flows.cli.program import app
from flows.process.status import StatusBoard, read_status
from flows.process.status_report import status_report

SCHEMA = json.loads(files("flows.process").joinpath("status.schema.json").read_text())


def checked(out: Path) -> dict[str, Any]:
    """Return the report of a run after a check against the schema."""
    report: dict[str, Any] = json.loads(orjson.dumps(status_report(out)))
    jsonschema.validate(report, SCHEMA)
    return report


def write_accounts(out: Path) -> None:
    """Write the accounts of one source and of one tenant, as a live run does."""
    (out / "_accounts").mkdir()
    of_source, of_tenant = Ledger(), Ledger()
    of_source.describe(SourceDescription("spool:office@acme", "acme"))
    account = Account(
        received=Tally(43, 430),
        stored=Tally(30, 300),
        rejected={RejectReason.MISFRAMED: Tally(3, 30)},
        dropped={DropReason.SHED: Tally(10, 100)},
        unread={UnreadField.TIME_RECEIVED: 30},
    )
    of_source.account("spool:office@acme").add(account)
    of_tenant.forgotten = {"acme": 7}
    (out / "_accounts" / "v000.json").write_bytes(to_json(of_source))
    (out / "_accounts" / "t0.json").write_bytes(to_json(of_tenant))


def write_intake_account(path: Path) -> dict[str, Any]:
    """Write the account of an intake with a listener of each sort, and return it."""
    syslog, http = ListenerAccount(received=9, received_bytes=90, accepted=5, kernel_dropped=4), HttpAccount(requests=2)
    syslog.rejected["oversize"], syslog.dropped["buffer_full"] = 1, 3
    http.refused_requests["too_large"] = 1
    account = {
        "listeners": {"office": syslog.to_plain(), "web": http.to_plain()},
        "spooled": 6,
        "waiting": 0,
        "unread": 2,
        "spool_bytes": 4096,
        "oldest_seconds": 60,
        "trouble": "",
    }
    path.write_bytes(orjson.dumps(account))
    return account


def test_the_report_has_processes_sources_and_the_account_of_the_intake(tmp_path: Path) -> None:
    """Each with its own counts; an account that is not there yet, or is damaged, keeps nothing else from being told."""
    path = tmp_path / "listen.json"
    board = StatusBoard(tmp_path, 0, path)
    board.received(43)
    board.write(now=True)
    report = checked(tmp_path)
    assert (report["healthy"], report["ready"], report["unhealthy"]) == (True, False, [])
    assert report["intake"] == {"account": str(path), "written_at": None, "listeners": {}}
    board.ready()
    board.trouble(3, "the brokers are away")
    board.write(now=True)
    write_accounts(tmp_path)
    account = write_intake_account(path)
    report = checked(tmp_path)
    assert report["ready"]
    (process,) = report["processes"]
    assert (process["state"], process["received"], process["troubles"]) == ("waiting", 43, ["the brokers are away"])
    (source,) = report["sources"]
    assert source["rejected"] == {"misframed": {"records": 3, "bytes": 30}}
    assert source["dropped"] == {"shed": {"records": 10, "bytes": 100}}
    assert report["forgotten"] == {"acme": 7}
    assert len(report["not_understood"]) == 1
    assert {name: report["intake"][name] for name in account} == account
    assert datetime.fromisoformat(report["intake"]["written_at"]) <= datetime.now(UTC)
    path.write_bytes(b'{"listeners": ')
    assert checked(tmp_path)["intake"] == {"account": str(path), "written_at": None, "listeners": {}}


def test_a_process_that_stopped_or_is_silent_is_told(tmp_path: Path) -> None:
    """By its number, also where there are more than ten; the command ends with the status of a health check."""
    for number in range(12):
        board = StatusBoard(tmp_path, number)
        board.ready()
        board.write("stopped" if number == 11 else "", now=True)
    silent = tmp_path / "status-2.json"
    long_ago = (datetime.now(UTC) - timedelta(minutes=5)).isoformat(timespec="milliseconds")
    silent.write_bytes(orjson.dumps({**orjson.loads(silent.read_bytes()), "written_at": long_ago}))
    ran = CliRunner().invoke(app, ["status", str(tmp_path), "--output", "json"])
    assert ran.exit_code == FINDINGS
    report = json.loads(ran.stdout)
    jsonschema.validate(report, SCHEMA)
    assert (report["healthy"], report["ready"]) == (False, False)
    assert report["unhealthy"] == [f"process 2 has written no status since {long_ago}", "process 11 has stopped"]
    assert [each["state"] for each in report["processes"]].index("silent") == 2
    assert report["intake"] is None


def test_text_and_json_end_alike(tmp_path: Path) -> None:
    """With 0 for a run that goes on; a folder without a run is refused by both."""
    StatusBoard(tmp_path, 0).write(now=True)
    for form in ("text", "json"):
        assert CliRunner().invoke(app, ["status", str(tmp_path), "--output", form]).exit_code == 0
    with pytest.raises(InputError):
        status_report(tmp_path / "none")
    assert len(read_status(tmp_path)) == 1
