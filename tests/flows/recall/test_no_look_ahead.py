"""Answers about a past moment: they are those of a run that ended there, and of one tenant nothing of another."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.attention.bands import Band
from brainstem.text.phrases import IN_UTC
from connectors.base import InputError
from flows.recall.output import Output, answer_as, queue_as
from flows.recall.queue import queue_of
from flows.recall.recollections import Question, recall
from flows.reports.explanation import explain
from flows.sinks.output_folder import OutputFolder
from tests.support.examples import examples
from tests.support.finished_runs import FinishedRun
from tests.support.works import DAYS, Works, at, run, works

WORDS = ("mill", "shuttle", "gate yard", "walked", "stands still")
OF_BOLT = ("bolt", "anna")
"""names that only the second works has"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for the runs of this module."""
    return tmp_path_factory.mktemp("recall")


@pytest.fixture(scope="module")
def whole(finished_works: FinishedRun) -> Path:
    """Return the output folder of a run over all there is."""
    return finished_works.out


def cut_run(folder: Path, whole_works: Works, slots: int) -> tuple[Path, int]:
    """Return the output folder of a run over what there was some slots after the start, and that moment."""
    moment = at(0) + timedelta(minutes=10 * slots)
    out = folder / f"cut-{slots}"
    if not out.exists():
        run(out, whole_works.until(moment))
    return out / "out", int(moment.timestamp()) * 1_000_000


def told(out: Path, asked: str, until_us: int, tenant: str | None = None) -> str:
    """Return an answer of one run in all ways in which it is written, or why there is none, without the paths of the run."""
    try:
        answer = recall([out], Question(asked, tenant=tenant, until_us=until_us), IN_UTC, with_lines=3)
    except InputError as error:
        return str(error).replace(str(out.parent), "")
    return "\n".join(answer_as(output, answer, IN_UTC) for output in Output).replace(str(out.parent), "")


@given(slots=st.integers(2 * 144, DAYS * 144 - 1))
@settings(max_examples=examples(4), deadline=None, derandomize=True)
def test_what_is_asked_about_a_past_moment_is_what_a_run_cut_there_says(folder: Path, whole: Path, slots: int) -> None:
    """The queue and what is remembered, in every band and in every way of writing."""
    cut, until_us = cut_run(folder, works(), slots)
    for least in (Band.WATCH, Band.IGNORE_FAST):
        now, then = (queue_of([out], least, at_us=until_us, limit=10**6) for out in (cut, whole))
        assert now.entries == then.entries
        assert now == then
    for words in WORDS:
        assert told(cut, words, until_us) == told(whole, words, until_us)


def test_a_queue_has_what_is_waiting_and_says_for_what(whole: Path) -> None:
    """There is something to be equal in the test above, and each entry has a sentence."""
    half = int(at(14.5).timestamp()) * 1_000_000
    queue = queue_of([whole], Band.BACKGROUND, at_us=half)
    assert len(queue.entries) >= 2
    assert [each.rank for each in queue.entries] == list(range(1, len(queue.entries) + 1))
    for row in json.loads(queue_as(Output.JSON, queue, IN_UTC))["queue"]:
        assert row["waits"]
        assert row["fades"]
        assert row["heard"] < "2026-03-16T12:00"


@pytest.mark.parametrize("asked", [*WORDS, "fell back"])
def test_of_one_tenant_nothing_of_another_is_told(whole: Path, asked: str) -> None:
    """Neither in text nor in any other way of writing, nor in stored lines; the queue neither."""
    end_us = int(at(DAYS).timestamp()) * 1_000_000
    for until_us in (end_us, end_us // 2 + int(at(0).timestamp()) * 500_000):
        written = told(whole, asked, until_us, tenant="acme")
        queue = queue_of([whole], Band.IGNORE_FAST, "acme", until_us, limit=10**6)
        written += "".join(queue_as(output, queue, IN_UTC) for output in Output)
        assert "acme" in written
        assert not [name for name in OF_BOLT if name in written]


def test_what_is_like_a_family_at_another_tenant_has_no_name(whole: Path) -> None:
    """Without a tenant both works are told, each of its own; the same message of the other one is told without its names."""
    answer = recall([whole], Question("walked"), IN_UTC)
    assert {each.tenant for each in answer.remembered} == {"acme", "bolt"}
    for each in answer.remembered:
        (elsewhere,) = [like for like in each.like if like.is_elsewhere]
        assert "1 other tenant" in elsewhere.reasons[0]
        assert (elsewhere.tenant, elsewhere.service, elsewhere.template, elsewhere.family) == ("", "", "", 0)


def test_lines_of_slots_that_have_not_ended_are_told_as_such(whole: Path, tmp_path: Path) -> None:
    """A live run stores a line long before its ten minutes are judged: it is there, and must not be denied."""
    out = tmp_path / "out"
    shutil.copytree(whole, out)
    for path in out.glob("decisions/**/*.parquet"):
        path.unlink()
    (out / "items.jsonl").write_bytes(b"")
    with pytest.raises(InputError, match=r"in 168 stored lines, and nothing was decided of it yet"):
        recall([out], Question("walked its round", tenant="acme"), IN_UTC)
    with pytest.raises(InputError, match="nothing was decided of it yet"):
        explain(OutputFolder(out), "walked its round", None, IN_UTC)
    with pytest.raises(InputError, match="is not remembered"):
        recall([out], Question("never said", tenant="acme"), IN_UTC)


def test_incidents_verdicts_and_appearances_of_a_family_are_told(folder: Path) -> None:
    """The mill stood still hours after its warning, and somebody had said so."""
    out = folder / "told"
    given_works = works()
    _, items = run(folder / "first", given_works)
    (first, *_) = [item for item in items if "bearing" in item["data"]["template"]]
    said = {
        "tenant": "acme",
        "time": "2026-03-13T08:00:00Z",
        "item": first["id"],
        "verdict": "useful",
        "note": "greased",
    }
    run(out, given_works, [said])
    (mill,) = recall([out / "out"], Question("bearing grease"), IN_UTC).remembered
    assert [each.ended for each in mill.appearances] == ["went quiet", "went quiet", "goes on"]
    assert mill.events == 10
    assert [each.verdict for each in mill.said] == ["useful"]
    nearest = mill.near[0]
    assert nearest.incident.title == "Mill 2 stands still on host2"
    assert 0 < nearest.after_us <= 5 * 3_600_000_000
    # the words of a ticket find what was shown before it
    by_ticket = recall([out / "out"], Question("mill stands still"), IN_UTC).remembered
    assert mill.family in {each.family for each in by_ticket}
    text = answer_as(Output.TABLE, recall([out / "out"], Question("bearing grease"), IN_UTC), IN_UTC)
    assert "useful: greased" in text
    assert "after its item" in text


def test_a_run_that_takes_up_what_was_said_gives_the_queue_of_the_folder_where_it_was_said(
    finished_works: FinishedRun, folder: Path
) -> None:
    """Statements are told alike from the file beside a run and from the stream."""
    items = finished_works.items
    shutil.copytree(finished_works.out, folder / "said" / "out")
    about = items[-1]
    statements = [
        {"family": about["subject"], "verdict": "acknowledged", "by": "ann", "note": "on it"},
        {"item": items[0]["id"], "verdict": "snoozed", "until": "2026-03-21T00:00:00Z", "by": "bo"},
    ]
    at_us = int(at(DAYS).timestamp()) * 1_000_000
    given_on = "2026-03-20T00:00:00Z"
    tenants = (about["data"]["tenant"], items[0]["data"]["tenant"])
    lines = [
        {"kind": "feedback", "tenant": tenant, "time": given_on, **each}
        for tenant, each in zip(tenants, statements, strict=True)
    ]
    beside = folder / "said" / "out" / "feedback.jsonl"
    beside.write_text("".join(json.dumps(line) + "\n" for line in lines))
    run(folder / "taken", works(), lines)
    first, second = (queue_of([folder / name / "out"], Band.WATCH, at_us=at_us) for name in ("said", "taken"))
    handled = [each.known.handling for each in first.entries if each.known.handling]
    assert {each.said.verdict for each in handled} == {"acknowledged", "snoozed"}
    assert handled == [each.known.handling for each in second.entries if each.known.handling]
    assert [each.state for each in first.entries] == [each.state for each in second.entries]


def test_several_runs_over_the_same_logs_count_once_and_runs_in_turn_add_up(folder: Path, whole: Path) -> None:
    """A folder that was asked twice, or a log that was read again, makes no event more."""
    cut, _ = cut_run(folder, works(), 9 * 144 + 70)
    end_us = int(at(DAYS).timestamp()) * 1_000_000
    (one,) = recall([whole], Question("bearing", until_us=end_us), IN_UTC).remembered
    (twice,) = recall([whole, cut, whole], Question("bearing", until_us=end_us), IN_UTC).remembered
    assert (twice.events, twice.appearances, twice.bands) == (one.events, one.appearances, one.bands)
    assert len(twice.runs) == 2
