"""Statements: incidents and feedback are events of the stream, whatever surrounds them and in whatever order they come."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.aggregate.deltas import aggregate
from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.event import Kind
from brainstem.contracts.reject import RejectReason
from brainstem.contracts.statement import Statement
from brainstem.parse.boundaries.framing import frame
from brainstem.parse.parser import ParsedBatch, parse
from brainstem.parse.source_context import SourceContext
from brainstem.signature.signing import sign

TICKET = {
    "id": "T1",
    "tenant": "north",
    "time": "2026-03-02T10:00:00Z",
    "title": "Mill stands still",
    "service": "grind",
}
VERDICT = {"tenant": "north", "time": "2026-03-02T10:00:00Z", "item": "i1-" + "0" * 24, "verdict": "useful"}


def read(lines: list[str], kind: Kind = Kind.LOG) -> tuple[ParsedBatch, tuple[Statement, ...], int]:
    """Read lines of a source; return what was parsed, the statements and how many rows were aggregated."""
    buffer = np.frombuffer("".join(line + "\n" for line in lines).encode(), np.uint8)
    frames = frame(buffer, final=True)
    envelopes = Envelopes(
        "file:/s", "usual", "", frames.start, frames.length, np.zeros(len(frames), np.int64), buffer, frames.start
    )
    parsed = parse(envelopes, SourceContext(2 * 10**15, kind=kind))
    deltas = aggregate(envelopes, parsed, sign(parsed.text, parsed.message_start, parsed.message_end))
    return parsed, deltas.statements, len(deltas.rows)


def test_a_ticket_of_a_file_of_incidents_is_of_the_tenant_it_names() -> None:
    """Only a file that the operator calls one of statements may name tenants."""
    parsed, statements, rows = read([json.dumps(TICKET)], Kind.INCIDENT)
    (statement,) = statements
    assert (statement.tenant, statement.stated.name, statement.stated.text) == ("north", "T1", "Mill stands still")
    assert statement.time_us == 1_772_445_600_000_000
    assert parsed.tenants == ["north"]
    assert rows == 0, "a ticket is no message of any service"


def test_an_incident_among_logs_is_of_the_tenant_of_its_source() -> None:
    """What stands in the bytes of a log decides nothing about whose it is."""
    lines = [
        json.dumps({"kind": "incident", **TICKET}),
        json.dumps({"time": "2026-03-02T10:00:01Z", "msg": "all well"}),
    ]
    parsed, statements, rows = read(lines)
    assert [statement.tenant for statement in statements] == ["usual"]
    assert parsed.kind.tolist() == [Kind.INCIDENT, Kind.LOG]
    assert rows == 1


def test_a_log_that_only_has_a_member_kind_stays_a_log() -> None:
    """Kubernetes and others call many things a kind."""
    _, statements, rows = read([json.dumps({"kind": "incident", "time": "2026-03-02T10:00:01Z", "msg": "no ticket"})])
    assert not statements
    assert rows == 1


@pytest.mark.parametrize("missing", ["id", "time", "title"])
def test_a_ticket_without_what_it_must_have_is_rejected(missing: str) -> None:
    """It is kept as a reject and teaches nothing."""
    ticket = {name: value for name, value in TICKET.items() if name != missing}
    for kind, line in ((Kind.INCIDENT, ticket), (Kind.LOG, {"kind": "incident", **ticket})):
        parsed, statements, rows = read([json.dumps(line)], kind)
        assert parsed.reject_reason.tolist() == [RejectReason.INVALID_STATEMENT]
        assert not statements
        assert rows == 0


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "meh"},
        {"item": "i1-zz"},
        {"item": None},
        {"signature": "s2-" + "0" * 16},
        {"note": 7},
        {"time": "noon"},
        {"family": "f1-" + "0" * 16},
        {"by": 7},
        {"until": "escalates"},
        {"verdict": "snoozed"},
        {"verdict": "snoozed", "until": "noon"},
        {"verdict": "snoozed", "until": "2026-03-09T07:00:00"},
        {"verdict": "snoozed", "until": 1_772_445_600},
        {"verdict": "snoozed", "until": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_feedback_that_says_nothing_usable_is_rejected(change: dict[str, object]) -> None:
    """A verdict of the list about one item, family or signature, at a time; what is snoozed has an end, nothing else."""
    parsed, statements, _ = read([json.dumps({**VERDICT, **change})], Kind.FEEDBACK)
    assert parsed.reject_reason.tolist() == [RejectReason.INVALID_STATEMENT]
    assert not statements


def test_feedback_tells_what_it_is_about() -> None:
    """The item, the verdict and the note on one line."""
    _, (statement,), _ = read([json.dumps({**VERDICT, "note": "two\nlines"})], Kind.FEEDBACK)
    assert statement.stated.name == VERDICT["item"]
    assert (statement.stated.verdict, statement.stated.text) == ("useful", "two lines")


@pytest.mark.parametrize(
    ("until", "until_us"),
    [
        ("escalates", 0),
        ("2026-03-02T10:00:01Z", 1_772_445_601_000_000),
        ("2026-03-02T11:00:01.5+01:00", 1_772_445_601_500_000),
    ],
)
def test_what_is_done_about_a_family_names_who_says_so_and_until_when(until: str, until_us: int) -> None:
    """A family may be named itself, shown or not."""
    said = {"family": "f1-" + "0" * 15 + "a", "verdict": "snoozed", "until": until, "by": " ann\t", "item": None}
    _, (statement,), _ = read([json.dumps({**VERDICT, **said})], Kind.FEEDBACK)
    stated = statement.stated
    assert (stated.name, stated.verdict, stated.by, stated.until_us) == (said["family"], "snoozed", "ann", until_us)


@given(
    st.lists(
        st.one_of(
            st.text(max_size=40),
            st.dictionaries(st.text(max_size=6), st.integers() | st.text(max_size=9)).map(json.dumps),
        )
    )
)
def test_any_bytes_in_a_file_of_incidents_become_a_statement_or_a_reject(lines: list[str]) -> None:
    """Nothing raises, and nothing of it is folded as a log."""
    parsed, statements, rows = read([line.replace("\n", " ") for line in lines], Kind.INCIDENT)
    accepted = int((parsed.reject_reason == RejectReason.ACCEPTED).sum())
    assert accepted == len(statements)
    assert rows == 0
    assert len(asdict(parsed)["tenants"] or []) in (0, len(parsed))
