"""Notices on their way to a person: what the whole tenant must bear out, and what an item then says."""

from datetime import UTC, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.contracts.decision import Decision
from brainstem.contracts.features import FEATURES_DTYPE
from brainstem.contracts.finding import Finding
from brainstem.contracts.notice import NOTICE_DTYPE, SILENCE
from brainstem.contracts.tenant_report import HEARD_DTYPE
from brainstem.discovery.notice_columns import fill_notice, silent_together
from brainstem.evidence.silence.liveness import WORDS, Liveness, longest_silence
from brainstem.explain.item import compose
from tests.support.examples import examples
from tests.support.findings import ADVICE
from tests.support.streams import START, Graph, Journal, in_one_go, in_pieces

DAYS = 18
STOPPED = 14


def mill(
    *,
    stops: bool = True,
    drifts: bool = False,
    hole: tuple[float, float] = (0, 0),
    off: float = 99,
    host: str = "mill1",
) -> Journal:
    """Return a mill: a copy every night that stops, a pressure that drifts, and a clerk who writes every ten minutes.

    Nothing is kept of the days in `hole`, and nothing is said after day `off`. The copy is made on `host`.
    """
    lines = []
    for day in range(DAYS):
        base = START + timedelta(days=day)
        if day < STOPPED or not stops:
            lines.append(
                (base + timedelta(hours=2, minutes=day * 5 % 12), f"{host} copier[4]: ledger copied to the barn")
            )
        for hour in (1, 9, 17):
            pressure = 400 + (day + hour) % 3 + (max(0, day - 10) * 24 + hour if drifts and day > 10 else 0)
            lines.append((base + timedelta(hours=hour), f"mill1 boiler[8]: pressure of kettle3 is {pressure}"))
        lines.extend(
            (base + timedelta(minutes=minute), f"mill1 clerk[2]: sacks counted: {minute * 7919 % 83}")
            for minute in range(3, 1440, 9)
        )
    begin, end = (START + timedelta(days=each) for each in hole)
    kept = [line for line in lines if not begin <= line[0] < end and line[0] < START + timedelta(days=off)]
    return Journal("north", "file:/north/mill.log", tuple(sorted(kept)))


def found(graph: Graph, kind: str) -> list[Finding]:
    """Return the findings of a kind."""
    return [each for each in graph.findings if kind in each.kinds]


def test_a_silent_job_becomes_one_item_that_names_it() -> None:
    """The nightly copy stops while its host goes on: shown once, within a day, with its period, host and last line."""
    (silence,) = found(in_one_go([mill()]), "silence")
    assert STOPPED + 0.25 <= (silence.tick_us / 1e6 - START.timestamp()) / 86_400 <= STOPPED + 0.5
    about = compose(silence, UTC, ADVICE)["data"]
    assert about["kind"] == "silence"
    assert about["hosts"] == ["mill1"]
    assert "has gone silent on mill1 since Sun 15 Mar 2026 02:05" in about["what"]
    assert "every 24 h, in 14 runs" in about["what"]
    assert all("ledger copied" in line["raw"] for line in about["evidence"])
    assert any("timer" in step for step in about["check_next"])


@pytest.mark.parametrize(
    ("journal", "told"),
    [
        (mill(stops=False), 0),
        (mill(stops=False, hole=(14.05, 14.3)), 0),
        (mill(stops=False, hole=(13.9, 15.5)), 0),
        (mill(off=STOPPED), 0),
        (mill(hole=(14.05, 14.3)), 1),
        (mill(host="barn1"), 1),
        (mill(host="barn1", stops=False), 0),
        (mill(host="barn1", stops=False, hole=(14.05, 14.3)), 0),
        (mill(host="barn1", off=STOPPED), 0),
    ],
    ids=[
        *("runs on", "lost hours", "lost days", "host off", "stopped, and lost hours"),
        *("stopped on a quiet host", "runs on there", "lost hours there", "source off"),
    ],
)
def test_silence_counts_only_where_the_job_would_have_been_heard(journal: Journal, told: int) -> None:
    """Lines that a source lost, or a host that is off, make no job silent; others of its source vouch for a quiet host."""
    assert len(found(in_one_go([journal]), "silence")) == told


def test_a_drift_becomes_an_item_with_level_and_pace() -> None:
    """The kettle's pressure leaves its range; its notice holds the figures."""
    (drift,) = found(in_one_go([mill(stops=False, drifts=True)]), "numeric_drift")
    about = compose(drift, UTC)["data"]
    assert about["kind"] == "numeric_drift"
    assert "is drifting on mill1: from about 40" in about["what"]
    assert drift.facts["drift_pace_milli"] > 15_000
    assert all("pressure" in line["raw"] for line in about["evidence"])


@cache
def uncut() -> tuple[list[Decision], list[Finding]]:
    """Return what is decided and found where the stream is not cut."""
    return in_one_go([mill(drifts=True)]).said()


@settings(max_examples=examples(6))
@given(
    shuffle=st.integers(0, 2**32),
    pieces=st.integers(1, 9),
    seals=st.sampled_from([0.0, 0.2, 1.0]),
    restarts=st.sampled_from([0.0, 0.3]),
)
def test_notices_do_not_depend_on_how_the_stream_was_batched(
    shuffle: int, pieces: int, seals: float, restarts: float
) -> None:
    """Any batches, any seals, restarted or not: the same decisions and findings."""
    assert in_pieces([mill(drifts=True)], shuffle, pieces, seals, restarts).said() == uncut()


def heard_rows(said: list[tuple[int, int, int]]) -> np.ndarray:
    """Return rows of slot, source and host."""
    return np.array(said, HEARD_DTYPE)


@settings(max_examples=examples(100))
@given(
    said=st.lists(st.tuples(st.integers(5000, 8000), st.integers(1, 3), st.integers(1, 3)), max_size=60),
    cuts=st.integers(1, 5),
    low=st.integers(4900, 8100),
    length=st.integers(1, 200),
)
def test_liveness_remembers_nine_days(said: list[tuple[int, int, int]], cuts: int, low: int, length: int) -> None:
    """What was heard in which slot agrees with a list of it, as far back as the bitmaps reach, in any number of shares."""
    live = Liveness()
    said.sort()
    for share in np.array_split(np.arange(len(said)), cuts):
        live.note(heard_rows([said[index] for index in share.tolist()]))
        state = live.snapshot()
        live = Liveness()
        live.restore(state)
    for source in (1, 2, 3):
        of_source = live._pairs["source"] == source
        heard = live._heard(of_source, low, low + length - 1)
        for index in range(length):
            hosts = {host for slot, by, host in said if by == source and slot == low + index}
            reach = {
                host: max(slot for slot, by, at in said if (by, at) == (source, host)) // 64 - WORDS for host in hosts
            }
            assert heard[index] == any((low + index) // 64 > reach[host] for host in hosts)


@given(st.lists(st.booleans(), max_size=30))
def test_the_longest_silence_is_the_longest_run_of_empty_slots(heard: list[bool]) -> None:
    """Compared with splitting the slots at those that were heard."""
    text = "".join("x" if each else "." for each in heard)
    assert longest_silence(np.array(heard, bool)) == max(len(each) for each in text.split("x"))


def test_jobs_that_stop_within_a_day_are_counted_once_each() -> None:
    """Programs on hosts, the own one apart."""
    notices = np.zeros(5, NOTICE_DTYPE)
    notices["kind"] = SILENCE
    notices["due_minute"] = (10_000, 10_100, 10_200, 12_000, 9_000)
    notices["program"], notices["host"] = (1, 1, 2, 3, 2), (1, 1, 1, 1, 1)
    assert silent_together(notices[0], notices) == 1
    assert silent_together(notices[2], notices) == 1
    assert silent_together(notices[3], notices) == 0


def test_of_several_notices_the_stronger_fills_the_features() -> None:
    """Whatever their order."""
    notices = np.zeros(2, NOTICE_DTYPE)
    notices["kind"], notices["runs"], notices["regularity_permille"] = SILENCE, (9, 14), (900, 1000)
    for order in ((0, 1), (1, 0)):
        features = np.zeros(1, FEATURES_DTYPE)[0]
        for index in order:
            fill_notice(features, notices[index], notices)
        assert (int(features["silence_runs"]), int(features["silence_regularity_permille"])) == (14, 1000)
