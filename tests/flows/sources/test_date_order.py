"""The order of day and month is decided for a whole file before anything of it is stored."""

import gzip
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from brainstem.contracts.ledger import DateOrder
from connectors.files.discovery import discover, parse_argument
from flows.config.settings import Settings
from flows.recovery.plan import Plan
from flows.sources.date_order import with_date_orders

BOTH_WAYS = "04/02/2022 10:00:00 ERROR pump 3 runs dry\n"
BY_DAY = "25/02/2022 10:00:00 ERROR pump 3 runs dry\n"
BY_MONTH = "02/25/2022 10:00:00 ERROR pump 3 runs dry\n"


def orders(folder: Path) -> dict[str, DateOrder]:
    """Return the order that is learned of each file of a folder."""
    files = with_date_orders(discover([parse_argument(str(folder))]).files, Settings(Path("out")))
    return {file.path.name: file.date_order for file in files if file.path is not None}


@pytest.mark.parametrize(
    ("content", "order"),
    [
        (BOTH_WAYS * 3 + BY_DAY, DateOrder.DAY_FIRST),
        (BOTH_WAYS * 9000 + BY_DAY + BOTH_WAYS * 9000, DateOrder.DAY_FIRST),
        (BY_MONTH + BOTH_WAYS, DateOrder.MONTH_FIRST),
        (BOTH_WAYS * 3, DateOrder.AMBIGUOUS),
        (
            '{"time": "04/02/2022 10:00:00", "msg": "x"}\n{"time": "25/02/2022 10:00:00", "msg": "x"}\n',
            DateOrder.DAY_FIRST,
        ),
        ("03/03/2022 10:00:00 ERROR pump 3 runs dry\n" * 9, DateOrder.UNKNOWN),
        ("2022-02-04 10:00:00 ERROR step 1/2 of 04/02/2022 is done\n" * 9, DateOrder.UNKNOWN),
        ("17/06/09 20:10:40 INFO pump 3 starts\n" * 9, DateOrder.UNKNOWN),
        ("04/02/22 10:00:00 ERROR pump\n25/02/22 10:00:00 ERROR pump\n", DateOrder.DAY_FIRST),
        ("02/04/22 10:00:00 ERROR pump\n02/25/22 10:00:00 ERROR pump\n", DateOrder.MONTH_FIRST),
        ("04/02/22 10:00:00 ERROR pump 3 runs dry\n" * 9, DateOrder.AMBIGUOUS),
        ("2022/02/04 10:00:00 [error] 7#7: pump 3 runs dry\n" * 9, DateOrder.UNKNOWN),
        ("Feb  4 10:00:00 barge pumpd: done\n", DateOrder.UNKNOWN),
    ],
)
def test_one_date_anywhere_in_a_file_decides_for_all_of_it(tmp_path: Path, content: str, order: DateOrder) -> None:
    """Also of a compressed one; what is no time of a record decides nothing, and 03/03 needs no decision."""
    (tmp_path / "plain.log").write_text(content)
    # equal files would be copies of one
    (tmp_path / "packed.txt").write_bytes(gzip.compress(f"{content}{content.splitlines()[-1]}\n".encode()))
    assert orders(tmp_path) == {"plain.log": order, "packed.txt": order}


def test_a_date_after_the_file_was_written_is_none_of_it(tmp_path: Path) -> None:
    """Only one of the two readings of 04/02 is possible in a file of March, and both are in one of May."""
    for name, month in (("march", 3), ("may", 5), ("january", 1)):
        written = datetime(2022, month, 1, tzinfo=UTC).timestamp()
        (tmp_path / f"{name}.log").write_text(f"{BOTH_WAYS}{name}\n")
        os.utime(tmp_path / f"{name}.log", (written, written))
    assert orders(tmp_path) == {
        "january.log": DateOrder.AMBIGUOUS,
        "march.log": DateOrder.DAY_FIRST,
        "may.log": DateOrder.AMBIGUOUS,
    }


def test_what_was_learned_is_part_of_the_plan_of_a_run(tmp_path: Path) -> None:
    """A resumed run reads dates as it did before it was cut short, also where a file has grown since."""
    (tmp_path / "a.log").write_text(BOTH_WAYS + BY_DAY)
    inventory = discover([parse_argument(str(tmp_path))])
    files = with_date_orders(inventory.files, Settings(Path("out")))
    plan = Plan({}, replace(inventory, files=files))
    stored = json.loads(json.dumps(plan.to_plain()))
    assert Plan.from_plain(stored).inventory.files == files
    assert files[0].date_order is DateOrder.DAY_FIRST


def test_rotated_neighbours_decide_where_a_file_itself_does_not(tmp_path: Path) -> None:
    """They were written by the same program; a file of another name, or neighbours that disagree, decide nothing."""
    for name, content in (
        ("app.log", BOTH_WAYS),
        ("app.log.1", BY_DAY),
        ("web.log", BOTH_WAYS),
        ("web.log.1", BY_DAY),
        ("web.log.2", BY_MONTH),
        ("db.log", BOTH_WAYS),
    ):
        (tmp_path / name).write_text(f"{content}{name}\n")
    found = orders(tmp_path)
    assert found["app.log"] is DateOrder.DAY_FIRST
    assert found["web.log"] is found["db.log"] is DateOrder.AMBIGUOUS
