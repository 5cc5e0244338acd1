"""A memory as JSON lines: all of it, to keep or to move it, or what may be given to others.

What is given to others is templates of what was shown, of tenants that have agreed, with what became of it. A template loses
its secrets, every word that is no plain word, every name of a tenant, host, thing or person that is anywhere in the memory,
and the word behind one that announces a name.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final

import orjson

from brainstem.contracts.ledger_json import rfc3339
from brainstem.contracts.statement import WORTH
from brainstem.explain.redaction.names import without_names
from brainstem.text.phrases import microseconds
from connectors.base import ConfigurationError, InputError
from flows.graph.memory import plain_values
from state.store.memory_file import RECORD_KINDS, SHAPE, Continued, MemoryFile, Record

NEAR_US: Final = 2 * 86_400_000_000
"""an incident so soon after an item is said to have followed it"""


def exported(memory: MemoryFile) -> Iterator[bytes]:
    """Yield all of a memory, a line each: its records in order of time, then the state that a run continues."""
    for each in memory.records():
        if each.kind == SHAPE:
            # as it was shared
            yield _line({"kind": SHAPE, **each.content})
        else:
            yield _line({**_document(each), "content": each.content})
    continued = memory.continued()
    if continued is not None:
        yield _line(
            {
                "kind": "about",
                "judged_before": continued.judged_before,
                "versions": dict(sorted(continued.versions.items())),
                **({"is_whole": True} if continued.is_whole else {}),
            }
        )
        for key, state in sorted(continued.states.items()):
            yield _line({"kind": "state", "key": key, "content": base64.b64encode(state).decode()})


def shared(memory: MemoryFile, tenants: Iterable[str]) -> Iterator[bytes]:
    """Yield what may be given to others of some tenants: a line for each template that was shown of them.

    It says how often and on which day last, with which kinds of evidence, whether an incident followed within two days at
    any of them, and what people called it. Raises `ConfigurationError` for a tenant of which the memory holds no item: a
    misspelt name would share nothing.
    """
    agreed = set(tenants)
    items = [each for each in memory.records("item") if each.tenant in agreed]
    for name in sorted(agreed - {each.tenant for each in items}):
        raise ConfigurationError(f"--share {name}: the memory holds no item of such a tenant.")
    incidents: dict[str, list[int]] = {}
    for each in memory.records("incident"):
        incidents.setdefault(each.tenant, []).append(each.time_us)
    said: dict[tuple[str, str], list[str]] = {}
    for each in memory.records("verdict"):
        if "family" in each.content:
            said.setdefault((each.tenant, each.content["family"]), []).append(each.content["verdict"])
    names = _names(memory)
    rows = sorted((without_names(each.content["template"], names), each) for each in items)
    for template, group in groupby(rows, key=lambda row: row[0]):
        of_it = [each for _, each in group]
        kinds = sorted({kind for each in of_it for kind in each.content["kinds"]})
        followed = any(
            0 <= time_us - each.time_us <= NEAR_US for each in of_it for time_us in incidents.get(each.tenant, ())
        )
        families = sorted({(each.tenant, each.content["family"]) for each in of_it})
        verdicts = [verdict for family in families for verdict in said.get(family, ())]
        yield _line(
            {
                "kind": SHAPE,
                "template": template,
                "kinds": kinds,
                "shown": len(of_it),
                # the day is enough, and tells less of who it was
                "last_shown": rfc3339(max(each.time_us for each in of_it))[:10],
                "incident_followed": followed,
                **{verdict: verdicts.count(verdict) for verdict in WORTH},
            }
        )


def _names(memory: MemoryFile) -> frozenset[str]:
    """Return the names of all tenants, hosts, things and people in a memory, and their parts, in small letters."""
    found: set[str] = set()
    for each in memory.records():
        content = each.content
        found |= {each.tenant, content.get("by", "")}
        found |= {*content.get("hosts", ()), *content.get("entities", ()), *content.get("services", ())}
    parts = {part for name in found for part in re.split(r"[^A-Za-z0-9]+", name)}
    return frozenset(name.lower() for name in (*found, *parts) if len(name) > 1)


def imported(memory: MemoryFile, lines: Iterable[bytes]) -> tuple[int, bool]:
    """Add JSON lines to a memory, all or none; return how many records they hold, and whether a state was taken over.

    A state is taken over only by a memory that has none, as no state knows of two. Raises `InputError` for a line that is
    not as it is exported.
    """
    records: list[Record] = []
    about: dict[str, Any] | None = None
    states: dict[str, bytes] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            parsed = orjson.loads(line)
            kind = parsed["kind"]
            if kind == "about":
                about = {
                    "judged_before": int(parsed["judged_before"]),
                    "versions": _versions(parsed["versions"]),
                    "is_whole": bool(parsed.get("is_whole", False)),
                }
            elif kind == "state":
                states[str(parsed["key"])] = base64.b64decode(parsed["content"], validate=True)
                plain_values(states[str(parsed["key"])])
            else:
                records.append(_record(parsed))
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error, InputError) as error:
            raise InputError(
                f"line {number} is none of an exported memory ({type(error).__name__}: {error}). Nothing was imported."
            ) from error
    has_state = memory.continued() is not None
    takes = about is not None and bool(states) and not has_state
    continued = None
    if about is not None and takes:
        continued = Continued(about["judged_before"], about["versions"], states, about["is_whole"])
    memory.update(records, continued)
    return len(records), takes


def _versions(plain: Any) -> dict[str, int]:
    return {str(name): int(version) for name, version in plain.items()}


def _document(record: Record) -> dict[str, Any]:
    return {"kind": record.kind, "name": record.name, "time": rfc3339(record.time_us), "tenant": record.tenant}


def _record(parsed: dict[str, Any]) -> Record:
    """Return the record of a line. Raises ValueError, KeyError or TypeError where it has another form."""
    kind = parsed["kind"]
    if kind == SHAPE:
        content = {name: parsed[name] for name in ("template", "kinds", "shown", "incident_followed", *WORTH)}
        # exports of a memory that was made before days were told have none
        content["last_shown"] = parsed.get("last_shown", "1970-01-01")
        if not isinstance(content["template"], str):
            raise TypeError("template is no text")
        for name in ("shown", *WORTH):
            if not isinstance(content[name], int) or content[name] < 0:
                raise TypeError(f"{name} is no count")
        # what others wrote is held to the same rule as what is given to them
        content["template"] = without_names(content["template"])
        time_us = microseconds(f"{content['last_shown']}T00:00:00Z")
        return Record(SHAPE, content["template"], time_us, "", content)
    if kind not in RECORD_KINDS:
        raise ValueError(f"kind {kind!r} is unknown")
    name, tenant, content = parsed["name"], parsed["tenant"], parsed["content"]
    if not (isinstance(name, str) and isinstance(tenant, str) and isinstance(content, dict)):
        raise TypeError("name, tenant or content has another type")
    return Record(kind, name, microseconds(parsed["time"]), tenant, content)


def _line(document: dict[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)
