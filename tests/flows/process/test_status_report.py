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

from connectors.base import InputError
from flows.cli.console import FINDINGS
from flows.cli.program import app
from flows.process.status import StatusBoard, read_status
from flows.process.status_report import status_report
from tests.support.live_folder import write_accounts, write_intake_account

SCHEMA = json.loads(files("flows.process").joinpath("status.schema.json").read_text())


def checked(out: Path) -> dict[str, Any]:
    """Return the report of a run after a check against the schema."""
    report: dict[str, Any] = json.loads(orjson.dumps(status_report(out)))
    jsonschema.validate(report, SCHEMA)
    return report


def test_the_report_has_processes_sources_and_the_account_of_the_intake(tmp_path: Path) -> None:
    """Each with its own counts; an account that is not there yet, or is damaged, keeps nothing else from being told."""
    path = tmp_path / "listen.json"
    board = StatusBoard(tmp_path, 0, path)
    board.received(43, "spool:office@acme", 1_796_040_007_500_000)
    board.write(now=True)
    report = checked(tmp_path)
    assert (report["healthy"], report["ready"], report["unhealthy"]) == (True, False, [])
    assert report["intake"] == {"account": str(path), "written_at": None, "listeners": {}}
    board.ready()
    board.trouble(3, "the brokers are away")
    board.write(now=True)
    write_accounts(tmp_path, "spool:office@acme")
    account = write_intake_account(path)
    report = checked(tmp_path)
    assert report["ready"]
    (process,) = report["processes"]
    assert (process["state"], process["received"], process["troubles"]) == ("waiting", 43, ["the brokers are away"])
    assert process["last_received"] == {"spool:office@acme": "2026-11-30T12:00:07.500000Z"}
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
