"""What `brainstem status` says of the accounts of a run that goes on."""

from pathlib import Path

from brainstem.contracts.ledger import Account, Ledger, SourceDescription, Tally, UnreadField
from brainstem.contracts.ledger_json import to_json
from flows.process.status import account_text


def test_the_status_of_a_live_run_names_sources_without_times_and_what_was_forgotten(tmp_path: Path) -> None:
    """Partitions and tenants each have their own account; a run that has written none yet says nothing."""
    assert account_text(tmp_path) == ""
    (tmp_path / "_accounts").mkdir()
    of_partition, of_tenant, stored = Ledger(), Ledger(), Tally(30, 300)
    of_partition.describe(SourceDescription("kafka:logs\x1b/0", "acme"))
    account = Account(
        received=stored, stored=stored, unread={UnreadField.TIME_CARRIED: 20, UnreadField.TIME_RECEIVED: 10}
    )
    of_partition.account("kafka:logs\x1b/0").add(account)
    of_tenant.forgotten = {"acme": 7}
    (tmp_path / "_accounts" / "v000.json").write_bytes(to_json(of_partition))
    (tmp_path / "_accounts" / "t0.json").write_bytes(to_json(of_tenant))
    assert account_text(tmp_path).splitlines() == [
        "not understood: 30 of 30 records of kafka:logs\\x1b/0 have no time that could be read; they count at that of the"
        " record above them.",
        "acme: forgot 7 families",
    ]
