"""Explaining: what was decided, told again; nothing is worked out anew and nothing changes by asking."""

import re
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from brainstem.contracts.decision import NO_FACTS, Decision, decisions_to_arrow
from brainstem.contracts.finding import family_id
from brainstem.contracts.points import PRIOR_DECIBANS
from brainstem.contracts.slots import SLOT_US
from brainstem.explain.answers.explanation import HISTORY_SHOWN, explain_family
from brainstem.explain.item import compose
from brainstem.signature.signing import signature_id
from brainstem.text.phrases import Zones, clock
from connectors.base import InputError
from flows.reports import recorded
from flows.reports.explanation import explain
from flows.reports.recorded import (
    count_reasons,
    decisions_of,
    held_back,
    nearest_decisions,
    read_items,
    scan_decisions,
    to_decisions,
)
from flows.sinks.output_folder import OutputFolder
from state.store.layouts import DECISIONS
from state.store.parquet_store import PartitionedParquet
from tests.support.findings import DAY_US, NOON_US, finding
from tests.support.folders import LAST_US, folder_of, line
from tests.support.folders import decision as decision_of
from tests.support.streams import Graph, in_one_go, works

ZONE = ZoneInfo("UTC")
ZONES = Zones(ZONE)
TICK = 2_960_000 * SLOT_US


def decision(**changes: object) -> Decision:
    """Return a plain decision with `changes` to its fields."""
    contributions = changes.pop("contributions", (("recurrence", 6.0), ("habituation", -4.0)))
    fields = {
        "tenant": "north",
        "tick_us": TICK,
        "family": 7,
        "signature": 8,
        "service": "grind",
        "template": "stone wears thin",
        "from_band": "background",
        "to_band": "background",
        "cause": "born",
        "blocker": "none",
        "prior": PRIOR_DECIBANS,
        "contributions": contributions,
        "score": PRIOR_DECIBANS + sum(points for _, points in contributions),  # type: ignore[attr-defined]  # a tuple of pairs
        "facts": {**NO_FACTS, "active_days": 6, "last_time": 5 * 144 * SLOT_US, "daily_mean_milli": 2000},
    }
    return Decision(**(fields | changes))


@pytest.fixture(scope="module")
def graph() -> Graph:
    """Run the works once."""
    return in_one_go(works(0))


@pytest.fixture(scope="module")
def folder(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> OutputFolder:
    """Write what the works gave as a run writes it."""
    out = OutputFolder(tmp_path_factory.mktemp("run") / "out")
    out.open()
    store = PartitionedParquet(out.decisions, DECISIONS, "p0")
    store.recover(0)
    store.add(decisions_to_arrow(graph.decisions))
    store.publish(store.stage())
    lines = [orjson.dumps(compose(found, ZONE), option=orjson.OPT_SORT_KEYS) for found in graph.findings]
    out.items.write_bytes(b"".join(line + b"\n" for line in lines))
    return out


def histories(graph: Graph) -> dict[int, list[Decision]]:
    """Return the decisions of each family, in order of time."""
    by_family: dict[int, list[Decision]] = defaultdict(list)
    for each in graph.decisions:
        by_family[each.family].append(each)
    return by_family


def test_every_family_can_be_explained_at_every_moment(graph: Graph) -> None:
    """Any history up to any decision gives an answer, the same when asked twice, with the parts that add up."""
    for history in histories(graph).values():
        for end in range(1, len(history) + 1):
            text = explain_family(history[:end], ZONE)
            assert text == explain_family(history[:end], ZONE)
            last = history[end - 1]
            told = text.split("Score at")[1].split("\n\n")[0]
            points = [
                float(found) for found in re.findall(r"^  (?:prior|[a-z_]+) +(-?\d+\.\d\d)  ", told, re.MULTILINE)
            ]
            assert sum(points) == last.score
            surfaced = any(each.cause == "surfaced" for each in history[:end])
            assert ("Why nobody was shown this" in text) is not surfaced
            assert ("and not earlier" in text) is surfaced


def test_what_is_recorded_reads_back(graph: Graph, folder: OutputFolder) -> None:
    """Decisions come back from their files as they were made, family by family in order of time."""
    for family, history in histories(graph).items():
        assert decisions_of(folder, [family]) == history
        assert decisions_of(folder, [family], history[0].tick_us) == history[:1]
    assert len(to_decisions(scan_decisions(folder))) == len(graph.decisions)
    assert [item["data"]["score"] for item in read_items(folder)] == [found.score for found in graph.findings]


@pytest.mark.parametrize("at_once", [7, 10**6])
def test_the_counts_of_the_digest_are_those_of_the_latest_decisions(
    graph: Graph, folder: OutputFolder, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many families are read at once, each that speaks for itself counts once, and for what held it unless shown."""
    monkeypatch.setattr(recorded, "DECISIONS_AT_ONCE", at_once)
    latest = [rows[-1] for rows in histories(graph).values() if rows[-1].joined_family is None]
    shown = {latest[0].family}
    expected: Counter[tuple[str, str, float]] = Counter()
    for each in latest[1:]:
        expected[each.blocker, *min(each.contributions, key=lambda part: part[1], default=("", 0.0))] += 1
    families, reasons = count_reasons(folder, shown)
    assert families == Counter(each.tenant for each in latest)
    assert {tuple(reason[:3]): reason.families for reason in reasons} == expected


def test_what_came_nearest_is_the_highest_score_that_was_not_shown(graph: Graph, folder: OutputFolder) -> None:
    """Of each tenant that is asked for; of equal scores the latest."""
    nearest = nearest_decisions(folder, ["north", "nobody"])
    unseen = [each for each in graph.decisions if each.tenant == "north" and each.cause not in ("surfaced", "joined")]
    assert nearest == {"north": max(unseen, key=lambda each: (each.score, each.tick_us, each.family))}


def test_what_is_held_back_was_not_shown_since(tmp_path: Path) -> None:
    """The last decision that held a family back, unless it was shown or joined another one later."""
    out = OutputFolder(tmp_path)
    out.open()
    held = decision(family=1, blocker="budget")
    again = decision(family=1, blocker="none", tick_us=TICK + SLOT_US)
    shown = [decision(family=2, blocker="budget"), decision(family=2, cause="surfaced", tick_us=TICK + SLOT_US)]
    store = PartitionedParquet(out.decisions, DECISIONS, "p0")
    store.recover(0)
    store.add(decisions_to_arrow([held, again, *shown]))
    store.publish(store.stage())
    assert [(each.family, each.tick_us, each.blocker) for each in held_back(out)] == [(1, TICK, "budget")]


def test_a_family_a_signature_and_an_item_can_be_asked_for(graph: Graph, folder: OutputFolder) -> None:
    """Each name finds its family; an item is explained as of its own moment."""
    item, found = read_items(folder)[0], graph.findings[0]
    last = histories(graph)[found.family][-1]
    name = family_id(found.family)
    assert explain(folder, name, None, ZONES).startswith(name)
    assert "\nAt the end of the log, " in explain(folder, name, None, ZONES)
    assert name in explain(folder, signature_id(last.signature), None, ZONES)
    by_item = explain(folder, item["id"], None, ZONES)
    assert by_item.startswith(explain(folder, name, found.tick_us, ZONES))
    assert "\nAt the end of the log, " in by_item
    assert by_item == explain(folder, item["id"], None, ZONES)
    assert name in explain(folder, last.template[:8].upper(), None, ZONES)


def test_a_family_is_explained_in_the_zone_of_its_tenant(graph: Graph, folder: OutputFolder) -> None:
    """Whatever the usual one is."""
    found = graph.findings[0]
    name = family_id(found.family)
    own = Zones(ZoneInfo("Asia/Tokyo"), {found.tenant: ZONE})
    assert explain(folder, name, None, own) == explain(folder, name, None, ZONES)
    assert explain(folder, name, None, Zones(own.usual)) != explain(folder, name, None, ZONES)


def test_a_family_that_joined_another_is_explained_with_it(graph: Graph, folder: OutputFolder) -> None:
    """The answer names the family that speaks for it, and explains that one too."""
    joined = next(each for each in graph.decisions if each.joined_family is not None)
    into = family_id(joined.joined_family or 0)
    text = explain(folder, family_id(joined.family), None, ZONES)
    assert f"it is part of {into}, which speaks for it" in text
    assert f"Ask about {into}" in text
    assert f"\n{into} (" in text


@pytest.mark.parametrize(
    ("asked", "until_us", "said"),
    [
        ("f1-00000000000000ff", None, "nothing in"),
        ("s2-00000000000000ff", None, "nothing in"),
        ("i1-abcdef", None, "no such item"),
        ("no template says this", None, "no template"),
    ],
)
def test_what_is_unknown_is_refused_in_words(folder: OutputFolder, asked: str, until_us: int | None, said: str) -> None:
    """An unknown name is no empty answer."""
    with pytest.raises(InputError, match=said):
        explain(folder, asked, until_us, ZONES)


def test_words_that_only_one_family_says_explain_it(tmp_path: Path) -> None:
    """Where several say them they are listed by name, with the words that tell them apart."""
    out = OutputFolder(tmp_path)
    out.open()
    store = PartitionedParquet(out.decisions, DECISIONS, "p0")
    store.recover(0)
    store.add(decisions_to_arrow([decision(family=1), decision(family=2, template="stone is new")]))
    store.publish(store.stage())
    assert explain(out, "wears thin", None, ZONES) == explain(out, family_id(1), None, ZONES)
    listed = explain(out, "stone", None, ZONES)
    assert listed.startswith("2 kinds of message have 'stone' in their words or lines; explain one by its name:")
    assert family_id(1) in listed
    assert family_id(2) in listed


def test_words_are_looked_for_in_lines_and_names_too(tmp_path: Path) -> None:
    """A name that a template hides is found in the lines that hold it, in capitals or not; so are other bytes."""
    found = finding()
    other = decision_of(found, family=2, signature=0x22, template="fan <name> stopped", cause="born")
    lines = [line(LAST_US), line(LAST_US, "fan 3 stopped", signature=0x22)]
    lines.append(line(LAST_US, "", signature=0x22) | {"message_raw": b"Stra\xdfe", "length": 6})
    out = folder_of(tmp_path, lines, found, [other])
    assert explain(out, "WAN7", None, ZONES) == explain(out, family_id(found.family), None, ZONES)
    assert explain(out, "fan 3", None, ZONES) == explain(out, family_id(2), None, ZONES)
    assert explain(out, "a", None, ZONES).startswith("2 kinds of message")
    with pytest.raises(InputError, match="no template and no line"):
        explain(out, "wan8", None, ZONES)


def test_a_number_of_the_digest_is_an_item_and_its_end_is_told(tmp_path: Path) -> None:
    """As by the name of the family: how much came in all, and after it was shown; another number is refused."""
    found = finding()
    lines = [line(LAST_US), line(NOON_US + 7), line(NOON_US + 3 * DAY_US, "fan 3 stopped", signature=0x22)]
    out = folder_of(tmp_path, lines, found)
    told = explain(out, "1", None, ZONES)
    assert told == explain(out, family_id(found.family), None, ZONES)
    assert "\nAt the end of the log, Thu 4 Jun 2026 12:00\n  2 events in all, first Mon 1 Jun 2026 11:59," in told
    assert "  It was shown last at Mon 1 Jun 2026 12:00; 1 event came after that.\n" in told
    assert "  Nothing of it in the last 2 days of the log.\n" in told
    assert "At the end" not in explain(out, "1", found.tick_us, ZONES)
    for wrong in ("0", "2", "99"):
        with pytest.raises(InputError, match=f"{wrong}: the digest of .* has no item of this number. It has 1 to 1"):
            explain(out, wrong, None, ZONES)


def test_a_moment_before_the_first_decision_is_told_apart(graph: Graph, folder: OutputFolder) -> None:
    """Nothing had been decided yet, which is not the same as unknown."""
    with pytest.raises(InputError, match="nothing was decided about it by then"):
        explain(folder, family_id(graph.decisions[0].family), 0, ZONES)


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    """There is nothing to explain where nothing ran."""
    with pytest.raises(InputError, match="no decisions"):
        scan_decisions(OutputFolder(tmp_path))
    with pytest.raises(InputError, match=r"no items\.jsonl"):
        read_items(OutputFolder(tmp_path))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "18.00 points are missing, and two kinds of evidence"),
        ({}, "Against it: habituation -4.00"),
        ({"contributions": (("memory", 1.0),)}, "Nothing speaks against it"),
        ({"blocker": "two_keys"}, "Only one kind of evidence spoke for it"),
        ({"blocker": "cooldown"}, "It had surfaced lately"),
        ({"joined_family": 9, "cause": "joined"}, "Ask about f1-0000000000000009"),
    ],
)
def test_why_nobody_was_shown_something_is_said(changes: dict[str, object], said: str) -> None:
    """What was missing, what spoke against it, or what held it back."""
    assert said in explain_family([decision(**changes)], ZONE)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ([], "It was promoted as soon as it was seen."),
        ([{"blocker": "two_keys"}], "Held back until then: only one kind of evidence"),
        ([{}], "Held back until then: 18.00 points were missing."),
    ],
)
def test_why_now_and_not_earlier_is_said(before: list[dict[str, object]], said: str) -> None:
    """What had been in the way at the decision before."""
    strong = (("recurrence", 8.0), ("self_heal", 12.0))
    surfaced = decision(tick_us=TICK + SLOT_US, cause="surfaced", to_band="promote", contributions=strong)
    text = explain_family([*(decision(**changes) for changes in before), surfaced], ZONE)
    assert said in text
    if before:
        assert "Largest changes since: self_heal +12.00" in text
        assert "habituation +4.00 (no longer held down by habit)" in text


def test_what_is_shown_again_is_compared_with_what_was_shown_before() -> None:
    """Not with the decision just before, and a malus that has become smaller is no reason."""
    first = decision(cause="surfaced", contributions=(("novelty", 21.0), ("self_heal", 5.0), ("clock", -5.0)))
    between = replace(first, cause="moved", blocker="cooldown", tick_us=TICK + 100 * SLOT_US)
    points = (("novelty", 21.0), ("self_heal", 11.0), ("clock", -2.0), ("recurrence", 6.25))
    again = decision(cause="surfaced", tick_us=TICK + 200 * SLOT_US, contributions=points)
    text = explain_family([first, between, again], ZONE)
    assert f"Shown before at {clock(TICK, ZONE)} with 1.00 points." in text
    assert (
        "Shown again: 15.25 points more (recurrence +6.25 (seen on 6 of the last 14 days), self_heal +6.00 (went"
        in text
    )
    assert "A new kind of evidence: recurrence (seen on 6 of the last 14 days)." in text
    assert "Held back until then: it had surfaced lately and had gained nothing new." in text


@pytest.mark.parametrize(
    ("slots", "kind", "said"),
    [
        (7 * 144, "rise", "What is still strong after 7 days is shown again."),
        (144, "precursor", "Each time may be the one"),
    ],
)
def test_what_is_shown_again_without_more_says_why(slots: int, kind: str, said: str) -> None:
    """A week has passed, or it foretells."""
    first = decision(cause="surfaced", contributions=((kind, 24.0),))
    text = explain_family([first, replace(first, tick_us=TICK + slots * SLOT_US)], ZONE)
    assert said in text
    assert "Shown again" not in text


def test_a_long_history_is_cut_and_says_so() -> None:
    """The latest decisions are shown, the others counted."""
    history = [decision(tick_us=TICK + each * SLOT_US) for each in range(HISTORY_SHOWN + 5)]
    assert "... 5 earlier decisions" in explain_family(history, ZONE)


def test_log_text_is_cleaned_before_it_is_shown() -> None:
    """A template, a service or a tenant cannot write to the terminal."""
    text = explain_family([decision(template="stone \x1b[2J wears", service="a\nb", tenant="\u202enorth")], ZONE)
    assert not set("\x1b\u202e") & set(text)
    assert "a\nb" not in text
