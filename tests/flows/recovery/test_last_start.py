"""What the last start of a live run was asked is read as it was written."""

from dataclasses import replace
from pathlib import Path

import pytest

from brainstem.contracts.ledger import DateOrder
from connectors.base import InputError
from connectors.files.given import PathPattern
from connectors.kafka.client import ClientSettings
from connectors.tail.file_set import FileSet
from flows.config.addresses import ClusterSettings
from flows.config.live_run import Configuration, OutputTopics
from flows.config.parameter_file import ShadowSettings
from flows.config.settings import Settings
from flows.config.subscription import Subscription
from flows.recovery import last_start
from flows.recovery.last_start import LastStart, note_start, read_last_start
from flows.recovery.plan import Plan
from flows.recovery.run_record import write_record
from flows.sinks.output_folder import OutputFolder

FILES = FileSet(
    ("/srv/*/log",),
    "acme",
    host="web1",
    host_from=(PathPattern.of("/srv/{host}/**", "host"),),
    service_from=(PathPattern.of("/srv/*/log/{service}.txt", "service"), PathPattern.of("/srv/**/rest", "")),
    exclude=("*.gz",),
    zone="Asia/Tokyo",
    date_order=DateOrder.DAY_FIRST,
    given_format="json",
)


def configuration(out: Path, **changes: object) -> Configuration:
    """Return the configuration of a live run."""
    settings = replace(Settings(out), **changes)  # type: ignore[arg-type]  # some of its members
    client = ClientSettings("127.0.0.1:9092")
    shadow = ShadowSettings(Path("b.toml"), (("novelty.points", 12.0),))
    subscription = Subscription(client, ("logs",), files=(FILES,))
    return Configuration(settings, subscription, OutputTopics(), client, ClusterSettings(), shadow=shadow)


def test_a_later_reading_reads_followed_files_as_the_run_does(tmp_path: Path) -> None:
    """The same files, with the same service, zone, order of dates and format; the shadow has the values of its file."""
    folder = OutputFolder(tmp_path)
    assert read_last_start(folder) == LastStart()
    write_record(folder.run_record, Plan({}), Settings(tmp_path))
    note_start(folder, configuration(tmp_path))
    read = read_last_start(folder)
    (files,) = read.files
    assert read.shadow == configuration(tmp_path).shadow
    for name in ("/srv/a/log/app.txt", "/srv/a/log/rest", "/srv/a/log/deep/other.log", "/srv/a/log/old.gz", "/srv/b"):
        path = Path(name)
        assert files.holds(path) == FILES.holds(path)
        assert (files.service_of(path), files.host_of(path)) == (FILES.service_of(path), FILES.host_of(path))
    assert (files.zone, files.date_order, files.given_format) == ("Asia/Tokyo", DateOrder.DAY_FIRST, "json")


def test_a_setting_that_was_changed_once_stays_named(tmp_path: Path) -> None:
    """Also where a later start has the first value again: what came between was read with another."""
    folder = OutputFolder(tmp_path)
    write_record(folder.run_record, Plan({}), Settings(tmp_path))
    for changes, named in (
        ({}, ()),
        ({"zone": "Europe/Berlin"}, ("zone",)),
        ({"items_a_day": 9}, ("items_a_day", "zone")),
    ):
        note_start(folder, configuration(tmp_path, **changes))
        assert read_last_start(folder).changed == named
    note_start(folder, configuration(tmp_path))
    assert read_last_start(folder).changed == ("items_a_day", "zone")


def test_files_that_are_followed_in_another_way_are_named(tmp_path: Path) -> None:
    """Their stored records were read as earlier starts said, and are read again as the last one does."""
    folder = OutputFolder(tmp_path)
    write_record(folder.run_record, Plan({}), Settings(tmp_path))
    for _ in range(2):
        note_start(folder, configuration(tmp_path))
        assert read_last_start(folder).changed == ()
    asked = configuration(tmp_path)
    note_start(folder, replace(asked, kafka=replace(asked.kafka, files=(replace(FILES, zone="UTC"),))))
    assert read_last_start(folder).changed == (last_start.FILES,)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"version": 9}', b'{"version": 1, "files": [{}], "shadow": null, "changed": []}']
)
def test_a_damaged_file_is_said(tmp_path: Path, content: bytes) -> None:
    """With its name, and what to do."""
    OutputFolder(tmp_path).last_start.write_bytes(content)
    with pytest.raises(InputError, match=r"_last-start\.json"):
        read_last_start(OutputFolder(tmp_path))
