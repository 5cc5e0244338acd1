"""Answers as text for a person, as JSON, JSON lines or CSV.

Takes answers and queues; returns text. All text of logs, tickets and notes passes `redact` here or in the words.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from enum import StrEnum
from typing import Any, Final

import orjson

from brainstem.contracts.finding import family_id
from brainstem.contracts.ledger_json import rfc3339
from brainstem.explain.answers.handling import came_back, set_aside
from brainstem.explain.answers.recollection import (
    Near,
    Recollection,
    in_a_line,
    told,
)
from brainstem.explain.answers.waiting import Entry, against, fades, log_ended, summed_up, wanted
from brainstem.explain.item import ANOTHER_TENANT, NAME_CHARACTERS, headline_of
from brainstem.explain.redaction.redact import clean
from brainstem.signature.signing import signature_id
from brainstem.text.phrases import Zones, clock, counted
from flows.recall.queue import Queue
from flows.recall.recollections import IN_FULL_MOST, Answer, StoredLine

TEXT_CHARACTERS: Final = 600
_COMMANDS: Final = "explain, recall, feedback, ack, snooze and resolve"


class Output(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def answer_as(output: Output, answer: Answer, zones: Zones) -> str:
    """Return an answer; where its lines are asked for, JSON lines and CSV hold these and nothing else."""
    lines = [line for each in answer.remembered for line in answer.lines.get(each.family, ())]
    if output == Output.TABLE:
        return _answer_table(answer, zones)
    records = [_record(each, answer.lines.get(each.family)) for each in answer.remembered]
    if output == Output.JSON:
        whole = {"found": answer.found, "where": answer.where, "families": records}
        return orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode()
    rows = [_line_record(line) for line in lines] if answer.lines else records
    if output == Output.JSONL:
        return _json_lines(rows)
    return _csv(rows if answer.lines else [_flat(each) for each in answer.remembered])


def queue_as(output: Output, queue: Queue, zones: Zones) -> str:
    """Return a queue."""
    if output == Output.TABLE:
        return _queue_table(queue, zones)
    rows = [_entry_record(each, queue.now_us, zones.of(each.known.latest.tenant)) for each in queue.entries]
    if output == Output.JSON:
        whole = {
            "at": rfc3339(queue.now_us),
            "last_event": _moment(queue.end_us),
            "found": queue.found,
            "bands": dict(queue.counts),
            "queue": rows,
        }
        return orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode()
    if output == Output.JSONL:
        return _json_lines(rows)
    return _csv([{name: _cell(value) for name, value in row.items()} for row in rows])


def _json_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(orjson.dumps(row).decode() for row in rows)


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows with a header; nothing for no rows."""
    if not rows:
        return ""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _inert(value) for name, value in row.items()} for row in rows)
    return text.getvalue().rstrip("\n")


def _inert(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula: log text is written by anybody.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@" and value[:1] else value


def _cell(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, list) else value


def _moment(time_us: int) -> str | None:
    return rfc3339(time_us) if time_us else None


def _record(each: Recollection, lines: Sequence[StoredLine] | None) -> dict[str, Any]:
    """Return a recollection as JSON."""
    record = {
        "tenant": clean(each.tenant, NAME_CHARACTERS),
        "family": family_id(each.family),
        "signatures": [signature_id(signature) for signature in each.signatures],
        "service": clean(each.service, NAME_CHARACTERS),
        "template": clean(each.template, TEXT_CHARACTERS),
        "band": each.band,
        "score": each.score,
        "decided": _moment(each.decided_us),
        "listened_until": _moment(each.end_us),
        "events": each.events,
        "lines_forgotten": each.forgotten,
        "lines_forgotten_until": _moment(each.forgotten_us),
        "hosts": _hosts(each.hosts),
        "appearances": [
            {
                "first": rfc3339(one.first_us),
                "last": rfc3339(one.last_us),
                "events": one.events,
                "hosts": _hosts(one.hosts),
                "ended": one.ended,
                "how": one.how,
            }
            for one in each.appearances
        ],
        "bands": [
            {
                "time": rfc3339(one.time_us),
                "from": one.from_band,
                "to": one.to_band,
                "score": one.score,
                "cause": one.cause,
            }
            for one in each.bands
        ],
        "items": [
            {"time": rfc3339(one.time_us), "id": one.name, "what": one.what, "score": one.score} for one in each.items
        ],
        "verdicts": [
            {
                "time": rfc3339(one.time_us),
                "verdict": one.verdict,
                "note": clean(one.note, TEXT_CHARACTERS),
                "about": one.about,
                "by": clean(one.by, NAME_CHARACTERS),
            }
            for one in each.said
        ],
        "incidents": [_near_record(one) for one in each.near],
        "similar": [
            {
                "family": None if one.is_elsewhere else family_id(one.family),
                "tenant": ANOTHER_TENANT if one.is_elsewhere else clean(one.tenant, NAME_CHARACTERS),
                "service": clean(one.service, NAME_CHARACTERS),
                "template": clean(one.template, TEXT_CHARACTERS),
                "reasons": list(one.reasons),
            }
            for one in each.like
        ],
        "runs": [clean(run, TEXT_CHARACTERS) for run in each.runs],
    }
    if lines is not None:
        record["lines"] = [_line_record(line) for line in lines]
    return record


def _hosts(hosts: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"host": clean(host, NAME_CHARACTERS), "events": events} for host, events in hosts]


def _near_record(near: Near) -> dict[str, Any]:
    incident = near.incident
    return {
        "time": rfc3339(incident.time_us),
        "id": clean(incident.name, NAME_CHARACTERS),
        "title": clean(incident.title, TEXT_CHARACTERS),
        "service": clean(incident.service, NAME_CHARACTERS),
        "after_seconds": near.after_us // 1_000_000,
        "of": near.what,
    }


def _line_record(line: StoredLine) -> dict[str, Any]:
    return {
        "tenant": line.tenant,
        "family": family_id(line.family),
        "time": rfc3339(line.time_us),
        "host": line.host,
        "service": line.service,
        "signature": line.signature,
        "source": line.source,
        "position": line.position,
        "raw": line.raw,
    }


def _flat(each: Recollection) -> dict[str, Any]:
    """Return a recollection as one row of a table."""
    last = each.appearances[-1] if each.appearances else None
    return {
        "tenant": clean(each.tenant, NAME_CHARACTERS),
        "family": family_id(each.family),
        "service": clean(each.service, NAME_CHARACTERS),
        "template": clean(each.template, TEXT_CHARACTERS),
        "band": each.band,
        "score": each.score,
        "events": each.events,
        "hosts": "; ".join(clean(host, NAME_CHARACTERS) for host, _ in each.hosts),
        "appearances": len(each.appearances),
        "first": _moment(each.appearances[0].first_us) if last else "",
        "last": _moment(last.last_us) if last else "",
        "ended": last.ended if last else "",
        "items": len(each.items),
        "verdict": each.said[-1].verdict if each.said else "",
        "incidents": len(each.near),
    }


def _answer_table(answer: Answer, zones: Zones) -> str:
    """Return an answer for a person: a few families in full, of many a line each."""
    parts: list[str] = []
    if len(answer.remembered) <= IN_FULL_MOST:
        for each in answer.remembered:
            zone = zones.of(each.tenant)
            lines = [_line_told(line, zone) for line in answer.lines.get(each.family, ())]
            parts.append(told(each, zone, lines))
        return "\n\n".join(parts)
    shown = f", of which {len(answer.remembered)} are told" if answer.found > len(answer.remembered) else ""
    parts.append(
        f"{counted(answer.found, 'kind')} of message remembered{shown}, with the last event of each;"
        " ask for one by its name:"
    )
    tenants = list(dict.fromkeys(each.tenant for each in answer.remembered))
    for tenant in tenants:
        parts.append(clean(tenant, NAME_CHARACTERS))
        for each in answer.remembered:
            if each.tenant == tenant:
                parts.append(in_a_line(each, zones.of(tenant)))
                parts += [f"    {_line_told(line, zones.of(tenant))}" for line in answer.lines.get(each.family, ())]
    return "\n".join(parts)


def _line_told(line: StoredLine, zone: tzinfo) -> str:
    return f"{clock(line.time_us, zone)}  {line.host or '-'}  {line.raw}"


def _entry_record(entry: Entry, now_us: int, zone: tzinfo) -> dict[str, Any]:
    """Return an entry of the queue as JSON."""
    known, latest, waiting = entry.known, entry.known.latest, entry.waiting
    return {
        "rank": entry.rank,
        "tenant": clean(latest.tenant, NAME_CHARACTERS),
        "family": family_id(latest.family),
        "signature": signature_id(latest.signature),
        "service": clean(latest.service, NAME_CHARACTERS),
        "template": clean(latest.template, TEXT_CHARACTERS),
        "what": known.shown_as or headline_of(latest, zone),
        "band": latest.to_band,
        "score": latest.score,
        "state": entry.state,
        "waits": wanted(entry, zone),
        "missing_points": waiting.points,
        "keys": list(waiting.keys),
        "missing_keys": waiting.keys_missing,
        "blocker": waiting.blocker,
        "against": against(known, zone),
        "fades": fades(entry, now_us, zone),
        "silent_from": _moment(waiting.silent_us),
        "band_since": _moment(known.band_since_us),
        "decided": _moment(latest.tick_us),
        "heard": _moment(known.heard_us),
        "shown": _moment(known.shown_us),
        "verdict": known.verdict.verdict if known.verdict else "",
        "note": clean(known.verdict.note, TEXT_CHARACTERS) if known.verdict else "",
        "by": clean(known.verdict.by, NAME_CHARACTERS) if known.verdict else "",
        "said": _moment(known.verdict.time_us) if known.verdict else None,
        "set_aside": set_aside(known.handling, now_us, zone) if known.handling and known.is_set_aside else "",
        "came_back": came_back(known.handling, zone) if known.handling and known.has_come_back else "",
    }


def _queue_table(queue: Queue, zones: Zones) -> str:
    bands = ", ".join(f"{number:,} {title}" for title, number in queue.counts if number)
    head = f"What deserves eyes {clock(queue.now_us, zones.usual)}: "
    parts = [head + (summed_up(queue.entries) or "nothing") + f" (known: {bands or 'nothing'})"]
    aside = [entry for entry in queue.entries if entry.known.is_set_aside]
    told = queue.entries[: len(queue.entries) - len(aside)]
    if queue.found > len(queue.entries):
        parts[0] += f"; the first {len(told)} of {queue.found - len(aside):,}"
    if ended := log_ended(queue.end_us, queue.now_us, zones.usual):
        parts.append(ended)
    if queue.nearest:
        parts.append("Nearest to it:")
    parts += ["\n".join(_entry_lines(entry, queue, zones)) for entry in told or queue.nearest]
    if aside:
        parts.append("Set aside by somebody, the longest ago first:")
        parts += ["\n".join(_aside_lines(entry, queue, zones)) for entry in aside]
    listed = [*queue.entries, *queue.nearest]
    if any(entry.known.latest.family in queue.numbers for entry in listed):
        parts.append(f"{_COMMANDS} take a name f1-... or the number of an item of the digest: 3 for item 3.")
    elif listed:
        parts.append(f"{_COMMANDS} take a name f1-...; a number is that of an item in the digest of a whole run.")
    return "\n\n".join(parts)


def _entry_lines(entry: Entry, queue: Queue, zones: Zones) -> list[str]:
    known, latest = entry.known, entry.known.latest
    zone = zones.of(latest.tenant)
    shown = f", shown {clock(known.shown_us, zone)}" if known.shown_us else ""
    heard = f", heard last {clock(known.heard_us, zone)}" if known.heard_us else ""
    # a run that goes on from a memory may decide of a family without a change of its band
    since = clock(known.band_since_us, zone) if known.band_since_us else "before this run"
    lines = [
        _headline(entry, queue, zone),
        (
            f"   {entry.state}; {latest.to_band} since {since} with {latest.score:.2f}"
            f" points{shown}{heard}{_second_name(entry, queue)}"
        ),
    ]
    if known.handling is not None:
        lines.append(f"   {came_back(known.handling, zone)}")
    if known.verdict is not None and known.verdict.is_of_worth:
        note = f": {clean(known.verdict.note, TEXT_CHARACTERS)}" if known.verdict.note else ""
        lines.append(f"   said: {known.verdict.verdict}, {clock(known.verdict.time_us, zone)}{note}")
    lines.append(f"   {wanted(entry, zone)}")
    lines += [f"   against it: {each}" for each in against(known, zone)]
    lines.append(f"   {fades(entry, queue.now_us, zone)}")
    return lines


def _aside_lines(entry: Entry, queue: Queue, zones: Zones) -> list[str]:
    """Return the lines of what is set aside: who has it in hand, since when and why."""
    known, latest = entry.known, entry.known.latest
    zone = zones.of(latest.tenant)
    handled = f"   {set_aside(known.handling, queue.now_us, zone)}" if known.handling else ""
    heard = f", heard last {clock(known.heard_us, zone)}" if known.heard_us else ""
    return [
        _headline(entry, queue, zone),
        handled,
        f"   {latest.to_band} with {latest.score:.2f} points{heard}{_second_name(entry, queue)}",
    ]


def _headline(entry: Entry, queue: Queue, zone: tzinfo) -> str:
    """Return what an entry is, behind the name that other commands take: its rank is none."""
    known, latest = entry.known, entry.known.latest
    number = queue.numbers.get(latest.family)
    name = family_id(latest.family) if number is None else f"item {number}"
    return f"{name}  {clean(latest.tenant, NAME_CHARACTERS)}: {known.shown_as or headline_of(latest, zone)}"


def _second_name(entry: Entry, queue: Queue) -> str:
    """Return the name of an entry's family, where its headline has the number of its item."""
    family = entry.known.latest.family
    return f"  ({family_id(family)})" if family in queue.numbers else ""
