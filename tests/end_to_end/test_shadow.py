"""A live run and what it has stored: judged again, and against the shadow that its configuration names."""

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import InputError
from flows.runs.stored_replay import StoredRun
from state.store.parquet_store import read_rejects
from tests.end_to_end.test_live_memory import Spool, with_tail
from tests.support.killing import kill_group, start, stop_live, wait_until, wait_until_durable
from tests.support.program import Ran, run
from tests.support.small_town import town
from tests.support.topics import Outgoing, make_topic, send, write_configuration

FINE, FINDINGS, UNREADABLE, BAD_CONFIGURATION = 0, 1, 2, 3
FEWER = "[parameters.novelty]\npoints = 12\n"


def brainstem(*arguments: object) -> Ran:
    """Run the program."""
    return run(None, *arguments)


def with_shadow(folder: Path, name: str) -> Spool:
    """Return a live run over a spool, with a shadow."""
    (folder / "b.toml").write_text(FEWER, encoding="utf-8")
    return Spool(folder, name, with_tail(), f"[shadow]\nconfig = {json.dumps(str(folder / 'b.toml'))}")


def told_of(ran: Ran) -> dict[str, Any]:
    """Return what a backtest has told as JSON."""
    assert ran.status == FINE, ran.err
    told: dict[str, Any] = json.loads(ran.out)
    return told


def shown_by(told: dict[str, Any], side: str) -> list[tuple[str, str]]:
    """Return id and time of each item of a side, in order of time."""
    return sorted((row[side]["time"], row[side]["id"]) for row in told["rows"] if row[side])


def items_of(out: Path) -> list[tuple[str, str]]:
    """Return the same of the items of a folder."""
    items = [json.loads(line) for line in (out / "items.jsonl").read_bytes().splitlines()]
    return sorted((item["time"], item["id"]) for item in items)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Spool:
    """Return a live run that was killed twice on its way, and was stopped."""
    spool = with_shadow(tmp_path_factory.mktemp("live"), "run")
    assert len(spool.run(kills=(1, spool.messages // 2))) > 1
    return spool


def test_what_a_live_run_has_stored_gives_its_items_again(live: Spool, tmp_path: Path) -> None:
    """Byte for byte with the same parameters, without the spool; the folder is like any other one."""
    ran = brainstem("replay", live.out, "--out", tmp_path / "again")
    assert ran.status == FINE, ran.err
    assert (tmp_path / "again" / "items.jsonl").read_bytes() == (live.out / "items.jsonl").read_bytes()
    audit = brainstem("audit", tmp_path / "again")
    assert audit.status == FINE, audit.out
    ran = brainstem("replay", tmp_path / "again", "--out", tmp_path / "third")
    assert ran.status == UNREADABLE
    assert "Give the folder of the run itself" in ran.err


def test_a_shadow_shows_what_a_live_run_with_its_parameters_shows(live: Spool, tmp_path: Path) -> None:
    """The run keeps its own items; what the shadow has gained, lost and moved is what the other run has."""
    before = (live.out / "items.jsonl").read_bytes()
    told = told_of(brainstem("backtest", "--shadow", live.out, "--output", "json"))
    other = Spool(tmp_path, "other", with_tail(), FEWER)
    other.run()
    assert shown_by(told, "baseline") == items_of(live.out)
    assert shown_by(told, "candidate") == items_of(other.out) != items_of(live.out)
    assert told["candidate"]["parameters"]["values"] == {"novelty.points": 12.0}
    assert told["judged_until"]
    assert (live.out / "items.jsonl").read_bytes() == before
    table = brainstem("backtest", "--shadow", live.out)
    assert f"shadow {live.out.parent / 'b.toml'}" in table.out
    assert "as far as the live run has judged" in table.out
    junit = brainstem("backtest", "--shadow", live.out, "--output", "junit")
    assert junit.out.count("<testcase") == len(told["rows"])


def test_a_run_that_goes_on_is_held_against_its_shadow_as_far_as_it_has_judged(tmp_path: Path, live: Spool) -> None:
    """Nothing that it surfaces later is in the table, and nothing is written into its folder; a killed one answers too."""
    spool = with_shadow(tmp_path, "run")
    process = start(["run", "--config", str(spool.path)])
    wait_until(process, spool.is_judged)
    told = told_of(brainstem("backtest", "--shadow", spool.out, "--output", "json"))
    assert shown_by(told, "baseline") == items_of(live.out)
    refused = brainstem("replay", spool.out, "--out", tmp_path / "again")
    assert refused.status == UNREADABLE
    assert "--without-evidence" in refused.err
    again = brainstem("replay", spool.out, "--out", tmp_path / "again", "--without-evidence")
    assert again.status == FINE, again.err
    assert items_of(tmp_path / "again") == items_of(live.out)
    kill_group(process)
    assert told_of(brainstem("backtest", "--shadow", spool.out, "--output", "json"))["rows"] == told["rows"]


def test_a_shadow_is_checked_before_anything_is_read(tmp_path: Path) -> None:
    """A file that is missing, a key that no parameter has, a name that is none, and a key that is misspelt."""
    spool = with_shadow(tmp_path, "run")
    said = {
        "": "shadow.config",
        "[parameters.novelty]\npoint = 12\n": "Did you mean parameters.novelty.points?",
        "[parameters.novelty]\npoints = true\n": "parameters.novelty.points = True cannot be used",
    }
    for content, fault in said.items():
        (tmp_path / "b.toml").write_text(content) if content else (tmp_path / "b.toml").unlink()
        ran = brainstem("run", "--config", spool.path)
        assert ran.status == BAD_CONFIGURATION
        assert fault in ran.err
    text = spool.path.read_text(encoding="utf-8")
    named = f"config = {json.dumps(str(tmp_path / 'b.toml'))}"
    for table, fault in (("config = 3", "Give a text"), ('file = "b.toml"', "shadow.file is not a known key")):
        spool.path.write_text(text.replace(named, table), encoding="utf-8")
        ran = brainstem("run", "--config", spool.path)
        assert ran.status == BAD_CONFIGURATION
        assert fault in ran.err
    assert not spool.out.exists()


def test_what_cannot_be_held_against_a_shadow_says_why(live: Spool, tmp_path: Path) -> None:
    """A run without one, sides that are given beside it, and evidence that is not whole."""
    named = run(live.out.parent, "backtest", "--candidate", "b.toml", live.out.name)
    assert named.status == FINE, named.err
    assert "as far as the live run has judged" in named.out
    ran = brainstem("backtest", "--shadow", live.out, "--candidate", live.out.parent / "b.toml")
    assert ran.status == BAD_CONFIGURATION
    assert "--candidate cannot be given" in ran.err
    out = tmp_path / "out"
    shutil.copytree(live.out, out)
    (out / "_last-start.json").unlink()
    ran = brainstem("backtest", "--shadow", out)
    assert ran.status == UNREADABLE
    assert "no live run with a shadow" in ran.err
    (path, *_) = sorted((out / "evidence").rglob("*.parquet"))
    path.unlink()
    with pytest.raises(InputError, match="not whole"):
        StoredRun.of(out)
    (out / "manifest.json").unlink()
    (out / "items.jsonl").write_bytes(b"")
    with pytest.raises(InputError, match="are stored"):
        StoredRun.of(out)


def of_two_tenants() -> list[Outgoing]:
    """Return the lines of a town of two tenants whose messages share a topic, with some that are no event."""
    lines: list[tuple[datetime, int, bytes | None, list[tuple[str, bytes]]]] = []
    for number, (_, told) in enumerate(town(7).items()):
        headers = [("tenant", (b"acme", b"umbrella")[number % 2])]
        lines += [(moment, number % 2, f"{moment.isoformat()} {text}".encode(), headers) for moment, text in told]
    begin = min(moment for moment, *_ in lines)
    lines += [
        (begin + timedelta(minutes=number), number % 2, (None, b"", b"nobody's")[number % 3], [("seen", b"\xff")])
        for number in range(30)
    ]
    return [(partition, value, headers) for _, partition, value, headers in sorted(lines, key=lambda each: each[0])]


def test_topics_whose_headers_name_tenants_are_judged_again(kafka: str, tmp_path: Path) -> None:
    """A live run, and a replay between offsets: rejects and tenants are what they were."""
    topic = make_topic(kafka, 2)
    ends = send(kafka, topic, of_two_tenants())
    rule = '[kafka.tenant]\nby = "header"\nheader = "tenant"'
    path = write_configuration(tmp_path / "live", kafka, [topic], rule)
    out = tmp_path / "live" / "out"
    process = start(["run", "--config", str(path)])
    wait_until_durable(process, out, ends)
    stop_live(process)
    assert set(read_rejects(out).collect()["reason"].cast(str)) == {"tombstone", "blank", "no_tenant"}
    replayed = brainstem("replay", f"kafka://{kafka}/{topic}", "--config", path, "--out", tmp_path / "topics")
    assert replayed.status == FINE, replayed.err
    for asked in (out, tmp_path / "topics"):
        again = tmp_path / "again" / asked.name
        ran = brainstem("replay", asked, "--out", again)
        assert ran.status == FINE, ran.err
        assert (again / "items.jsonl").read_bytes() == (asked / "items.jsonl").read_bytes() != b""
