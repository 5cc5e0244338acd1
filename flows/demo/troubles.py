"""The troubles planted in the town: each is quiet, none has an error word, all would become incidents later.

The product knows nothing of these texts; the demo marks their lines so that everybody's findings can be judged.
"""

from dataclasses import dataclass
from typing import Final

from flows.demo.calendar import DAYS, HOUR_US, MINUTE_US, SECOND_US, START_US, at
from flows.demo.dice import Dice
from flows.demo.journal import Journal


@dataclass(frozen=True, slots=True)
class Trouble:
    """A planted trouble; `onset_us` is when a careful person could first have known."""

    name: str
    tenant: str
    summary: str
    onset_us: int


TUNNEL: Final = Trouble(
    "tunnel",
    "brightwater-logistics",
    "VPN tunnel Tunnel12 drops and heals within a minute, at irregular times",
    at(15, 0),
)
MEDIA: Final = Trouble(
    "media",
    "oakfield-legal",
    "disks recover data with a shifted head, on one storage host and then on all three",
    at(13, 0),
)
CERTIFICATE: Final = Trouble(
    "certificate", "kestrel-foods", "the certificate of the order portal runs out and nothing renews it", at(8, 0)
)
TROUBLES: Final = (TUNNEL, MEDIA, CERTIFICATE)

DROPS: Final = 14


def tunnel(journal: Journal, seed: int, host: str) -> None:
    """Drop a tunnel 14 times in six days, each time for less than a minute."""
    dice = Dice(seed, "tunnel")
    for number in range(DROPS):
        # one drop in each of 14 spans of ten hours, anywhere inside it: irregular, yet never two in one hour
        down = TUNNEL.onset_us + number * 10 * HOUR_US + HOUR_US + dice.below(8 * HOUR_US)
        up = down + dice.between(17, 55) * SECOND_US
        for when, state in ((down, "down"), (up, "up")):
            message = f"Line protocol on Interface Tunnel12, changed state to {state}"
            journal.log(when, host, "%LINEPROTO-5-UPDOWN", message, severity=5, trouble=TUNNEL.name)


def media(journal: Journal, seed: int, hosts: tuple[str, str, str]) -> None:
    """Recover data with a shifted head on a first host, and each three days later on a second and a third one.

    It is one batch of drives, in the same slot of each host.
    """
    for rank, host in enumerate(hosts):
        dice = Dice(seed, f"media/{host}")
        for day in range(13 + 3 * rank, DAYS):
            for _ in range(dice.between(1, 2 + (day - 13) // 3)):
                when = at(day, dice.below(24), dice.below(60), dice.below(60))
                for part in range(dice.between(1, 2)):
                    command = f"sd {rank + 2}:0:0:0: [sdb] tag#{dice.below(32)}"
                    message = f"{command} Add. Sense: Recovered data with positive head offset"
                    journal.log(when + part * 700_000, host, "kernel", message, trouble=MEDIA.name)


def certificate(journal: Journal, seed: int, host: str) -> None:
    """Look at the portal's certificate every morning: one day less each time, and nobody renews it."""
    dice = Dice(seed, "certificate")
    for day in range(DAYS):
        when = at(day, 6, 10, dice.below(50))
        message = f"certificate for portal.kestrelfoods.example valid for {29 - day} more days"
        journal.log(when, host, "certwatch", message, trouble=CERTIFICATE.name)


def renewed_certificate(journal: Journal, seed: int, host: str) -> None:
    """The healthy twin, at another company: its certificate is renewed in time."""
    dice = Dice(seed, "renewed certificate")
    for day in range(DAYS):
        when = at(day, 5, 40, dice.below(50))
        left = 36 - day if day < 6 else 90 - (day - 6)
        journal.log(when, host, "certwatch", f"certificate for mail.oakfieldlegal.example valid for {left} more days")


def oddities(journal: Journal, seed: int, host: str) -> None:
    """Log a few odd messages that come only once."""
    dice = Dice(seed, f"oddities/{host}")
    once = (
        "usb 1-4: new full-speed USB device number 7 using xhci_hcd",
        "perf: interrupt took too long (2513 > 2500), lowering kernel.perf_event_max_sample_rate to 79500",
        "hrtimer: interrupt took 41337 ns",
        "clocksource: timekeeping watchdog on CPU2: marking clocksource 'tsc' as unstable",
    )
    for text in once:
        journal.log(START_US + dice.below(DAYS * 24 * 60) * MINUTE_US, host, "kernel", text, severity=5)
