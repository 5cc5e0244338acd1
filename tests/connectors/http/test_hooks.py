"""Webhooks: what each monitoring system posts becomes records that the parser reads, an alert and its end as a pair."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from brainstem.contracts.reject import RejectReason
from brainstem.parse.parser import ParsedBatch
from connectors.base import ConfigurationError
from connectors.http.hooks.registry import FORM, readers
from tests.support.http_intake import running_listener
from tests.support.parsing import at, batch_of

PAYLOADS = Path(__file__).parent / "payloads"
BEGAN, ENDED = "2026-11-29T08:00:00+00:00", "2026-11-29T08:05:00+00:00"


def payload(name: str) -> Any:
    """Return the posts of a monitoring system: an alert, and its end."""
    return orjson.loads((PAYLOADS / f"{name}.json").read_bytes())


def posted(name: str, *bodies: Any, rows: dict[str, Any] | None = None, as_form: bool = False) -> list[dict[str, Any]]:
    """Post bodies to a hook, and return the records that were stored."""
    with running_listener(rows=rows) as listener:
        for body in bodies:
            sent = urlencode(body).encode() if as_form else json.dumps(body).encode()
            reply = listener.post(f"/v1/hooks/{name}", sent, FORM if as_form else "application/json")
            assert reply.status == 200, reply
        return [orjson.loads(content) for content in listener.buffer.contents]


def read(records: list[dict[str, Any]]) -> ParsedBatch:
    """Return what the parser reads from records."""
    return batch_of(b"\n".join(orjson.dumps(record) for record in records) + b"\n")


@pytest.mark.parametrize(
    ("name", "host", "service", "severity", "says", "began", "ended"),
    [
        ("alertmanager", "db1", "node", 18, b"DiskFull: Disk /var on db1 is 91% full", BEGAN, ENDED),
        ("grafana", "db1", "node", 18, b"DiskFull: Disk /var on db1 is 91% full", BEGAN, ENDED),
        ("logicmonitor", "fw1", "Ping", 17, b"LMD42 error fw1 Ping PingLossPercent", BEGAN, ENDED),
        ("zabbix", "sw1", "zabbix", 13, b"Interface ge-0/0/1: Link down", BEGAN, ENDED),
        ("pagerduty", "pagerduty", "API Service", 17, b"A little bump in the road", BEGAN, ENDED),
        ("datadog", "web1", "datadog", 17, b"CPU is high on web1", BEGAN, ENDED),
        ("uptime-kuma", "shop.example.com", "uptime-kuma", 17, b"shop: connect ECONNREFUSED", BEGAN, ENDED),
        ("healthchecks", "healthchecks", "healthchecks", 17, b"nightly backup: down", BEGAN, ENDED),
    ],
)
def test_an_alert_and_its_end_are_read_as_a_pair(
    name: str, host: str, service: str, severity: int, says: bytes, began: str, ended: str
) -> None:
    """With time, host, service, severity and message; both name the same thing, and their states are words."""
    records = posted(name, *payload(name))
    assert [record["state"] for record in records] == ["firing", "resolved"]
    assert records[0]["monitor"] == records[1]["monitor"]
    assert records[0]["alert_id"] == records[1]["alert_id"]
    assert {record["kind"] for record in records} == {"alert"}
    batch = read(records)
    assert batch.reject_reason.tolist() == [RejectReason.ACCEPTED] * 2
    assert [at(time).isoformat() for time in batch.event_time] == [began, ended]
    assert [batch.hosts[code] for code in batch.host] == [host] * 2
    assert [batch.services[code] for code in batch.service] == [service] * 2
    assert batch.severity.tolist() == [severity, 9]
    assert batch.message(0).startswith(says)
    assert b"status=degraded, state=firing" in batch.message(0)
    assert b"status=ok, state=resolved" in batch.message(1)
    for row in range(2):
        assert f'monitor="{records[0]["monitor"]}"'.encode() in batch.message(row)


def test_alertmanager_tells_alerts_of_one_name_apart() -> None:
    """Two disks of one host are two things, with labels as long as they may be."""
    whole = payload("alertmanager")[0]
    first = whole["alerts"][0]
    other = json.loads(json.dumps(first).replace("/var", "/srv"))
    wordy = json.loads(json.dumps(first).replace("/var", "/" + "deep/" * 40))
    records = posted("alertmanager", whole | {"alerts": [first, other, wordy]})
    assert [record["monitor"] for record in records] == ["DiskFull /var", "DiskFull /srv", first["fingerprint"]]


def test_a_group_of_alerts_is_a_record_for_each() -> None:
    """Each with its own state; what is common to them counts where they say nothing themselves."""
    whole = payload("alertmanager")[0]
    whole["commonLabels"]["job"] = "node"
    alerts = [
        {"status": "firing", "labels": {"alertname": "A", "instance": f"[fe80::{number}]:9100"}, "startsAt": BEGAN}
        for number in range(1, 4)
    ]
    alerts[2] |= {"status": "resolved", "endsAt": ENDED}
    records = posted("alertmanager", whole | {"alerts": alerts})
    assert [record["host"] for record in records] == ["fe80::1", "fe80::2", "fe80::3"]
    assert [record["state"] for record in records] == ["firing", "firing", "resolved"]
    assert {record["service"] for record in records} == {"node"}
    assert [record["time"] for record in records] == [BEGAN, BEGAN, ENDED]


LOGICMONITOR_STATES = [
    ("active", "firing"),
    ("Active", "firing"),
    ("ack", "acknowledged"),
    ("acked", "acknowledged"),
    ("ack'ed", "acknowledged"),
    ("clear", "resolved"),
    ("cleared", "resolved"),
    ("test", "test"),
    ("escalated", "firing"),
    ("in SDT", "suppressed"),
]


@pytest.mark.parametrize("as_form", [False, True])
@pytest.mark.parametrize(("said", "meant"), LOGICMONITOR_STATES)
def test_logicmonitor_says_its_states_in_several_words(said: str, meant: str, as_form: bool) -> None:
    """In JSON and in forms, whatever the template calls the fields."""
    bodies = [
        {"ALERTID": "LMD42", "ALERTSTATUS": said, "HOST": "fw1", "MESSAGE": "ping loss", "LEVEL": "critical"},
        {"alertId": "LMD42", "alertStatus": said, "hostName": "fw1", "message": "ping loss", "alert_level": "4"},
        {"id": "LMD42", "status": said, "device": "fw1", "body": "ping loss", "severity": "Critical"},
    ]
    records = posted("logicmonitor", *bodies, as_form=as_form)
    assert {(record["alert_id"], record["state"], record["host"]) for record in records} == {("LMD42", meant, "fw1")}
    assert {record["severity"] for record in records} == {"critical" if meant == "firing" else "info"}
    assert {record["message"] for record in records} == {"ping loss"}


def test_tokens_that_logicmonitor_did_not_fill_in_are_nothing() -> None:
    """An alert of a website has no instance, and one that is active has no end."""
    body = payload("logicmonitor")[0] | {"instance": "##INSTANCE##", "end_epoch": "##ENDEPOCH##"}
    record = posted("logicmonitor", body)[0]
    assert record["monitor"] == "Ping PingLossPercent"
    assert record["time"] == body["start_epoch"]


def test_a_test_of_a_sender_is_no_alert() -> None:
    """PagerDuty, Uptime Kuma and LogicMonitor send one when they are set up."""
    ping = {"event": {"event_type": "pagey.ping", "data": {"message": "Hello from your friend Pagey!"}}}
    assert posted("pagerduty", ping)[0]["state"] == "test"
    kuma = {"heartbeat": None, "monitor": None, "msg": "Test: https://kuma.example.com Testing"}
    record = posted("uptime-kuma", kuma)[0]
    assert (record["state"], record["message"]) == ("test", kuma["msg"])
    assert "status" not in posted("logicmonitor", {"status": "test", "message": "hello"})[0]


def test_a_row_of_the_configuration_reads_any_other_sender() -> None:
    """By paths, words of its own, and with the whole of what was posted at hand."""
    row = {
        "each": "data.items",
        "time": "at.seconds",
        "host": ["missing", "tags.0.value"],
        "severity": "rank",
        "message": "text",
        "state": "phase",
        "id": "key.name",
        "monitor": "$.check",
        "service": "=probes",
        "states": {"firing": ["Bad"], "resolved": ["Fine"]},
        "severities": {"warning": ["2"]},
    }
    body = {
        "check": "mail",
        "data": {
            "items": [
                {
                    "at": {"seconds": 1796000000},
                    "tags": [{"value": "mx1"}],
                    "rank": 2,
                    "text": "queue",
                    "phase": phase,
                    "key.name": 5,
                }
                for phase in ("bad", "FINE", "odd")
            ]
        },
    }
    records = posted("probes", body, rows={"probes": row})
    assert [record["state"] for record in records] == ["firing", "resolved", "odd"]
    assert records[0] | {"alert": None} == {
        "time": 1796000000,
        "host": "mx1",
        "service": "probes",
        "severity": "warning",
        "message": "queue",
        "status": "degraded",
        "state": "firing",
        "monitor": "mail",
        "kind": "alert",
        "hook": "probes",
        "alert_id": "5",
        "alert": None,
    }


@pytest.mark.parametrize("body", [{"message": "disk is full"}, [{"message": "disk is full"}], {"text": "disk is full"}])
def test_an_alert_without_a_state_or_a_time_is_firing_now(body: Any) -> None:
    """Senders that know no end say so only when something is wrong."""
    record = posted("generic", body)[0]
    assert (record["state"], record["message"], record["severity"]) == ("firing", "disk is full", "error")
    assert record["time"].startswith("20")
    assert posted("generic", {"message": "[Recovered] disk"})[0]["state"] == "resolved"


def test_a_form_may_hold_json_in_its_field_payload() -> None:
    """As several senders have it."""
    form = {"payload": json.dumps({"message": "disk is full", "host": "db1"})}
    assert posted("generic", form, as_form=True)[0]["host"] == "db1"


@pytest.mark.parametrize("body", [b"", b"nothing", b"[" * 100_000, b'{"a":', b"7"])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    """Whole, with nothing stored."""
    with running_listener() as listener:
        assert listener.post("/v1/hooks/generic", body).status == 400
        assert not listener.buffer.messages


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("alertmanager", b"[]"),
        ("alertmanager", b'{"version":"4"}'),
        ("alertmanager", b'{"alerts":[{},7]}'),
        ("grafana", b'{"alerts":["text"]}'),
        ("logicmonitor", b"[[]]"),
        ("logicmonitor", b'{"ALERTID":"##ALERTID##"}'),
        ("generic", b'[{"message":"a"},null]'),
    ],
)
def test_what_holds_no_alert_where_one_should_stand_is_refused(name: str, body: bytes) -> None:
    """Rather than taken and lost; an empty list of them is none too many."""
    with running_listener() as listener:
        reply = listener.post(f"/v1/hooks/{name}", body)
        assert (reply.status, reply.json["error"]) == (400, "invalid")
        assert listener.post("/v1/hooks/alertmanager", b'{"alerts":[]}').json == {"accepted": 0, "rejected": {}}
        assert not listener.buffer.messages


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ({"probes": {}}, "listen.hooks.probes.message is missing"),
        ({"probes": {"message": 7}}, "listen.hooks.probes.message = 7"),
        ({"probes": {"message": "a", "colour": "b"}}, "listen.hooks.probes.colour is not a known key"),
        ({"probes": {"message": "a", "states": ["b"]}}, "listen.hooks.probes.states"),
        ({"probes": {"message": "a", "utc": "yes"}}, "listen.hooks.probes.utc"),
        ({"probes": {"message": "a", "each": 1}}, "listen.hooks.probes.each"),
        ({"a/b": {"message": "a"}}, "'a/b' cannot be a name"),
        ({"probes": "text"}, "listen.hooks.probes = 'text'"),
        ({"alertmanager": {"message": "a"}}, "listen.hooks.alertmanager cannot be replaced"),
    ],
)
def test_a_row_that_cannot_be_used_is_told_with_its_key(rows: dict[str, Any], named: str) -> None:
    """Before a port is opened."""
    with pytest.raises(ConfigurationError, match="listen") as told:
        readers(rows)
    assert named in str(told.value)
