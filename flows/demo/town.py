"""The input of the demo, from a seed alone: four small companies, three weeks of their logs, three planted troubles.

`build` is pure and gives the same bytes on every machine and Python version. `write` puts them in a folder; run the
module to have a folder to try things on: `python -m flows.demo.town FOLDER`.
"""

import argparse
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flows.demo import machines, services, troubles
from flows.demo.calendar import DAYS, END_US, START_US, at
from flows.demo.journal import Journal, Line, ietf_syslog, iso_application, json_object, plain_syslog, relayed_syslog
from flows.demo.troubles import TROUBLES, Trouble

SEED: Final = 20_260_302
TRUTH_NAME: Final = "truth.json"

STORES: Final = ("ol-store1", "ol-store2", "ol-store3")
DEPLOY_US: Final = at(11, 14, 20)
PATCH_DAY: Final = 8


@dataclass(frozen=True, slots=True)
class Town:
    """The files of the town, by path below its folder; the first part of a path is the tenant."""

    seed: int
    journals: tuple[Journal, ...]
    troubles: tuple[Trouble, ...]

    @property
    def files(self) -> dict[str, bytes]:
        """Return the bytes of every file by its path."""
        return {journal.path: b"".join(line.raw for line in journal.lines) for journal in self.journals}

    @property
    def tenants(self) -> tuple[str, ...]:
        """Return the names of the tenants in order."""
        return tuple(sorted({journal.tenant for journal in self.journals}))

    def lines(self) -> list[tuple[str, Line]]:
        """Return every line with its tenant, over all files in order of time."""
        everything = [(journal.tenant, line) for journal in self.journals for line in journal.lines]
        return sorted(everything, key=lambda pair: pair[1].time_us)

    def truth(self) -> dict[str, Any]:
        """Return where the planted lines are, by trouble: byte positions as in evidence, and line numbers from 1."""
        planted: dict[str, list[dict[str, Any]]] = {trouble.name: [] for trouble in self.troubles}
        for journal in self.journals:
            position = 0
            for number, line in enumerate(journal.lines, 1):
                if line.trouble:
                    place = {"file": journal.path, "position": position, "line": number, "event_time_us": line.time_us}
                    planted[line.trouble].append(place)
                position += len(line.raw)
        return {
            "seed": self.seed,
            "start_us": START_US,
            "end_us": END_US,
            "days": DAYS,
            "tenants": list(self.tenants),
            "lines": sum(len(journal.lines) for journal in self.journals),
            "troubles": [
                {
                    "name": trouble.name,
                    "tenant": trouble.tenant,
                    "summary": trouble.summary,
                    "onset_us": trouble.onset_us,
                    "planted": planted[trouble.name],
                }
                for trouble in self.troubles
            ],
        }


def build(seed: int = SEED) -> Town:
    """Return the town: a pure function of the seed."""
    journals = (*_harbourline(seed), *_brightwater(seed), *_oakfield(seed), *_kestrel(seed))
    for journal in journals:
        journal.settle(END_US)
    return Town(seed, journals, TROUBLES)


def _server(journal: Journal, seed: int, host: str, daily_logins: int = 8) -> None:
    machines.timers(journal, seed, host)
    machines.logins(journal, seed, host, daily_logins)
    machines.updates(journal, seed, host)
    troubles.oddities(journal, seed, host)


def _harbourline(seed: int) -> tuple[Journal, ...]:
    """A dental practice: a file server, addresses and Wi-Fi, all in one collector's file."""
    syslog = Journal("harbourline-dental/syslog.log", plain_syslog)
    for host in ("hd-files1", "hd-dhcp1", "hd-wlan1"):
        _server(syslog, seed, host)
    services.wireless(syslog, seed, "hd-wlan1", "hd-dhcp1")
    machines.backups(syslog, seed, "hd-files1")
    machines.guessers(syslog, seed, "hd-files1", 55, 4)
    machines.reboot(syslog, seed, "hd-files1", at(17, 22, 5))
    return (syslog,)


def _brightwater(seed: int) -> tuple[Journal, ...]:
    """A haulier: a firewall, a router with tunnels and a switch behind a relay, and two application hosts."""
    network = Journal("brightwater-logistics/network.log", relayed_syslog)
    services.firewall(network, seed, "bw-fw1", 1450)
    services.switch(network, seed, "bw-sw1")
    troubles.tunnel(network, seed, "bw-rtr1")
    applications = tuple(
        Journal(f"brightwater-logistics/{host}/dispatch.log", iso_application) for host in ("bw-app1", "bw-app2")
    )
    for journal in applications:
        services.dispatch(journal, seed, journal.path.split("/")[1], 420)
    return (network, *applications)


def _oakfield(seed: int) -> tuple[Journal, ...]:
    """A law firm: three storage hosts and a mail host, patched and restarted in one night."""
    servers = Journal("oakfield-legal/servers.log", ietf_syslog)
    for host in (*STORES, "ol-mail1"):
        _server(servers, seed, host)
        machines.backups(servers, seed, host)
    for number, host in enumerate((*STORES, "ol-mail1")):
        machines.reboot(servers, seed, host, at(PATCH_DAY, 2, 5 + 6 * number))
    services.mail(servers, seed, "ol-mail1", 260)
    troubles.renewed_certificate(servers, seed, "ol-mail1")
    troubles.media(servers, seed, STORES)
    return (servers,)


def _kestrel(seed: int) -> tuple[Journal, ...]:
    """A chain of restaurants: a public web host and an order application on two hosts, deployed once."""
    syslog = Journal("kestrel-foods/web.log", plain_syslog)
    _server(syslog, seed, "kf-web1")
    services.web(syslog, seed, "kf-web1", 2300)
    machines.guessers(syslog, seed, "kf-web1", 80, 5)
    api = Journal("kestrel-foods/api.jsonl", json_object)
    for host in ("kf-api1", "kf-api2"):
        services.orders(api, seed, host, 330, DEPLOY_US)
    troubles.certificate(api, seed, "kf-api1")
    return syslog, api


def write(town: Town, folder: Path) -> None:
    """Write the files and the truth below `folder`, which may exist.

    The files' modification time is the end of the three weeks, because RFC 3164 lines have no year and a reader takes
    the year nearest to when it received them.
    """
    for path, body in town.files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
        os.utime(target, ns=(END_US * 1000, END_US * 1000))
    (folder / TRUTH_NAME).write_text(json.dumps(town.truth(), indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Write the town to a folder."""
    parser = argparse.ArgumentParser(description="Write the demo's log files to a folder.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    write(build(arguments.seed), arguments.folder)


if __name__ == "__main__":
    main()
