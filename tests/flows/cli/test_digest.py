"""`brainstem digest` of a period, as it is typed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.test_incidents import run, works


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the output folder of a run over two works."""
    folder = tmp_path_factory.mktemp("cli") / "run"
    run(folder, works())
    return folder / "out"


def digest(out: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Return how the command has ended."""
    command = [sys.executable, "-m", "flows.cli", "digest", str(out), *options]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_a_date_is_its_midnight_in_the_zone_that_is_given(out: Path) -> None:
    """Of the tenant where it has one of its own."""
    for options, first in (([], "2026-03-05T00:00"), (["--zone", "Europe/Berlin"], "2026-03-04T23:00")):
        ran = digest(out, "--since", "2026-03-05", "--until", "2026-03-08", "--output", "json", *options)
        assert ran.returncode == 0, ran.stderr
        assert json.loads(ran.stdout)["since"].startswith(first)
        assert json.loads(ran.stdout)["listening"]["hours"] == 72


def test_text_has_no_marks_of_markdown_and_markdown_has(out: Path) -> None:
    """Also where it goes into a file, for a mail."""
    text, marked = (digest(out, "--tenant", "acme", "--output", form).stdout for form in ("text", "markdown"))
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
    assert (ran.returncode, ran.stdout) == (status, "")
    assert said in ran.stderr
