"""Templates of another customer, imported: told with items and by recall, without a name, and never where they must not."""

from pathlib import Path

import pytest

from brainstem.text.phrases import IN_UTC
from flows.memory.exchange import exported, imported, shared
from flows.recall.output import Output, answer_as
from flows.recall.recollections import Question, recall
from state.store.memory_file import MemoryFile
from tests.end_to_end.test_memory import Items
from tests.support.works import Works, run, works

MATTERED = "the same shape mattered at another customer (1 time; an incident followed)"
OF_GIVER = ("acme", "host2", "host3", "mill3", "cloth", "A9")
"""names of the one who shares, of whom nothing but templates may be seen"""


def of(tenant: str) -> Works:
    """Return the works of one tenant."""
    whole = works()
    return Works({tenant: whole.lines[tenant]}, [each for each in whole.tickets if each["tenant"] == tenant])


def sayings(items: Items) -> list[str]:
    """Return what came before, of all items."""
    return [each["outcome"] for item in items for each in item["data"]["seen_before"]]


@pytest.fixture(scope="module")
def given_away(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Return what one customer has shared after a run of its own."""
    folder = tmp_path_factory.mktemp("giver")
    run(folder / "run", of("acme"), memory=folder / "memory")
    return list(shared(MemoryFile(folder / "memory"), ["acme"]))


def test_an_item_of_the_same_shape_says_that_it_mattered_elsewhere_and_nothing_names_the_giver(
    tmp_path: Path, given_away: list[bytes]
) -> None:
    """In items, digest and recall of a run that starts from it; the score stays, and another export holds it as it was."""
    memory = MemoryFile(tmp_path / "memory")
    assert imported(memory, given_away)[0] == len(given_away) > 0
    again = MemoryFile(tmp_path / "again")
    imported(again, exported(memory))
    assert again.digest() == memory.digest()
    _, plain = run(tmp_path / "plain", of("bolt"))
    written, items = run(tmp_path / "told", of("bolt"), memory=memory.path)
    assert MATTERED in sayings(items)
    assert MATTERED not in sayings(plain)
    assert [item["data"]["score"] for item in items] == [item["data"]["score"] for item in plain]
    told = recall([tmp_path / "told" / "out"], Question("fell back", tenant="bolt"), IN_UTC)
    answers = "".join(answer_as(output, told, IN_UTC) for output in Output)
    assert MATTERED in answers
    digest = (tmp_path / "told" / "out" / "digest.md").read_text()
    for seen in (written.decode(), digest, answers, b"".join(given_away).decode()):
        assert not [name for name in OF_GIVER if name in seen]


def test_a_tenant_that_is_kept_apart_is_told_nothing_of_others(tmp_path: Path, given_away: list[bytes]) -> None:
    """Neither with its items nor by recall."""
    memory = MemoryFile(tmp_path / "memory")
    imported(memory, given_away)
    written, items = run(tmp_path / "apart", of("bolt"), memory=memory.path, apart=("bolt",))
    assert MATTERED not in sayings(items)
    told = recall([tmp_path / "apart" / "out"], Question("fell back", tenant="bolt"), IN_UTC)
    seen = written.decode() + "".join(answer_as(output, told, IN_UTC) for output in Output)
    assert "another customer" not in seen
