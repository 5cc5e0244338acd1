"""Records of Microsoft 365's unified audit log: who did what in which workload, beside many identifiers."""

from collections.abc import Collection
from typing import Final

from brainstem.parse.formats.definition import Fields, Format, Sample

M365_AUDIT_FORMAT: Final = 28
"""the number that stored events carry"""

_WHY: Final = ("LogonError", "ErrorNumber", "ResultReasonType")
_READ: Final = {
    "UserId": "user",
    "ClientIP": "client_ip",
    "ActorIpAddress": "client_ip",
    "ClientIPAddress": "client_ip",
}
"""the names under which fields are signed; what was opened, by which mail, is in the attributes"""


def _has_audit_keys(keys: Collection[str]) -> bool:
    """Return whether an object has the keys that every record of the log must have."""
    return {"CreationTime", "Operation", "RecordType", "Workload"}.issubset(keys)


def _fields(parsed: Fields) -> Fields:
    """Return the fields of a record, with what was done as its message."""
    workload, operation = parsed.get("Workload"), parsed.get("Operation")
    why = next((value for name in _WHY if isinstance(value := parsed.get(name), str) and value not in ("", "0")), "")
    flat: Fields = {"message": f"{workload} {operation}" + (f": {why}" if why else "")}
    for name, value in parsed.items():
        if name not in ("Operation", "UserType", "Version"):
            flat.setdefault(_READ.get(name, name), value)
    return flat


FORMAT: Final = Format(
    number=M365_AUDIT_FORMAT,
    name="m365-audit",
    title="Microsoft 365 audit log",
    specification="https://learn.microsoft.com/en-us/office/office-365-management-api/office-365-management-activity-api-schema",
    samples=(
        Sample(
            line=b'{"CreationTime":"2022-02-04T10:00:00","Id":"7","Operation":"UserLoginFailed","RecordType":15,'
            b'"ResultStatus":"Failed","UserType":0,"Workload":"AzureActiveDirectory","ClientIP":"192.0.2.7",'
            b'"UserId":"ada@lab.example","LogonError":"InvalidUserNameOrPassword"}',
            message=b"AzureActiveDirectory UserLoginFailed: InvalidUserNameOrPassword, result=Failed,"
            b' user="ada@lab.example", client_ip="192.0.2.7"',
            time="2022-02-04T10:00:00",
            service="AzureActiveDirectory",
            attributes=b'{"Id":"7","RecordType":15,"ResultStatus":"Failed","client_ip":"192.0.2.7",'
            b'"user":"ada@lab.example","LogonError":"InvalidUserNameOrPassword"}',
        ),
    ),
    is_json=True,
    recognizes_keys=_has_audit_keys,
    flattened=_fields,
)
