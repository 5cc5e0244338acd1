"""What is given of inputs: patterns over paths, years, and the names that orchestrators put into paths."""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.contracts.ledger import DateOrder
from brainstem.text.phrases import Zones
from connectors.base import ConfigurationError
from connectors.files.cursor import FileInput
from connectors.files.discovery import discover, parse_argument
from connectors.files.given import NOTHING_GIVEN, Given, PathPattern
from flows.recovery.plan import Plan

CONTAINER = "0123456789abcdef" * 4
POD = "7b2f9a7c-1111-2222-3333-444455556666"


@pytest.mark.parametrize(
    ("pattern", "path", "name"),
    [
        ("/var/log/{host}/*.log", "/var/log/web1/mail.log", "web1"),
        ("/var/log/{host}/*.log", "/var/log/web1/mail.log.2.gz", "web1"),
        ("/var/log/{host}/*.log", "/var/log/web1/mail.log-20260301.xz", "web1"),
        ("/var/log/{host}/*.log", "/var/log/web1/deep/mail.log", ""),
        ("/var/log/{host}/**.log", "/var/log/web1/deep/mail.log", "web1"),
        ("{host}.log", "/srv/logs/web1.example.com.log", "web1.example.com"),
        ("{host}.log", "/srv/logs/web1.example.com.log.1", "web1.example.com"),
        ("*_{host}_*.txt", "/srv/export_dc-1_2026.txt", "dc-1"),
        ("{host}/*", "/a/b/c", "b"),
        ("/srv/[x]/{host}.log", "/srv/[x]/a.log", "a"),
        ("/srv/[x]/{host}.log", "/srv/x/a.log", ""),
    ],
)
def test_a_pattern_names_what_stands_at_its_place(pattern: str, path: str, name: str) -> None:
    """Stars end at a slash, two stars do not, and what rotation adds is none of the name."""
    assert PathPattern.of(pattern, "host").name_in(Path(path)) == name


def test_the_plan_of_a_run_holds_the_format_that_is_given_of_a_file(tmp_path: Path) -> None:
    """And nothing where none is, as the plan of a run that was begun before there were any."""
    for name in ("a.txt", "b.log"):
        (tmp_path / name).write_text("Lauf;Rechner\n7;barge\n" + name)
    said = Given(formats=(("csv", PathPattern.of("*.txt", "")),))
    inventory = discover([parse_argument(str(tmp_path))], given=lambda _tenant: said)
    stored = json.loads(json.dumps(Plan({}, inventory).to_plain()))
    assert [each.get("given_format") for each in stored["files"]] == ["csv", None]
    assert Plan.from_plain(stored).inventory.files == inventory.files
    with pytest.raises(ConfigurationError, match=r"--format: '\*.txt' fits no path"):
        discover([parse_argument(str(tmp_path / "b.log"))], given=lambda _tenant: said)


@pytest.mark.parametrize("text", ["/var/log/*.log", "{host}/{host}", "{service}.log", "{host", "{}", "{host}/{x}"])
def test_a_pattern_without_its_one_place_is_refused(text: str) -> None:
    """It would name nothing."""
    with pytest.raises(ValueError, match=r"\{host\} once"):
        PathPattern.of(text, "host")


@given(st.text(st.characters(codec="utf-8", exclude_characters="{}*/\0"), min_size=1, max_size=20))
def test_any_name_is_found_in_its_place(name: str) -> None:
    """Whatever characters a regular expression would give a meaning."""
    if name not in (".", ".."):
        assert PathPattern.of("/logs/{host}/app.txt", "host").name_in(Path(f"/logs/{name}/app.txt")) == name


def found(folder: Path, given: Given = NOTHING_GIVEN, zone: str = "UTC") -> dict[str, FileInput]:
    """Return the inputs of a folder by their names below it."""
    zones = Zones(ZoneInfo(zone))
    files = discover([parse_argument(f"acme={folder}")], zones=zones, given=lambda _tenant: given).files
    return {str(file.path.relative_to(folder)): file for file in files if file.path is not None}


def put(folder: Path, *names: str, content: str = "Feb  4 10:00:00 barge pumpd: done\n") -> None:
    """Write files of a folder."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def test_hosts_and_services_of_paths_are_those_of_records_without_any(tmp_path: Path) -> None:
    """The first pattern that fits counts, and a file that none fits keeps what its name shows."""
    put(tmp_path, "web1/mail.log", "web2/app/err.log", "stray.log", content="pump 3 runs dry\n")
    hosts = tuple(PathPattern.of(text, "host") for text in ("{host}/app/*.log", f"{tmp_path}/{{host}}/**"))
    files = found(tmp_path, Given(host_from=hosts, service_from=(PathPattern.of("{service}/err.log", "service"),)))
    assert {name: (file.default_host, file.default_service) for name, file in files.items()} == {
        "stray.log": ("", "stray"),
        "web1/mail.log": ("web1", "mail"),
        "web2/app/err.log": ("web2", "app"),
    }


def test_a_pattern_that_fits_no_path_is_refused(tmp_path: Path) -> None:
    """It would have no effect, silently; the message shows a path that there is."""
    put(tmp_path, "mail.log")
    with pytest.raises(ConfigurationError, match=r"--service-from '/srv/.*mail\.log"):
        found(tmp_path, Given(service_from=(PathPattern.of("/srv/{service}/*", "service"),)))


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles"])
def test_a_year_is_that_of_a_first_stamp_on_any_of_its_days(tmp_path: Path, zone: str) -> None:
    """A reference time bounds it: a stamp may be a day behind that and no more."""
    put(tmp_path, "mail.log")
    reference_us = found(tmp_path, Given(year=2021), zone)["mail.log"].reference_time_us
    last = datetime(2022, 1, 1, tzinfo=ZoneInfo(zone)).timestamp() * 1e6
    assert reference_us + 86_400_000_000 == last - 1
    assert datetime.fromtimestamp(reference_us / 1e6, UTC).year == 2021


def test_dates_with_slashes_are_to_be_decided_by_reading(tmp_path: Path) -> None:
    """Unless a person has said what they are, or there are none."""
    put(tmp_path, "a.log", content="04/02/2022 10:00:00 done\n")
    put(tmp_path, "b.log")
    assert [file.date_order for file in found(tmp_path).values()] == [DateOrder.AMBIGUOUS, DateOrder.UNKNOWN]
    said = found(tmp_path, Given(date_order=DateOrder.DAY_FIRST))
    assert {file.date_order for file in said.values()} == {DateOrder.DAY_FIRST}


def test_kubernetes_and_docker_name_host_and_service_by_path(tmp_path: Path) -> None:
    """The pod and the container; of Docker the container's name where its settings are there, else its short id."""
    other = "f" * 64
    put(
        tmp_path,
        f"containers/shop-1_live_web-{CONTAINER}.log",
        f"pods/live_shop-2_{POD}/db/0.log",
        f"docker/{CONTAINER}/{CONTAINER}-json.log",
        f"docker/{other}/{other}-json.log.1",
        content="pump 3 runs dry\n",
    )
    put(tmp_path, f"docker/{CONTAINER}/config.v2.json", content='{"ID": "0123", "Name": "/shop_web"}')
    files = found(tmp_path)
    assert [
        (file.default_host, file.default_service) for name, file in files.items() if name.endswith(("log", "1"))
    ] == [
        ("shop-1", "web"),
        ("", "shop_web"),
        ("", "f" * 12),
        ("shop-2", "db"),
    ]


@pytest.mark.parametrize("settings", ["", "[]", "{", '{"Name": 3}', '{"Name": "a\\u0007b"}'])
def test_settings_of_a_container_that_name_nothing_are_no_fault(tmp_path: Path, settings: str) -> None:
    """The short id stands in."""
    put(tmp_path, f"{CONTAINER}/{CONTAINER}-json.log", content="pump\n")
    put(tmp_path, f"{CONTAINER}/config.v2.json", content=settings)
    assert found(tmp_path)[f"{CONTAINER}/{CONTAINER}-json.log"].default_service == CONTAINER[:12]
