"""The digest: short, ranked, honest about what it leaves out, and proof against what logs may hold."""

import re
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from brainstem.contracts.decision import Decision
from brainstem.contracts.finding import Contribution, Earlier
from brainstem.contracts.slots import SLOT_US
from brainstem.evidence.kinds import KIND_NAMED
from brainstem.explain.answers.period import Faded, Period, Untimed, sections
from brainstem.explain.course import Course, Line, OnHost, Pair, State, state_of
from brainstem.explain.digest import (
    NOT_SHOWN,
    Reason,
    Summary,
    Verdict,
    Weighed,
    as_plain,
    digest,
    numbered,
    why_not_shown,
)
from brainstem.explain.item import Item, compose
from brainstem.explain.redaction.markdown import code, prose, steps_with_code
from brainstem.explain.redaction.redact import clean
from brainstem.text.phrases import Zones
from tests.support.findings import ADVICE, DAY_US, FACTS, NOON_US, evidence, finding

HOUR_US = 3_600_000_000
LAST_US = FACTS["last_time"]
MARKDOWN = MarkdownIt("commonmark").enable(["strikethrough", "table"])
GOLDEN = Path(__file__).parent / "golden" / "digest"


def pair_of(down_us: int, down: str, up: str) -> Pair:
    """Return a link that went and came back half a minute later, with its lines."""
    away = Line(down_us, f"{down} edge4 linkd: link wan7 went away")
    return Pair(away, Line(down_us + 30_000_000, f"{up} edge4 linkd: link wan7 is back"))


def decision(blocker: str, *contributions: tuple[str, float]) -> Decision:
    """Return a decision that was held back."""
    return Decision(
        tenant="north",
        tick_us=NOON_US,
        family=1,
        signature=1,
        service="linkd",
        template="x",
        from_band="background",
        to_band="watch",
        cause="evidence",
        blocker=blocker,
        score=-20.0 + sum(points for _, points in contributions),
        prior=-20.0,
        contributions=contributions,
        facts=FACTS,
    )


def held(number: int, score: float, tenant: str = "north") -> Decision:
    """Return a decision that the budget held back."""
    contributions = (("recurrence", 6.25), ("self_heal", score + 13.75))
    return replace(decision("budget", *contributions), family=number, tenant=tenant, template="link <name> went away")


NEAR = decision("two_keys", ("rise", 21.5), ("period", -1.5))
FAR = decision("none", ("recurrence", 10.0), ("habituation", -2.25))
QUIET = {
    "east": Weighed(41_000, 70, replace(NEAR, tenant="east")),
    "north": Weighed(80_000, 100, replace(FAR, family=2)),
    "south": Weighed(2_456, 42, replace(decision("none"), family=3, tenant="south")),
}
SUMMARY = Summary(
    start_us=NOON_US - 14 * DAY_US,
    end_us=NOON_US,
    tenants=("east", "north", "south"),
    events=123_456,
    families=212,
    rejected={"no valid JSON": 2, "with an impossible time": 1},
    not_shown={"period": 40, "habituation": 90, "little": 78, "two_keys": 1},
    weighed=QUIET,
)


def items() -> list[Item]:
    """Return three items of two tenants."""
    spreading = finding(
        tenant="south",
        service="kernel",
        family=2,
        template="cable <name> reseated by hand",
        contributions=(Contribution("spread", 10.0), Contribution("novelty", 5.5), Contribution("recurrence", 7.0)),
        kinds=("spread", "recurrence", "novelty"),
        facts={"hosts": 3, "hosts_joined_7d": 2},
        hosts=("rack1", "rack2", "rack3"),
        entities=(),
        evidence=evidence(12, "cable 4 reseated by hand", "rack2"),
        surfaced_before_us=(NOON_US - 8 * DAY_US,),
        changes=(Contribution("spread", 2.25),),
        blocker="",
    )
    falling = finding(
        service="lotsd",
        family=3,
        template="lots left: <num>",
        contributions=(Contribution("countdown", 14.0), Contribution("recurrence", 6.25)),
        kinds=("countdown",),
        facts={"countdown_milli": 9500, "countdown_falls": 6},
        entities=(),
        evidence=evidence(2, "lots left: 9.5"),
        changes=(Contribution("countdown", 14.0),),
    )
    return [compose(each, ZoneInfo("Europe/Prague"), ADVICE) for each in (falling, spreading, finding())]


def daily_slots(last_us: int) -> list[int]:
    """Return the slots of a message that came once a day from the first event on, and at a last moment."""
    return [*((FACTS["first_time"] + day * DAY_US) // SLOT_US for day in range(6)), last_us // SLOT_US]


@pytest.mark.parametrize(("name", "shown"), [("three-items", 3), ("quiet", 0)])
def test_the_digest_reads_as_in_the_golden_file(name: str, shown: int) -> None:
    """The whole text, as a technician gets it; the files are made to be read."""
    falling, spreading, flapping = items()
    ends_us = {"north": NOON_US + 3 * DAY_US, "south": NOON_US + 9 * HOUR_US}
    courses = {
        "falling": Course(
            0, 0, LAST_US, lines=[Line(NOON_US - HOUR_US, "Jun  1 01:01:00 edge4 linkd: lots left: 9.5")]
        ),
        "spreading": Course(
            1_206,
            NOON_US,
            NOON_US + 9 * HOUR_US,
            FACTS["first_time"],
            hosts=[
                OnHost("rack1", 1_100, FACTS["first_time"]),
                OnHost("rack2", 130, NOON_US - 2 * DAY_US),
                OnHost("rack3", 4, NOON_US),
            ],
            lines=[Line(NOON_US, "Jun  1 14:00:00 rack2 linkd: cable 4 reseated by hand")],
            slots=daily_slots(NOON_US + 9 * HOUR_US),
            held=1_234,
        ),
        "flapping": Course(
            1,
            NOON_US + HOUR_US,
            NOON_US + HOUR_US,
            lines=[Line(LAST_US, "Jun  1 11:59:53 edge4 linkd: link wan7 went away")],
            pairs=[
                pair_of(NOON_US - DAY_US, "May 31 12:00:00", "May 31 12:00:30"),
                pair_of(LAST_US, "Jun  1 11:59:53", "Jun  1 12:00:30"),
                pair_of(NOON_US + HOUR_US, "Jun  1 13:00:00", "Jun  1 13:00:30"),
            ],
            slots=daily_slots(NOON_US + HOUR_US),
            held=29,
        ),
    }
    states = {
        falling["id"]: state_of("countdown", FACTS | {"countdown_milli": 9500}, courses["falling"], ends_us["north"]),
        spreading["id"]: state_of("spread", FACTS | {"hosts": 3}, courses["spreading"], ends_us["south"]),
        flapping["id"]: state_of("self_heal", FACTS, courses["flapping"], ends_us["north"]),
    }
    verdicts = {flapping["subject"]: Verdict("useful", "splice in duct 7 is wet", NOON_US + DAY_US)}
    summary = replace(SUMMARY, states=states, ends_us=ends_us, verdicts=verdicts)
    assert digest(items()[:shown], summary, Zones(ZoneInfo("Europe/Prague"))) == (GOLDEN / f"{name}.md").read_text()


def told_of(kind: str, facts: dict[str, int], course: Course, contributions: tuple[Contribution, ...]) -> str:
    """Return the digest of one item of a kind, of a log that ends with its last event."""
    made = compose(finding(kinds=(kind,), facts=facts, contributions=contributions), UTC, ADVICE)
    state = state_of(kind, FACTS | facts, course, course.last_us or LAST_US)
    summary = replace(SUMMARY, states={made["id"]: state}, ends_us={"north": course.last_us or LAST_US})
    return digest([made], summary, Zones(UTC))


GROWING = {"episodes": 6, "count": 6, "episodes_24h": 3, "episodes_72h": 4, "episodes_7d": 6, "active_days": 4}
GROWING |= {"first_time": LAST_US - 5 * DAY_US, "trend_milli": 3_000, "daily_windows": 5}
STEADY_US = [LAST_US - 5 * DAY_US + each * DAY_US for each in range(9)]
BY_DAYS = (Contribution("recurrence", 16.25), Contribution("acceleration", 12.0))


def steady(held: int) -> Course:
    """Return a message that came once a day, also for three days after its item."""
    times = STEADY_US[-held:]
    return Course(3, STEADY_US[6], STEADY_US[-1], GROWING["first_time"], [each // SLOT_US for each in times], held=held)


def test_days_are_those_of_the_end_where_all_events_are_stored_and_what_was_compared_keeps_its_moment() -> None:
    """However young the item is; a pace is never worked out of the counts of one moment and the age of another."""
    text = told_of("self_heal", GROWING, steady(9), BY_DAYS)
    assert "Seen on 9 of the last 14 days. As of Mon 1 Jun 2026 12:00: comes ever more often" in text
    assert "9 events on edge4" in text


def test_days_keep_the_moment_of_the_item_where_a_part_of_its_events_is_stored() -> None:
    """As in a run that continues a memory: what lies in its folder is not all."""
    text = told_of("self_heal", GROWING, steady(5), BY_DAYS)
    assert "As of Mon 1 Jun 2026 12:00: seen on 4 of the last 14 days; comes ever more often" in text
    assert "times in 7 days, usually within 38 s, as of Mon 1 Jun 2026 12:00\n" in text


@pytest.mark.parametrize("kind", sorted({"recurrence", "burst", "acceleration", "spread", "numeric_drift"}))
@given(stored=st.integers(1, 9))
def test_a_headline_of_one_moment_has_no_fact_of_another(kind: str, stored: int) -> None:
    """Either all facts that it tells are those it was shown with, or its counts and its times are those of the end."""
    facts = FACTS | GROWING
    state = state_of(kind, facts, steady(stored), STEADY_US[-1])
    if state.is_of_item:
        assert state.told == facts
    else:
        assert stored == 9
        assert (state.told["episodes"], state.told["count"], state.told["active_days"]) == (9, 9, 9)


@given(since=st.integers(0, 60))
def test_paces_of_the_item_are_those_it_was_shown_with(since: int) -> None:
    """Whatever comes later, and however many of its events are stored."""
    last_us = LAST_US + since * HOUR_US
    slots = sorted({each // SLOT_US for each in (*STEADY_US[:6], last_us)})
    state: State = state_of("acceleration", FACTS | GROWING, Course(1, last_us, last_us, 0, slots, held=7), last_us)
    assert KIND_NAMED["acceleration"].factors[0].because(state.told) == KIND_NAMED["acceleration"].factors[0].because(
        FACTS | GROWING
    )


def test_events_by_host_say_since_when_they_are_counted_where_not_all_are_stored() -> None:
    """The numbers of the hosts are of the span that is named with them, and no first time is made up."""
    hosts = [OnHost("edge4", 11, NOON_US - DAY_US), OnHost("edge5", 24, NOON_US - HOUR_US)]
    slots = [(NOON_US - DAY_US) // SLOT_US]
    facts = {"count": 50}
    course = Course(4, NOON_US, NOON_US + HOUR_US, FACTS["first_time"], slots, hosts, held=35)
    text = told_of("novelty", facts, course, BY_DAYS)
    assert "54 events on edge4 and edge5 (linkd), first Tue 26 May 2026 12:00, last Mon 1 Jun 2026 13:00; " in text
    assert "; since Sun 31 May 2026 12:00 11 on edge4 and 24 on edge5\n" in text
    whole = [hosts[0]._replace(events=30), hosts[1]]
    text = told_of("novelty", facts, replace(course, hosts=whole, held=54), BY_DAYS)
    assert "54 events (linkd), first Tue 26 May 2026 12:00, last Mon 1 Jun 2026 13:00: 30 on edge4 from" in text


def test_what_the_budget_held_back_is_listed_strongest_first() -> None:
    """As in the golden file: where, when, how strong, what, and how to ask why."""
    summary = replace(SUMMARY, held=(held(5, 1.5), held(6, 12.25, "east")), not_shown={"budget": 2, "little": 207})
    text = digest(items()[2:], summary, Zones(ZoneInfo("Europe/Prague")))
    assert text == (GOLDEN / "held-back.md").read_text()


def test_a_long_list_of_what_was_held_back_is_cut() -> None:
    """Twenty are named, the rest are counted."""
    summary = replace(SUMMARY, tenants=(), held=tuple(held(number, number / 4) for number in range(23)))
    text = digest([], summary, Zones(UTC))
    assert text.count("(`f1-") == 20
    assert "and 3 weaker ones" in text


def test_where_nothing_was_read_no_time_is_called_quiet() -> None:
    """No dates, no quiet tenants, and what was not read."""
    refused = "Not read: 2 files (2 binary); the ledger names them."
    text = digest([], Summary(0, 0, ("north",), 0, 0, unread=(refused,), weighed={"north": Weighed(0, 0)}), Zones(UTC))
    assert text.startswith("# Weak signals: nothing was read\n")
    assert f"- {refused}" in text
    assert "1970" not in text
    assert "Quiet" not in text
    assert "a quiet time" not in text


@pytest.mark.parametrize(
    ("since_us", "until_us", "heading", "why"),
    [
        (NOON_US + DAY_US, None, "no event from Tue 2 Jun 2026 12:00 on (UTC)", "They end before this period."),
        (None, NOON_US - 9 * DAY_US, "no event before Sat 23 May 2026 12:00 (UTC)", "They begin after this period."),
        (
            NOON_US - 2 * DAY_US,
            NOON_US - DAY_US,
            "no event from Sat 30 May 2026 12:00 to Sun 31 May 2026 12:00 (UTC)",
            "This period is a gap in them",
        ),
    ],
)
def test_a_period_without_an_event_is_held_against_the_time_of_the_logs(
    since_us: int | None, until_us: int | None, heading: str, why: str
) -> None:
    """Whoever asks for another year than that of the logs is told from when to when they are."""
    period = Period(since_us=since_us, until_us=until_us)
    summary = Summary(0, 0, (), 0, 0, period=period, whole_us=(NOON_US - 8 * DAY_US, NOON_US))
    text = digest([], summary, Zones(UTC))
    assert text.startswith(f"# Weak signals: {heading}\n")
    assert "The logs that were read are from Sun 24 May 2026 12:00 to Mon 1 Jun 2026 12:00. " in text
    assert why in text
    assert "1970" not in text


def faded(number: int, band: str, shown_us: int = 0) -> Faded:
    """Return a family that has faded."""
    return Faded("north", "linkd", f"link {number} is slow", number, band, NOON_US, shown_us)


def test_what_has_faded_is_told_once() -> None:
    """Of an item stands its number, of what another section names nothing; neither is counted with the rest."""
    period = Period(
        faded=(
            faded(1, "promote", NOON_US - DAY_US),
            faded(2, "promote", NOON_US - DAY_US),
            faded(3, "investigate"),
            faded(4, "promote"),
            faded(5, "investigate"),
            faded(6, "watch"),
        ),
        item_numbers={1: 2, 7: 1},
        told_beside=frozenset({5}),
    )
    (section,) = sections(period, Zones(UTC))
    assert section.splitlines() == [
        "## Faded",
        "",
        "- Item 2 above",
        "- north: linkd “link 2 is slow”, shown Sun 31 May 2026 12:00, faded Mon 1 Jun 2026 12:00 (`f1-0000000000000002`)",
        "- north: linkd “link 3 is slow”, came near to an item and fell back, Mon 1 Jun 2026 12:00 (`f1-0000000000000003`)",
        "- north: linkd “link 4 is slow”, had earned your eyes and fell back, Mon 1 Jun 2026 12:00 (`f1-0000000000000004`)",
        "- 1 kind of message was watched for a while only",
    ]


def test_sources_without_a_time_are_told_once() -> None:
    """At the top, where all of what was read is told; beside the other sources, where a period is."""
    period = Period(untimed=(Untimed("north", "file:/a.json", 3, 3),))
    said = "3 of 3 records of /a.json have no time that could be read; nothing can be told of them."
    above = digest([], replace(SUMMARY, period=period, misread=(said,)), Zones(UTC))
    below = digest([], replace(SUMMARY, period=period), Zones(UTC))
    assert above.count("a.json") == below.count("a.json") == 1
    assert "- Without a time: north, /a.json: 3 of 3 records" in below


def test_what_an_earlier_run_has_judged_is_no_quiet_time() -> None:
    """It is told how much was known already, in words and as JSON."""
    summary = replace(SUMMARY, known=123_400, known_us=NOON_US)
    text = digest([], summary, Zones(UTC))
    assert "a quiet time" not in text
    assert "123,400 events from before Mon 1 Jun 2026 12:00, where the memory ends, known already" in text
    assert as_plain([], summary)["known_already"] == 123_400
    assert "known already" not in digest([], SUMMARY, Zones(UTC))


@pytest.mark.parametrize(
    ("until_us", "words"), [(NOON_US + 2 * DAY_US, "until Wed 3 Jun 2026 12:00"), (None, "until it escalates")]
)
def test_what_is_snoozed_says_until_when(until_us: int | None, words: str) -> None:
    """Beside who said so, and when."""
    (item,) = items()[2:]
    said = {item["subject"]: Verdict("snoozed by ann", "", NOON_US + DAY_US, until_us)}
    text = digest([item], replace(SUMMARY, verdicts=said), Zones(UTC))
    assert f"**What people said:** snoozed by ann {words} (Tue 2 Jun 2026 12:00)" in text


def test_where_no_time_was_read_no_time_is_called_quiet() -> None:
    """Neither in the heading nor of the tenant, and the sources are named."""
    said = "3 of 3 records of a.json have no time that could be read; nothing can be told of them."
    summary = replace(SUMMARY, tenants=("north",), untold=frozenset({"north"}), misread=(said,))
    summary = replace(summary, weighed={"north": Weighed(3, 1)})
    text = digest([], summary, Zones(UTC))
    assert text.startswith("# Weak signals: no time could be read\n")
    assert f"- {said}\n" in text
    assert "- north: 3 events read, and no time of any of them; nothing can be told of it.\n" in text
    assert "a quiet time" not in text


def test_what_is_stored_and_not_judged_yet_is_no_quiet_time() -> None:
    """As in the first minute of a live run, while it waits for a source that has brought nothing so far."""
    text = digest([], replace(SUMMARY, families=0), Zones(UTC))
    assert "none of them is judged yet" in text
    assert "quiet time" not in text


def test_a_quiet_time_is_said_of_what_could_be_read_only() -> None:
    """One source that was not understood may hold anything."""
    text = digest([], replace(SUMMARY, misread=("Some.",)), Zones(UTC))
    assert "nothing that could be read has earned your eyes" in text


def test_what_was_read_in_part_and_tenants_of_whom_nothing_was_read_are_named() -> None:
    """Beside a whole tenant there may be one whose files could not be read."""
    summary = replace(SUMMARY, unread=("Read in part: a.gz ends before its own end mark.",), weighed={})
    text = digest([], summary, Zones(UTC))
    assert "- Read in part: a.gz ends before its own end mark." in text
    assert text.count("nothing was read, so nothing can be said of it") == len(SUMMARY.tenants)


def test_an_item_takes_at_most_fourteen_lines() -> None:
    """What is longer is not read at seven in the morning."""
    text = digest(items(), SUMMARY, Zones(UTC))
    blocks = text.split("### ")[1:]
    assert len(blocks) == 3
    for block in blocks:
        assert len([line for line in block.split("\n## ")[0].splitlines() if line]) <= 14


def test_commands_stand_once_at_the_end_and_can_be_copied() -> None:
    """What explains an item and what says what it was worth, each with a number; none stands below an item."""
    text = digest(items(), SUMMARY, Zones(UTC), "why {asked} --out 'a b'", "say {asked} --out 'a b'")
    items_told, _, end = text.partition("## How to go on")
    assert "`why 1 --out 'a b'`" in end
    assert "`say 1 --out 'a b'`" in end
    assert "why 1" not in items_told
    assert "say 1" not in items_told


def test_headlines_stand_on_top_with_the_numbers_of_their_items() -> None:
    """The strongest first; each is the heading of the item with that number, whose name stands below it."""
    text = digest(items(), SUMMARY, Zones(UTC))
    on_top = re.findall(r"^(\d+\. .*)$", text, re.MULTILINE)
    headings = re.findall(r"^### (.*)$", text, re.MULTILINE)
    assert on_top == headings
    names = re.findall(r"^- Its name: `(f1-[0-9a-f]{16})`$", text, re.MULTILINE)
    assert names == [item["subject"] for item in numbered(items())]
    scores = [item["data"]["score"] for item in numbered(items())]
    assert scores == sorted(scores, reverse=True)
    assert "## In short" not in digest(items()[:1], SUMMARY, Zones(UTC))


def test_no_line_of_an_item_and_no_meaning_of_a_kind_is_said_twice() -> None:
    """What a kind of item means stands below the first one of that kind only."""
    flaps = [compose(finding(family=number, tenant=f"t{number}"), UTC, ADVICE) for number in range(1, 4)]
    text = digest([*items(), *flaps], SUMMARY, Zones(UTC))
    assert text.count(KIND_NAMED["self_heal"].why_it_matters) == 1
    for block in text.split("### ")[1:]:
        told = [line for line in block.splitlines() if line]
        assert len(told) == len(set(told))


def test_no_reader_meets_a_unit_or_a_word_that_is_not_explained() -> None:
    """Points are the one unit of scores; no placeholder in angle brackets stands outside of a command."""
    text = digest(items(), replace(SUMMARY, held=(held(5, 1.5),)), Zones(UTC))
    for word in ("deciban", "episode", "surfaced", "standard deviation", "\\<"):
        assert word not in text
    assert text.count("- Points: ") == 1


def test_the_order_of_items_does_not_matter() -> None:
    """Items are ranked by the digest, so any order gives the same text."""
    assert digest(items()[::-1], SUMMARY, Zones(UTC)) == digest(items(), SUMMARY, Zones(UTC))


HOSTILE = st.lists(
    st.sampled_from(
        ["\n# forged", "<script>", "](http://x)", "[a]", "[x]: y", "<?", "</b>", "&#65;", "12) ", "> ", "+ ", " #", "==",
         "![", "`", "``", "**", "_", "\\", "&lt;", "|", "\x1b[2J", "https://x.example",
         "www.x.example", "\u202e", "- ", "1. ", "<!--", "a@b.example", "~~", " "]
    )
    | st.text(max_size=4),
    max_size=10,
).map("".join)  # fmt: skip


@given(HOSTILE)
def test_log_text_cannot_forge_structure(text: str) -> None:
    """Headings, bullets and their number are those of the template, whatever the log said."""

    def shape(words: str) -> list[str]:
        made = finding(template=words, service="", hosts=(words,), entities=(), evidence=evidence(3, words))
        rendered = digest([compose(made, UTC)], SUMMARY, Zones(UTC))
        return [line.split(" ")[0] for line in rendered.split("\n")]

    assert shape(text) == shape("plain")


@given(HOSTILE)
def test_a_reader_of_markdown_sees_the_text_and_nothing_else(text: str) -> None:
    """Wherever it stands in a line: no emphasis, link, tag, reference, list, heading or quotation comes of it."""
    for before, after in (("- **X:** ", ""), ("- ", ": y"), ("### 1. x: ", ""), ("1. ", ": y"), ("- a, ", ". b")):
        tokens = MARKDOWN.parse(f"{before}{prose(text)}{after}")
        (inline,) = [token for token in tokens if token.type == "inline"]
        children = inline.children or []
        assert {child.type for child in children} <= {"text", "text_special", "strong_open", "strong_close"}
        shown = "".join(child.content for child in children)
        plain = f"{before}{clean(text, 2000).lstrip()}{after}"
        assert shown.strip() == re.sub(r"^(?:- |### |1\. )", "", plain).replace("**X:**", "X:", 1).strip()
        assert sum(token.type.endswith("_open") for token in tokens) == (1 if before.startswith("#") else 3)


@given(HOSTILE)
def test_no_address_becomes_a_link_by_itself(text: str) -> None:
    """Some readers of Markdown make links of bare addresses; a bracket that is not escaped could be none."""
    # a bracket that is not escaped has a partner, and nothing behind it that would make the two a link
    shown = prose(text)
    position = 0
    while position < len(shown):
        if shown[position] == "\\":
            position += 2
            continue
        if shown[position] == "[":
            bare = re.match(r"\[[A-Za-z0-9 -]+\](?=[^(\[\]:])", shown[position:])
            assert bare is not None
            assert position > 0
            assert shown[position - 1] not in "![]\\"
            position += len(bare[0])
            continue
        assert shown[position] not in "`*[]~"
        position += 1
    assert "http:" not in shown
    assert "https:" not in shown
    assert "www." not in shown.lower()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sd 2:0:0:0: [sdb] Add. Sense", "sd 2:0:0:0: [sdb] Add. Sense"),
        ("see [here](x)", r"see \[here\](x)"),
        ("see [a][b] x", r"see \[a\]\[b\] x"),
        ("note [a]: x", r"note \[a\]: x"),
        ("[x] done", r"\[x\] done"),
        ("ends in [a]", r"ends in \[a\]"),
        ("picture ![a] b", r"picture !\[a\] b"),
        ("so [a_b] c", r"so \[a_b\] c"),
    ],
)
def test_brackets_are_escaped_only_where_a_link_could_form(text: str, shown: str) -> None:
    """A disk in brackets is read on a terminal as it stands in the log."""
    assert prose(text) == shown


@pytest.mark.parametrize(("number", "verb"), [(1, "1 runs"), (40, "40 run")])
def test_a_number_and_its_clause_agree(number: int, verb: str) -> None:
    """One runs, several run."""
    text = digest([], replace(SUMMARY, not_shown={"period": number}), Zones(UTC))
    assert f"## Not shown: {number} {'kind' if number == 1 else 'kinds'} of message\n\n- {verb} like clockwork" in text


@given(HOSTILE)
def test_a_code_span_cannot_be_left(text: str) -> None:
    """The fence of a code span is longer than any run of backticks inside."""
    span = code(text)
    fence = len(span) - len(span.lstrip("`"))
    inside = span[fence:-fence]
    assert "`" * fence not in inside
    assert span.endswith("`" * fence)


def test_commands_in_steps_stay_commands() -> None:
    """What stands between backticks is code, the rest is escaped."""
    assert steps_with_code("Try `a <b>` or <c>") == "Try `a <b>` or \\<c>"
    assert steps_with_code("odd ` one") == "odd \\` one"


def test_what_was_left_out_is_counted_by_reason() -> None:
    """Each family that is not shown has one reason: what held it back, else what spoke most against it."""
    counts = why_not_shown(
        [
            Reason("two_keys", "habituation", -9.0, 1),
            Reason("none", "period", -22.0, 2),
            Reason("none", "habituation", -4.0, 3),
            Reason("none", "habituation", -0.25, 4),
            Reason("none", "clock", -6.0, 5),
            Reason("none", "", 0.0, 6),
        ]
    )
    assert counts == {"two_keys": 1, "period": 2, "habituation": 3, "little": 15}
    assert list(counts) == [name for name in NOT_SHOWN if name in counts]


def test_a_family_that_surfaced_twice_is_told_once() -> None:
    """The latest item stands for the earlier ones and names them."""
    earlier = compose(
        finding(tick_us=NOON_US - 2 * DAY_US, score=-1.0, contributions=(Contribution("rise", 19.0),)), UTC
    )
    later = compose(finding(surfaced_before_us=(NOON_US - 2 * DAY_US,)), UTC)
    text = digest([later, earlier], SUMMARY, Zones(UTC))
    assert text.count("### ") == 1
    assert "1 item for you" in text
    assert "**Seen before:** Sat 30 May 2026 12:00 (shown)" in text


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        (["surfaced"], "Sun 31 May 2026 12:00 (shown)"),
        (["surfaced", "surfaced"], "Sun 31 May 2026 12:00 (shown), and 1 more time"),
        (
            ["surfaced", "resolved: carrier fixed the line", "surfaced"],
            "Sat 30 May 2026 12:00 (resolved: carrier fixed the line), and it is back;"
            " last shown Sun 31 May 2026 12:00, and 1 more time",
        ),
        (
            ["called useful", "surfaced"],
            "Sat 30 May 2026 12:00 (called useful); last shown Sun 31 May 2026 12:00",
        ),
        (["surfaced", "resolved"], "Sun 31 May 2026 12:00 (resolved), and it is back, and 1 more time"),
    ],
)
def test_what_was_said_of_an_earlier_time_goes_before_that_it_was_shown(outcomes: list[str], told: str) -> None:
    """A note of a colleague is worth more than one more date."""
    earlier = [
        Earlier(NOON_US - (len(outcomes) - number) * DAY_US, "north", outcome, 1000)
        for number, outcome in enumerate(outcomes)
    ]
    text = digest([compose(finding(earlier=tuple(earlier)), UTC)], SUMMARY, Zones(UTC))
    assert f"**Seen before:** {told}\n" in text


def test_a_tenant_with_a_zone_of_its_own_is_told_in_it() -> None:
    """Its item says so; what is said of all, or of others, stays in the usual zone."""
    told = [compose(finding(tenant=name, family=number), UTC) for number, name in enumerate(("north", "south"), 1)]
    text = digest(told, SUMMARY, Zones(UTC, {"south": ZoneInfo("Asia/Tokyo")}))
    sections = {part.partition("\n")[0]: part for part in text.split("\n## ")}
    north, south = sorted(text.split("\n### ")[1:], key=lambda part: "south: " in part)
    assert "first Tue 26 May 2026 12:00, last Mon 1 Jun 2026 11:59\n" in north
    assert "first Tue 26 May 2026 21:00, last Mon 1 Jun 2026 20:59 (times in JST)\n" in south
    assert text.startswith("# Weak signals, Mon 18 May 2026 12:00 to Mon 1 Jun 2026 12:00 (UTC)")
    assert "Nearest to an item, Mon 1 Jun 2026 12:00" in sections["Quiet: 1 tenant"]


def test_a_time_among_those_of_other_tenants_names_its_zone() -> None:
    """Held back or nearest: each is in the zone of its tenant, which is named where it is not the usual one."""
    tokyo = Zones(UTC, {"east": ZoneInfo("Asia/Tokyo")})
    text = digest([], replace(SUMMARY, held=(held(5, 1.5), held(6, 12.25, "east"))), tokyo)
    assert "- north, Mon 1 Jun 2026 12:00, 1.5 points:" in text
    assert "- east, Mon 1 Jun 2026 21:00 (JST), 12.25 points:" in text
    assert re.search(r"^- east: .* Nearest to an item, Mon 1 Jun 2026 21:00 \(JST\):", text, re.MULTILINE)
    assert re.search(r"^- north: .* Nearest to an item, Mon 1 Jun 2026 12:00:", text, re.MULTILINE)
