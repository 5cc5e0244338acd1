"""Incidents and feedback from end to end: what they make surface, and that nothing is known before its time."""

import json
import random
import urllib.request
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import InputError
from connectors.files.discovery import discover, parse_argument
from flows.audit.proof import audit
from flows.config.settings import Settings
from flows.runs.replay import replay
from flows.sinks.output_folder import OutputFolder
from tests.support.beside import Beside
from tests.support.finished_runs import FinishedRun
from tests.support.program import run as run_program
from tests.support.works import DAYS, STOPS, Works, at, of_kind, run, stamp, works


def test_what_came_before_the_earlier_stops_surfaces_hours_before_the_next(
    finished_works: FinishedRun,
) -> None:
    """In other words than an alarm's, and with the earlier stops told."""
    last = of_kind(finished_works.items, "precursor")[-1]
    assert last["data"]["tenant"] == "acme"
    assert stamp(at(STOPS[-1]) - timedelta(hours=5)) <= last["time"] < stamp(at(STOPS[-1]))
    assert "bearing asks for grease" in last["data"]["template"]
    told = [each["outcome"] for each in last["data"]["seen_before"] if each["outcome"].startswith("an incident")]
    assert told == [f"an incident followed: Mill {number} stands still on host{number}" for number in range(3)]
    assert "earlier incidents" in last["data"]["what"]


def test_what_stood_before_an_incident_of_one_works_surfaces_at_the_other(
    finished_works: FinishedRun,
) -> None:
    """After two of its lines, and without a word of whose incident it was."""
    (item,) = [item for item in of_kind(finished_works.items, "precedent") if item["data"]["tenant"] == "bolt"]
    assert stamp(at(14.1)) < item["time"] < stamp(at(14.9))
    told = json.dumps(item)
    (before,) = item["data"]["seen_before"]
    assert (before["tenant"], before["outcome"]) == ("another tenant", "an incident followed")
    assert before["when"].startswith(stamp(at(7.4))[:-1])
    for secret in ("acme", "host3", "Secret", "A9"):
        assert secret not in told


@pytest.mark.parametrize(
    "changes",
    [
        {"share_precedents": False},
        {"apart": ("acme",)},
        pytest.param({"apart": ("bolt",)}, marks=pytest.mark.long),
    ],
)
def test_without_consent_nothing_crosses(tmp_path: Path, changes: dict[str, Any]) -> None:
    """Neither for all nor for one of the two."""
    _, items = run(tmp_path / "apart", works(), **changes)
    assert not [item for item in of_kind(items, "precedent") if item["data"]["tenant"] == "bolt"]


def test_tickets_in_any_order_and_batches_of_any_size_give_the_same_items(
    finished_works: FinishedRun, tmp_path: Path
) -> None:
    """A file of tickets is read whole, and each counts from its own time on."""
    given = works()
    shuffled = replace(given, tickets=random.Random(3).sample(given.tickets, len(given.tickets)))
    assert run(tmp_path / "shuffled", shuffled)[0] == finished_works.written
    assert run(tmp_path / "small", given, batch_records=7)[0] == finished_works.written


@pytest.mark.parametrize(
    "day", [14.5, pytest.param(9.4, marks=pytest.mark.long), pytest.param(18.1, marks=pytest.mark.long)]
)
def test_a_run_that_ends_earlier_says_the_same_up_to_there(
    finished_works: FinishedRun, tmp_path: Path, day: float
) -> None:
    """No item knows of a ticket, a verdict or a line that came after it."""
    item = finished_works.items[0]
    verdicts = [
        {
            "tenant": item["data"]["tenant"],
            "time": stamp(at(19)),
            "item": item["id"],
            "verdict": "useless",
            "note": "known",
        }
    ]
    late, items = run(tmp_path / "told", works(), verdicts)
    _, cut = run(tmp_path / "cut", works().until(at(day)))
    bound = stamp(at(day) - timedelta(minutes=10))
    assert late
    assert [each for each in items if each["time"] < bound] == [each for each in cut if each["time"] < bound]


def test_tickets_are_accounted_for_and_bad_ones_are_rejects(tmp_path: Path) -> None:
    """The file is a source of its own, every byte of it stored or rejected."""
    given = works()
    bad = [{"id": "B1", "tenant": "acme", "time": stamp(at(3))}, {"id": "B2", "tenant": "acme", "title": "when?"}]
    folder = tmp_path / "bad"
    run(folder, replace(given, tickets=[*given.tickets, *bad]))
    ledger = json.loads((folder / "out" / "ledger.json").read_bytes())
    (source,) = [each for each in ledger["sources"] if each["source"].endswith("incidents.jsonl")]
    assert ledger["balanced"]
    assert source["tenant"] == ""
    assert source["received"]["records"] == len(given.tickets) + 2
    assert source["stored"]["records"] == len(given.tickets)
    assert source["rejected"]["invalid_statement"]["records"] == 2
    assert audit(folder / "out").ok


def test_two_processes_with_tickets_and_verdicts_find_what_one_finds(
    finished_works: FinishedRun, tmp_path: Path
) -> None:
    """The items are the same to the byte, and the verdict weighs in them."""
    logs = finished_works.folder
    first = of_kind(finished_works.items, "precursor")[0]
    verdict = {"tenant": "acme", "time": first["time"], "item": first["id"], "verdict": "useless"}
    (tmp_path / "feedback.jsonl").write_text(json.dumps(verdict) + "\n", encoding="utf-8")
    written = []
    for processes in ("1", "2"):
        given = ["--incidents", logs / "incidents.jsonl", "--feedback", tmp_path / "feedback.jsonl"]
        how = ["--processes", processes, "--out", tmp_path / processes]
        ran = run_program(logs, "replay", f"acme={logs / 'acme.log'}", f"bolt={logs / 'bolt.log'}", *given, *how)
        assert ran.status == 0, ran.err
        written.append((tmp_path / processes / "items.jsonl").read_bytes())
    assert written[0] == written[1]
    assert written[0].replace(str(logs).encode(), b"") != finished_works.written
    assert b'"factor":"feedback"' in written[0]


def test_verdicts_weigh_from_their_own_time_on_and_are_told(finished_works: FinishedRun, tmp_path: Path) -> None:
    """A useless precursor comes back with fewer points, and with what was said of it."""
    first = of_kind(finished_works.items, "precursor")[0]
    after = datetime.fromisoformat(first["time"].replace("Z", "+00:00")) + timedelta(hours=1)
    verdict = {"tenant": "acme", "time": stamp(after), "item": first["id"], "verdict": "resolved", "note": "greased"}
    useless = {**verdict, "verdict": "useless", "time": stamp(after + timedelta(hours=1)), "note": ""}
    given = works()
    again = after + timedelta(days=2)
    given.lines["acme"] += [(again, "host2 grind[4]: stone mill9 runs warm, bearing asks for grease")]
    given.lines["acme"].sort()
    _, plain = run(tmp_path / "plain", given)
    _, told = run(tmp_path / "told", given, [useless, verdict])
    last, last_plain = of_kind(told, "precursor")[-1], of_kind(plain, "precursor")[-1]
    assert last["id"] == last_plain["id"]
    points = {each["factor"]: each["points"] for each in last["data"]["contributions"]}
    assert points["feedback"] == -3.0
    assert last["data"]["score"] == last_plain["data"]["score"] - 3.0
    outcomes = [each["outcome"] for each in last["data"]["seen_before"]]
    assert "resolved: greased; called useless" in outcomes


def test_a_file_of_incidents_that_is_not_there_stops_the_run_before_it_begins(tmp_path: Path) -> None:
    """Nothing is written."""
    (tmp_path / "a.log").write_text("2026-03-02T10:00:00Z host prog: hello\n")
    settings = Settings(tmp_path / "out", incidents=tmp_path / "none.jsonl")
    with pytest.raises(InputError, match=r"none\.jsonl"):
        replay(discover([parse_argument(str(tmp_path / "a.log"))]), settings)


def test_posted_tickets_make_the_items_of_a_file_of_tickets(tmp_path: Path) -> None:
    """A live run that gets lines and tickets over HTTP says what a replay of files says, apart from places of lines."""
    given = works()
    last = at(DAYS + 1)
    # what comes a day later lets both judge all of it
    lines = {
        tenant: [*said, (last, "host1 rounds[9]: watch has walked its round")] for tenant, said in given.lines.items()
    }
    tokens = {tenant: f"{tenant}-token-0123456789" for tenant in lines}
    path, out = tmp_path / "brainstem.toml", tmp_path / "live"
    listed = []
    for tenant, token in tokens.items():
        (tmp_path / f"{tenant}.token").write_text(token)
        listed.append(f'{{tenant = "{tenant}", file = {json.dumps(str(tmp_path / f"{tenant}.token"))}}}')
    path.write_text(
        f"[run]\nout = {json.dumps(str(out))}\nsnapshot_seconds = 0.5\nshare_precedents = true\n"
        "[kafka]\nidle_seconds = 3600\n"
        f'[[listen.http]]\nname = "office"\naddress = "127.0.0.1:0"\ntokens = [{", ".join(listed)}]\n'
    )
    beside = Beside(path, "listen", listeners=1)
    port = beside.ports["office", "http"]

    def post(tenant: str, kind: str, body: bytes) -> None:
        headers = {"Authorization": f"Bearer {tokens[tenant]}", "Content-Type": "application/x-www-form-urlencoded"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/{kind}", body, headers)
        with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310 - an address of this machine
            assert json.loads(reply.read())["rejected"] == {}

    total = len(given.tickets)
    for ticket in given.tickets:
        own = {name: value for name, value in ticket.items() if name != "tenant"}
        post(ticket["tenant"], "incidents", json.dumps(own).encode())
    for tenant, said in lines.items():
        total += len(said)
        body = "".join(f"{moment.isoformat(timespec='microseconds')} {line}\n" for moment, line in said)
        post(tenant, "events", body.encode())
    beside.process.terminate()
    assert beside.ended() == 0
    beside = Beside(path, listeners=1)
    beside.wait_until_consumed(tmp_path / "live-spool", total)
    assert beside.stop() == 0
    live = [json.loads(line) for line in OutputFolder(out).items.read_bytes().splitlines()]
    _, replayed = run(tmp_path / "replayed", Works(lines, given.tickets))

    def told(items: list[dict[str, Any]]) -> list[tuple[str, ...]]:
        return sorted(
            (item["time"], item["data"]["tenant"], item["data"]["what"], str(item["data"]["score"])) for item in items
        )

    assert of_kind(live, "precursor")
    assert of_kind(live, "precedent")
    assert told(live) == told(replayed)
