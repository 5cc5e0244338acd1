"""Records of Microsoft 365's unified audit log, and sign-ins and changes of Entra ID as Microsoft Graph returns them: who
did what in which workload, beside many identifiers.

https://learn.microsoft.com/en-us/graph/api/resources/signin and directoryaudit.
"""

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
_OF_SIGN_IN: Final = frozenset({"createddatetime", "appdisplayname", "userprincipalname", "status"})
_OF_DIRECTORY: Final = frozenset({"activitydatetime", "activitydisplayname"})


def _has_audit_keys(keys: Collection[str]) -> bool:
    """Return whether an object has the keys that every record of one of the logs must have."""
    if {"CreationTime", "Operation", "RecordType", "Workload"}.issubset(keys):
        return True
    lowered = {key.lower() for key in keys}
    return lowered >= _OF_SIGN_IN or lowered >= _OF_DIRECTORY


def _fields(parsed: Fields) -> Fields:
    """Return the fields of a record, with what was done as its message."""
    if "Workload" not in parsed:
        lowered = {key.lower(): value for key, value in parsed.items()}
        if "appdisplayname" not in lowered:
            return _directory(lowered)
        # other exports tell the status as a text or a word, which is left as it is
        return _sign_in(lowered) if "errorcode" in _members(lowered["status"]) else parsed
    workload, operation = parsed.get("Workload"), parsed.get("Operation")
    why = next((value for name in _WHY if isinstance(value := parsed.get(name), str) and value not in ("", "0")), "")
    flat: Fields = {"message": f"{workload} {operation}" + (f": {why}" if why else "")}
    for name, value in parsed.items():
        if name not in ("Operation", "UserType", "Version"):
            flat.setdefault(_READ.get(name, name), value)
    return flat


def _sign_in(lowered: Fields) -> Fields:
    """Return the fields of a sign-in of Entra ID as Microsoft Graph returns it; a code of 0 is a success."""
    status = _members(lowered.pop("status", None))
    code, reason = status.get("errorcode"), status.get("failurereason")
    is_success = str(code) == "0"
    why = f": {reason}" if not is_success and isinstance(reason, str) and reason else ""
    app = lowered.pop("appdisplayname", None)
    said = f"Sign-in to {app}" if isinstance(app, str) and app else "Sign-in"
    return {
        "message": said + why,
        "result": "success" if is_success else "failure",
        "code": code,
        **lowered,
        "service": "Entra ID",
    }


def _directory(lowered: Fields) -> Fields:
    """Return the fields of a change in Entra ID as Microsoft Graph returns it."""
    by = _members(lowered.get("initiatedby"))
    who = _members(by.get("user")).get("userprincipalname") or _members(by.get("app")).get("displayname")
    why = lowered.pop("resultreason", None)
    done = lowered.pop("activitydisplayname", None)
    said = f"{done}: {why}" if isinstance(why, str) and why else f"{done}"
    return {"message": said, **lowered, "user": who, "service": lowered.get("loggedbyservice") or "Entra ID"}


def _members(value: object) -> Fields:
    """Return the members of an object by their names in lower case, none for another value."""
    return {str(key).lower(): member for key, member in value.items()} if isinstance(value, dict) else {}


FORMAT: Final = Format(
    number=M365_AUDIT_FORMAT,
    name="m365-audit",
    title="Microsoft 365 audit log, sign-ins and changes of Entra ID",
    specification="https://learn.microsoft.com/en-us/office/office-365-management-api/office-365-management-activity-api-schema",
    samples=(
        Sample(
            line=b'{"id":"7","createdDateTime":"2022-02-04T10:00:00Z","userPrincipalName":"ada@lab.example","appDisplayName":'
            b'"Teams","ipAddress":"192.0.2.7","status":{"errorCode":50126,"failureReason":"Invalid password."}}',
            message=b'Sign-in to Teams: Invalid password. result=failure, code=50126, userprincipalname="ada@lab.example",'
            b' ipaddress="192.0.2.7"',
            time="2022-02-04T10:00:00",
            service="Entra ID",
            attributes=b'{"result":"failure","code":50126,"id":"7","userprincipalname":"ada@lab.example","ipaddress":"192.0.2.7"}',
        ),
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
