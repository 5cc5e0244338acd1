"""`brainstem digest` of a period, as it is typed."""

import json
from pathlib import Path

import pytest

from tests.support.finished_runs import FinishedRun
from tests.support.program import Ran
from tests.support.program import run as run_program


@pytest.fixture
def out(finished_works: FinishedRun) -> Path:
    """Return the output folder of a run over two works."""
    return finished_works.out


def digest(out: Path, *options: str) -> Ran:
    """Return how the command has ended."""
    return run_program(None, "digest", out, *options)


def test_a_date_is_its_midnight_in_the_zone_that_is_given(out: Path) -> None:
    """Of the tenant where it has one of its own."""
    for options, first in (([], "2026-03-05T00:00"), (["--zone", "Europe/Berlin"], "2026-03-04T23:00")):
        ran = digest(out, "--since", "2026-03-05", "--until", "2026-03-08", "--output", "json", *options)
        assert ran.status == 0, ran.err
        assert json.loads(ran.out)["since"].startswith(first)
        assert json.loads(ran.out)["listening"]["hours"] == 72


def test_text_has_no_marks_of_markdown_and_markdown_has(out: Path) -> None:
    """Also where it goes into a file, for a mail."""
    text, marked = (digest(out, "--tenant", "acme", "--output", form).out for form in ("text", "markdown"))
    assert "Weak signals, Mon 2 Mar 2026" in text
    assert "**" not in text
    assert not [line for line in text.splitlines() if line.startswith("#")]
    assert "- **Seen:**" in marked
    assert "bolt" not in text + marked


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (["--since", "2026-03-08", "--until", "2026-03-05"], 3, "is not after"),
        (["--since", "yesterday"], 3, "is no moment"),
        (["--tenant", "nobody"], 2, "nothing of it is stored"),
    ],
)
def test_what_cannot_be_told_is_said(out: Path, options: list[str], status: int, said: str) -> None:
    """With what to give instead, and nothing on standard output."""
    ran = digest(out, *options)
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err
