"""The guide of how to read an output folder: its logs, queries and outputs are real."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.program import run

PAGE = Path(__file__).resolve().parents[2] / "docs" / "recall.md"
FILE = re.compile(r"<!-- file: (\S+) -->\n```text\n(.*?)```", re.DOTALL)
QUERY = re.compile(r"<!-- run -->\n```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)
REPLAY = re.compile(r"^brainstem (replay .*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the page's log was written and replayed."""
    made = tmp_path_factory.mktemp("guide")
    text = PAGE.read_text(encoding="utf-8")
    for name, content in FILE.findall(text):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(content, encoding="utf-8")
    (replay,) = REPLAY.findall(text)
    ran = run(made, *replay.split())
    assert ran.status == 0, ran.err
    return made


@pytest.mark.parametrize(("query", "output"), QUERY.findall(PAGE.read_text(encoding="utf-8")))
def test_a_query_of_the_guide_prints_what_stands_below_it(folder: Path, query: str, output: str) -> None:
    """Polars and PyArrow read the folder as it is."""
    ran = subprocess.run([sys.executable, "-c", query], cwd=folder, capture_output=True, text=True)
    assert ran.stderr == ""
    assert output
    assert ran.stdout == output


def test_the_guide_has_queries() -> None:
    """The test above has something to run."""
    assert len(QUERY.findall(PAGE.read_text(encoding="utf-8"))) >= 4
