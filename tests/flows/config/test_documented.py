"""The configuration that docs/listen.md gives is one: each of its tables of TOML is read whole by both commands."""

import re
from pathlib import Path

import pytest

from flows.config import intake, live_run

ROOT = Path(__file__).resolve().parents[3]
SNIPPETS = re.findall(r"^```toml\n(.*?)^```", (ROOT / "docs" / "listen.md").read_text(), re.M | re.S)
BEGINNINGS = ["[run]", "[listen.kafka]", "[[files]]", "[journal]", "[[listen.syslog]]"]


def test_these_are_all_of_them() -> None:
    """So that one that is added is read too."""
    assert [snippet.split()[0] for snippet in SNIPPETS] == BEGINNINGS


@pytest.mark.parametrize("number", range(len(BEGINNINGS)), ids=BEGINNINGS)
def test_documented_configuration_is_read(tmp_path: Path, number: int) -> None:
    """With a folder for the run where it names none, and a listener where it is about the topic."""
    text = SNIPPETS[number]
    if "[run]" not in text:
        text = f'[run]\nout = "run"\n{text}'
    if "[listen.kafka]" in text:
        text += '\n[[listen.syslog]]\nname = "local"\naddress = "127.0.0.1:0"\ntenant = "acme"\n'
    path = tmp_path / "brainstem.toml"
    path.write_text(text)
    live_run.load(path)
    listening = intake.load(path)
    assert listening.syslog or listening.http or listening.files or listening.journals
