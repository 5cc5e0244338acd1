"""Real machines' logs go through whole: every line accounted for."""

from pathlib import Path

import pytest

from brainstem.contracts.ledger_json import from_json
from connectors.files.discovery import discover, parse_argument
from flows.audit.proof import audit
from flows.config.settings import Settings
from flows.reports.recorded import read_items
from flows.runs.replay import replay
from flows.sinks.output_folder import OutputFolder
from tests.support.archives import unpack

LINES = 155_895
MOST_ITEMS_A_DAY = 5


@pytest.fixture(scope="module")
def run(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> OutputFolder:
    """Replay the logs of five machines."""
    folder = tmp_path_factory.mktemp("hosts")
    unpack(corpora / "hotsos-hosts" / "hotsos-hosts.tar.xz", folder / "logs")
    replay(discover([parse_argument(str(folder / "logs"))]), Settings(folder / "out"))
    return OutputFolder(folder / "out")


def test_every_line_of_five_machines_is_stored_or_rejected(run: OutputFolder) -> None:
    """The audit re-reads 50 files and finds each byte once in the evidence or the rejects."""
    report = audit(run.root)
    assert report.ok, report.to_text()
    # continuation lines join the record above them
    assert LINES * 0.98 < report.records.records <= LINES


def test_the_ledger_of_five_machines_balances(run: OutputFolder) -> None:
    """Received is stored plus rejected, source by source."""
    ledger = from_json(run.ledger.read_bytes())
    assert ledger.balances()
    assert not ledger.total().faults


def test_a_week_of_five_machines_is_a_short_read(run: OutputFolder) -> None:
    """The week holds reboots and an outage that was being worked on; a digest of it stays readable."""
    assert len(read_items(run)) <= 7 * MOST_ITEMS_A_DAY
