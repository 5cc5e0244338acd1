"""The questions that a client may ask about one tenant, and their answers as few, light fields.

Takes folders and a tenant; returns objects of JSON. What log lines, tickets or people have said stands in `untrusted` and
nowhere else: it is written by anybody, so it is to be read, never to be followed. All of it is redacted. Paths of this
machine, and names of other tenants, are in no answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final

from brainstem.contracts.finding import family_id
from brainstem.contracts.ledger_json import rfc3339
from brainstem.explain.answers.explanation import explain_family
from brainstem.explain.answers.recollection import Recollection
from brainstem.explain.answers.waiting import BAND_OF, Entry, fades, wanted
from brainstem.explain.headline import without_times
from brainstem.explain.item import NAME_CHARACTERS, Item, headline_of
from brainstem.explain.redaction.redact import clean, display
from brainstem.signature.signing import signature_id
from brainstem.text.phrases import Zones
from connectors.base import InputError
from flows.config.settings import parse_moment
from flows.recall.matching import asked_about
from flows.recall.queue import queue_of
from flows.recall.recollections import Question, StoredLine, recall
from flows.recall.runs import Runs
from flows.reports.backtest.comparison import Change, Shown, compared, counts
from state.store.listing import rereading

UNTRUSTED: Final = "untrusted"
"""the field that holds text written by anybody"""
ANSWERS_MOST: Final = 50
"""most families, rows or lines of one answer"""
TEXT_CHARACTERS: Final = 600
EXPLANATION_CHARACTERS: Final = 12_000


@dataclass(frozen=True)
class Tools:
    """Read-only questions about the runs of some folders, as far as they are of one tenant.

    Each raises `InputError` where nothing is found or an argument cannot be used; what it says names no path.
    """

    folders: tuple[Path, ...]
    tenant: str
    zones: Zones

    def queue(self, band: str = "watch", at: str | None = None, limit: int = 20) -> dict[str, Any]:
        """Return what deserves eyes at a moment, the most deserving first."""
        if band not in BAND_OF:
            raise InputError(f"band = {band!r} is unknown. Give one of {', '.join(BAND_OF)}.")
        queue = queue_of(self.folders, BAND_OF[band], self.tenant, _moment_us("at", at), _most(limit))
        return {
            "at": rfc3339(queue.now_us),
            "last_event": rfc3339(queue.end_us) if queue.end_us else None,
            "found": queue.found,
            "bands": dict(queue.counts),
            "queue": [self._entry(entry, queue.now_us) for entry in queue.entries],
        }

    @rereading
    def item(self, item: str) -> dict[str, Any]:
        """Return an item by its name (i1-...)."""
        for each in self._runs().items(name=item):
            if each["id"] == item:
                return _whole_item(each)
        raise InputError(f"{clean(item, NAME_CHARACTERS)!r}: no item of this tenant has this name.")

    @rereading
    def explain(self, asked: str, at: str | None = None) -> dict[str, Any]:
        """Return why a kind of message surfaced or did not, or the kinds of message that words stand for."""
        runs = self._runs(until_us=_moment_us("at", at))
        families = self._asked(runs, asked)
        history = runs.history(families)
        if len(families) == 1:
            (decisions,) = history.values()
            if not decisions:
                raise InputError("Nothing was decided about it by then.")
            # its parts are redacted where they become words
            text = explain_family(decisions, self._zone)[:EXPLANATION_CHARACTERS]
            return {"family": family_id(*families), UNTRUSTED: {"explanation": text}}
        last = {family: decisions[-1] for family, decisions in history.items() if decisions}
        order = sorted(last, key=lambda family: (-last[family].score, family))[:ANSWERS_MOST]
        return {
            "found": len(last),
            "families": [
                {
                    "family": family_id(family),
                    "band": last[family].to_band,
                    "score": last[family].score,
                    UNTRUSTED: _texts(service=last[family].service, template=last[family].template),
                }
                for family in order
            ],
        }

    def recall(
        self,
        asked: str,
        host: str | None = None,
        service: str | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: int = 10,
        lines: int = 0,
    ) -> dict[str, Any]:
        """Return what is remembered of a kind of message, with some of its stored lines."""
        question = Question(
            asked=asked,
            tenant=self.tenant,
            host=host,
            service=service,
            since_us=_moment_us("since", since),
            until_us=_moment_us("until", until),
            limit=_most(limit),
        )
        try:
            answer = recall(self.folders, question, self.zones, _most(lines) if lines else 0)
        except InputError as error:
            raise self._not_found(asked) from error
        return {
            "found": answer.found,
            "families": [_remembered(each, answer.lines.get(each.family, ())) for each in answer.remembered],
        }

    @rereading
    def backtest(self, baseline: str, candidate: str, limit: int = 20) -> dict[str, Any]:
        """Return what differs between the items of two runs over the same logs, by the names of their folders."""
        named = {folder.name: folder for folder in self.folders}
        for name in (baseline, candidate):
            if name not in named:
                raise InputError(
                    f"{clean(name, NAME_CHARACTERS)!r} is no run here. There is {', '.join(sorted(named))}."
                )
        before, after = (
            [Shown.of(item) for item in Runs.of([named[name]], self.tenant).items()] for name in (baseline, candidate)
        )
        rows = compared(before, after)
        changed = [row for row in rows if row.change != Change.SAME]
        return {
            "counts": {change.value: number for change, number in counts(rows).items()},
            "changed": [
                {
                    "change": row.change.value,
                    "baseline": _shown(row.baseline),
                    "candidate": _shown(row.candidate),
                }
                for row in changed[: _most(limit)]
            ],
        }

    @property
    def _zone(self) -> tzinfo:
        return self.zones.of(self.tenant)

    def _runs(self, until_us: int | None = None) -> Runs:
        return Runs.of(self.folders, self.tenant, until_us=until_us)

    def _asked(self, runs: Runs, asked: str) -> list[int]:
        try:
            return sorted(asked_about(runs, asked, None, in_lines=False).families)
        except InputError as error:
            raise self._not_found(asked) from error

    def _not_found(self, asked: str) -> InputError:
        return InputError(f"{clean(asked, NAME_CHARACTERS)!r} is not remembered of this tenant, or not there and then.")

    def _entry(self, entry: Entry, now_us: int) -> dict[str, Any]:
        known, latest = entry.known, entry.known.latest
        row: dict[str, Any] = {
            "rank": entry.rank,
            "family": family_id(latest.family),
            "band": latest.to_band,
            "score": latest.score,
            "state": entry.state,
            "heard": _moment(known.heard_us),
            "shown": _moment(known.shown_us),
            "waits": wanted(entry, self._zone),
            "fades": fades(entry, now_us, self._zone),
            UNTRUSTED: _texts(
                what=known.shown_as or headline_of(latest, self._zone),
                service=latest.service,
                note=known.verdict.note if known.verdict else "",
            ),
        }
        if known.verdict:
            row["verdict"] = known.verdict.verdict
        return row


def _whole_item(item: Item) -> dict[str, Any]:
    """Return an item without what only programs need."""
    about: Mapping[str, Any] = item["data"]
    return {
        "item": item["id"],
        "family": item["subject"],
        "time": item["time"],
        "band": about["band"],
        "score": about["score"],
        "kinds": about["kinds"],
        "count": about["count"],
        "first_seen": about["first_seen"],
        "last_seen": about["last_seen"],
        "seen_before": len(about["seen_before"]),
        UNTRUSTED: {
            **_texts(what=about["what"], why=about["why"], why_now=about["why_now"]),
            "check_next": [clean(each, TEXT_CHARACTERS) for each in about["check_next"]],
            "hosts": [clean(each, NAME_CHARACTERS) for each in about["hosts"]],
            "lines": [display(each["raw"].encode(), TEXT_CHARACTERS) for each in about["evidence"]],
        },
    }


def _remembered(each: Recollection, lines: Sequence[StoredLine]) -> dict[str, Any]:
    return {
        "family": family_id(each.family),
        "signatures": [signature_id(signature) for signature in each.signatures][:ANSWERS_MOST],
        "band": each.band,
        "score": each.score,
        "events": each.events,
        "listened_until": _moment(each.end_us),
        "appearances": [
            {"first": rfc3339(one.first_us), "last": rfc3339(one.last_us), "events": one.events, "ended": one.ended}
            for one in each.appearances[-ANSWERS_MOST:]
        ],
        "items": [{"item": one.name, "time": rfc3339(one.time_us)} for one in each.items[-ANSWERS_MOST:]],
        "verdicts": [{"time": rfc3339(one.time_us), "verdict": one.verdict} for one in each.said[-ANSWERS_MOST:]],
        "incidents": [
            {"time": rfc3339(one.incident.time_us), "after_seconds": one.after_us // 1_000_000}
            for one in each.near[:ANSWERS_MOST]
        ],
        UNTRUSTED: {
            **_texts(service=each.service, template=each.template),
            "hosts": [clean(host, NAME_CHARACTERS) for host, _ in each.hosts[:ANSWERS_MOST]],
            "incidents": [clean(one.incident.title, TEXT_CHARACTERS) for one in each.near[:ANSWERS_MOST]],
            "similar": [clean(one.template, TEXT_CHARACTERS) for one in each.like if not one.is_elsewhere],
            "lines": [clean(line.raw, TEXT_CHARACTERS) for line in lines],
        },
    }


def _shown(shown: Shown | None) -> dict[str, Any] | None:
    if shown is None:
        return None
    return {
        "item": shown.id,
        "family": shown.family,
        "time": rfc3339(shown.time_us),
        "score": shown.score,
        UNTRUSTED: _texts(what=without_times(shown.what)),
    }


def _texts(**texts: str) -> dict[str, str]:
    """Return texts as they may be shown, without the empty ones."""
    return {name: clean(text, TEXT_CHARACTERS) for name, text in texts.items() if text}


def _most(limit: int) -> int:
    if limit < 1:
        raise InputError(f"{limit} cannot be used as a number of answers. Give 1 to {ANSWERS_MOST}.")
    return min(limit, ANSWERS_MOST)


def _moment(time_us: int) -> str | None:
    return rfc3339(time_us) if time_us else None


def _moment_us(name: str, text: str | None) -> int | None:
    """Return a moment in microseconds since the epoch, UTC; one without an offset is in UTC."""
    if text is None:
        return None
    try:
        return int(parse_moment(text, "UTC").timestamp()) * 1_000_000
    except ValueError as error:
        raise InputError(f"{name} = {text!r} is no moment. Give ISO 8601, such as 2026-03-01T12:00:00Z.") from error
