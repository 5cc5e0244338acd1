"""Cases that were promised: what must be surfaced, and what must not, each in the same month of an ordinary office."""

import random
from datetime import timedelta

import pytest

from brainstem.contracts.finding import Finding
from brainstem.contracts.slots import SLOT_US
from tests.support.streams import START, Graph, Journal, Line, in_one_go

DAYS = 32
HOSTS = tuple(f"desk{number:02d}" for number in range(12))
ROUTINE = (
    ("mailer", "message {} accepted for delivery"),
    ("mailer", "queue run of {} entries finished"),
    ("printer", "job {} printed on tray two"),
    ("dhclient", "lease renewed for {} seconds"),
    ("filer", "share opened by session {}"),
    ("filer", "share closed by session {}"),
    ("clock", "offset {} us, stratum three"),
    ("webhouse", "page served in {} ms"),
    ("webhouse", "cache swept, {} entries dropped"),
    ("index", "catalogue of {} words rebuilt"),
)


def at(day: float) -> timedelta:
    """Return how long after the start a day is."""
    return timedelta(days=day)


def office(dice: random.Random) -> list[Line]:
    """Return a month of ordinary lines: each host says each thing some times a day, by day more than by night."""
    lines: list[Line] = []
    for host in HOSTS:
        for program, text in ROUTINE:
            for day in range(DAYS):
                for _ in range(dice.randrange(2, 6)):
                    hour = dice.choice((dice.uniform(0, 24), dice.uniform(8, 18)))
                    lines.append(
                        (START + at(day + hour / 24), f"{host} {program}[7]: {text.format(dice.randrange(999))}")
                    )
        # what shows that a host is there at all hours
        lines.extend(
            (START + at((hour + dice.random()) / 24), f"{host} kernel: watchdog fed, {dice.randrange(99)} ms")
            for hour in range(DAYS * 24)
        )
    return lines


def slow_ramp(dice: random.Random) -> list[Line]:
    """A hundred lines a day that become ten thousand in thirty days, evenly."""
    return [
        (START + at(1 + day + dice.random()), f"desk03 pool[9]: retry {dice.randrange(999)} of a lent handle")
        for day in range(30)
        for _ in range(round(100 * 100 ** (day / 29)))
    ]


def flapping_tunnel(dice: random.Random) -> list[Line]:
    """A tunnel that goes down for less than a minute, ten times in five days."""
    lines = []
    for turn in range(10):
        down = START + at(20 + turn / 2 + dice.uniform(0, 0.4))
        lines.append((down, "desk00 tunneld[5]: tunnel to branch7 is down"))
        lines.append((down + timedelta(seconds=dice.randrange(12, 50)), "desk00 tunneld[5]: tunnel to branch7 is up"))
    return lines


def silent_host(dice: random.Random) -> list[Line]:
    """Twelve hosts copy their files every night; one of them stops, and works on."""
    return [
        (
            START + at(day + (2 + dice.uniform(0, 0.1)) / 24),
            f"{host} copier[3]: nightly copy kept {dice.randrange(10**6)} files",
        )
        for host in HOSTS
        for day in range(DAYS)
        if host != "desk08" or day < 22
    ]


def certificate(dice: random.Random) -> list[Line]:
    """A certificate that says every morning how many days it has left."""
    return [
        (
            START + at(day + (6 + dice.uniform(0, 0.1)) / 24),
            f"desk05 gate[2]: certificate of portal9 has {35 - day} days left",
        )
        for day in range(DAYS)
    ]


def restarts(dice: random.Random) -> list[Line]:
    """A service that is started again at shrinking intervals."""
    lines, day, gap = [], 15.0, 2.5
    while day < 26:
        lines.append(
            (START + at(day + dice.uniform(0, 0.02)), "desk10 keeper[1]: ledgerd ended by itself, started once more")
        )
        day += gap
        gap *= 0.82
    return lines


def guessing(dice: random.Random) -> list[Line]:
    """Logins guessed from the internet, all day long, as ever."""
    lines = []
    for day in range(DAYS):
        for _ in range(dice.randrange(250, 350)):
            who = (
                f"invalid user {dice.choice(('root', 'test', 'oracle', 'pi'))} from 203.0.113.{dice.randrange(1, 250)}"
            )
            said = f"Failed password for {who} port {dice.randrange(1024, 65535)} ssh2"
            lines.append((START + at(day + dice.random()), f"desk00 sshd[{dice.randrange(1000, 9999)}]: {said}"))
    return lines


def churn(dice: random.Random) -> list[Line]:
    """Wireless clients that come and go."""
    lines = []
    for day in range(DAYS):
        for _ in range(dice.randrange(120, 160)):
            client = f"02:00:5e:00:53:{dice.randrange(40):02x}"
            come = START + at(day + dice.uniform(7.5, 18) / 24)
            lines.append((come, f"desk11 hostapd: wlan0: STA {client} associated"))
            lines.append(
                (come + timedelta(minutes=dice.uniform(1, 90)), f"desk11 hostapd: wlan0: STA {client} disassociated")
            )
    return lines


def cron_errors(dice: random.Random) -> list[Line]:
    """A job that has always failed, every five minutes."""
    return [
        (
            START + timedelta(minutes=5 * turn, seconds=2 + dice.random()),
            f"desk02 CRON[{dice.randrange(1000, 9999)}]: (backup) error: grandchild failed with exit status 1",
        )
        for turn in range(DAYS * 288)
    ]


def told_thrice(dice: random.Random) -> list[Line]:
    """A mount that is refused nine times in five days: the system says so, and who audits it, and who wanted the mount."""
    lines = []
    for turn in range(9):
        refused = START + at(24 + turn * 0.6 + dice.uniform(0, 0.3))
        for number, said in enumerate(
            (
                "barrier: profile loft refused a mount by packer",
                "auditor[11]: refusal kept for loft, subject packer",
                "packer[44]: mount of the loft failed, going on without",
            )
        ):
            lines.append((refused + timedelta(seconds=number + dice.random()), f"desk07 {said}"))
    return lines


def until(end: float) -> Graph:
    """Run the month up to a day."""
    dice = random.Random(20_260_302)
    made = (office, slow_ramp, flapping_tunnel, silent_host, certificate, restarts, guessing, churn, cron_errors)
    lines = sorted(line for make in (*made, told_thrice) for line in make(dice))
    return in_one_go(
        [Journal("north", "file:/north/office.log", tuple(line for line in lines if line[0] < START + at(end)))]
    )


@pytest.fixture(scope="module")
def month() -> Graph:
    """Run the month once."""
    return until(DAYS)


def about(month: Graph, service: str) -> list[tuple[float, Finding]]:
    """Return what was surfaced of a service, with the day."""
    return [
        ((finding.tick_us / 1e6 - START.timestamp()) / 86_400, finding)
        for finding in month.findings
        if finding.service == service
    ]


@pytest.mark.parametrize(
    ("service", "first", "last"),
    [("pool", 8, 31), ("tunneld", 20, 24), ("copier", 22, 24), ("gate", 21, 31), ("keeper", 15, 25)],
    ids=["slow ramp", "flapping tunnel", "one silent host", "certificate", "shrinking intervals"],
)
def test_it_is_surfaced_in_time(month: Graph, service: str, first: int, last: int) -> None:
    """While there is still time to do something."""
    days = [day for day, _ in about(month, service)]
    assert days
    assert first <= days[0] <= last


@pytest.mark.parametrize("service", ["sshd", "hostapd", "CRON"])
def test_what_is_always_there_is_left_alone(month: Graph, service: str) -> None:
    """Constant guessing, clients that come and go, and a job that always fails are nobody's news."""
    assert about(month, service) == []


def test_the_silent_host_is_named(month: Graph) -> None:
    """One of twelve, and no other."""
    assert {host for _, finding in about(month, "copier") for host in finding.hosts} == {"desk08"}


def test_one_fault_told_by_three_programs_is_one_item(month: Graph) -> None:
    """The strongest of them tells it; the others are held back, and say who tells it for them."""
    services = ("barrier", "auditor", "packer")
    (teller,) = {finding.family for service in services for _, finding in about(month, service)}
    held = [each for each in month.decisions if each.blocker == "told_already"]
    assert {each.service for each in held} < set(services)
    assert {each.teller_family for each in held} == {teller}
    assert all(each.teller_family is None for each in month.decisions if each.blocker != "told_already")


def test_an_ordinary_month_is_quiet(month: Graph) -> None:
    """What only goes on as ever is not shown."""
    assert [
        finding.template for finding in month.findings if finding.service in {program for program, _ in ROUTINE}
    ] == []


@pytest.mark.parametrize("day", [16.3, pytest.param(23.9, marks=pytest.mark.long)])
def test_a_month_that_ends_earlier_says_the_same_up_to_there(month: Graph, day: float) -> None:
    """No decision and no item knows of a line that came after it."""
    cut = until(day)
    # the slot that the cut lies in is not whole
    bound = round((START + at(day)).timestamp()) * 1_000_000 - SLOT_US
    assert [each for each in cut.findings if each.tick_us <= bound]
    for said, said_cut in ((month.findings, cut.findings), (month.decisions, cut.decisions)):
        assert [each for each in said if each.tick_us <= bound] == [each for each in said_cut if each.tick_us <= bound]
