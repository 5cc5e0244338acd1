"""Journals: journalctl runs beside the listeners and exports each of them without end, into the same buffer.

While the buffer has no room its output is not read, so that it waits. Where it ends it is started again, behind the last
entry that it gave; what was read and is not durable when this process ends is exported once more.
"""

import asyncio
import os
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable
from typing import Any, Final

from connectors.journal.account import JournalAccount
from connectors.journal.entries import OVERSIZE, Entries
from connectors.journal.exporter import PROGRAM, JournalSource, arguments_of, program_path
from connectors.journal.position import JournalPosition, forget_journal_message, journal_message
from connectors.received import ReceivedMessage
from flows.intake.spool import SpoolBuffer

ENTRY_BYTES_MOST: Final = 1 << 20
PIECE_BYTES: Final = 256 << 10
RESTART_SECONDS: Final = 1.0
"""after the first end, and twice as long after each that follows it soon"""
RESTART_SECONDS_MOST: Final = 60.0
TOLD_MOST: Final = 20
"""different lines of its standard error that are passed on"""
LINE_BYTES_MOST: Final = 500


class JournalReader:
    """A journal that an intake follows. Belongs to the event loop of its listeners."""

    def __init__(self, source: JournalSource, buffer: SpoolBuffer, note: Callable[[str], None]) -> None:
        """Take the journal up where the spool says that it was left; also where its tenant was another one then."""
        self.source = source
        self.account = JournalAccount()
        self._buffer = buffer
        self._note = note
        self._told: set[str] = set()
        self._last_told = ""
        journals = buffer.journal_positions()
        own = journals.get((source.name, source.tenant))
        self._left = [tenant for name, tenant in journals if name == source.name and tenant != source.tenant]
        if own is None and self._left:
            own = journals[source.name, self._left[-1]]
        self._at = own or JournalPosition()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to follow."""
        self._task = asyncio.get_running_loop().create_task(self._follow())

    @property
    def failure(self) -> BaseException | None:
        """Return what following has ended of; None while it goes on."""
        if self._task is None or not self._task.done() or self._task.cancelled():
            return None
        return self._task.exception()

    async def close(self) -> None:
        """End following; what was read and is in the buffer stays there."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _follow(self) -> None:
        name, tenant = self.source.name, self.source.tenant
        for left in self._left:
            self._buffer.put(forget_journal_message(name, left, _now_us()))
        self._buffer.put(journal_message(name, tenant, self._at.cursor, _now_us()))
        wait = RESTART_SECONDS / 2
        while True:
            before = self.account.received
            why = await self._export()
            wait = RESTART_SECONDS if self.account.received > before else min(2 * wait, RESTART_SECONDS_MOST)
            self.account.trouble = why
            self._note(f"{name}: {why}; it is started again in {wait:g} s")
            await asyncio.sleep(wait)

    async def _export(self) -> str:
        """Run the program until it ends; return what it ended of."""
        program = program_path()
        if program is None:
            return f"{PROGRAM} is not installed any more"
        try:
            process = await asyncio.create_subprocess_exec(
                program,
                *arguments_of(self.source, self._at.cursor),
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=PIPE,
                env={**os.environ, "LC_ALL": "C"},
                process_group=0,
            )
        except OSError as error:
            return f"{PROGRAM} cannot be started ({error.strerror})"
        self.account.starts += 1
        self.account.trouble = ""
        if process.stdout is None or process.stderr is None:
            raise AssertionError("both were asked for")
        telling = asyncio.ensure_future(self._tell(process.stderr))
        try:
            await self._read(process.stdout)
            await telling
            status = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                # a process counts as ended once its pipes are at their end, which one that nobody reads never comes to
                await asyncio.shield(asyncio.gather(process.wait(), _read_to_end(process.stdout), telling))
            telling.cancel()
        said = f" ({self._last_told})" if self._last_told else ""
        return f"{PROGRAM} has ended with status {status}{said}"

    async def _read(self, output: asyncio.StreamReader) -> None:
        """Put entries until the output ends. What has come of one that has not ended is exported again by the next start."""
        entries = Entries(ENTRY_BYTES_MOST)
        name, tenant, host = self.source.name, self.source.tenant, self.source.host
        while piece := await output.read(PIECE_BYTES):
            now_us = _now_us()
            for entry in entries.cut(piece):
                fault = None if entry.is_whole else OVERSIZE
                self._buffer.put(ReceivedMessage(name, tenant, host, entry.content, fault, now_us))
                self._at.advance(entry.content)
                self.account.received += 1
                self.account.received_bytes += len(entry.content)
                if fault:
                    self.account.rejected[fault] += 1
            await self._buffer.room()

    async def _tell(self, output: asyncio.StreamReader) -> None:
        """Pass on what the program says to a person, each line once."""
        self._last_told = ""
        held = b""
        while piece := await output.read(4096):
            *lines, held = (held + piece).split(b"\n")
            held = held[:LINE_BYTES_MOST]
            for line in lines:
                text = line[:LINE_BYTES_MOST].decode("utf-8", "backslashreplace").strip()
                if not text:
                    continue
                self._last_told = text
                if text not in self._told and len(self._told) < TOLD_MOST:
                    self._told.add(text)
                    self._note(f"{self.source.name}: {PROGRAM} says: {text}")


async def _read_to_end(output: asyncio.StreamReader) -> None:
    """Read what is left of an output, and leave it."""
    while await output.read(PIECE_BYTES):
        pass


def accounts_of(journals: list[JournalReader]) -> dict[str, dict[str, Any]]:
    """Return the accounts of journals by name, as JSON takes them."""
    return {each.source.name: each.account.to_plain() for each in journals}


def _now_us() -> int:
    return time.time_ns() // 1000
