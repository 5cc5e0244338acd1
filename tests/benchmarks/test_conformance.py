"""Other projects' parser cases: nothing lost, and the shares that are read as stated do not sink."""

from pathlib import Path

import pytest

from benchmarks.conformance import Score, run

FLOORS = {
    ("napalm_logs", "host"): 95.0,
    ("napalm_logs", "time"): 98.0,
    ("napalm_logs", "facility"): 100.0,
    ("crowdsec (syslog header)", "host"): 99.0,
    ("crowdsec (syslog header)", "time"): 98.0,
    ("crowdsec (syslog header)", "program"): 99.0,
    ("crowdsec (syslog header)", "message"): 98.0,
    ("crowdsec (other formats)", "time"): 95.0,
    ("sc4s", "host"): 99.0,
    ("sc4s", "time"): 98.0,
    ("go_syslog", "valid read"): 100.0,
    ("JSONTestSuite", "accept"): 100.0,
    ("JSONTestSuite", "reject"): 100.0,
}


@pytest.fixture(scope="module")
def scores(corpora: Path) -> dict[str, Score]:
    """Run all files once; losing a byte or failing on one raises here."""
    return {score.name: score for score in run(corpora)}


@pytest.mark.parametrize(("name", "what"), FLOORS)
def test_a_share_is_at_least_its_floor(scores: dict[str, Score], name: str, what: str) -> None:
    """As the report says; a better parser raises the floor."""
    assert scores[name].asked[what] > 0
    assert scores[name].share(what) >= FLOORS[name, what]


def test_most_records_of_every_file_are_accepted(scores: dict[str, Score]) -> None:
    """Rejection is for padding, blanks and broken JSON."""
    for score in scores.values():
        assert score.records - score.accepted == sum(score.rejected.values())
