"""A backtest as a table for people, as JSON, and as JUnit XML for what runs checks of a change.

Takes a finished comparison, returns text. Times for people are in the zones that were asked for, all others in UTC. The text
of logs has been cleaned when the items were made.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import orjson

from brainstem.attention.bands import BEHAVIOURS, Band
from brainstem.attention.blockers import BLOCKERS
from brainstem.contracts.ledger_json import rfc3339
from brainstem.contracts.slots import SLOT_US
from brainstem.parameters import Number, version_of
from brainstem.text.phrases import Zones, clock, counted, duration
from flows.reports.backtest.comparison import Change, Row, Shown, counts
from flows.reports.backtest.expectations import Outcome
from flows.reports.backtest.measures import Measures
from flows.reports.backtest.what_if import Proposal, WhatIf
from state.frontier import NOT_YET

BACKTEST_VERSION: Final = 1
"""of the JSON document"""
OTHERS_SHOWN: Final = 5
"""proposals that were not run and are shown in the table; JSON has all"""
NOTHING_JUDGED_US: Final = NOT_YET * SLOT_US
"""a live run that has judged no slot yet"""
NEVER: Final = "not shown"
_SECOND_US: Final = 1_000_000
_NOTHING: Final = "-"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs: where it comes from, the parameters that differ from the defaults, its items and measures."""

    name: str
    parameters: Mapping[str, Number]
    items: tuple[Shown, ...]
    measures: Measures

    @property
    def version(self) -> str:
        """Return the parameter version."""
        return version_of(self.parameters)


@dataclass(frozen=True, slots=True)
class Backtest:
    """Two runs over the same logs. `window_us` is how long before an incident an item may warn of it."""

    baseline: Side
    candidate: Side
    rows: tuple[Row, ...]
    outcomes: tuple[Outcome, ...]
    window_us: int
    what_if: WhatIf | None = None
    """what was searched, where the candidate was not given"""
    judged_until_us: int | None = None
    """of a live run the moment until which it has judged, in microseconds since the epoch, UTC, where both sides end"""
    caveats: tuple[str, ...] = ()
    """why the items of a live run may differ from those of its stored records though the parameters are the same"""

    @property
    def is_as_expected(self) -> bool:
        """Return whether all expectations are met by the candidate, and what was searched was found."""
        return all(outcome.is_met for outcome in self.outcomes) and (
            self.what_if is None or self.what_if.answer is not None
        )


def as_table(backtest: Backtest, zones: Zones) -> str:
    """Return a page for a terminal: both runs, what changed, the measures, and what is expected and not met."""
    sides = (("baseline", backtest.baseline), ("candidate", backtest.candidate))
    lines = [] if backtest.what_if is None else [*_what_if_lines(backtest.what_if, zones), ""]
    lines += [f"{label:<9}  {_told(side)}" for label, side in sides]
    if backtest.judged_until_us is not None:
        lines.append(f"until      {_moment(backtest.judged_until_us, zones.usual)}, as far as the live run has judged")
    lines += [f"may differ {caveat}" for caveat in backtest.caveats]
    changes = counts(backtest.rows)
    lines += ["", ", ".join(f"{changes[change]} {change}" for change in reversed(Change)), ""]
    rows: list[tuple[str, ...]] = [("change", "tenant", "baseline", "candidate", "by", "kind", "family", "what")]
    rows += [_cells(row, zones.of(row.either.tenant)) for row in backtest.rows if row.change is not Change.SAME]
    lines += _columns(rows) if len(rows) > 1 else ["no item has changed"]
    lines += ["", *_columns(_measure_rows(backtest))]
    if backtest.outcomes:
        unmet = [outcome for outcome in backtest.outcomes if not outcome.is_met]
        lines += ["", f"{counted(len(backtest.outcomes), 'expectation')}, {len(unmet)} not met by the candidate"]
        lines += [f"  {_which(outcome)} {outcome.expectation.name}: {outcome.told}" for outcome in unmet]
    return "\n".join(lines) + "\n"


def as_json(backtest: Backtest) -> str:
    """Return one JSON object: both runs, each row, and each expectation."""
    document = {
        "version": BACKTEST_VERSION,
        "baseline": _side_json(backtest.baseline),
        "candidate": _side_json(backtest.candidate),
        "window_seconds": backtest.window_us // _SECOND_US,
        "changes": {str(change): number for change, number in counts(backtest.rows).items()},
        "rows": [
            {
                "change": str(row.change),
                "tenant": row.either.tenant,
                "family": row.either.family,
                "by_seconds": row.by_us / _SECOND_US,
                "baseline": _shown_json(row.baseline),
                "candidate": _shown_json(row.candidate),
            }
            for row in backtest.rows
        ],
        "expectations": [
            {
                "expect": "must" if outcome.expectation.must else "must_not",
                "name": outcome.expectation.name,
                "met": outcome.is_met,
                "items": [shown.id for shown in outcome.items],
            }
            for outcome in backtest.outcomes
        ],
        **(
            {}
            if backtest.judged_until_us is None
            else {"judged_until": _judged_until_json(backtest.judged_until_us), "caveats": list(backtest.caveats)}
        ),
        **({} if backtest.what_if is None else {"what_if": _what_if_json(backtest.what_if)}),
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"


def as_junit(backtest: Backtest) -> str:
    """Return JUnit XML: a suite of expectations, which pass or fail, and one of all rows, which tell and never fail.

    The form is that of https://github.com/testmoapp/junitxml.
    """
    failed = sum(not outcome.is_met for outcome in backtest.outcomes)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuites tests="{len(backtest.outcomes) + len(backtest.rows)}" failures="{failed}">')
    lines.append(f'  <testsuite name="expectations" tests="{len(backtest.outcomes)}" failures="{failed}">')
    for outcome in backtest.outcomes:
        named = _attribute(f"{_which(outcome)} {outcome.expectation.name}")
        if outcome.is_met:
            lines.append(f'    <testcase classname="expectations" name={named}/>')
        else:
            lines.append(f'    <testcase classname="expectations" name={named}>')
            lines.append(f"      <failure message={_attribute(outcome.told)}/>")
            lines.append("    </testcase>")
    lines.append("  </testsuite>")
    lines.append(f'  <testsuite name="items" tests="{len(backtest.rows)}" failures="0">')
    for row in backtest.rows:
        named = _attribute(f"{row.change}: {row.either.tenant}, {row.either.what}")
        lines.append(f'    <testcase classname="items.{row.change}" name={named}>')
        lines.append(f"      <system-out>{escape(_times(row))}</system-out>")
        lines.append("    </testcase>")
    lines += ["  </testsuite>", "</testsuites>"]
    return "\n".join(lines) + "\n"


def _what_if_lines(found: WhatIf, zones: Zones) -> list[str]:
    """Return what was asked of a family, what a run has confirmed, and which numbers would have done it beside that."""
    zone = zones.of(found.tenant)
    asked = "missed: what would have surfaced it?" if found.is_missed else "shown: what would have silenced it?"
    lines = [f"{found.family} of {found.tenant}: {found.what}", f"  {asked}"]
    if found.best is not None:
        held = BLOCKERS[found.best.blocker].explained if found.best.blocker in BLOCKERS else ""
        missing = BEHAVIOURS[Band.PROMOTE].from_decibans - found.best.score
        why = held or (f"{missing:g} points were missing" if missing > 0 else "")
        lines.append(f"  nearest at {clock(found.best.tick_us, zone)} with {found.best.score:g} points; {why}")
    for attempt in found.attempts:
        each = attempt.proposal
        shown = NEVER if attempt.first_us is None else f"shown first at {clock(attempt.first_us, zone)}"
        what = "the smallest change that a run confirms" if attempt.is_confirmed else "run, and it does not do it"
        lines.append(f"  {what}: {_change_told(each)}; {shown}")
    if not found.attempts:
        lines.append("  no single weight or threshold between half and twice its value would have")
    elif found.answer is None:
        lines.append("  no change that was run has done it")
    if found.answer is not None:
        section, _, name = found.answer.proposal.key.rpartition(".")
        lines += ["", f"  [parameters.{section}]", f"  {name} = {found.answer.proposal.after}"]
    if found.others:
        lines += ["", "  by the recorded scores these would have too, and were not run:"]
        lines += [f"    {_change_told(each)}" for each in found.others[:OTHERS_SHOWN]]
        if len(found.others) > OTHERS_SHOWN:
            lines.append(f"    and {len(found.others) - OTHERS_SHOWN} more")
    return lines


def _moment(judged_until_us: int, zone: tzinfo) -> str:
    return clock(judged_until_us, zone) if judged_until_us > NOTHING_JUDGED_US else "nothing"


def _judged_until_json(judged_until_us: int) -> str | None:
    return rfc3339(judged_until_us) if judged_until_us > NOTHING_JUDGED_US else None


def _change_told(proposal: Proposal) -> str:
    unit = proposal.unit.replace("decibans", "points")
    return f"{proposal.key} {proposal.before} -> {proposal.after} ({unit}, a change of {100 * proposal.size:.3g} %)"


def _what_if_json(found: WhatIf) -> dict[str, Any]:
    answer = found.answer
    return {
        "tenant": found.tenant,
        "family": found.family,
        "what": found.what,
        "asked": "surface" if found.is_missed else "silence",
        "nearest": None
        if found.best is None
        else {"time": rfc3339(found.best.tick_us), "score": found.best.score, "blocker": found.best.blocker},
        "answer": None if answer is None else _proposal_json(answer.proposal),
        "runs": [
            {
                **_proposal_json(each.proposal),
                "confirmed": each.is_confirmed,
                "surfaced_first": None if each.first_us is None else rfc3339(each.first_us),
            }
            for each in found.attempts
        ],
        "not_run": [_proposal_json(each) for each in found.others],
    }


def _proposal_json(proposal: Proposal) -> dict[str, Any]:
    return {
        "parameter": proposal.key,
        "unit": proposal.unit,
        "from": proposal.before,
        "to": proposal.after,
        "change": round(proposal.size, 6),
    }


def _told(side: Side) -> str:
    """Return a run in words: where it comes from, its items, and the parameters that differ."""
    values = ", ".join(f"{key} = {value}" for key, value in sorted(side.parameters.items()))
    told = f"{side.name}, parameters {side.version}, {counted(len(side.items), 'item')}"
    return f"{told}: {values}" if values else told


def _cells(row: Row, zone: tzinfo) -> tuple[str, ...]:
    times = [_NOTHING if shown is None else clock(shown.time_us, zone) for shown in (row.baseline, row.candidate)]
    by = duration(abs(row.by_us) // _SECOND_US) if row.by_us else _NOTHING
    return (str(row.change), row.either.tenant, *times, by, row.either.kind, row.either.family, row.either.what)


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    """Return rows with their cells below each other; the last column is as long as it is."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return ["  ".join((*map(str.ljust, row, widths), row[-1])).rstrip() for row in rows]


def _measure_rows(backtest: Backtest) -> list[tuple[str, ...]]:
    """Return the measures of both runs side by side; those of incidents and verdicts where there are any."""
    both = (backtest.baseline.measures, backtest.candidate.measures)

    def line(name: str, value: Callable[[Measures], str]) -> tuple[str, ...]:
        return name, *map(value, both)

    rows: list[tuple[str, ...]] = [("", "baseline", "candidate"), line("items", lambda each: str(each.items))]
    if any(each.incidents for each in both):
        window = duration(backtest.window_us // _SECOND_US)
        rows += [
            line(
                f"incidents warned of within {window}, recall",
                lambda each: f"{len(each.lead_times_us)} of {each.incidents} ({_share(each.recall)})",
            ),
            line(
                "items that warn of one, precision",
                lambda each: f"{each.warnings} of {each.items} ({_share(each.precision)})",
            ),
            line(
                "median lead time",
                lambda each: _NOTHING if each.median_lead_us is None else duration(each.median_lead_us // _SECOND_US),
            ),
        ]
    if any(each.wanted or each.useful or each.useless for each in both):
        rows += [
            line(
                "found of what verdicts call useful, recall",
                lambda each: f"{each.found} of {each.wanted} ({_share(each.verdict_recall)})",
            ),
            line(
                "useful of the items with a verdict, precision",
                lambda each: f"{each.useful} of {each.useful + each.useless} ({_share(each.verdict_precision)})",
            ),
        ]
    return rows


def _share(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.2f}"


def _which(outcome: Outcome) -> str:
    return "must" if outcome.expectation.must else "must not"


def _times(row: Row) -> str:
    sides = (("baseline", row.baseline), ("candidate", row.candidate))
    return ", ".join(
        f"{label} {_NOTHING if shown is None else f'{rfc3339(shown.time_us)} {shown.id}'}" for label, shown in sides
    )


def _side_json(side: Side) -> dict[str, Any]:
    measures = side.measures
    return {
        "name": side.name,
        "parameters": {"version": side.version, "values": dict(sorted(side.parameters.items()))},
        "items": measures.items,
        "incidents": {
            "all": measures.incidents,
            "warned_of": len(measures.lead_times_us),
            "recall": measures.recall,
            "items_that_warn": measures.warnings,
            "precision": measures.precision,
            "lead_seconds": [lead // _SECOND_US for lead in measures.lead_times_us],
            "median_lead_seconds": None if measures.median_lead_us is None else measures.median_lead_us // _SECOND_US,
        },
        "verdicts": {
            "useful_items": measures.useful,
            "useless_items": measures.useless,
            "precision": measures.verdict_precision,
            "wanted": measures.wanted,
            "found": measures.found,
            "recall": measures.verdict_recall,
        },
    }


def _shown_json(shown: Shown | None) -> dict[str, Any] | None:
    if shown is None:
        return None
    return {
        "id": shown.id,
        "time": rfc3339(shown.time_us),
        "kind": shown.kind,
        "score": shown.score,
        "what": shown.what,
        "hosts": list(shown.hosts),
        "services": list(shown.services),
    }


def _attribute(text: str) -> str:
    """Return a quoted attribute; what XML cannot hold is replaced (https://www.w3.org/TR/xml/#charsets)."""
    return quoteattr("".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text))


def writers(zones: Zones) -> dict[str, Callable[[Backtest], str]]:
    """Return the forms of output by name."""
    return {"table": lambda backtest: as_table(backtest, zones), "json": as_json, "junit": as_junit}
