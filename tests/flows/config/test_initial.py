"""`brainstem config init`: the file is one that both commands take as it is, and nothing is overwritten."""

from pathlib import Path

import pytest

from connectors.base import ConfigurationError, InputError
from flows.config import intake, live_run
from flows.config.addresses import StatusAddress
from flows.config.initial import write_initial
from flows.config.printed import whole_configuration
from flows.config.spool import SpoolSettings
from flows.config.toml_table import read_toml


def test_the_first_file_is_taken_by_run_and_listen(tmp_path: Path) -> None:
    """It has no Kafka in it, and its listener is on loopback."""
    path = tmp_path / "brainstem.toml"
    write_initial(path)
    run = live_run.load(path)
    assert run.has_intake
    assert run.kafka.topics == ()
    assert run.kafka.spool == Path("brainstem-run-spool")
    assert run.status == StatusAddress("127.0.0.1", 9514)
    assert run.intake_account == Path("brainstem-listen.json")
    listening = intake.load(path)
    assert listening.buffer == SpoolSettings(Path("brainstem-run-spool"))
    assert [(each.address.host, each.transports) for each in listening.syslog] == [("127.0.0.1", ("udp", "tcp"))]
    assert [(each.address.host, each.address.port) for each in listening.http] == [("127.0.0.1", 8514)]
    again = tmp_path / "again.toml"
    assert [each.paths for each in listening.files] == [("/var/log",)]
    listen = '\n[listen]\naccount = "brainstem-listen.json"\n[[listen.syslog]]\n'
    listen += '[[files]]\npaths = ["/var/log"]\ntenant = "default"\n'
    again.write_text(whole_configuration(path).partition("[replay]")[0] + listen)
    assert live_run.load(again) == run


def test_a_file_that_is_there_is_left(tmp_path: Path) -> None:
    """Whatever it holds."""
    path = tmp_path / "brainstem.toml"
    path.write_text("mine")
    with pytest.raises(InputError, match="left as it is"):
        write_initial(path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[spool]\nbytes_most = 5\n", "spool.bytes_most = 5"),
        ("[spool]\nhours_most = 0\n", "spool.hours_most = 0"),
        ("[spool]\nfoldr = 'x'\n", "Did you mean folder"),
        ("[listen.kafka]\n[spool]\nfolder = 'x'\n", "Remove one"),
        ("[spool]\nfolder = 'x'\n[cluster]\naddresses = ['10.0.0.1:1', '10.0.0.2:1']\n", "cluster.processes"),
        ("[listen]\n", "kafka.brokers is missing"),
    ],
)
def test_what_is_wrong_with_a_spool_is_named_with_its_fix(tmp_path: Path, text: str, named: str) -> None:
    """Before anything is opened."""
    path = tmp_path / "brainstem.toml"
    path.write_text('[run]\nout = "out"\n' + text)
    with pytest.raises(ConfigurationError) as raised:
        live_run.load(path)
    assert named in str(raised.value)


def test_the_spool_is_beside_the_run_unless_it_is_named(tmp_path: Path) -> None:
    """A file with listeners needs no table for it; one with a spool alone reads it and starts no intake."""
    path = tmp_path / "brainstem.toml"
    path.write_text('[run]\nout = "/var/run1"\n[[listen.syslog]]\n')
    assert live_run.load(path).kafka.spool == Path("/var/run1-spool")
    path.write_text('[run]\nout = "/var/run1"\n[spool]\nfolder = "/var/spool"\n')
    run = live_run.load(path)
    assert run.kafka.spool == Path("/var/spool")
    assert not run.has_intake
    path.write_text('[run]\nout = "/r"\n[kafka]\nbrokers = "a:1"\ntopics = ["t"]\n[[listen.syslog]]\n')
    both = live_run.load(path)
    assert both.kafka.topics == ("t",)
    assert both.kafka.spool == Path("/r-spool")
    assert read_toml("--config", path)["run"]["out"] == "/r"
