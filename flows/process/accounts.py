"""Reads the accounts that source partitions and tenant shards leave in the folder `_accounts` of a run until its ledger is
written: `vNNN.json` of a partition, `tNNN.json` of a shard.
"""

from pathlib import Path

from brainstem.contracts.ledger import Ledger, LedgerConflictError
from brainstem.contracts.ledger_json import from_json
from connectors.base import InputError


def account_files(accounts: Path) -> list[Path]:
    """Return the files of partitions and shards in a folder of accounts, in order of name."""
    return sorted(accounts.glob("[vt]*.json"))


def read_account(path: Path) -> Ledger:
    """Return the account in one file. Raises `InputError` where it is missing or is no account."""
    try:
        return from_json(path.read_bytes())
    except FileNotFoundError as error:
        raise InputError(f"{path} is missing, the account of inputs that were read.") from error
    except (ValueError, KeyError, TypeError, AttributeError, LedgerConflictError) as error:
        raise InputError(f"{path} is damaged, the account of inputs that were read ({_told(error)}).") from error


def merged_accounts(accounts: Path) -> Ledger:
    """Return all accounts of a folder as one ledger. Raises `InputError` for one that is damaged, with what to do."""
    ledger = Ledger()
    for path in account_files(accounts):
        try:
            ledger.merge(read_account(path))
        except (InputError, LedgerConflictError) as error:
            told = str(error) if isinstance(error, InputError) else f"{path} is damaged ({_told(error)})."
            raise InputError(f"{told} {_what_to_do(accounts.parent)}") from error
    return ledger


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _what_to_do(out: Path) -> str:
    return (
        "What is stored was not touched. Operator action: restore the file from a copy; a live run that reads writes those"
        f" of its partitions anew with its next snapshot; `brainstem repair {out}` makes a whole output of what is stored."
    )
