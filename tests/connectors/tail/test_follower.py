"""Following files: which are found, whose they are, what is left out and told, and what logrotate itself does to them."""

import gzip
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from connectors.files.given import PathPattern
from connectors.received import UNREAD, ReceivedMessage
from connectors.tail.copies import log_of
from connectors.tail.file_set import FileSet
from connectors.tail.followed import Times
from connectors.tail.follower import Follower
from connectors.tail.positions import Positions

LINE = b"2026-03-01T10:00:%02dZ pump primed %d\n"
TIMES = Times(find=0.0, look=0.0)


def lines(*numbers: int) -> bytes:
    """Return lines with numbers of their own."""
    return b"".join(LINE % (number % 60, number) for number in numbers)


class Tail:
    """A follower, and what it has returned."""

    def __init__(self, *sets: FileSet, positions: Positions | None = None, times: Times = TIMES) -> None:
        self.told: list[str] = []
        self.positions = positions or Positions()
        self.follower = Follower(sets, list(self.positions), note=self.told.append, times=times)
        self.now = 0.0
        self.messages: list[ReceivedMessage] = []

    def poll(self, seconds: float = 2.0) -> list[bytes]:
        """Let time go by, and return the records that came."""
        self.now += seconds
        came = self.follower.poll(self.now)
        for each in came:
            self.positions.note(each.listener, each.tenant, each.fault, each.content)
        self.messages += came
        return [each.content for each in came if each.fault is None]

    def records(self) -> list[bytes]:
        """Return what is left, all of it."""
        return [record for seconds in (2.0, 2.0, 20.0, 70.0, 70.0, 2.0, 2.0) for record in self.poll(seconds)]


@pytest.mark.parametrize(
    ("name", "log"),
    [
        ("app.log", "app.log"),
        ("app.log.1", "app.log"),
        ("app.log.12.gz", "app.log"),
        ("app.log-20260301.xz", "app.log"),
        ("app-20260301.log", "app.log"),
        ("app.2026-03-01.log.gz", "app.log"),
        ("app.log.old", "app.log"),
        ("worker-1.log", "worker-1.log"),
        ("20260301", "20260301"),
    ],
)
def test_rotated_copies_belong_to_a_log_by_their_name(name: str, log: str) -> None:
    """A number within a name is no rotation."""
    assert log_of(name) == log


def test_files_that_appear_while_it_runs_are_read_from_their_beginning(tmp_path: Path) -> None:
    """In folders that appear too; hidden ones are left out, and so is what is excluded, or fits no pattern."""
    tail = Tail(FileSet((str(tmp_path / "**/*.log"),), "acme", exclude=("debug*",)))
    assert tail.poll() == []
    for path in ("a.log", "deep/down/b.log", ".hidden.log", "c.txt", "debug.log", ".git/d.log"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(lines(len(path)))
    assert sorted(tail.records()) == sorted([lines(len("a.log")), lines(len("deep/down/b.log"))])


def test_whose_a_file_is_and_which_host_it_is_of_follows_from_its_path(tmp_path: Path) -> None:
    """As patterns say; the tenant that is configured has what no pattern fits."""
    of_set = FileSet(
        (str(tmp_path),),
        "other",
        tenant_from=(PathPattern.of(f"{tmp_path}/customers/{{tenant}}/**", "tenant"),),
        host_from=(PathPattern.of("customers/*/{host}.log", "host"),),
        host="collector",
    )
    (tmp_path / "customers/acme").mkdir(parents=True)
    (tmp_path / "customers/acme/fw1.log").write_bytes(lines(1))
    (tmp_path / "own.log").write_bytes(lines(2))
    tail = Tail(of_set)
    tail.records()
    records = [each for each in tail.messages if each.fault is None]
    assert {(each.tenant, each.peer, each.content) for each in records} == {
        ("acme", "fw1", lines(1)),
        ("other", "collector", lines(2)),
    }


def test_what_is_no_log_is_left_out_and_counted(tmp_path: Path) -> None:
    """Binary files, pipes; and nothing is said of them twice."""
    (tmp_path / "wtmp").write_bytes(bytes(range(256)) * 40)
    os.mkfifo(tmp_path / "pipe.log")
    (tmp_path / "app.log").write_bytes(lines(1))
    tail = Tail(FileSet((str(tmp_path),), "acme"))
    assert tail.records() == [lines(1)]
    assert tail.follower.account.refused == {"binary": 1}
    assert tail.follower.account.files == 1


def test_what_may_not_be_read_is_told_once_and_counted_and_read_when_it_may_be(tmp_path: Path) -> None:
    """As on /var/log for an ordinary user."""
    if os.geteuid() == 0:
        pytest.skip("whoever is root may read everything; run the tests as an ordinary user")
    (tmp_path / "secret").mkdir()
    (tmp_path / "auth.log").write_bytes(lines(1))
    (tmp_path / "auth.log").chmod(0)
    (tmp_path / "secret").chmod(0)
    (tmp_path / "app.log").write_bytes(lines(2))
    tail = Tail(FileSet((str(tmp_path),), "acme"))
    assert tail.records() == [lines(2)]
    assert tail.follower.account.refused == {"unreadable": 1}
    assert len(tail.told) == 2
    (tmp_path / "auth.log").chmod(0o600)
    (tmp_path / "secret").chmod(0o700)
    assert tail.records() == [lines(1)]


def test_equal_files_that_are_no_copies_of_each_other_are_both_read(tmp_path: Path) -> None:
    """Their names are not those that rotation gives."""
    head = b"# started, with the same options as ever " + b"-" * 2000 + b"\n"
    for name in ("worker-1.log", "worker-2.log", "other.log"):
        (tmp_path / name).write_bytes(head + lines(1))
    tail = Tail(FileSet((str(tmp_path),), "acme"))
    assert tail.records().count(lines(1)) == 3


def test_a_packed_copy_of_what_was_read_is_not_read_again_and_the_rest_of_it_is(tmp_path: Path) -> None:
    """While nobody looked the log was written to, renamed and packed."""
    log = tmp_path / "app.log"
    log.write_bytes(lines(*range(10)))
    tail = Tail(FileSet((str(log),), "acme"))
    assert tail.records() == [lines(number) for number in range(10)]
    tail.follower.close()
    packed = tmp_path / "app.log.1.gz"
    packed.write_bytes(gzip.compress(log.read_bytes() + lines(10, 11)))
    os.utime(packed, (1, 1))
    log.unlink()
    log.write_bytes(lines(12))
    tail = Tail(FileSet((str(log),), "acme"), positions=tail.positions)
    assert tail.records() == [lines(10), lines(11), lines(12)]
    assert not tail.follower.account.gaps


def test_a_log_that_was_cut_before_it_was_read_is_a_gap_that_is_told(tmp_path: Path) -> None:
    """In a message for the ledger, in the account, and to whoever reads the output."""
    log = tmp_path / "app.log"
    log.write_bytes(lines(1, 2, 3))
    tail = Tail(FileSet((str(log),), "acme"))
    assert tail.poll() == [lines(1), lines(2)]
    log.write_bytes(b"")
    tail.records()
    assert [each.fault for each in tail.messages if each.fault == UNREAD] == [UNREAD]
    assert tail.follower.account.gaps == {"cut": 1}
    assert tail.follower.account.gap_bytes == len(lines(3))
    assert len(tail.told) == 1
    log.write_bytes(lines(4))
    assert tail.records() == [lines(4)]


def test_a_file_that_is_gone_is_forgotten_after_an_hour(tmp_path: Path) -> None:
    """What is remembered does not grow with what came and went."""
    tail = Tail(FileSet((str(tmp_path),), "acme"))
    for number in range(20):
        log = tmp_path / f"job-{number}.log"
        log.write_bytes(lines(number))
        tail.records()
        log.unlink()
        tail.records()
    tail.poll(10_000)
    tail.poll(10_000)
    assert list(tail.positions) == []


LOGROTATE = {
    "create": "{log} {{\n  rotate 9\n  size 1\n  compress\n  create\n}}\n",
    "create, packed a rotation later": "{log} {{\n  rotate 9\n  size 1\n  compress\n  delaycompress\n  create\n}}\n",
    "copytruncate": "{log} {{\n  rotate 9\n  size 1\n  compress\n  copytruncate\n}}\n",
}
"""the ways of rotation that docs/listen.md recommends, with sizes at which each run of logrotate rotates"""


@pytest.mark.parametrize("way", LOGROTATE)
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("looks", [True, False])
def test_logrotate_loses_and_doubles_nothing(tmp_path: Path, way: str, pattern: str, looks: bool) -> None:
    """Whether somebody looks between two rotations or only after several."""
    program = shutil.which("logrotate") or shutil.which("logrotate", path="/usr/sbin")
    if program is None:
        pytest.skip("logrotate is not installed: apt-get install logrotate")
    (tmp_path / "logs").mkdir(mode=0o755)
    log, settings = tmp_path / "logs/app.log", tmp_path / "logrotate.conf"
    settings.write_text(LOGROTATE[way].format(log=log))
    settings.chmod(0o644)
    of_set = FileSet((str(tmp_path / "logs" / pattern),), "acme")
    tail, came, number = Tail(of_set), [], 0
    log.write_bytes(lines(number))
    came += tail.records()
    for _ in range(4):
        for _ in range(5):
            number += 1
            with log.open("ab") as file:
                file.write(lines(number))
            if looks:
                came += tail.poll(0.3)
        subprocess.run(
            [program, "--force", "--state", str(tmp_path / "state"), str(settings)], check=True, capture_output=True
        )
        if looks:
            came += tail.poll(0.3)
    came += tail.records()
    assert sorted(came) == sorted(lines(each) for each in range(number + 1))
    assert not tail.follower.account.gaps or way == "copytruncate"
