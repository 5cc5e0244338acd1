"""The digest of a period: what it tells, that it knows nothing of later, and nothing of other tenants."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.text.phrases import IN_UTC
from connectors.base import InputError
from flows.reports.digest import digest_json, digest_of
from flows.reports.window import Window
from flows.runs.finish import current_ledger
from flows.sinks.output_folder import OutputFolder
from tests.support.works import DAYS, Works, at, run, works

OF_BOLT = ("bolt", "anna", "barge")
"""names that only the second works has"""


def busy_works() -> Works:
    """Return the works with a tunnel that drops for half a minute now and then, a barge that falls silent, and broken
    records."""
    given_works = works()
    lines = {tenant: list(said) for tenant, said in given_works.lines.items()}
    for number, day in enumerate((5.1, 6.4, 9.2, 9.9, 13.3, 17.7, 18.05)):
        for tenant, host in (("acme", "gate1"), ("bolt", "barge")):
            moment = at(day) + timedelta(minutes=number)
            span = timedelta(seconds=20 + number)
            lines[tenant] += [
                (moment, f"{host} tund[3]: tunnel quay{number % 2} is down"),
                (moment + span, f"{host} tund[3]: tunnel quay{number % 2} is up"),
            ]
    lines["acme"] += [(at(day), 'host9 rounds[9]: said\n{"time": "2026-') for day in (3.5, 8.5, 16.5)]
    return Works({tenant: sorted(said) for tenant, said in lines.items()}, given_works.tickets)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for the runs of this module."""
    return tmp_path_factory.mktemp("digest")


@pytest.fixture(scope="module")
def whole(folder: Path) -> Path:
    """Return the output folder of a run over all there is."""
    run(folder / "whole", busy_works())
    return folder / "whole" / "out"


def told(out: Path, window: Window) -> tuple[str, str]:
    """Return the digest of a window as Markdown and as JSON, without the paths of the run."""
    output = OutputFolder(out)
    ledger = current_ledger(output)
    made = digest_of(output, IN_UTC, window=window, ledger=ledger), digest_json(output, window, ledger)
    return made[0].replace(str(out.parent), ""), made[1].replace(str(out.parent), "")


def us(day: float) -> int:
    """Return a moment by its day, in microseconds since the epoch, UTC."""
    return int(at(day).timestamp()) * 1_000_000


@given(slots=st.integers(2 * 144, DAYS * 144 - 1), days=st.sampled_from([None, 1, 7]))
@settings(max_examples=4, deadline=None, derandomize=True)
def test_a_digest_until_a_moment_is_that_of_a_run_cut_there(
    folder: Path, whole: Path, slots: int, days: int | None
) -> None:
    """Of a day, a week or all before, of everybody and of one tenant."""
    moment = at(0) + timedelta(minutes=10 * slots)
    cut = folder / f"cut-{slots}"
    if not cut.exists():
        run(cut, busy_works().until(moment))
    until_us = int(moment.timestamp()) * 1_000_000
    since_us = None if days is None else until_us - days * 86_400_000_000
    for tenant in (None, "acme"):
        window = Window(tenant, since_us, until_us)
        assert told(cut / "out", window) == told(whole, window)


def test_a_period_tells_what_came_back_by_itself_and_for_how_long(whole: Path) -> None:
    """With how often, and the shortest and the longest time; each thing by itself."""
    text, document = told(whole, Window("acme", us(9), us(19)))
    assert "## Came back by itself" in text
    healed = {each["what"]: each for each in json.loads(document)["came_back_by_itself"]}
    assert {
        what: (each["times"], each["shortest_seconds"], each["longest_seconds"]) for what, each in healed.items()
    } == {
        "tunnel quay0 is down": (3, 22, 26),
        "tunnel quay1 is down": (2, 23, 25),
    }
    assert "3 times, back after 22 s to 26 s" in text


def test_a_quiet_period_proves_that_somebody_listened(whole: Path) -> None:
    """With records and sources, in how many of the hours, and when the last one came."""
    text, document = told(whole, Window("bolt", us(2), us(3)))
    listening = json.loads(document)["listening"]
    assert "Listened to 1 source:" in text
    assert listening["records"] == json.loads(document)["events"] > 0
    assert (listening["sources"], listening["hours"]) == (1, 24)
    assert 8 <= listening["hours_heard"] <= 24
    assert "2026-03-04" <= listening["last"] < "2026-03-05"


def test_records_that_became_no_event_count_where_they_stand(whole: Path) -> None:
    """Each in the period of the event before it, and all of them in the whole."""
    by_period = [
        sum(each["records"] for each in json.loads(told(whole, window)[1])["sources"]["rejected"])
        for window in (Window(None, us(3), us(4)), Window(None, us(4), us(8)), Window(None, us(8), us(17)), Window())
    ]
    assert by_period == [1, 0, 2, 3]


def test_a_host_that_falls_silent_is_told(folder: Path) -> None:
    """It is quiet while others go on in its file, and a gap where it has gone on since."""
    given_works = busy_works()
    lines = {
        tenant: [line for line in said if not (line[1].startswith("host1 ") and at(15) <= line[0] < at(17.5))]
        for tenant, said in given_works.lines.items()
    }
    run(folder / "silent", Works(lines, given_works.tickets))
    out = folder / "silent" / "out"
    during, after = (json.loads(told(out, Window(None, us(14), us(until)))[1])["sources"] for until in (17.4, 19))
    assert {each["host"] for each in during["quiet"]} == {each["name"] for each in after["gaps"]} == {"host1"}
    assert not after["quiet"]
    assert "nothing from host1 of acme since Mon 16 Mar 2026" in told(out, Window("acme", us(14), us(17.4)))[0]


@pytest.mark.parametrize("bounds", [(None, None), (5, 18), (None, 16)])
def test_the_digest_of_one_tenant_names_no_other(whole: Path, bounds: tuple[float | None, float | None]) -> None:
    """Neither in words nor in JSON, whatever the period."""
    since, until = (None if each is None else us(each) for each in bounds)
    made = "".join(told(whole, Window("acme", since, until)))
    assert "acme" in made
    assert not [name for name in OF_BOLT if name in made]


def test_a_tenant_that_is_not_there_is_refused(whole: Path) -> None:
    """Without naming those that are."""
    with pytest.raises(InputError, match="nothing of it is stored") as refused:
        told(whole, Window("nobody"))
    assert "acme" not in str(refused.value)
