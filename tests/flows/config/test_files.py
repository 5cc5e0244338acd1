"""Files to follow as they are configured: what is wrong is named with its fix, and both commands read the same."""

from pathlib import Path

import pytest

from brainstem.contracts.ledger import DateOrder
from connectors.base import ConfigurationError
from flows.config import intake, live_run

WHOLE = """
[run]
out = "{folder}/run"

[[files]]
paths = ["{folder}/logs", "/srv/**/*.log"]
tenant = "acme"
tenant_from = ["/srv/{{tenant}}/**"]
host = "collector"
host_from = ["/srv/*/{{host}}/*.log"]
exclude = ["*.bak"]
zone = "Europe/Berlin"
date_order = "dmy"
format = "csv"
"""


def written(folder: Path, text: str) -> Path:
    """Return the path of a file with a text."""
    path = folder / "brainstem.toml"
    path.write_text(text)
    return path


def test_files_alone_are_an_intake_that_a_run_starts(tmp_path: Path) -> None:
    """With a spool beside the run; what the program writes itself is not followed."""
    path = written(tmp_path, WHOLE.format(folder=tmp_path))
    run, listening = live_run.load(path), intake.load(path)
    assert run.has_intake
    assert run.spool is not None
    assert run.spool.folder == tmp_path / "run-spool"
    assert run.kafka.files == listening.files
    (of_set,) = listening.files
    assert of_set.tenant_of(Path("/srv/globex/fw1/a.log")) == "globex"
    assert of_set.host_of(Path("/srv/globex/fw1/a.log")) == "fw1"
    assert of_set.host_of(tmp_path / "logs/a.log") == "collector"
    assert of_set.date_order is DateOrder.DAY_FIRST
    assert of_set.given_format == "csv"
    assert run.kafka.set_of(tmp_path / "logs/deep/a.log") is not None
    assert run.kafka.set_of(tmp_path / "logs/a.bak") is None
    assert run.kafka.set_of(Path("/srv/a.txt")) is None
    assert listening.kept_out == (str(tmp_path / "run-spool"), str(tmp_path / "run"))


@pytest.mark.parametrize(
    ("was", "now", "named"),
    [
        ('tenant = "acme"\ntenant_from = ["/srv/{{tenant}}/**"]', "", ["files[0].tenant", "tenant_from"]),
        ('paths = ["{folder}/logs", "/srv/**/*.log"]', "", ["files[0].paths", "/var/log"]),
        ("{{host}}", "{{name}}", ["files[0].host_from", "{host}"]),
        ("Europe/Berlin", "Europe/Nowhere", ["files[0].zone", "Europe/Berlin"]),
        ('"dmy"', '"ymd"', ["files[0].date_order", '"dmy"']),
        ('"csv"', '"ini"', ["files[0].format", "plain, json-lines, csv, w3c"]),
        ('"csv"', '"rfc5424"', ["files[0].format", "plain, json-lines, csv, w3c"]),
        ("exclude", "exlude", ["files[0].exlude", "Did you mean exclude?"]),
        ("[[files]]", '[listen.kafka]\nbrokers = "b"\ntopic = "t"\n[[files]]', ["listen.kafka", "spool"]),
        ("[[files]]", '[[listen.http]]\nname = "files"\naddress = "127.0.0.1:1"\ntenant = "a"\n[[files]]', ["'files'"]),
    ],
)
def test_what_cannot_be_used_is_named_with_its_fix(tmp_path: Path, was: str, now: str, named: list[str]) -> None:
    """Before anything is read."""
    assert was in WHOLE
    path = written(tmp_path, WHOLE.replace(was, now).format(folder=tmp_path))
    with pytest.raises(ConfigurationError) as raised:
        intake.load(path)
    assert all(each in str(raised.value) for each in named), raised.value
