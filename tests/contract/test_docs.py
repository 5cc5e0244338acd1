"""The documentation says what the program does: generated parts are current, links lead somewhere, commands run."""

import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from brainstem.attention.bands import BEHAVIOURS
from flows.config.settings import Settings
from flows.demo.troubles import TROUBLES
from flows.graph.dataflow import build
from flows.sinks.folder_sinks import folder_sinks
from flows.sinks.output_folder import OutputFolder
from flows.sources.file_source import ReplaySource
from tests.support.program import run

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
SECTIONS = ["Context", "Decision", "What else", "How about nothing", "When to revisit"]


def anchors_of(page: Path) -> set[str]:
    """Return the anchors of a page's headings as they are shown on the web."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_generated_parts_are_current() -> None:
    """Help, bands, formulas and schemas in docs/ are those of the code; `make docs` writes them anew."""
    checked = subprocess.run(
        [sys.executable, DOCS / "generate.py", "--check"], capture_output=True, text=True, cwd=ROOT
    )
    assert checked.stderr == ""
    assert checked.returncode == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    """Relative links name files that exist, and headings that stand in them."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.is_relative_to(ROOT), target
        assert file.exists(), target
        assert not anchor or anchor in anchors_of(file), target


def test_every_page_can_be_reached_from_the_readme() -> None:
    """No page stands alone."""
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        targets = re.findall(r"\]\(([^)#\s]+\.md)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        linked = [(page.parent / target).resolve() for target in targets if "://" not in target]
        waiting += [each for each in linked if each not in reached]
    assert {page for page in PAGES if page.is_relative_to(DOCS)} <= reached


def test_every_decision_has_its_sections_and_is_listed() -> None:
    """A decision says what else there was, how about nothing, and when to revisit."""
    architecture = (DOCS / "architecture.md").read_text(encoding="utf-8")
    decisions = sorted((DOCS / "decisions").glob("*.md"))
    assert [page.name[:4] for page in decisions] == [f"{number:04d}" for number in range(1, len(decisions) + 1)]
    for page in decisions:
        text = page.read_text(encoding="utf-8")
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS, page.name
        title = text.partition("\n")[0].removeprefix("# ")
        assert f"- [{title}](decisions/{page.name})" in architecture


def test_the_architecture_names_the_steps_of_the_graph() -> None:
    """Its table has a row for each step, and for nothing else."""
    settings = Settings(Path("none"))
    flow = build(ReplaySource((), settings), folder_sinks(OutputFolder(settings.out)), settings.display_zones)
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    rows = text.partition("| step |")[2].partition("\n\n")[0].splitlines()[2:]
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(named) == sorted(step.step_name for step in flow.substeps)


def test_the_glossary_is_in_order_and_has_the_bands() -> None:
    """A reader finds a word by its letters."""
    text = (DOCS / "glossary.md").read_text(encoding="utf-8")
    words = re.findall(r"^\*\*(\w[\w ]*)\*\*", text, re.MULTILINE)
    assert words == sorted(words)
    assert len(words) == len(set(words))
    assert all(each.title in text for each in BEHAVIOURS)


def test_the_makefile_has_every_target_that_is_promised() -> None:
    """`make X` in README and docs is a target, and `make help` tells of all targets."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(makefile.partition(".PHONY:")[2].partition("\n")[0].split())
    promised = {
        name for page in PAGES for name in re.findall(r"(?:    |`)make ([\w-]+)", page.read_text(encoding="utf-8"))
    }
    helped = set(re.findall(r'@echo "make ([\w-]+) ', makefile))
    assert promised
    assert promised <= targets
    assert helped == targets - {"help"}


def test_the_readme_shows_real_samples() -> None:
    """Items and the explanation of the first stand where they are promised."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    items, explained = re.findall(r"<!-- sample: \w+ -->\n(.*?)<!-- end -->", text, re.DOTALL)
    families = re.findall(r"\bf1-[0-9a-f]{16}\b", items)
    assert families
    assert explained.strip().startswith(f"```text\n{families[0]} (")
    assert "prior" in explained


def test_the_commands_of_the_quick_start_run(tmp_path: Path) -> None:
    """Each marked command ends as the page says, one after the other, on a small log in the place of the demo's."""
    start = datetime(2026, 5, 4, 6, tzinfo=UTC)
    # what was there from the first day would be taken for habit
    lines = ["2026-04-29T06:00:00Z anvil clockd[3]: clock is set\n"]
    for number, gap_hours in enumerate((3, 11, 6, 2, 14, 7, 4, 9, 12, 5, 3, 8, 10)):
        start += timedelta(hours=gap_hours, minutes=number * 13 % 50)
        for seconds, state in ((0, "down"), (30, "up")):
            stamp = f"{start + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
            told = f"Line protocol on Interface Tunnel3, changed state to {state}"
            lines.append(f"{stamp} anvil linkd[9]: %LINEPROTO-5-UPDOWN: {told}\n")
    text = (DOCS / "quickstart.md").read_text(encoding="utf-8")
    (folder,) = set(re.findall(r"=(var/demo/input/\S+)", text))
    assert Path(folder).name in {trouble.tenant for trouble in TROUBLES}
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "anvil.log").write_text("".join(lines), encoding="utf-8")
    marked = re.findall(r"<!-- run(?:: (\d))? -->\n```sh\n(.*?)\n```", text, re.DOTALL)
    assert len(marked) >= 4
    family = ""
    for status, commands in marked:
        for command in commands.splitlines():
            # where the page names a family, the first one of the digest stands in for it
            words = shlex.split(re.sub("f1-[0-9a-f]{16}", family, command.partition(" > ")[0]))
            ran = run(tmp_path, *words[1:])
            assert words[0] == "brainstem"
            assert ran.status == int(status or 0), ran.err
            assert ran.out
            family = family or re.findall("f1-[0-9a-f]{16}", ran.out)[0]
