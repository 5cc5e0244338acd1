"""What happens once and looks important: deploys, reboots, bursts, rollouts, projects. None of it foretells anything."""

from random import Random

from benchmarks.weak_signal import texts
from benchmarks.weak_signal.clock import (
    DAY_US,
    DAYS,
    HOUR_US,
    MINUTE_US,
    SECOND_US,
    every,
    flat,
    nightly,
    office,
    rising,
)
from benchmarks.weak_signal.grammar import Template, template
from benchmarks.weak_signal.world import Product, Tenant, World

ONE_OFFS_A_DAY = 4
PROJECTS = 12


def disturb(world: World, tenant: Tenant) -> None:
    """Add all decoys of a tenant."""
    dice = world.dice(tenant.name, "decoys")
    _one_offs(world, tenant, dice)
    _projects(world, tenant, dice)
    _bursts(world, tenant, dice)
    _deploy(world, tenant, dice)
    _debug_flip(world, tenant, dice)
    _reboots(world, tenant, dice)
    _updates(world, tenant, dice)
    _rollout(world, tenant, dice)
    _renewals(world, tenant, dice)
    _steady_flaps(world, tenant, dice)
    _stopped_job(world, tenant, dice)
    _odd_reports(world, tenant, dice)


def outage(world: World, tenant: Tenant, time_us: int, service: str, dice: Random) -> None:
    """Add what makes a ticket loud: many lines while the trouble is already there."""
    host = dice.choice(tenant.hosts)
    for _ in range(dice.randrange(1, 4)):
        message = world.grammar.message(troubled=True)
        for _ in range(dice.randrange(5, 25)):
            at = time_us + int(dice.expovariate(1 / 900) * SECOND_US)
            tenant.say(at, host, service, 3, _fill(tenant, message, dice), "d:outage_burst")


def _fill(tenant: Tenant, message: Template, dice: Random) -> str:
    return message.fill(dice, {"ent": dice.choice(tenant.entities)})


def _some(world: World, dice: Random, low: float = 0.0, high: float = DAYS) -> int:
    return world.day(dice.uniform(low, high))


def _one_offs(world: World, tenant: Tenant, dice: Random) -> None:
    """Messages nobody has seen before, once or a few times: every day brings some."""
    for _ in range(ONE_OFFS_A_DAY * DAYS):
        troubled = dice.random() < 0.2
        message, product, host = (
            world.grammar.message(troubled=troubled),
            dice.choice(tenant.products),
            dice.choice(tenant.hosts),
        )
        begin = _some(world, dice)
        for _ in range(dice.choice((1, 1, 1, 1, 2, 2, 3, 5))):
            time = begin + int(dice.expovariate(1 / dice.choice((600, 40_000))) * SECOND_US)
            tenant.say(time, host, product.name, 4 if troubled else 6, _fill(tenant, message, dice), "d:one_off")


def _projects(world: World, tenant: Tenant, dice: Random) -> None:
    """Somebody works on something for days: new messages that recur, by office hours, then never again."""
    for _ in range(PROJECTS):
        product, host = dice.choice(tenant.products), dice.choice(tenant.hosts)
        begin, days = _some(world, dice, 1, 25), dice.uniform(2, 7)
        for _ in range(dice.randrange(1, 4)):
            troubled = dice.random() < 0.25
            message = world.grammar.message(troubled=troubled)
            times = office(dice, dice.uniform(1, 6), begin, begin + int(days * DAY_US), world.start_us)
            for time in times:
                tenant.say(time, host, product.name, 4 if troubled else 6, _fill(tenant, message, dice), "d:project")


def _bursts(world: World, tenant: Tenant, dice: Random) -> None:
    """A new line, dozens of times within an hour, never again."""
    for _ in range(4):
        message = world.grammar.message(troubled=dice.random() < 0.4)
        product, host, begin = dice.choice(tenant.products), dice.choice(tenant.hosts), _some(world, dice)
        for time in rising(dice, dice.randrange(30, 160), begin, begin + HOUR_US):
            tenant.say(time, host, product.name, 5, _fill(tenant, message, dice), "d:new_line_burst")


def _deploy(world: World, tenant: Tenant, dice: Random) -> None:
    """A version rewrites a program's messages: from then on other words, at the same rates."""
    for product in dice.sample(tenant.products, 2):
        begin = _some(world, dice, 5, 24)
        said = [
            line for line in tenant.lines if line.service == product.name and line.time_us >= begin and not line.mark
        ]
        replaced = set(map(id, said))
        tenant.lines = [line for line in tenant.lines if id(line) not in replaced]
        word = world.grammar.word()
        style = dice.randrange(3)
        for line in said:
            first, _, rest = line.message.partition(" ")
            forms = (f"{word}: {line.message}", f"{first} {word} {rest}", f"{line.message} v{word}")
            mark = "d:deploy_rewrite" if line.time_us < begin + 3 * DAY_US else ""
            tenant.say(line.time_us, line.host, line.service, line.severity, forms[style], mark)


def _debug_flip(world: World, tenant: Tenant, dice: Random) -> None:
    """Somebody turns on DEBUG for an hour."""
    product, begin, host = dice.choice(tenant.products), _some(world, dice, 2, 27), dice.choice(tenant.hosts)
    messages = [world.grammar.message() for _ in range(25)]
    for time in flat(dice, 24 * 400 * world.scale, begin, begin + HOUR_US):
        text = "DEBUG " + _fill(tenant, dice.choice(messages), dice)
        tenant.say(time, host, product.name, 7, text, "d:debug_flip")


def _reboots(world: World, tenant: Tenant, dice: Random) -> None:
    """Patch nights: hosts reboot one after another, with all their messages of a boot."""
    steps = [world.grammar.message(troubled=dice.random() < 0.25) for _ in range(18)]
    for night in (dice.uniform(2, 9), dice.uniform(15, 24)):
        begin = world.day(int(night)) + 2 * HOUR_US
        for number, host in enumerate(tenant.hosts):
            at = begin + number * dice.randrange(4, 9) * MINUTE_US
            for step in steps:
                at += dice.randrange(1, 9) * SECOND_US
                tenant.say(at, host, "kernel", 5, _fill(tenant, step, dice), "d:patch_reboot")


def _updates(world: World, tenant: Tenant, dice: Random) -> None:
    """Packages are updated once a week, each host in its own night."""
    for host in tenant.hosts:
        offset = dice.randrange(7)
        for week in range(4):
            at = world.day(7 * week + offset) + int(dice.uniform(3, 5) * HOUR_US)
            for _ in range(dice.randrange(2, 12)):
                at += dice.randrange(1, 40) * SECOND_US
                name = f"lib{dice.choice(world.grammar.nouns)}{dice.randrange(9)}"
                tenant.say(
                    at,
                    host,
                    "unattended",
                    6,
                    f"Upgraded {name} to 1.{dice.randrange(40)}-{dice.randrange(9)}",
                    "d:package_update",
                )


def _rollout(world: World, tenant: Tenant, dice: Random) -> None:
    """A new agent comes to one host after another over days, and stays."""
    agent, begin = world.grammar.service(), _some(world, dice, 6, 18)
    messages = [world.grammar.message() for _ in range(4)] + [world.grammar.message(troubled=True)]
    for host in dice.sample(tenant.hosts, 8):
        begin += int(dice.uniform(2, 30) * HOUR_US)
        for message in messages:
            tenant.say(
                begin + dice.randrange(60) * SECOND_US, host, agent, 6, _fill(tenant, message, dice), "d:rollout"
            )
        for time in flat(dice, 2, begin + HOUR_US, world.end_us):
            tenant.say(time, host, agent, 6, _fill(tenant, dice.choice(messages), dice), "d:rollout")


def _renewals(world: World, tenant: Tenant, dice: Random) -> None:
    """Countdowns that somebody takes care of: they fall, and begin again well before the end."""
    for worded in (False, True):
        message = world.grammar.trouble("countdown", error_worded=worded)[0]
        host, product = dice.choice(tenant.hosts), dice.choice(tenant.products)
        for entity in world.grammar.entities(3):
            left, floor = dice.randrange(25, 80), dice.randrange(14, 22)
            for time in nightly(dice, 6, world.start_us, world.end_us, world.start_us, 10 * MINUTE_US):
                left = 90 if left <= floor else left - 1
                text = message.fill(dice, {"ent": entity, "value": str(left)})
                tenant.say(time, host, product.name, 4 if worded else 6, text, "d:renewed_countdown")


def _steady_flaps(world: World, tenant: Tenant, dice: Random) -> None:
    """Things that come and go at the same low rate since ever, each now and then."""
    for worded in (False, True):
        away, back = world.grammar.trouble("self_healing", error_worded=worded)
        product, host = dice.choice(tenant.products), dice.choice(tenant.hosts)
        entities = world.grammar.entities(10)
        for time in flat(dice, 1.6, world.start_us, world.end_us):
            entity = {"ent": dice.choice(entities)}
            tenant.say(time, host, product.name, 4 if worded else 6, away.fill(dice, entity), "d:steady_flap")
            later = time + int(dice.uniform(20, 400) * SECOND_US)
            tenant.say(later, host, product.name, 6, back.fill(dice, entity), "d:steady_flap")


def _stopped_job(world: World, tenant: Tenant, dice: Random) -> None:
    """A job and a host are retired on purpose, and one job is moved to another hour."""
    name, host, entity = dice.choice(tenant.products).name, dice.choice(tenant.hosts), world.grammar.word()
    begin = world.grammar.trouble("nightly", error_worded=False)[0]
    until = _some(world, dice, 10, 22)
    hour = dice.uniform(0, 6)
    for time in nightly(dice, hour, world.start_us, until, world.start_us, 5 * MINUTE_US):
        tenant.say(time, host, name, 6, begin.fill(dice, {"ent": entity}), "d:moved_job")
    for time in nightly(dice, hour + 9, until, world.end_us, world.start_us, 5 * MINUTE_US):
        tenant.say(time, host, name, 6, begin.fill(dice, {"ent": entity}), "d:moved_job")
    retired, at = dice.choice(tenant.hosts), _some(world, dice, 9, 25)
    tenant.lines = [line for line in tenant.lines if line.host != retired or line.time_us < at]
    tenant.hosts.remove(retired)
    tenant.say(at, retired, "systemd-logind", 5, "System is powering down.", "d:retired_host")


def _odd_reports(world: World, tenant: Tenant, dice: Random) -> None:
    """A weekly report with error words, and a program that has complained at a high rate since ever."""
    product: Product = dice.choice(tenant.products)
    host, complaint = dice.choice(tenant.hosts), world.grammar.message(troubled=True)
    for time in flat(dice, 60 * world.scale, world.start_us, world.end_us):
        tenant.say(time, host, product.name, 3, _fill(tenant, complaint, dice), "d:known_complaint")
    report = template(
        f"weekly {dice.choice(world.grammar.nouns)} report: {{int}} errors, {{int}} warnings, {{pct}} fine"
    )
    begin = world.start_us + int(dice.uniform(0, 7) * DAY_US)
    for time in every(dice, 7 * DAY_US, begin, world.end_us, HOUR_US):
        tenant.say(
            time,
            dice.choice(tenant.hosts),
            dice.choice(tenant.products).name,
            5,
            report.fill(dice, {}),
            "d:weekly_report",
        )


def unforetold(world: World, tenant: Tenant) -> None:
    """Add tickets that nothing in the logs foretells; some are loud once they are there."""
    dice = world.dice(tenant.name, "tickets")
    for _ in range(dice.randrange(6, 11)):
        time, product = _some(world, dice, 1, 27.8), dice.choice(tenant.products)
        title = dice.choice(texts.UNFORETOLD + texts.TITLES).format(
            service=product.name, host=dice.choice(tenant.hosts), place=dice.choice(texts.PLACES)
        )
        world.tickets.append((time, tenant.name, product.name, title))
        if dice.random() < 0.4:
            outage(world, tenant, time - dice.randrange(2, 20) * MINUTE_US, product.name, dice)
