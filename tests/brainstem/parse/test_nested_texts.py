"""Texts and objects that carry fields of their own: traps, events of Veeam, and sign-ins of Entra ID."""

import pytest

from brainstem.parse.fields.snmp_trap import trap_fields
from brainstem.parse.fields.veeam_event import veeam_fields
from brainstem.parse.formats.definition import Fields
from brainstem.parse.formats.json.m365_audit import FORMAT as M365_AUDIT

MANY = 1_000_000
SENDER = "sw1 [UDP: [10.20.0.7]:161->[10.20.0.2]:162]: Trap , SNMPv2-MIB::snmpTrapOID.0 = OID: PUMP-MIB::pumpBroke"


def fields_of(parsed: Fields) -> Fields:
    """Return the fields of a record of the audit log."""
    assert M365_AUDIT.flattened is not None
    found = M365_AUDIT.flattened(parsed)
    assert found is not None
    return found


@pytest.mark.parametrize("begins", ["a", "a [", "a [UDP: [", "a: ", f"{SENDER}, "])
@pytest.mark.parametrize("repeated", ["a", "1", " ", "a.", "a = b "])
def test_a_long_text_of_a_trap_is_looked_through_once(begins: str, repeated: str) -> None:
    """A million of any sort ends: a pattern that begins anew at each of them would take days."""
    found = trap_fields(begins + repeated * (MANY // len(repeated)))
    assert found is None or found["host"] == "sw1"


@pytest.mark.parametrize("repeated", ["a", " ", "\n ", 'a="', "&#x"])
def test_a_long_text_of_an_event_is_looked_through_once(repeated: str) -> None:
    """Before its description, and in it."""
    many = repeated * (MANY // len(repeated))
    assert veeam_fields(f'[instanceId=190 {many} Description="done"]') is not None
    found = veeam_fields(f'[instanceId=190 Description="begun {many} done"]')
    assert found is not None
    assert found["event_id"] == "190"
    assert str(found["message"]).startswith("begun")


def test_what_a_trap_says_behind_many_states_is_read() -> None:
    """Only so many of its states are kept, but its text, its level and its interface stand wherever they do."""
    states = ", ".join(f"PUMP-MIB::state{number}.1 = INTEGER: idle({number})" for number in range(30))
    text = ', PUMP-MIB::text.1 = STRING: "the pump broke down", PUMP-MIB::pumpSeverity.1 = INTEGER: critical(5)'
    found = trap_fields(f"{SENDER}, {states}{text}, IF-MIB::ifDescr.3 = STRING: port 3")
    assert found is not None
    assert (found["level"], found["interface"]) == ("critical", "port 3")
    assert str(found["message"]).startswith("pumpBroke: the pump broke down: state0=idle, ")
    assert "state12" not in str(found["message"])


@pytest.mark.parametrize(
    ("code", "result"), [(0, "success"), ("0", "success"), (50126, "failure"), ("50126", "failure")]
)
def test_a_sign_in_fails_where_its_code_is_not_zero(code: int | str, result: str) -> None:
    """Number or text, with the reason behind what was signed in to."""
    status = {"errorCode": code, "failureReason": "Wrong password."}
    found = fields_of(
        {"createdDateTime": "", "appDisplayName": "Teams", "userPrincipalName": "a@b.example", "status": status}
    )
    assert found["result"] == result
    assert found["message"] == ("Sign-in to Teams" if result == "success" else "Sign-in to Teams: Wrong password.")


@pytest.mark.parametrize("status", ['{"errorCode":50126}', "failed", None, {"state": "failed"}])
def test_a_status_that_tells_no_code_is_no_success(status: object) -> None:
    """Other programs name their records alike; what they say stays as it is."""
    record = {"CreatedDateTime": "", "AppDisplayName": "Till", "UserPrincipalName": "a", "Status": status}
    assert fields_of(record) == record
