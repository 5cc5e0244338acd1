"""Whose a record is: the credential says so, and nothing that a sender writes into a request does."""

import http.client
import json
import random
from typing import Any

import pytest

from connectors.http.tokens import token_of
from tests.support.http_intake import running_listener

QUICK, LONG = 500, 10_000
TENANTS = ["acme", "globex", "initech"]
TOKENS = {tenant: f"{tenant}-token-0123456789" for tenant in TENANTS}
CLAIMS = [
    "X-Tenant",
    "Tenant",
    "X-Scope-OrgID",
    "X-Forwarded-User",
    "X-Forwarded-For",
    "Forwarded",
    "X-Remote-User",
    "Cookie",
]


def body_of(path: str, claimed: str, number: int) -> tuple[bytes, str]:
    """Return a body of a path that claims a tenant wherever one could stand, with a number, and its media type."""
    own: dict[str, Any] = {"tenant": claimed, "brainstem-tenant": claimed, "number": number}
    if path.endswith("incidents"):
        own |= {"time": "2026-03-02T10:00:00Z", "id": str(number), "title": claimed}
    elif path.endswith("feedback"):
        own |= {"time": "2026-03-02T10:00:00Z", "item": "i1-" + "0" * 24, "verdict": "useful", "note": str(number)}
    elif path.endswith("generic"):
        own |= {"message": f"number {number}", "host": claimed}
    elif path.endswith("logs"):
        record = {"body": {"stringValue": f"number {number}"}}
        attribute = {"key": "tenant", "value": {"stringValue": claimed}}
        own = {"resourceLogs": [{"resource": {"attributes": [attribute]}, "scopeLogs": [{"logRecords": [record]}]}]}
    return json.dumps(own).encode(), "application/json"


@pytest.mark.parametrize("count", [QUICK, pytest.param(LONG, marks=pytest.mark.long)])
def test_no_request_puts_a_record_among_those_of_another_tenant(count: int) -> None:
    """Whatever its headers, its query, its body and its credential say; one without a token that is known is refused."""
    dice = random.Random(17)
    paths = ["/v1/events", "/v1/incidents", "/v1/feedback", "/v1/logs", "/v1/hooks/generic"]
    sent = dict.fromkeys(TENANTS, 0)
    with running_listener(tokens=tuple(token_of(token, tenant) for tenant, token in TOKENS.items())) as listener:
        connection = http.client.HTTPConnection(*listener.address, timeout=20)
        for number in range(count):
            tenant, claimed = dice.choice([*TENANTS, ""]), dice.choice(TENANTS)
            path = dice.choice(paths)
            body, media_type = body_of(path, claimed, number)
            token = (
                TOKENS[tenant] if tenant else dice.choice(["", claimed, TOKENS[claimed][:-1], TOKENS[claimed] + "0"])
            )
            headers = {"Content-Type": media_type, "Authorization": f"Bearer {token}"}
            headers |= dict.fromkeys(dice.sample(CLAIMS, 2), claimed)
            if dice.random() < 0.3:
                # keys of all tenants are the same
                headers["Idempotency-Key"] = f"{claimed} {number}"
            connection.request("POST", f"{path}?tenant={claimed}&token={TOKENS[claimed]}", body, headers)
            reply = connection.getresponse()
            reply.read()
            assert reply.status == (200 if tenant else 401), (number, path)
            if tenant:
                sent[tenant] += 1
                assert listener.buffer.messages[-1].tenant == tenant
        connection.close()
        held = [each.tenant for each in listener.buffer.messages]
    assert {tenant: held.count(tenant) for tenant in TENANTS} == sent
    assert len(held) == sum(sent.values())
