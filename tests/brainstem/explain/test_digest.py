"""The digest: short, ranked, honest about what it leaves out, and proof against what logs may hold."""

import re
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.contracts.decision import Decision
from brainstem.contracts.finding import Contribution, Earlier
from brainstem.explain.digest import (
    NOT_SHOWN,
    Reason,
    Since,
    Summary,
    Weighed,
    code,
    digest,
    prose,
    steps_with_code,
    why_not_shown,
)
from brainstem.explain.item import Item, compose
from brainstem.text.phrases import Zones
from tests.support.findings import ADVICE, DAY_US, FACTS, NOON_US, evidence, finding

GOLDEN = Path(__file__).parent / "golden" / "digest"


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
    rejected=3,
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


@pytest.mark.parametrize(("name", "shown"), [("three-items", 3), ("quiet", 0)])
def test_the_digest_reads_as_in_the_golden_file(name: str, shown: int) -> None:
    """The whole text, as a technician gets it; the files are made to be read."""
    falling, spreading, _ = items()
    since = {falling["id"]: Since(0, 0), spreading["id"]: Since(1_206, NOON_US + 9 * 3_600_000_000)}
    summary = replace(SUMMARY, since=since)
    assert digest(items()[:shown], summary, Zones(ZoneInfo("Europe/Prague"))) == (GOLDEN / f"{name}.md").read_text()


def test_what_the_budget_held_back_is_listed_strongest_first() -> None:
    """As in the golden file: where, when, how strong, what, and how to ask why."""
    summary = replace(SUMMARY, held=(held(5, 1.5), held(6, 12.25, "east")), not_shown={"budget": 2, "little": 207})
    text = digest(items()[2:], summary, Zones(ZoneInfo("Europe/Prague")))
    assert text == (GOLDEN / "held-back.md").read_text()


def test_a_long_list_of_what_was_held_back_is_cut() -> None:
    """Twenty are named, the rest are counted."""
    summary = replace(SUMMARY, tenants=(), held=tuple(held(number, number / 4) for number in range(23)))
    text = digest([], summary, Zones(UTC))
    assert text.count("brainstem explain f1-") == 20
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
    since = {item["id"]: Since(2, NOON_US) for item in items()}
    text = digest(items(), replace(SUMMARY, since=since), Zones(UTC))
    blocks = text.split("### ")[1:]
    assert len(blocks) == 3
    for block in blocks:
        assert len([line for line in block.split("\n## ")[0].split("\nQuiet")[0].splitlines() if line]) <= 14


def test_the_commands_of_an_item_can_be_copied() -> None:
    """What explains it and what says what it was worth, each with the name of the family."""
    text = digest(items()[:1], SUMMARY, Zones(UTC), "why {family} --out 'a b'", "say {family} --out 'a b'")
    assert "- Explained by `why f1-0000000000000003 --out 'a b'`\n" in text
    assert "- Was it useful, useless, or is it resolved? `say f1-0000000000000003 --out 'a b'`\n" in text


def test_the_order_of_items_does_not_matter() -> None:
    """Items are ranked by the digest, so any order gives the same text."""
    assert digest(items()[::-1], SUMMARY, Zones(UTC)) == digest(items(), SUMMARY, Zones(UTC))


HOSTILE = st.lists(
    st.sampled_from(
        ["\n# forged", "<script>", "](http://x)", "[a]", "`", "``", "**", "_", "\\", "&lt;", "|", "\x1b[2J", "https://x.example",
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
def test_prose_leaves_no_markup_behind(text: str) -> None:
    """Every character with a meaning is escaped, and no address becomes a link by itself."""
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
        assert shown[position] not in "`*_[]<>&~|#!@"
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
        ("picture ![a] b", r"picture \!\[a\] b"),
        ("so [a_b] c", r"so \[a\_b\] c"),
    ],
)
def test_brackets_are_escaped_only_where_a_link_could_form(text: str, shown: str) -> None:
    """A disk in brackets is read on a terminal as it stands in the log."""
    assert prose(text) == shown


@pytest.mark.parametrize(("number", "verb"), [(1, "1 runs"), (40, "40 run")])
def test_a_number_and_its_clause_agree(number: int, verb: str) -> None:
    """One runs, several run."""
    text = digest([], replace(SUMMARY, not_shown={"period": number}), Zones(UTC))
    assert f"Not shown: {number} {'kind' if number == 1 else 'kinds'} of message.\n- {verb} like clockwork" in text


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
    assert steps_with_code("Try `a <b>` or <c>") == "Try `a <b>` or \\<c\\>"
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
    assert "**Seen before:** Sat 30 May 2026 12:00 at north (surfaced)" in text


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        (["surfaced"], "Sun 31 May 2026 12:00 at north (surfaced)"),
        (["surfaced", "surfaced"], "Sun 31 May 2026 12:00 at north (surfaced), and 1 more"),
        (
            ["surfaced", "resolved: carrier fixed the line", "surfaced"],
            "Sat 30 May 2026 12:00 at north (resolved: carrier fixed the line), and it is back;"
            " last shown Sun 31 May 2026 12:00, and 1 more",
        ),
        (
            ["called useful", "surfaced"],
            "Sat 30 May 2026 12:00 at north (called useful); last shown Sun 31 May 2026 12:00",
        ),
        (["surfaced", "resolved"], "Sun 31 May 2026 12:00 at north (resolved), and it is back, and 1 more"),
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
    """Its section says so; what is said of all, or of others, stays in the usual zone."""
    told = [compose(finding(tenant=name, family=number), UTC) for number, name in enumerate(("north", "south"), 1)]
    text = digest(told, SUMMARY, Zones(UTC, {"south": ZoneInfo("Asia/Tokyo")}))
    sections = {part.partition("\n")[0]: part for part in text.split("\n## ")}
    north, south = sections["north: 1 item"], sections["south: 1 item (times in JST)"]
    assert "first Tue 26 May 2026 12:00, last Mon 1 Jun 2026 11:59" in north
    assert "first Tue 26 May 2026 21:00, last Mon 1 Jun 2026 20:59" in south
    assert text.startswith("# Weak signals, Mon 18 May 2026 12:00 to Mon 1 Jun 2026 12:00 (UTC)")
    assert "Nearest, Mon 1 Jun 2026 12:00" in sections["Quiet: 1 tenant"]


def test_a_time_among_those_of_other_tenants_names_its_zone() -> None:
    """Held back or nearest: each is in the zone of its tenant, which is named where it is not the usual one."""
    tokyo = Zones(UTC, {"east": ZoneInfo("Asia/Tokyo")})
    text = digest([], replace(SUMMARY, held=(held(5, 1.5), held(6, 12.25, "east"))), tokyo)
    assert "- north, Mon 1 Jun 2026 12:00, 1.5 points:" in text
    assert "- east, Mon 1 Jun 2026 21:00 (JST), 12.25 points:" in text
    assert re.search(r"^- east: .* Nearest, Mon 1 Jun 2026 21:00 \(JST\):", text, re.MULTILINE)
    assert re.search(r"^- north: .* Nearest, Mon 1 Jun 2026 12:00:", text, re.MULTILINE)
