"""A live run says over HTTP what it does, from its start to its end, in the numbers of what was sent to it."""

import json
import socket
import urllib.error
from pathlib import Path

from tests.support.beside import Beside, configuration
from tests.support.killing import wait_until
from tests.support.program import run
from tests.support.status_client import get, named, samples

STATUS = '[status]\naddress = "127.0.0.1:0"\n'
LINES = 500


def test_a_live_run_answers_with_what_it_has_received_and_stored(tmp_path: Path) -> None:
    """Metrics, health and `brainstem status --output json` agree; clients that hang keep nothing from ending."""
    beside = Beside(configuration(tmp_path, STATUS), listeners=3)
    port = beside.ports["status", "http"]
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
    sent = [
        b"<13>Mar 17 07:%02d:%02d fw1 vpnd[7]: tunnel %d is up" % (*divmod(each, 60), each) for each in range(LINES - 1)
    ]
    assert beside.send(sent) == LINES - 1
    assert beside.send([b"9 <13>wrong count"]) == 1
    expected = {
        named("brainstem_records_stored_total", source="spool:office"): LINES,
        named("brainstem_records_rejected_total", source="spool:office", reason="misframed"): 1,
        named("brainstem_records_received_total", source="spool:office"): LINES + 1,
        named("brainstem_listener_accepted_total", listener="office"): LINES,
        named("brainstem_listener_rejected_total", listener="office", reason="wrong_count"): 1,
        named("brainstem_spooled_messages_total"): LINES + 1,
        named("brainstem_read_records_total"): LINES + 1,
        named("brainstem_ready"): 1,
        named("brainstem_healthy"): 1,
    }

    def found() -> dict[object, float | None]:
        page = get(port, "/metrics")
        told = samples(page.text) if page.status == 200 else {}
        return {key: told.get(key) for key in expected}

    wait_until(beside.process, lambda: found() == expected, found=lambda: (found(), beside.told))
    assert [get(port, path).status for path in ("/healthz", "/readyz")] == [200, 200]
    ran = run(None, "status", tmp_path / "out", "--output", "json")
    assert ran.status == 0
    report = json.loads(ran.out)
    assert report["ready"]
    assert [each["stored"]["records"] for each in report["sources"]] == [LINES]
    assert list(report["processes"][0]["last_received"]) == ["spool:office@acme"]
    assert report["intake"]["listeners"]["office"]["accepted"] == LINES
    assert beside.stop() == 0, beside.told
    for each in idle:
        each.close()
    try:
        get(port, "/healthz")
    except urllib.error.URLError as refused:
        assert isinstance(refused.reason, ConnectionRefusedError)  # noqa: PT017 - a reason is no exception that is raised
    else:
        raise AssertionError("it still answers")
    ran = run(None, "status", tmp_path / "out", "--output", "json")
    assert ran.status == 1
    assert json.loads(ran.out)["unhealthy"] == ["process 0 has stopped"]
