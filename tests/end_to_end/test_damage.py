"""Damage of one file of an output, under every command that reads it: a documented exit status, and no traceback."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.support.killing import ended, start
from tests.support.small_town import town, write

DOCUMENTED: Final = {0, 1, 2, 3, 75}


def flipped(content: bytes, dice: random.Random) -> bytes:
    """Return bytes with one bit changed."""
    changed = bytearray(content or b"\0")
    changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


HARMS: Final[dict[str, Callable[[bytes, random.Random], bytes | None]]] = {
    "removed": lambda _content, _dice: None,
    "emptied": lambda _content, _dice: b"",
    "cut": lambda content, dice: content[: dice.randrange(max(1, len(content)))],
    "a bit flipped": flipped,
    "noise": lambda _content, dice: dice.randbytes(300),
    "a list": lambda _content, _dice: b'[1, {"id": 2}]\n',
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Path]:
    """Return the arguments of a run that has ended, and its folder."""
    folder = tmp_path_factory.mktemp("damage")
    arguments = write(folder / "logs", town(7))
    status, told = ended(start(["replay", *arguments, "--out", str(folder / "out")]))
    assert status == 0, told
    return arguments, folder / "out"


def commands_on(out: Path, arguments: list[str]) -> list[list[str]]:
    """Return every command that reads the folder of a run."""
    return [
        ["digest", str(out)],
        ["explain", "tunnel", "--out", str(out)],
        ["explain", "1", "--out", str(out)],
        ["feedback", "1", "useful", "--out", str(out)],
        ["compact", str(out)],
        ["audit", str(out)],
        ["status", str(out)],
        ["check", str(out)],
        ["replay", *arguments, "--out", str(out), "--resume"],
    ]


@pytest.mark.parametrize("seed", [*range(6), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(6, 24))])
def test_damage_of_a_file_is_told_in_a_sentence(made: tuple[list[str], Path], tmp_path: Path, seed: int) -> None:
    """Whichever file and command; an audit has a finding."""
    arguments, whole = made
    dice = random.Random(seed)
    out = tmp_path / "out"
    shutil.copytree(whole, out)
    file = dice.choice(sorted(path for path in out.rglob("*") if path.is_file()))
    harm = dice.choice(sorted(HARMS))
    before = file.read_bytes()
    content = HARMS[harm](before, dice)
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    command = dice.choice(commands_on(out, arguments))
    status, told = ended(start(command))
    what = f"{file.name} {harm}, then {command[0]}: {status}\n{told}"
    assert status in DOCUMENTED, what
    assert "Traceback" not in told, what
    assert "panicked" not in told, what
    if command[0] == "audit":
        assert status == int(content != before), what


@pytest.mark.parametrize(
    "lost",
    [
        *(
            pytest.param(name, marks=pytest.mark.long)
            for name in ("ledger.json", "items.jsonl", "digest.md", "decisions")
        ),
        "manifest.json",
        "all of these",
    ],
)
def test_a_repair_makes_what_was_lost_anew_to_the_byte(made: tuple[list[str], Path], tmp_path: Path, lost: str) -> None:
    """The stored records are judged again, and the manifest says that nothing differs."""
    _, whole = made
    out = tmp_path / "out"
    shutil.copytree(whole, out)
    every = ["ledger.json", "items.jsonl", "digest.md", "decisions", "manifest.json"]
    for name in every if lost == "all of these" else [lost]:
        shutil.rmtree(out / name) if (out / name).is_dir() else (out / name).unlink()
    status, told = ended(start(["repair", str(out)]))
    assert status == 0, told
    before = {path.relative_to(whole): path.read_bytes() for path in whole.rglob("*") if path.is_file()}
    after = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert after == before
    status, told = ended(start(["audit", str(out), "--deep"]))
    assert status == 0, told


def test_a_repair_names_what_is_lost_of_the_evidence(made: tuple[list[str], Path], tmp_path: Path) -> None:
    """A file that cannot be read is put aside; the audit finds the gap, and the other tenant is as it was."""
    _, whole = made
    out = tmp_path / "out"
    shutil.copytree(whole, out)
    (damaged,) = (out / "evidence" / "tenant=acme").glob("*.parquet")
    damaged.write_bytes(damaged.read_bytes()[:-20])
    process = start(["repair", str(out)])
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert f"lost: the rows of evidence/tenant=acme/{damaged.name}, now in _damaged" in told.decode()
    assert (out / "_damaged" / "evidence" / "tenant=acme" / damaged.name).is_file()
    items = (whole / "items.jsonl").read_bytes().splitlines()
    assert (out / "items.jsonl").read_bytes().splitlines() == [line for line in items if b'"tenant":"bolt"' in line]
    status, _ = ended(start(["audit", str(out)]))
    assert status == 1
