"""The messages of any server: timers, logins, guesses from the internet, updates, backups, a reboot."""

from flows.demo.calendar import DAY_US, DAYS, HOUR_US, MINUTE_US, SECOND_US, at, each, moments
from flows.demo.dice import Dice
from flows.demo.journal import Journal

STAFF = ("mara", "deploy", "tomas", "ines", "ops", "yusuf")
GUESSED = ("admin", "test", "oracle", "ubuntu", "guest")
PACKAGES = (
    "libssl3",
    "openssh-server",
    "curl",
    "tzdata",
    "libc6",
    "python3.11",
    "sudo",
    "rsync",
    "nginx-common",
    "vim-tiny",
)
BOOT = (
    (6, "Linux version 6.1.0-{n} (build@tower) #1 SMP PREEMPT_DYNAMIC"),
    (6, "Command line: BOOT_IMAGE=/boot/vmlinuz-6.1.0-{n}-amd64 root=/dev/mapper/vg0-root ro quiet"),
    (6, "BIOS-provided physical RAM map:"),
    (6, "x86/fpu: Supporting XSAVE feature 0x002: 'SSE registers'"),
    (6, "Memory: 16{n}2336K/16777216K available"),
    (6, "smpboot: Total of 4 processors activated"),
    (4, "ACPI BIOS Error (bug): Could not resolve symbol [\\_SB.PR0{n}._CPC], AE_NOT_FOUND"),
    (4, "ACPI Error: Aborting method \\_SB.PR0{n}._PSS due to previous error"),
    (6, "pci 0000:00:1f.{n}: reg 0x10: [mem 0xfe0{n}0000-0xfe0{n}ffff]"),
    (6, "scsi host{n}: ahci"),
    (6, "ata{n}: SATA link up 6.0 Gbps (SStatus 133 SControl 300)"),
    (4, "firmware: failed to load i915/kbl_dmc_ver1_0{n}.bin (-2)"),
    (6, "EXT4-fs (dm-{n}): mounted filesystem with ordered data mode"),
    (6, "e1000e 0000:00:19.0 eno1: NIC Link is Up 1000 Mbps Full Duplex"),
)
UNITS = (
    "network-online.target",
    "ssh.service",
    "cron.service",
    "rsyslog.service",
    "chrony.service",
    "multi-user.target",
)


def timers(journal: Journal, seed: int, host: str) -> None:
    """Log the half-hourly and hourly jobs of a host, and a nightly one that warns every time."""
    dice = Dice(seed, f"timers/{host}")
    offset = dice.below(20) * MINUTE_US
    for due in each(dice, 30 * MINUTE_US, offset):
        journal.log(
            due, host, "CRON", "(root) CMD (/usr/local/bin/collect-metrics --push)", process=dice.between(900, 32_000)
        )
    for due in each(dice, HOUR_US, 17 * MINUTE_US):
        journal.log(
            due,
            host,
            "CRON",
            "(root) CMD (cd / && run-parts --report /etc/cron.hourly)",
            process=dice.between(900, 32_000),
        )
    for due in each(dice, DAY_US, 3 * HOUR_US + offset):
        scanned = dice.between(41_000, 44_000)
        journal.log(due, host, "tidy-up", f"scanned {scanned} files, {dice.below(40)} removed")
        journal.log(
            due + SECOND_US, host, "tidy-up", "warning: /srv/share/archive is a symbolic link, not followed", severity=4
        )
        journal.log(due + 2 * SECOND_US, host, "tidy-up", "error count for this run: 0")
    for due in each(dice, 6 * HOUR_US, 11 * MINUTE_US):
        offset_us = dice.between(4, 900)
        journal.log(due, host, "chronyd", f"System clock offset {offset_us} us, source 192.0.2.123", process=611)


def logins(journal: Journal, seed: int, host: str, daily: int) -> None:
    """Log the logins and logouts of staff."""
    dice = Dice(seed, f"logins/{host}")
    for day in range(DAYS):
        for start in moments(dice, day, daily, weekend_percent=20):
            process, name = dice.between(1000, 32_000), dice.pick(STAFF)
            key = f"ED25519 SHA256:{dice.hexadecimal(20)}"
            origin = f"10.9.{dice.below(4)}.{dice.between(2, 250)} port {dice.between(32_768, 60_999)}"
            end = start + dice.between(20, 5400) * SECOND_US
            journal.log(
                start, host, "sshd", f"Accepted publickey for {name} from {origin} ssh2: {key}", process=process
            )
            opened = (
                f"pam_unix(sshd:session): session opened for user {name}(uid={1000 + STAFF.index(name)}) by (uid=0)"
            )
            journal.log(start + 40_000, host, "sshd", opened, process=process)
            journal.log(end, host, "sshd", f"pam_unix(sshd:session): session closed for user {name}", process=process)
            if dice.chance(6):
                missed = f"Failed password for {name} from {origin} ssh2"
                journal.log(start - 9 * SECOND_US, host, "sshd", missed, process=process)


def guessers(journal: Journal, seed: int, host: str, daily: int, storms: int) -> None:
    """Log password guesses from the internet: a few all day, and now and then some hundreds within minutes."""
    dice = Dice(seed, f"guessers/{host}")

    def guess(time_us: int, address: str, name: str) -> None:
        process, port = dice.between(1000, 32_000), dice.between(32_768, 60_999)
        journal.log(time_us, host, "sshd", f"Invalid user {name} from {address} port {port}", process=process)
        failed = f"Failed password for invalid user {name} from {address} port {port} ssh2"
        journal.log(time_us + 2 * SECOND_US, host, "sshd", failed, process=process)

    for day in range(DAYS):
        for start in moments(dice, day, daily, (1,) * 24):
            guess(start, f"203.0.113.{dice.between(2, 250)}", dice.pick(GUESSED))
    for _ in range(storms):
        start, name = at(dice.below(DAYS), dice.below(24), dice.below(50)), dice.pick(GUESSED)
        address = f"198.51.100.{dice.between(2, 250)}"
        for number in range(dice.between(180, 320)):
            guess(start + number * SECOND_US + dice.below(SECOND_US), address, name)


def updates(journal: Journal, seed: int, host: str) -> None:
    """Log a search for updates every morning, and installations twice a week."""
    dice = Dice(seed, f"updates/{host}")
    for day in range(DAYS):
        start = at(day, 6, dice.below(45))
        journal.log(start, host, "unattended-upgrade", "Starting unattended upgrades script")
        if day % 7 not in (1, 3):
            journal.log(
                start + 4 * SECOND_US, host, "unattended-upgrade", "No packages found that can be upgraded unattended"
            )
            continue
        for number in range(dice.between(1, 4)):
            name = dice.pick(PACKAGES)
            later = start + (10 + 20 * number) * SECOND_US
            version = f"1:{dice.between(2, 9)}.{dice.below(20)}-{dice.below(9)}"
            journal.log(later, host, "dpkg", f"status half-configured {name}:amd64 {version}")
            journal.log(later + 3 * SECOND_US, host, "dpkg", f"status installed {name}:amd64 {version}")
        journal.log(start + 120 * SECOND_US, host, "unattended-upgrade", "All upgrades installed")


def backups(journal: Journal, seed: int, host: str) -> None:
    """Log a backup every night, with warnings that nobody minds and a retry in one night of ten."""
    dice = Dice(seed, f"backups/{host}")
    for day in range(DAYS):
        start = at(day, 1, 30, dice.below(60))
        process = dice.between(1000, 32_000)
        journal.log(start, host, "backup", f"job nightly-{host} started", process=process)
        for _ in range(dice.between(2, 9)):
            later = start + dice.between(60, 1500) * SECOND_US
            changed = f"warning: file changed while reading: /srv/share/{dice.hexadecimal(6)}.db"
            journal.log(later, host, "backup", changed, process=process, severity=4)
        if dice.chance(10):
            retried = "error: target busy, trying again in 60 s (attempt 1 of 5)"
            journal.log(start + 30 * SECOND_US, host, "backup", retried, process=process, severity=3)
        size = f"{dice.between(110, 140)}.{dice.below(10)} GiB"
        done = (
            f"job nightly-{host} finished: {dice.between(41_000, 44_000)} files, {size}, {dice.between(2, 9)} warnings"
        )
        journal.log(start + dice.between(1600, 2400) * SECOND_US, host, "backup", done, process=process)


def reboot(journal: Journal, seed: int, host: str, start: int) -> None:
    """Log the restart of a host for its patches: units stop, the kernel logs for a minute, units start."""
    dice = Dice(seed, f"reboot/{host}/{start}")
    for number, unit in enumerate(reversed(UNITS)):
        journal.log(start + number * SECOND_US, host, "systemd", f"Stopped target {unit}.", process=1)
    journal.log(start + 8 * SECOND_US, host, "systemd-shutdown", "Syncing filesystems and block devices.", process=1)
    up = start + dice.between(50, 110) * SECOND_US
    for repeat in range(5):
        for number, (severity, text) in enumerate(BOOT):
            when = up + (repeat * len(BOOT) + number) * 30_000
            journal.log(when, host, "kernel", text.format(n=(repeat + number) % 8 + 1), severity=severity)
    for number, unit in enumerate(UNITS):
        journal.log(up + (5 + number) * SECOND_US, host, "systemd", f"Reached target {unit}.", process=1)
