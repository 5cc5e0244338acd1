"""The clock of the machine is set back under a run and between runs: told, and nothing is lost."""

import json
import os
import shutil
import struct
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.program import PROGRAM, run

COMPILER = shutil.which("cc")
STOPPED = 75
YEAR_SECONDS = 365 * 86_400
# what takes the place of the system's clock in one process: as many seconds are added as a file says, which is mapped, as
# clocks are read often
CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
static long off(void) {
  static volatile long *seconds;
  if (!seconds) {
    int file = open(getenv("CLOCK_OFF_FILE"), O_RDONLY);
    seconds = mmap(NULL, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
  }
  return *seconds;
}
int clock_gettime(clockid_t clock, struct timespec *told) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int status = real(clock, told);
  if (!status && clock == CLOCK_REALTIME) told->tv_sec += off();
  return status;
}
int gettimeofday(struct timeval *told, void *zone) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  told->tv_sec = now.tv_sec; told->tv_usec = now.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *told) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (told) *told = now.tv_sec;
  return now.tv_sec;
}
"""


def lines(first: int, last: int) -> bytes:
    """Return lines a minute apart."""
    return b"".join(
        b"Mar  1 %02d:%02d:00 web1 app[1]: cache swept, %d entries dropped\n" % (each // 60, each % 60, each)
        for each in range(first, last)
    )


@pytest.mark.skipif(COMPILER is None, reason="no C compiler that a clock of the test's own could be made with")
@pytest.mark.parametrize("back", [3600, pytest.param(YEAR_SECONDS, marks=pytest.mark.long)])
def test_a_run_whose_clock_is_set_back_says_so_and_goes_on(tmp_path: Path, back: int) -> None:
    """It ends at once with 75, and a start with the clock as it is then has every line once."""
    source, library = tmp_path / "clock.c", tmp_path / "clock.so"
    source.write_text(CLOCK, encoding="utf-8")
    assert COMPILER is not None
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    log, out = tmp_path / "log", tmp_path / "out"
    log.write_bytes(lines(0, 400))
    configuration = tmp_path / "run.toml"
    configuration.write_text(
        f'[run]\nout = "{out}"\nsnapshot_seconds = 0.3\n[kafka]\nidle_seconds = 1.0\n'
        f'[listen]\naccount = "{tmp_path / "account.json"}"\n[[files]]\npaths = ["{log}"]\ntenant = "acme"\n'
    )
    set_back = tmp_path / "off"
    set_back.write_bytes(struct.pack("l", 0))
    environment = {**os.environ, "LD_PRELOAD": str(library), "CLOCK_OFF_FILE": str(set_back)}

    def started() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [str(PROGRAM), "run", "--config", str(configuration)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def stored() -> int:
        # whoever asks has the clock of the machine
        told = run(None, "status", out, "--output", "json").out
        return sum(each["stored"]["records"] for each in json.loads(told)["sources"]) if told else 0

    def wait_for(process: subprocess.Popen[bytes], count: int) -> None:
        until = time.monotonic() + 120
        while stored() < count:
            assert process.poll() is None
            assert time.monotonic() < until

    running = started()
    wait_for(running, 400)
    with set_back.open("r+b") as mapped:
        mapped.write(struct.pack("l", -back))
    _, told = running.communicate(timeout=60)
    assert running.returncode == STOPPED, told
    assert b"was set back by " in told
    assert b"Traceback" not in told
    with log.open("ab") as grown:
        grown.write(lines(400, 500))
    running = started()
    wait_for(running, 500)
    running.terminate()
    _, told = running.communicate(timeout=60)
    assert running.returncode == 0, told
    audited = run(None, "audit", out)
    assert audited.status == 0, audited.out
