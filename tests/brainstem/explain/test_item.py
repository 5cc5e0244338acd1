"""Items: complete, exact, stable, and in words a technician uses."""

import json
import re
from datetime import UTC
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from brainstem.attention.bands import BEHAVIOURS
from brainstem.contracts.features import ON_ENTITY, ON_HOST, ONE_MEMBER
from brainstem.contracts.finding import Contribution, Shown, family_id, parse_family_id
from brainstem.evidence.kinds import FACTOR_NAMED, FACTORS, ITEM_KINDS, KIND_NAMED
from brainstem.explain.item import choose_evidence, compose, kinds_of
from brainstem.explain.quote import quote
from brainstem.explain.redaction.redact import clean
from brainstem.explain.sentences import because
from brainstem.text.phrases import duration
from tests.support.findings import ADVICE, DAY_US, FACTS, NOON_US, evidence, finding

SCHEMA: dict[str, Any] = json.loads(files("brainstem.contracts").joinpath("item.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
PRAGUE = ZoneInfo("Europe/Prague")


def test_the_schema_is_a_schema() -> None:
    """The published document is valid JSON Schema 2020-12."""
    Draft202012Validator.check_schema(SCHEMA)


def test_an_item_fulfils_the_published_schema() -> None:
    """A plain finding gives a valid item."""
    VALIDATOR.validate(json.loads(orjson.dumps(compose(finding(), UTC, ADVICE))))


POINTS = st.integers(-200, 200).map(lambda quarters: quarters / 4)
CONTRIBUTIONS = st.dictionaries(st.sampled_from(FACTORS), POINTS, min_size=1).map(
    lambda points: tuple(Contribution(factor, value) for factor, value in points.items())
)


@given(
    CONTRIBUTIONS,
    st.text(max_size=40),
    st.lists(st.text(max_size=20), max_size=5).map(tuple),
    st.dictionaries(st.sampled_from(["count", "hosts", "heal_seconds", "period_seconds"]), st.integers(0, 10**7)),
)
def test_any_finding_gives_a_valid_item(
    contributions: tuple[Contribution, ...], text: str, names: tuple[str, ...], facts: dict[str, int]
) -> None:
    """Whatever the log said and whatever spoke for it, the item fulfils the schema and its points add up."""
    made = finding(
        contributions=contributions,
        template=text,
        service=text,
        hosts=names,
        entities=names,
        tenant=text,
        facts=facts,
        kinds=(),
    )
    item = json.loads(orjson.dumps(compose(made, UTC, ADVICE)))
    VALIDATOR.validate(item)
    about = item["data"]
    assert about["prior"] + sum(each["points"] for each in about["contributions"]) == about["score"]


def test_points_that_do_not_add_up_are_refused() -> None:
    """An item never explains a score it does not have."""
    with pytest.raises(ValueError, match="do not sum"):
        compose(finding(score=3.0), UTC)


def test_the_same_finding_gives_the_same_bytes() -> None:
    """Composing again changes nothing, so a replay repeats items byte for byte."""
    assert orjson.dumps(compose(finding(), PRAGUE)) == orjson.dumps(compose(finding(), PRAGUE))


def test_the_id_tells_tenant_family_and_tick_apart() -> None:
    """Another tenant, family or time is another item; anything else is the same one."""
    one = compose(finding(), UTC)["id"]
    others = {
        compose(finding(**change), UTC)["id"]
        for change in ({"tenant": "south"}, {"family": 7}, {"tick_us": NOON_US + 1})
    }
    assert len(others | {one}) == 4
    assert compose(finding(template="other words"), PRAGUE)["id"] == one


def test_a_healing_link_is_told_as_a_technician_would() -> None:
    """What happens names the thing, the place, how often, the spacing, first and last time in the tenant's zone."""
    about = compose(finding(), PRAGUE)["data"]
    assert about["kind"] == "self_heal"
    assert about["kinds"] == ["self_heal", "recurrence"]
    assert about["what"] == (
        "wan7 on edge4 goes down and comes back by itself, 14 times in 7 days, usually within 38 s. "
        "First Tue 26 May 2026 14:00, last Mon 1 Jun 2026 13:59."
    )
    assert about["why"].endswith(" Seen on 6 of the last 14 days.")
    assert about["why_now"] == (
        "What tipped it: how often it comes back by itself. Until now only one kind of evidence spoke for it."
    )


@pytest.mark.parametrize(
    ("kind", "facts", "told"),
    [
        (
            "self_heal",
            {"heal_cycles_7d": 5, "heal_seconds": 40, "heal_learned": 1},
            "keeps coming and passing by itself on edge4: 5 times in 7 days, usually for 40 s.",
        ),
        ("recurrence", {"active_days": 1, "count": 1}, "link wan7 went away” was seen once on edge4."),
        (
            "acceleration",
            {
                "first_time": NOON_US - 20 * DAY_US,
                "sustained_milli": 40_000,
                "sustained_days": 5,
                "episodes_7d": 21,
                "daily_windows": 14,
            },
            "has come more often than it used to for 5 days on edge4: 21 times in 7 days.",
        ),
        (
            "acceleration",
            {"shrinking_z_milli": 3400, "episodes_24h": 4, "count": 11, "daily_windows": 14},
            "comes back after ever shorter gaps on edge4: 11 events so far.",
        ),
    ],
)
def test_a_headline_says_which_shape_was_seen(kind: str, facts: dict[str, int], told: str) -> None:
    """Learned pairs, rises that last and gaps that shrink each have words of their own."""
    what = compose(finding(kinds=(kind,), facts=facts), PRAGUE)["data"]["what"]
    assert told in what


@pytest.mark.parametrize("kind", ITEM_KINDS)
def test_every_kind_has_words_and_no_score_in_its_headline(kind: str) -> None:
    """The headline of each kind stands by itself, without a word of points or bands."""
    factor = KIND_NAMED[kind].factors[0].name
    about = compose(finding(contributions=(Contribution(factor, 24.0),), kinds=(kind,)), UTC)["data"]
    assert about["kind"] == kind
    for word in ("score", "point", "deciban", "band", "factor", "None"):
        assert word not in about["what"]
    assert about["what"].endswith(".")
    assert KIND_NAMED[kind].why_it_matters in about["why"]


def test_the_schema_knows_every_band() -> None:
    """The closed lists of the schema are those of the code."""
    about = SCHEMA["properties"]["data"]["properties"]
    assert set(about["band"]["enum"]) == {behaviour.title for behaviour in BEHAVIOURS}


@pytest.mark.parametrize(
    ("factor", "facts", "sentence"),
    [
        ("recurrence", {"active_days": 1, "count": 1}, "seen once"),
        ("recurrence", {"active_days": 9, "last_time": 20 * DAY_US}, "seen on 9 of the last 14 days"),
        (
            "recurrence",
            {"active_days": 1, "episodes": 6, "first_time": 0, "last_time": 9 * 3_600_000_000},
            "6 times within 9 h",
        ),
        (
            "rise",
            {"episodes_24h": 14, "daily_mean_milli": 2100, "rise_hours": 24},
            "14 times in 24 h where 2.1 a day were usual",
        ),
        ("rise", {"episodes_72h": 1, "rise_hours": 72}, "1 time in 72 h where there used to be almost none"),
        (
            "self_heal",
            {"heal_cycles_7d": 11, "heal_seconds": 42},
            "went down and came back 11 times in 7 days, usually within 42 s",
        ),
        ("spread", {"hosts_joined_7d": 2, "hosts": 4}, "2 further hosts joined in the last 7 days, 4 in all"),
        (
            "period",
            {"period_seconds": 86400, "regularity_permille": 900},
            "comes every 24 h on its hosts, so it is a job",
        ),
        (
            "countdown",
            {"countdown_milli": 9000, "countdown_falls": 1},
            "its number fell 1 time in a row and is 9 now",
        ),
        (
            "concentration",
            {"facet_kind": ON_ENTITY, "siblings": 30, "episodes_7d": 12, "whole_7d": 20},
            "stands out among 31 names: 12 of 20 times in 7 days, the usual one has 0.3",
        ),
        (
            "concentration",
            {"facet_kind": ON_HOST, "siblings": 1, "episodes_7d": 9, "whole_7d": 10},
            "stands out among 2 hosts: 9 of 10 times in 7 days, the usual one has 1",
        ),
        ("clock", {"episodes": 1}, "seen 1 time: too few to tell whether it keeps to a clock"),
        ("clock", {"episodes": 2}, "seen 2 times: too few to tell whether it keeps to a clock"),
        ("period", {"regularity_permille": 7}, "its gaps look like those of a job"),
        (
            "clock",
            {"clock_permille": 900, "episodes": 3},
            "comes at much the same time of day, as people and schedules do",
        ),
        ("crowd", {"active_families": 286}, "among 286 active kinds of message some look like this by chance"),
        (
            "crowd",
            {"active_families": 1, "rising_together": 4},
            "among 1 active kind of message some look like this by chance; 4 others began to rise with it",
        ),
        (
            "novelty",
            {"last_time": 6 * DAY_US, "born_after_slots": 12 * 144, "born_into_service_slots": 10 * 144, "episodes": 28}
            | {"service_families": 40},
            "first seen Thu 1 Jan 1970; nothing like it in the 10 days of log before",
        ),
        ("novelty", {"born_after_slots": 0, "episodes": 1}, "first seen Thu 1 Jan 1970"),
        (
            "acceleration",
            {"trend_milli": 2400, "last_time": 21 * DAY_US, "episodes": 84, "episodes_7d": 56},
            "comes ever more often: 8 a day in the last 7 days, 2 a day before",
        ),
        (
            "acceleration",
            {"trend_milli": 2400, "last_time": 4 * DAY_US, "episodes": 12, "episodes_24h": 6},
            "comes ever more often: 6 a day in the last 24 h, 2 a day before",
        ),
        (
            "acceleration",
            {"trend_milli": 2400, "last_time": 21 * DAY_US, "episodes": 84, "episodes_7d": 28},
            "comes ever more often",
        ),
        (
            "acceleration",
            {"trend_milli": 2400, "growth_z_milli": 3100, "growth_permille": 4200},
            "grew day by day, over up to 14 days, to 4.2 times as many events",
        ),
        (
            "acceleration",
            {
                "trend_milli": 2400,
                "last_time": 20 * DAY_US,
                "sustained_milli": 40_000,
                "sustained_days": 5,
                "daily_windows": 14,
            },
            "has come more often than it used to for 5 days, not on one of them only",
        ),
        (
            "acceleration",
            {
                "trend_milli": 1200,
                "last_time": 20 * DAY_US,
                "sustained_milli": 12_000,
                "shrinking_z_milli": 3460,
                "daily_windows": 14,
            },
            "comes back after ever shorter gaps",
        ),
        (
            "lineage",
            {"heal_counterpart": 1},
            "it only says that what another message told of has passed, so it is no news",
        ),
        (
            "self_heal",
            {"heal_cycles_7d": 5, "heal_seconds": 90, "heal_learned": 1},
            "came 5 times in 7 days, and its counterpart soon after it, usually within 1 min",
        ),
        (
            "change_event",
            {"service_births_2d": 7},
            "appeared together with 7 other new messages, as after an update or a restart",
        ),
        ("unheard_of", {}, "unheard of speaks for or against it"),
    ],
)
def test_a_factor_is_said_from_its_integers(factor: str, facts: dict[str, int], sentence: str) -> None:
    """Each sentence holds the figures a technician can check."""
    assert because(factor, facts) == sentence


@pytest.mark.parametrize(
    ("kind_of_facet", "names", "told"),
    [
        (
            ON_ENTITY,
            ("wan7",),
            "wan7 on edge4 stands out among 31 names with linkd “link wan7 went away”: "
            "12 of 20 times in 7 days, the usual one has 0.3.",
        ),
        (
            ON_HOST,
            (),
            "edge4 stands out among 31 hosts with linkd “link wan7 went away”: "
            "12 of 20 times in 7 days, the usual one has 0.3.",
        ),
        (
            ONE_MEMBER,
            (),
            "linkd “link wan7 went away” stands out among 31 wordings: "
            "12 of 20 times in 7 days, the usual one has 0.3.",
        ),
    ],
)
def test_an_item_says_which_one_of_many_it_is_about(kind_of_facet: int, names: tuple[str, ...], told: str) -> None:
    """The entity or the host stands first, and among how many it stands out."""
    about = compose(
        finding(
            contributions=(Contribution("concentration", 14.0), Contribution("novelty", 12.0)),
            kinds=("concentration", "novelty"),
            template="link wan7 went away",
            entities=names,
            facts={"facet_kind": kind_of_facet, "siblings": 30, "episodes_7d": 12, "whole_7d": 20},
        ),
        UTC,
    )["data"]
    assert about["kind"] == "concentration"
    assert about["what"].startswith(told)
    assert "the cause sits with this one" in about["why"]


def test_whatever_an_entity_does_the_item_names_it() -> None:
    """Also where another kind of evidence is the strongest, and the message quoted does not show it."""
    made = finding(
        contributions=(Contribution("recurrence", 30.0),),
        kinds=("recurrence",),
        template="link went away",
        evidence=evidence(3, "link went away"),
        facts={"facet_kind": ON_ENTITY, "siblings": 4},
    )
    assert "of wan7 keeps coming back" in compose(made, UTC)["data"]["what"]


def test_earlier_surfacings_are_told() -> None:
    """What was shown before is in the item, its times apart from the words, which are of no zone."""
    about = compose(finding(surfaced_before_us=(NOON_US - 9 * 86_400_000_000,)), UTC)["data"]
    assert about["seen_before"] == [
        {"when": "2026-05-23T12:00:00.000000Z", "tenant": "north", "outcome": "surfaced", "similarity": 1.0}
    ]


def test_evidence_is_chosen_from_first_to_last() -> None:
    """Of many lines ten are shown, in order of time, the first and the last among them."""
    lines = evidence(37)
    chosen = choose_evidence(lines[::-1])
    assert len(chosen) == 10
    assert chosen[0] == lines[0]
    assert chosen[-1] == lines[-1]
    assert chosen == sorted(chosen, key=lambda line: line.event_time_us)


def test_no_secret_of_the_log_is_in_an_item() -> None:
    """Evidence, template, names and sentences are redacted."""
    made = finding(
        template="login password=hunter2hunter2 failed",
        hosts=("mara.k@example.org",),
        evidence=evidence(3, "token=hunter2hunter2 \x1b[2Jgone"),
    )
    text = orjson.dumps(compose(made, UTC)).decode()
    assert "hunter2" not in text
    assert "mara.k" not in text
    assert "\\\\x1b[2Jgone" in text


@given(st.text(max_size=80))
def test_what_an_item_shows_is_clean(text: str) -> None:
    """Cleaning an item's sentences again changes nothing."""
    about = compose(finding(template=text, entities=(), service=text), UTC, ADVICE)["data"]
    for shown in (about["what"], about["why"], about["why_now"], about["template"], *about["check_next"]):
        assert clean(shown, 10_000) == shown


def test_a_family_id_reads_back() -> None:
    """The published name of a family names it exactly."""
    assert parse_family_id(family_id(0xFEDCBA9876543210)) == 0xFEDCBA9876543210
    for wrong in ("f2-0000000000000000", "f1-xyz", ""):
        with pytest.raises(ValueError, match="not a family"):
            parse_family_id(wrong)


def test_kinds_are_ordered_by_what_speaks_loudest() -> None:
    """The first kind is the strongest; a cue is no kind of item."""
    made = finding(
        contributions=(Contribution("cue", 20.0), Contribution("rise", 3.0), Contribution("spread", 8.0)),
        kinds=("cue", "burst", "spread"),
    )
    assert kinds_of(made) == ["spread", "burst"]


def test_what_goes_on_is_told_before_what_is_only_new() -> None:
    """A tunnel that flaps is a tunnel that flaps, however new it is."""
    made = finding(
        contributions=(Contribution("novelty", 20.0), Contribution("self_heal", 8.0)), kinds=("novelty", "self_heal")
    )
    assert kinds_of(made) == ["self_heal", "novelty"]


@pytest.mark.parametrize(
    ("template", "lines", "quoted"),
    [
        (
            "lamp <name> burns for <num> h",
            ["x lamp A7 burns for 3 h.", "y lamp A7 burns for 4 h."],
            "lamp A7 burns for … h",
        ),
        ("lamp <name> <num>", ["h: lamp A7 3", "h: lamp B2 4"], "lamp …"),
        ("lamp <name> <num>", ["h: lamp A7 3", "h: lamp with B2 4"], "lamp …"),
        ("<num> lamps", ["h: 4 lamps"], "… lamps"),
        ("lamp <name> on", [], "lamp … on"),
        ("lamps on", ["h: lamps on the roof"], "lamps on"),
    ],
)
def test_a_message_is_quoted_as_far_as_its_lines_agree(template: str, lines: list[str], quoted: str) -> None:
    """What all lines share is shown, what differs is left open, and no example is passed off as the rule."""
    assert quote(template, lines) == quoted


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (5400, "1 h 30 min"),
        (86_400, "24 h"),
        (187_200, "2 d 4 h"),
        (10**6, "11 d"),
    ],
)
def test_a_duration_is_said_in_its_own_unit(seconds: int, said: str) -> None:
    """One unit, or two when the first is small."""
    assert duration(seconds) == said


def test_what_merely_weighs_less_against_it_is_not_what_tipped_it() -> None:
    """A change for the better in evidence that still speaks against a family is told as what it is."""
    made = finding(
        contributions=(Contribution("recurrence", 24.0), Contribution("habituation", -2.0)),
        changes=(Contribution("habituation", 3.0), Contribution("recurrence", 1.0)),
        blocker="",
    )
    assert compose(made, UTC)["data"]["why_now"] == (
        "What tipped it: on how many days it came. It is held down less by habit."
    )


def test_what_no_longer_weighs_against_it_is_no_reason_for_it() -> None:
    """That it was seen once only is not quoted where that malus has gone."""
    made = finding(changes=(Contribution("clock", 13.0), Contribution("recurrence", 1.0)), blocker="")
    assert compose(made, UTC)["data"]["why_now"] == (
        "What tipped it: on how many days it came. It is no longer held down by its time of day."
    )


@pytest.mark.parametrize(
    ("before", "days", "kinds", "blocker", "told"),
    [
        (
            {"self_heal": 6.0, "recurrence": 6.25},
            1,
            (),
            "cooldown",
            "Shown again: 9.75 points more than the last time. What grew: how often it comes back by itself and how often"
            " and how lately it came.",
        ),
        (
            {"self_heal": 12.0, "crowd": -1.0, "clock": -9.0},
            1,
            (),
            "",
            "Shown again: 20 points more than the last time; new evidence is on how many days it came. What grew: how often"
            " and how lately it came. It is no longer held down by its time of day.",
        ),
        (
            {"self_heal": 12.0, "recurrence": 6.25, "memory": 2.75},
            7,
            (),
            "silent",
            "Shown again: 7 days have passed. What grew: how often and how lately it came. Nothing had been heard of it for"
            " a day, and now it speaks again.",
        ),
        (
            {"self_heal": 12.0, "recurrence": 10.0},
            7,
            (),
            "",
            "Shown again: 7 days have passed. What grew: how often and how lately it came.",
        ),
        (
            {"self_heal": 13.0, "recurrence": 6.25, "memory": 3.75},
            1,
            ("precursor",),
            "",
            "Shown again: each time may be the one before an incident.",
        ),
    ],
)
def test_what_is_shown_again_is_compared_with_what_was_shown(
    before: dict[str, float], days: int, kinds: tuple[str, ...], blocker: str, told: str
) -> None:
    """More points, a new kind of evidence, a week, or an incident that may follow."""
    shown = Shown(NOON_US - days * DAY_US, tuple(before.items()))
    made = finding(shown_before=shown, kinds=kinds, blocker=blocker, changes=())
    assert compose(made, UTC)["data"]["why_now"] == told


def test_every_factor_that_can_speak_against_something_says_what_it_holds_down_by() -> None:
    """In words, for when it does so no more."""
    against = {"period", "clock", "habituation", "change_event", "crowd", "lineage", "feedback"}
    assert {factor.name for factor in FACTOR_NAMED.values() if factor.held_down_by} == against


def test_every_factor_that_can_grow_has_a_name_of_its_own() -> None:
    """Why something is shown now names what grew, and no two factors alike."""
    growing = {
        factor.name: factor.called for kind in KIND_NAMED.values() if kind.makes_items for factor in kind.factors
    }
    assert all(growing.values())
    assert len(set(growing.values())) == len(growing)


def clauses(*texts: str) -> list[str]:
    """Return the parts of some texts that say one thing each, without their capitals."""
    parts = [part.strip(" .").lower() for text in texts for part in re.split(r"[.;:] |, and ", text)]
    return [part for part in parts if part]


@given(
    CONTRIBUTIONS,
    st.none() | CONTRIBUTIONS,
    st.lists(st.sampled_from(FACTORS), max_size=2, unique=True),
    st.dictionaries(st.sampled_from(sorted(set(FACTS) - {"facet_kind"})), st.integers(1, 10**7)),
    st.sampled_from(["", "two_keys", "cooldown", "silent", "budget"]),
)
def test_no_item_says_one_thing_twice(
    contributions: tuple[Contribution, ...],
    before: tuple[Contribution, ...] | None,
    changed: list[str],
    facts: dict[str, int],
    blocker: str,
) -> None:
    """Headline, why it matters and why now have no clause in common, whatever spoke for it."""
    shown = before and Shown(NOON_US - DAY_US, tuple((each.factor, each.points) for each in before))
    made = finding(
        contributions=contributions,
        shown_before=shown,
        changes=tuple(Contribution(factor, 2.0) for factor in changed),
        facts=facts,
        blocker=blocker,
        kinds=(),
    )
    about = compose(made, UTC)["data"]
    said = clauses(about["what"], about["why"], about["why_now"])
    assert len(said) == len(set(said))


def test_what_counts_down_says_when_it_runs_out() -> None:
    """At the pace of its lines; the day is enough for what takes longer than two."""
    lines = tuple(
        line._replace(event_time_us=NOON_US - (13 - each) * DAY_US, raw=f"lots left: {20 - each}".encode())
        for each, line in enumerate(evidence(14, ""))
    )
    made = finding(
        service="lotsd",
        template="lots left: <num>",
        contributions=(Contribution("countdown", 24.0),),
        kinds=("countdown",),
        facts={"countdown_milli": 7000, "countdown_falls": 13, "last_time": NOON_US},
        entities=(),
        evidence=lines,
    )
    assert compose(made, UTC)["data"]["what"].startswith(
        "lotsd “lots left: 7” is counting down on edge4: 7 left after it fell 13 times in a row,"
        " so it runs out on Mon 8 Jun 2026."
    )
