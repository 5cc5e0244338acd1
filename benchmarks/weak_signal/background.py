"""The ordinary life of a tenant: hundreds of messages at very different rates, and the machinery that never stops.

What an eager reader would take for a signal is marked as a decoy with its kind; it is as harmless as the rest.
"""

from random import Random

from benchmarks.weak_signal import texts
from benchmarks.weak_signal.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, bursts, every, flat, nightly, office
from benchmarks.weak_signal.grammar import Template, address, template
from benchmarks.weak_signal.world import Product, Tenant, World


def live(world: World, tenant: Tenant) -> None:
    """Let a tenant live for four weeks."""
    for product in tenant.products:
        _run(world, tenant, product, world.dice(tenant.name, product.name))
    dice = world.dice(tenant.name, "machinery")
    _jobs(world, tenant, dice)
    _nights(world, tenant, dice)
    _internet(world, tenant, dice)
    _network(world, tenant, dice)
    _queue(world, tenant, dice)


def _run(world: World, tenant: Tenant, product: Product, dice: Random) -> None:
    """Add the messages of a product on the hosts that run it."""
    hosts = dice.sample(tenant.hosts, dice.choice((1, 1, 2, 3, 5, len(tenant.hosts))))
    for message, severity, rate in product.templates:
        per_day = rate * world.scale * dice.uniform(0.5, 1.6)
        rhythm = dice.random()
        speakers = hosts if dice.random() < 0.7 else hosts[:1]
        if rhythm < 0.45:
            times = flat(dice, per_day, world.start_us, world.end_us)
        elif rhythm < 0.8:
            times = office(dice, per_day, world.start_us, world.end_us, world.start_us)
        else:
            times = bursts(dice, per_day, world.start_us, world.end_us)
        entities = dice.sample(tenant.entities, dice.randrange(2, len(tenant.entities)))
        for time in times:
            text = message.fill(dice, {"ent": entities[int(len(entities) * dice.random() ** 2)]})
            tenant.say(time, dice.choice(speakers), product.name, severity, text)


def _jobs(world: World, tenant: Tenant, dice: Random) -> None:
    """Add what runs by the clock all day, some of it with error words in every line."""
    grammar = world.grammar
    quiet = template(f"({{user}}) CMD (/opt/{grammar.word()}/bin/{grammar.word()} --{dice.choice(texts.KEYS)})")
    worded = template(f"{grammar.word()} run {{int}} finished: {{big}} {dice.choice(grammar.nouns)}, errors=0 failed=0")
    host = dice.choice(tenant.hosts)
    name = grammar.service()
    for time in every(dice, 5 * MINUTE_US, world.start_us, world.end_us, 4 * SECOND_US):
        if dice.random() < world.scale:
            tenant.say(time, host, "CROND", 6, quiet.fill(dice, {"user": "root"}))
            tenant.say(time + 9 * SECOND_US, host, name, 6, worded.fill(dice, {}), "d:five_minute_job")
    for number in range(5):
        job = template(
            f"{grammar.word()}: {dice.choice(('warning', 'error'))} count {{small}} within limits, {{int}} kept"
        )
        at, begin = dice.choice(tenant.hosts), world.start_us + dice.randrange(60) * MINUTE_US
        period = (1, 1, 2, 6, 24)[number] * HOUR_US
        for time in every(dice, period, begin, world.end_us, 90 * SECOND_US):
            if dice.random() < world.scale or period > 2 * HOUR_US:
                tenant.say(time, at, "cron", 6, job.fill(dice, {}), "d:cron_error_words")
    _probes(world, tenant, dice)


def _probes(world: World, tenant: Tenant, dice: Random) -> None:
    """Add a monitoring system that sees one failed check now and then, good again at the next."""
    probe, checker = world.grammar.service(), dice.choice(tenant.hosts)
    checks = [world.grammar.word() for _ in range(6)]
    for time in every(dice, 10 * MINUTE_US, world.start_us, world.end_us, 50 * SECOND_US):
        if dice.random() < world.scale:
            tenant.say(time, checker, probe, 6, f"checked {len(tenant.hosts)} hosts in {dice.randrange(200, 900)} ms")
    for time in flat(dice, 6 * world.scale, world.start_us, world.end_us):
        host, check = dice.choice(tenant.hosts), dice.choice(checks)
        tenant.say(time, checker, probe, 4, f"{host};{check};CRITICAL;SOFT;1;timeout", "d:monitoring_probe")
        later = time + dice.randrange(55, 130) * SECOND_US
        tenant.say(later, checker, probe, 5, f"{host};{check};OK;SOFT;2;answered", "d:monitoring_probe")


def _nights(world: World, tenant: Tenant, dice: Random) -> None:
    """Add nightly jobs: backups with warnings of varying number, and jobs of two lines that just run."""
    grammar = world.grammar
    tool, store = grammar.service(), dice.choice(tenant.hosts)
    complaint = grammar.message(troubled=True)
    for time in nightly(dice, dice.uniform(1, 4), world.start_us, world.end_us, world.start_us, 20 * MINUTE_US):
        for number in range(dice.randrange(4, 22)):
            at = time + number * dice.randrange(5, 60) * SECOND_US
            tenant.say(
                at, store, tool, 4, complaint.fill(dice, {"ent": dice.choice(tenant.entities)}), "d:backup_warning"
            )
        tenant.say(time + HOUR_US, store, tool, 6, f"backup of {dice.randrange(20, 90)} volumes complete, 2 warnings")
    for _ in range(6):
        words = grammar.trouble("nightly", error_worded=dice.random() < 0.3)
        host, name, entity = dice.choice(tenant.hosts), dice.choice(tenant.products).name, grammar.word()
        jitter = dice.choice((1, 5, 30, 90)) * MINUTE_US
        for time in nightly(dice, dice.uniform(0, 6), world.start_us, world.end_us, world.start_us, jitter):
            for step, line in enumerate(words):
                tenant.say(
                    time + step * dice.randrange(60, 900) * SECOND_US, host, name, 6, line.fill(dice, {"ent": entity})
                )


def _internet(world: World, tenant: Tenant, dice: Random) -> None:
    """Add what the internet does to open ports all day: guesses and requests."""
    doors = dice.sample(tenant.hosts, 3)
    guess = template("Failed password for invalid user {who} from {wan} port {port} ssh2")
    bye = template("Connection closed by {wan} port {port} [preauth]")
    for time in flat(dice, 90 * world.scale, world.start_us, world.end_us):
        door, who = dice.choice(doors), {"who": dice.choice(texts.GUESSED_USERS)}
        tenant.say(time, door, "sshd", 6, guess.fill(dice, who), "d:internet_guessing")
        tenant.say(time + SECOND_US, door, "sshd", 6, bye.fill(dice, {}), "d:internet_guessing")
    web = dice.choice(tenant.hosts)
    pages = [f"/{dice.choice(world.grammar.nouns)}/{dice.choice(world.grammar.nouns)}" for _ in range(30)]
    for time in office(dice, 330 * world.scale, world.start_us, world.end_us, world.start_us):
        page, code = pages[int(30 * dice.random() ** 2)], dice.choice((200, 200, 200, 200, 304, 302, 404, 500))
        request = f'{address(dice)}|"GET {page} HTTP/1.1" {code} {dice.randrange(90, 90_000)}'
        tenant.say(time, web, "access", 6, request, "d:web_status" if code >= 404 else "")


def _network(world: World, tenant: Tenant, dice: Random) -> None:
    """Add clients that come and go: DHCP, Wi-Fi, links of laptops."""
    gateway, cell = dice.choice(tenant.hosts), dice.choice(tenant.hosts)
    clients = [template("{mac}").fill(dice, {}) for _ in range(90)]
    for time in office(dice, 60 * world.scale, world.start_us, world.end_us, world.start_us):
        client, at = dice.choice(clients), f"10.9.{dice.randrange(4)}.{dice.randrange(2, 250)}"
        tenant.say(time, gateway, "dhcpd", 6, f"DHCPREQUEST for {at} from {client} via eth1")
        tenant.say(time, gateway, "dhcpd", 6, f"DHCPACK on {at} to {client} via eth1")
    for time in office(dice, 80 * world.scale, world.start_us, world.end_us, world.start_us):
        client = dice.choice(clients)
        lost = dice.random() < 0.3
        leave = f"STA {client} disassociated" + (": inactivity timeout" if lost else "")
        tenant.say(time, cell, "hostapd", 6, f"wlan0: {leave}", "d:wifi_churn")
        back = time + int(dice.expovariate(1 / 300) * SECOND_US)
        tenant.say(
            back, cell, "hostapd", 6, f"wlan0: STA {client} associated (aid {dice.randrange(40)})", "d:wifi_churn"
        )


def _queue(world: World, tenant: Tenant, dice: Random) -> None:
    """Add what people and their queries do: sign-ins, mail that waits, slow queries."""
    host, relay, base = (dice.choice(tenant.hosts) for _ in range(3))
    for time in office(dice, 45 * world.scale, world.start_us, world.end_us, world.start_us):
        who = dice.choice(texts.USERS)
        if dice.random() < 0.12:
            slip = f"authentication failure; logname= uid=0 user={who}"
            tenant.say(time - 8 * SECOND_US, host, "login", 5, slip, "d:mistyped_password")
        tenant.say(time, host, "login", 6, f"session opened for user {who} by (uid=0)")
    waiting: Template = template(
        "{hex}: to=<{user}@{host}.example>, delay={int}, status=deferred (connection timed out)"
    )
    for time in bursts(dice, 25 * world.scale, world.start_us, world.end_us):
        tenant.say(time, relay, "postfix/smtp", 6, waiting.fill(dice, {}), "d:mail_deferred")
    slow = template(f"slow query on {world.grammar.word()}: {{ms}}, rows {{big}}")
    for time in office(dice, 18 * world.scale, world.start_us, world.end_us, world.start_us):
        tenant.say(time, base, "postgres", 4, slow.fill(dice, {}), "d:slow_query")
    for entity in tenant.entities[:6]:
        level = dice.uniform(30, 70)
        for time in every(dice, 6 * HOUR_US, world.start_us, world.end_us, 30 * MINUTE_US):
            swing = 12 * abs((time - world.start_us) % (2 * DAY_US) - DAY_US) / DAY_US
            value = int(level + swing + dice.gauss(0, 2))
            tenant.say(time, base, "smartd", 6, f"sensor {entity} reads {value}", "d:swinging_reading")
