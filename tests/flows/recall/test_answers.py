"""Answers of the two commands over folders of a test's own making: what they take, refuse, and how they write it."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brainstem.attention.bands import Band
from brainstem.contracts.event import EVIDENCE_SCHEMA
from brainstem.contracts.finding import family_id
from brainstem.contracts.ledger_json import rfc3339
from brainstem.signature.signing import signature_id
from brainstem.text.phrases import IN_UTC
from connectors.base import InputError
from flows.recall.output import Output, answer_as, queue_as
from flows.recall.queue import queue_of
from flows.recall.recollections import Question, recall
from flows.sinks.output_folder import OutputFolder
from state.store.layouts import EVIDENCE
from state.store.parquet_store import PartitionedParquet
from tests.support.findings import DAY_US, NOON_US, finding
from tests.support.folders import HOUR_US, LAST_US, decision, folder_of, line

SECRET = "hunter2seven"


def made(root: Path, **changes: Any) -> OutputFolder:
    """Return a folder with a family that came twice, a week apart, with a password in one of its lines."""
    lines = [
        line(LAST_US - 9 * DAY_US, "link wan7 went away"),
        line(LAST_US - HOUR_US, f"link wan7 went away password={SECRET}", host="edge5"),
        line(LAST_US, "link wan7 went away"),
        line(LAST_US, "link wan8 went away", tenant="south", host="core1"),
    ]
    found = finding(**changes)
    born = decision(found, cause="born", from_band="ignore-fast", tick_us=NOON_US - 9 * DAY_US)
    elsewhere = decision(found, cause="born", tenant="south", family=77, template="link <*> went away")
    return folder_of(root, lines, found, [born, elsewhere])


def ask(out: OutputFolder, asked: str, lines: int = 0, **narrowed: Any) -> str:
    """Return an answer in all ways in which it is written."""
    answer = recall([out.root], Question(asked, **narrowed), IN_UTC, lines)
    return "\n".join(answer_as(output, answer, IN_UTC) for output in Output)


def test_a_family_is_found_by_all_its_names_and_by_words(tmp_path: Path) -> None:
    """And says when it came, on which hosts and how that ended."""
    out, found = made(tmp_path), finding()
    names = [family_id(found.family), json.loads(out.items.read_text())["id"], "1", found.template.upper()]
    for asked in names:
        (one,) = recall([out.root], Question(asked, tenant="north"), IN_UTC).remembered
        assert one.family == found.family
        assert [(each.events, each.ended) for each in one.appearances] == [(1, "healed"), (2, "goes on")]
        assert one.hosts == (("edge4", 2), ("edge5", 1))
    both = recall([out.root], Question(signature_id(0x1111)), IN_UTC)
    assert {each.tenant for each in both.remembered} == {"north", "south"}


def test_words_that_stand_in_lines_alone_are_found_there(tmp_path: Path) -> None:
    """Where no template, service or item holds them, and the answer says where it looked."""
    answer = recall([made(tmp_path).root], Question("WAN8 away"), IN_UTC)
    assert [each.tenant for each in answer.remembered] == ["south"]
    assert "line" in answer.where


def test_what_is_not_remembered_is_said_with_what_was_asked(tmp_path: Path) -> None:
    """Nothing of it, no such tenant, no such host, and no run at all."""
    out = made(tmp_path)
    for question in (Question("no such thing"), Question("f1-0000000000000001"), Question("link", tenant="east")):
        with pytest.raises(InputError, match=question.tenant or question.asked):
            recall([out.root], question, IN_UTC)
    with pytest.raises(InputError, match="nothing of it was heard on host gone"):
        recall([out.root], Question("1", host="gone"), IN_UTC)
    with pytest.raises(InputError, match="--out folder"):
        recall([tmp_path], Question("1"), IN_UTC)
    with pytest.raises(InputError, match="Nothing was asked"):
        recall([out.root], Question("  "), IN_UTC)


def test_a_question_is_narrowed_by_host_and_time(tmp_path: Path) -> None:
    """Only what was heard there and then is counted."""
    out = made(tmp_path)
    for narrowed, events in (
        ({"host": "edge5"}, 1),
        ({"since_us": LAST_US - HOUR_US}, 2),
        ({"since_us": LAST_US - HOUR_US + 1}, 1),
        ({"until_us": LAST_US}, 2),
        ({"until_us": LAST_US + 1}, 3),
    ):
        (one,) = recall([out.root], Question("1", tenant="north", **narrowed), IN_UTC).remembered
        assert one.events == events, narrowed


def test_stored_lines_are_told_with_their_secrets_masked(tmp_path: Path) -> None:
    """In every way of writing; JSON lines and CSV hold nothing else then."""
    out = made(tmp_path)
    written = ask(out, "1", lines=9, tenant="north")
    assert "link wan7 went away" in written
    assert "[redacted]" in written
    assert SECRET not in written
    answer = recall([out.root], Question("1", tenant="north"), IN_UTC, 2)
    rows = [json.loads(each) for each in answer_as(Output.JSONL, answer, IN_UTC).splitlines()]
    assert [row["host"] for row in rows] == ["edge5", "edge4"]
    table = list(csv.DictReader(io.StringIO(answer_as(Output.CSV, answer, IN_UTC))))
    assert [row["raw"] for row in table] == [row["raw"] for row in rows]


def test_lines_are_told_with_how_many_there_are(tmp_path: Path) -> None:
    """Where not all of them are told, they are the latest."""
    out = made(tmp_path)
    for lines, words in ((2, "The latest 2 of 3 lines"), (3, "All 3 lines")):
        answer = recall([out.root], Question("1", tenant="north"), IN_UTC, lines)
        assert f"  {words}\n" in answer_as(Output.TABLE, answer, IN_UTC)


@pytest.mark.parametrize("tenant", ["north", "south"])
def test_one_tenant_is_told_nothing_of_another(tmp_path: Path, tenant: str) -> None:
    """Not even that the same message is known there."""
    out = made(tmp_path)
    other = {"north": ("south", "core1", "wan8"), "south": ("north", "edge4", "wan7")}[tenant]
    written = ask(out, signature_id(0x1111), lines=9, tenant=tenant)
    queue = queue_of([out.root], Band.IGNORE_FAST, tenant)
    written += "".join(queue_as(output, queue, IN_UTC) for output in Output)
    assert not [
        name for name in (*other, "another tenant", "other tenant") if name in written.replace(str(out.root), "")
    ]


def test_a_cell_of_csv_is_no_formula(tmp_path: Path) -> None:
    """Whoever writes a log would else write into the spreadsheet of who reads it."""
    out = made(tmp_path, template='=HYPERLINK("http://x.example")', service="@sum")
    for written in (
        answer_as(Output.CSV, recall([out.root], Question("1"), IN_UTC), IN_UTC),
        queue_as(Output.CSV, queue_of([out.root], Band.IGNORE_FAST), IN_UTC),
    ):
        (row, *_) = csv.DictReader(io.StringIO(written))
        assert row["template"].startswith("'=")
        assert row["service"].startswith("'@")


def test_a_live_folder_is_read_as_far_as_it_is_published(tmp_path: Path) -> None:
    """An item that is written in part, and files that wait for their snapshot, do not count yet."""
    out = made(tmp_path)
    content = out.items.read_bytes()
    out.items.write_bytes(content + content[: len(content) // 2])
    store = PartitionedParquet(out.evidence, EVIDENCE, "p1")
    store.recover(0)
    store.add(pa.RecordBatch.from_pylist([line(LAST_US + HOUR_US)], EVIDENCE_SCHEMA))
    number = store.stage()
    (before,) = recall([out.root], Question("1", tenant="north"), IN_UTC).remembered
    store.publish(number)
    (after,) = recall([out.root], Question("1", tenant="north"), IN_UTC).remembered
    assert (len(before.items), before.events, after.events) == (1, 3, 4)


def test_a_verdict_in_the_folder_is_told_before_a_run_has_taken_it_up(tmp_path: Path) -> None:
    """And sets the family aside in the queue."""
    out = made(tmp_path)
    item = json.loads(out.items.read_text())["id"]
    verdict = {
        "kind": "feedback",
        "tenant": "north",
        "time": "2030-01-01T00:00:00Z",
        "item": item,
        "verdict": "resolved",
    }
    (out.root / "feedback.jsonl").write_bytes(orjson.dumps(verdict) + b"\nno JSON\n")
    (one,) = recall([out.root], Question("1", tenant="north"), IN_UTC).remembered
    assert [each.verdict for each in one.said] == ["resolved"]
    (entry, *_) = [each for each in queue_of([out.root], Band.WATCH).entries if each.known.latest.tenant == "north"]
    assert entry.state == "resolved"


def said(verdict: str, time_us: int, about: str, tenant: str = "north", **more: str) -> bytes:
    """Return a line that states what is done about a family or an item."""
    member = "item" if about.startswith("i") else "signature" if about.startswith("s") else "family"
    named = {"kind": "feedback", "tenant": tenant, "time": rfc3339(time_us), member: about, "verdict": verdict}
    return orjson.dumps({**named, **more}, option=orjson.OPT_APPEND_NEWLINE)


def test_what_another_tenant_says_about_a_family_does_not_count(tmp_path: Path) -> None:
    """It may have guessed the name of an item, a family or a signature."""
    out = made(tmp_path)
    item = json.loads(out.items.read_text())["id"]
    names = (item, family_id(finding().family), signature_id(0x1111))
    (out.root / "feedback.jsonl").write_bytes(b"".join(said("acknowledged", NOON_US, name, "south") for name in names))
    states = {each.known.latest.tenant: each.state for each in queue_of([out.root], Band.IGNORE_FAST).entries}
    assert states == {"north": "shown", "south": "acknowledged"}


def test_what_is_set_aside_is_told_behind_the_rest_with_who_says_so(tmp_path: Path) -> None:
    """In every way of writing, whatever the limit, and without its secrets."""
    out = made(tmp_path)
    note = f"vendor has it, password={SECRET}"
    (out.root / "feedback.jsonl").write_bytes(
        said("acknowledged", NOON_US, family_id(finding().family), by="ann", note=note)
    )
    queue = queue_of([out.root], Band.IGNORE_FAST, at_us=NOON_US + DAY_US, limit=1)
    assert [(each.known.latest.tenant, each.state) for each in queue.entries] == [
        ("south", "quiet"),
        ("north", "acknowledged"),
    ]
    for output in Output:
        written = queue_as(output, queue, IN_UTC)
        assert "acknowledged by ann 24 h ago, Mon 1 Jun 2026 12:00: vendor has it" in written
        assert SECRET not in written


def test_a_queue_names_its_entries_as_other_commands_take_them(tmp_path: Path) -> None:
    """By the number of an item in the digest, else by the family; a place in the queue is no name."""
    out, shown = made(tmp_path), family_id(finding().family)
    (out.root / "feedback.jsonl").write_bytes(said("acknowledged", NOON_US, shown))
    written = queue_as(Output.TABLE, queue_of([out.root], Band.IGNORE_FAST), IN_UTC)
    assert f"\n{family_id(77)}  south: " in written
    assert "\nitem 1  north: " in written
    assert f"({shown})" in written
    assert "3 for item 3" in written
    for narrowed in ({"tenant": "north"}, {"at_us": NOON_US + DAY_US}):
        written = queue_as(Output.TABLE, queue_of([out.root], Band.IGNORE_FAST, **narrowed), IN_UTC)
        assert f"\n{shown}  north: " in written
        assert "item 1 " not in written


def test_a_band_of_an_earlier_run_has_no_moment_of_this_one(tmp_path: Path) -> None:
    """A run that goes on from a memory decides of a family that it has in its band from the start."""
    found = finding()
    out = folder_of(tmp_path, [line(LAST_US)], found)
    written = queue_as(Output.TABLE, queue_of([out.root], Band.WATCH), IN_UTC)
    assert "promote since before this run with" in written
    assert "1970" not in written


def test_a_queue_of_a_moment_after_the_log_says_when_the_log_ended(tmp_path: Path) -> None:
    """And the last event of a moment within it is one of before that moment."""
    out = made(tmp_path)
    end_us = queue_of([out.root], Band.IGNORE_FAST).now_us
    later = queue_of([out.root], Band.IGNORE_FAST, at_us=end_us + 365 * DAY_US)
    assert later.end_us == end_us
    assert "Nothing was read of the 365 days before that" in queue_as(Output.TABLE, later, IN_UTC)
    assert f'"last_event": "{rfc3339(end_us)}"' in queue_as(Output.JSON, later, IN_UTC)
    assert queue_of([out.root], Band.IGNORE_FAST, at_us=end_us).end_us < end_us


MOMENTS = st.integers(-3 * 24, 3 * 24).map(lambda hours: NOON_US + hours * HOUR_US)
STATEMENTS = st.tuples(
    st.sampled_from(["useful", "useless", "acknowledged", "snoozed", "resolved"]),
    MOMENTS,
    st.sampled_from([family_id(finding().family), signature_id(0x1111)]),
    MOMENTS.map(rfc3339) | st.just("escalates"),
)


@given(st.lists(STATEMENTS, max_size=6), MOMENTS, st.randoms())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_queue_of_a_moment_uses_nothing_that_was_said_later(
    tmp_path_factory: pytest.TempPathFactory, statements: list[tuple[str, int, str, str]], at_us: int, dice: Any
) -> None:
    """And whatever the order of the file is, the answer is the same."""
    out = made(tmp_path_factory.mktemp("said"))
    lines = {
        time_us: said(verdict, time_us, about, **({"until": until} if verdict == "snoozed" else {}))
        for verdict, time_us, about, until in statements
    }
    file = out.root / "feedback.jsonl"
    file.write_bytes(b"".join(line for time_us, line in sorted(lines.items()) if time_us <= at_us))
    then = queue_of([out.root], Band.IGNORE_FAST, at_us=at_us)
    mixed = list(lines.values())
    dice.shuffle(mixed)
    file.write_bytes(b"".join(mixed))
    assert queue_of([out.root], Band.IGNORE_FAST, at_us=at_us) == then
