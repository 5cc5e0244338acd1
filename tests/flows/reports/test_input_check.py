"""What a sample of a file shows, with what is wrong and the option that helps."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from brainstem.text.phrases import Zones
from connectors.files.discovery import discover, parse_argument
from flows.config.input_options import InputOptions
from flows.config.settings import Settings
from flows.reports.input_check import FileCheck, check_files
from flows.sources.date_order import with_date_orders

AMBIGUOUS, YEAR, ZONE, HOST = "--date-order dmy or mdy", "--year", "--zone", "--host-from"
MARCH_2022 = 1_646_092_800


def check(path: Path, content: str, zone: str = "UTC", **options: list[str]) -> FileCheck:
    """Write a file, last written in March 2022, and check it."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    os.utime(path, (MARCH_2022, MARCH_2022))
    given = InputOptions.of(*(options.get(name, []) for name in ("orders", "years", "hosts", "services")))
    settings = Settings(Path("out"), zone)
    files = discover([parse_argument(str(path))], zones=Zones(ZoneInfo(zone)), given=given.of_tenant).files
    return check_files(with_date_orders(files, settings), settings)[0]


def test_a_file_that_is_understood_has_nothing_to_be_told(tmp_path: Path) -> None:
    """Every field is printed in it, with year and zone."""
    seen = check(tmp_path / "a.log", "<11>1 2022-02-04T10:00:00Z barge pumpd 812 - - pump 3 runs dry\n" * 90)
    assert (seen.records, seen.times, seen.hosts, seen.services, seen.severities) == (90, 90, 90, 90, 90)
    assert dict(seen.formats) == {"rfc5424": 90}
    assert (seen.warnings, seen.notes) == ([], [])
    assert [record.message for record in seen.shown] == ["pump 3 runs dry"] * 3


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        ('{"Zeit": "gestern", "text": "pump"}\n' * 9, "No time could be read in any of 9 records"),
        ("2022-02-04 10:00:00 ERROR pump\nand more of it\n" * 9, "No time could be read in 9 records; they count at"),
        ("01/02/2022 10:00:00 ERROR pump\n" * 9, AMBIGUOUS),
        ("2022-08-04 10:00:00 ERROR pump\n" * 9, "Thu 4 Aug 2022 10:00, is after the file was last written"),
        ("\n\n\n", "No record can become an event: 3 blank."),
    ],
)
def test_what_is_wrong_is_told_first(tmp_path: Path, content: str, warning: str) -> None:
    """Each fault alone."""
    seen = check(tmp_path / "a.log", content)
    assert warning in seen.warnings[0]
    assert seen.is_untimed == ("No time could be read in any" in warning)


def test_an_empty_file_is_no_fault(tmp_path: Path) -> None:
    """Nobody has written to it yet."""
    seen = check(tmp_path / "a.log", "")
    assert (seen.warnings, seen.notes, seen.is_untimed) == ([], ["There is no record in it."], False)


def test_a_host_that_is_printed_is_read_although_the_folder_names_it_too(tmp_path: Path) -> None:
    """Most logs of a machine name it in each line."""
    (tmp_path / "var").mkdir()
    seen = check(tmp_path / "var" / "log" / "syslog", "Feb  4 10:00:00 barge syslog: done\n" * 9)
    assert (seen.file.default_host, seen.file.default_service) == ("barge", "syslog")
    assert (seen.hosts, seen.services) == (9, 9)


def test_what_is_taken_for_granted_is_told_with_its_option(tmp_path: Path) -> None:
    """Zone, year, host and service, each with how many records it is of."""
    seen = check(tmp_path / "shop.log", "Feb  4 10:00:00 pump 3 runs dry\n" * 9, zone="Asia/Tokyo")
    told = "\n".join(seen.notes)
    assert "9 of 9 times print no zone and are read in Asia/Tokyo" in told
    assert "9 of 9 times print no year" in told
    assert "of service shop, by the path" in told
    assert all(option in told for option in (YEAR, ZONE))
    assert HOST in check(tmp_path / "b.log", "2022-02-04T10:00:00Z ERROR pump 3 runs dry\n").notes[0]


def test_options_change_what_is_read(tmp_path: Path) -> None:
    """The order of dates, the year, host and service, as a replay would have them."""
    seen = check(
        tmp_path / "web1" / "shop.log",
        "04/02/2022 10:00:00 ERROR pump\n" * 9,
        orders=["dmy"],
        hosts=["{host}/*.log"],
        services=["{service}.log"],
    )
    assert seen.warnings == []
    assert (seen.shown[0].host, seen.shown[0].service) == ("web1", "shop")
    assert seen.shown[0].time_us == 1_643_968_800_000_000
    of_year = check(tmp_path / "b.log", "Feb  4 10:00:00 barge pumpd: done\n" * 9, years=["2019"])
    assert of_year.shown[0].time_us == 1_549_274_400_000_000


def test_a_date_that_only_the_name_of_the_file_says_is_told(tmp_path: Path) -> None:
    """Nothing in the file says it, so a person is to know."""
    content = "10:00:00 ERROR pump 3 runs dry\n10:00:01 INFO pump 3 is ready\n"
    seen = check(tmp_path / "pumps-2022-02-04.log", content)
    assert seen.times == 2
    assert any("from the name of the file" in note for note in seen.notes)
