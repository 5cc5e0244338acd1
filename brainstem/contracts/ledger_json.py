"""The ledger as JSON (`ledger.schema.json`).

Takes a ledger and returns JSON, or takes the JSON and returns the ledger. Equal counts give equal bytes.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final, NotRequired, TypedDict

import orjson

from brainstem.contracts.ledger import (
    FORMAT_VERSIONS,
    LEDGER_VERSION,
    Account,
    DateOrder,
    DropReason,
    FaultReason,
    Ledger,
    LedgerConflictError,
    RefusalReason,
    RefusedInput,
    SourceDescription,
    Tally,
    UnreadField,
)
from brainstem.contracts.reject import RejectReason
from brainstem.parameters import Number, version_of

READABLE_VERSIONS: Final = (2, 3, LEDGER_VERSION)
"""version 2 has no parameters: they could not be set; in version 3 nothing was forgotten"""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class TallyJson(TypedDict):
    """A tally as published."""

    records: int
    bytes: int


class AccountJson(TypedDict):
    """An account as published; reasons that never occurred are left out."""

    received: TallyJson
    stored: TallyJson
    duplicate: TallyJson
    rejected: dict[str, TallyJson]
    dropped: dict[str, TallyJson]
    faults: dict[str, int]
    unread: dict[str, int]
    raw_forgotten: NotRequired[TallyJson]
    """left out where nothing was"""


class SourceJson(AccountJson):
    """A source as published; `reference_time` is RFC 3339 in UTC or null."""

    source: str
    tenant: str
    path: str
    compression: str
    size_bytes: int
    reference_time: str | None
    reference_origin: str
    duplicate_of: str
    can_be_reread: bool
    date_order: str


class RefusedJson(TypedDict):
    """A refused input as published."""

    path: str
    tenant: str
    reason: str
    size_bytes: int


class ParametersJson(TypedDict):
    """The parameters of a run as published: their version, and the values that differ from the defaults."""

    version: str
    values: dict[str, Number]


class LedgerJson(TypedDict):
    """The whole document."""

    version: int
    formats: dict[str, int]
    balanced: bool
    total: AccountJson
    sources: list[SourceJson]
    refused: list[RefusedJson]
    forgotten: dict[str, int]
    parameters: ParametersJson


def to_json(ledger: Ledger) -> bytes:
    """Return the published document, indented, ending in a line feed."""
    document: LedgerJson = {
        "version": LEDGER_VERSION,
        "formats": dict(FORMAT_VERSIONS),
        "balanced": ledger.balances(),
        "total": _account_to_json(ledger.total()),
        "sources": [_source_to_json(description, account) for description, account in ledger],
        "refused": [
            {"path": file.path, "tenant": file.tenant, "reason": file.reason.value, "size_bytes": file.size_bytes}
            for file in ledger.refused
        ],
        "forgotten": dict(sorted(ledger.forgotten.items())),
        "parameters": {
            "version": version_of(ledger.parameters),
            "values": dict(sorted(ledger.parameters.items())),
        },
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def from_json(document: bytes) -> Ledger:
    """Return the ledger of a published document.

    Raises `LedgerConflictError` for another version, `ValueError`, `KeyError` or `TypeError` for what is no ledger.
    """
    parsed: LedgerJson = orjson.loads(document)
    if parsed["version"] not in READABLE_VERSIONS:
        raise LedgerConflictError(f"the ledger is of version {parsed['version']}, this program reads {LEDGER_VERSION}")
    ledger = Ledger()
    for source in parsed["sources"]:
        ledger.describe(_description_from_json(source))
        ledger.account(source["source"]).add(_account_from_json(source))
    for refused in parsed["refused"]:
        reason = RefusalReason(refused["reason"])
        ledger.refuse(RefusedInput(refused["path"], refused["tenant"], reason, refused["size_bytes"]))
    ledger.forgotten = dict(parsed.get("forgotten", {}))
    if "parameters" in parsed:
        values: dict[str, Any] = {**parsed["parameters"]["values"]}
        ledger.parameters = {key: tuple(each) if isinstance(each, list) else each for key, each in values.items()}
    return ledger


def rfc3339(time_us: int) -> str:
    """Return microseconds since the epoch as RFC 3339 text in UTC, to the microsecond."""
    return (_EPOCH + timedelta(microseconds=time_us)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _tally_to_json(tally: Tally) -> TallyJson:
    return {"records": tally.records, "bytes": tally.bytes}


def _tally_from_json(tally: TallyJson) -> Tally:
    return Tally(tally["records"], tally["bytes"])


def _reasons_to_json(tallies: Mapping[RejectReason, Tally] | Mapping[DropReason, Tally]) -> dict[str, TallyJson]:
    return dict(sorted((_published(reason), _tally_to_json(tally)) for reason, tally in tallies.items()))


def _published(reason: Enum) -> str:
    return reason.name.lower()


def _account_to_json(account: Account) -> AccountJson:
    published: AccountJson = {
        "received": _tally_to_json(account.received),
        "stored": _tally_to_json(account.stored),
        "duplicate": _tally_to_json(account.duplicate),
        "rejected": _reasons_to_json(account.rejected),
        "dropped": _reasons_to_json(account.dropped),
        "faults": dict(sorted((_published(reason), count) for reason, count in account.faults.items())),
        "unread": dict(sorted((_published(name), records) for name, records in account.unread.items())),
    }
    if account.raw_forgotten.records:
        published["raw_forgotten"] = _tally_to_json(account.raw_forgotten)
    return published


def _account_from_json(account: AccountJson) -> Account:
    return Account(
        received=_tally_from_json(account["received"]),
        stored=_tally_from_json(account["stored"]),
        duplicate=_tally_from_json(account["duplicate"]),
        rejected={RejectReason[name.upper()]: _tally_from_json(each) for name, each in account["rejected"].items()},
        dropped={DropReason[name.upper()]: _tally_from_json(each) for name, each in account["dropped"].items()},
        faults={FaultReason[name.upper()]: count for name, count in account["faults"].items()},
        unread={UnreadField[name.upper()]: records for name, records in account["unread"].items()},
        raw_forgotten=_tally_from_json(account["raw_forgotten"]) if "raw_forgotten" in account else Tally(),
    )


def _source_to_json(description: SourceDescription, account: Account) -> SourceJson:
    reference_us = description.reference_time_us
    return {
        "source": description.source,
        "tenant": description.tenant,
        "path": description.path,
        "compression": description.compression,
        "size_bytes": description.size_bytes,
        "reference_time": None if reference_us is None else rfc3339(reference_us),
        "reference_origin": description.reference_origin,
        "duplicate_of": description.duplicate_of,
        "can_be_reread": description.can_be_reread,
        "date_order": description.date_order.value,
        **_account_to_json(account),
    }


def _description_from_json(source: SourceJson) -> SourceDescription:
    reference = source["reference_time"]
    return SourceDescription(
        source=source["source"],
        tenant=source["tenant"],
        path=source["path"],
        compression=source["compression"],
        size_bytes=source["size_bytes"],
        reference_time_us=None if reference is None else (datetime.fromisoformat(reference) - _EPOCH) // _MICROSECOND,
        reference_origin=source["reference_origin"],
        duplicate_of=source["duplicate_of"],
        can_be_reread=source["can_be_reread"],
        date_order=DateOrder(source["date_order"]),
    )
