"""`POST /v1/incidents` and `POST /v1/feedback`: what is answered with success is a statement to the run that reads it."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.contracts.event import Kind
from brainstem.contracts.reject import RejectReason
from brainstem.parse.parser import parse
from connectors.http.json_parts import InvalidJsonError
from connectors.http.statements import InvalidStatementError, statements
from connectors.http.tokens import token_of
from tests.support.http_intake import running_listener
from tests.support.parsing import context_of, envelopes_of

TICKET = {"id": "T1", "time": "2026-03-02T10:00:00Z", "title": "Mill stands still", "service": "grind"}
VERDICT = {"time": "2026-03-02T10:00:00Z", "item": "i1-" + "0" * 24, "verdict": "useful"}
POSTED: list[tuple[str, dict[str, Any], Kind]] = [
    ("/v1/incidents", TICKET, Kind.INCIDENT),
    ("/v1/feedback", VERDICT, Kind.FEEDBACK),
]


@pytest.mark.parametrize(("path", "statement", "kind"), POSTED)
@pytest.mark.parametrize(
    "media_type", ["application/json", "application/x-ndjson", "application/x-www-form-urlencoded"]
)
def test_a_statement_is_stored_as_one_of_its_kind(
    path: str, statement: dict[str, Any], kind: Kind, media_type: str
) -> None:
    """The path says what it is, so it need not; the run that reads the record among logs knows it."""
    with running_listener() as listener:
        for body in (statement, {"kind": kind.name.lower(), **statement}):
            reply = listener.post(path, json.dumps(body).encode(), media_type)
            assert (reply.status, reply.json) == (200, {"accepted": 1, "rejected": {}})
        contents = listener.buffer.contents
    batch = parse(envelopes_of(b"\n".join(contents)), context_of())
    assert batch.reject_reason.tolist() == [RejectReason.ACCEPTED] * 2
    assert batch.kind.tolist() == [kind] * 2
    assert batch.stated[0] == batch.stated[1]
    assert [orjson.loads(each) for each in contents] == [{"kind": kind.name.lower(), **statement}] * 2


def test_the_tenant_is_that_of_the_token() -> None:
    """Whatever a statement says."""
    with running_listener(tokens=(token_of("acme-token-000000", "acme"),)) as listener:
        body = json.dumps([{**TICKET, "tenant": "globex"}]).encode()
        assert listener.post("/v1/incidents", body, Authorization="Bearer acme-token-000000").status == 200
        assert listener.post("/v1/incidents", body).status == 401
        assert [each.tenant for each in listener.buffer.messages] == ["acme"]


def test_a_statement_that_was_answered_is_not_stored_again() -> None:
    """With its key."""
    with running_listener() as listener:
        for path, statement, _ in POSTED:
            for _ in range(2):
                assert listener.post(path, json.dumps(statement).encode(), Idempotency_Key="a").status == 200
        assert len(listener.buffer.messages) == 2


@pytest.mark.parametrize(
    ("path", "change", "told"),
    [
        ("/v1/incidents", {"title": None}, "incident 2: title is missing"),
        ("/v1/incidents", {"id": ["T1"]}, "incident 2: id is no text"),
        ("/v1/incidents", {"time": None}, "incident 2: time is missing"),
        ("/v1/incidents", {"time": "yesterday at 5"}, "incident 2: time is missing or cannot be read"),
        ("/v1/incidents", {"time": "2026-02-30T10:00:00Z"}, "incident 2: time is missing or cannot be read"),
        ("/v1/incidents", {"time": "2426-02-20T10:00:00Z"}, "incident 2: time is missing or cannot be read"),
        ("/v1/incidents", {"kind": "feedback"}, "incident 2: kind is 'feedback', not 'incident'"),
        ("/v1/incidents", {"service": "x" * 300_000}, "incident 2 is longer than"),
        (
            "/v1/feedback",
            {"verdict": "splendid"},
            "feedback 2: verdict is none of useful, useless, acknowledged, snoozed, resolved",
        ),
        ("/v1/feedback", {"item": "7"}, "feedback 2: names neither one item"),
        ("/v1/feedback", {"signature": "s2-" + "0" * 16}, "feedback 2: names neither one item"),
        ("/v1/feedback", {"note": 7}, "feedback 2: note is no text"),
    ],
)
def test_what_is_no_statement_is_refused_in_words(path: str, change: dict[str, Any], told: str) -> None:
    """With all others of its request: nothing of it is stored, and the person who posted it can mend it."""
    good = next(statement for own, statement, _ in POSTED if own == path)
    bad = {name: value for name, value in {**good, **change}.items() if value is not None}
    with running_listener() as listener:
        reply = listener.post(path, json.dumps([good, bad]).encode())
        assert (reply.status, reply.json["error"]) == (400, "invalid_statement")
        assert told in reply.json["message"]
        assert not listener.buffer.messages
        assert listener.account.refused_requests == {"invalid_statement": 1}


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"[7]", b"title=x", b'{"id":', b"[" * 100_000])
def test_what_holds_no_statement_is_refused(body: bytes) -> None:
    """Nothing at all, and what is no JSON object."""
    with running_listener() as listener:
        assert listener.post("/v1/incidents", body).status == 400
        assert not listener.buffer.messages


TIMES = st.one_of(
    st.datetimes().map(str),
    st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
    st.from_regex(
        r"2[0-3][0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-5][0-9](:[0-6][0-9])?([.,][0-9]{1,9})?( ?Z|[+-]05:?30)?"
    ),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=12),
    st.none(),
)


@given(TIMES, st.text(max_size=5))
def test_a_run_rejects_no_statement_that_was_taken(time: object, title: str) -> None:
    """Whatever its time and its title are."""
    body = json.dumps({**TICKET, "time": time, "title": title}).encode()
    try:
        (record,) = statements(body, Kind.INCIDENT, 10_000)
    except (InvalidJsonError, InvalidStatementError):
        # such as a time that is no number, which JSON has no word for
        return
    batch = parse(envelopes_of(record.content), context_of())
    assert batch.reject_reason.tolist() == [RejectReason.ACCEPTED]
    assert batch.stated[0].name == "T1"
