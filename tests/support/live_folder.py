"""The files that a live run writes about itself, without the run."""

from pathlib import Path
from typing import Any

import orjson

from brainstem.contracts.ledger import Account, DropReason, Ledger, SourceDescription, Tally, UnreadField
from brainstem.contracts.ledger_json import to_json
from brainstem.contracts.reject import RejectReason
from connectors.http.account import HttpAccount
from connectors.syslog.account import ListenerAccount


def write_accounts(out: Path, *sources: str) -> None:
    """Write the same account for each source, and that of a tenant, as a live run does."""
    (out / "_accounts").mkdir()
    of_tenant = Ledger()
    for number, source in enumerate(sources):
        of_source = Ledger()
        of_source.describe(SourceDescription(source, source.partition("@")[2]))
        account = Account(
            received=Tally(43, 430),
            stored=Tally(30, 300),
            rejected={RejectReason.MISFRAMED: Tally(3, 30)},
            dropped={DropReason.SHED: Tally(10, 100)},
            unread={UnreadField.TIME_RECEIVED: 30},
        )
        of_source.account(source).add(account)
        (out / "_accounts" / f"v{number:03d}.json").write_bytes(to_json(of_source))
    of_tenant.forgotten = {"acme": 7}
    (out / "_accounts" / "t0.json").write_bytes(to_json(of_tenant))


def write_intake_account(path: Path) -> dict[str, Any]:
    """Write the account of an intake with a listener of each sort, and return it."""
    syslog, http = ListenerAccount(received=9, received_bytes=90, accepted=5, kernel_dropped=4), HttpAccount(requests=2)
    syslog.rejected["oversize"], syslog.dropped["buffer_full"] = 1, 3
    http.refused_requests["too_large"] = 1
    account = {
        "listeners": {"office": syslog.to_plain(), "web": http.to_plain()},
        "spooled": 6,
        "waiting": 0,
        "unread": 2,
        "spool_bytes": 4096,
        "oldest_seconds": 60,
        "trouble": "",
    }
    path.write_bytes(orjson.dumps(account))
    return account
