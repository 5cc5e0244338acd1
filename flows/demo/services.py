"""The messages of the companies' own services: addresses, Wi-Fi, mail, the web, a firewall, two applications, a deploy."""

from flows.demo.calendar import DAYS, MINUTE_US, OFFICE, PUBLIC, SECOND_US, at, moments, weekend
from flows.demo.dice import Dice
from flows.demo.journal import Journal

PAGES = (
    "/",
    "/menu",
    "/stores",
    "/offers",
    "/basket",
    "/account",
    "/static/site.css",
    "/static/site.js",
    "/api/v1/stock",
)
AGENTS = ("Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4)", "curl/8.5.0", "FeedReader/2.1")


def hardware(dice: Dice, number: int) -> list[str]:
    """Return `number` made-up hardware addresses from the locally administered range."""
    return ["02:" + ":".join(dice.hexadecimal(2) for _ in range(5)) for _ in range(number)]


def wireless(journal: Journal, seed: int, controller: str, dhcp: str) -> None:
    """Log phones and laptops that join, roam and leave; each one that joins asks for an address."""
    dice = Dice(seed, f"wireless/{controller}")
    clients = hardware(dice, 46)
    for day in range(DAYS):
        for start in moments(dice, day, 150, OFFICE, weekend_percent=15):
            number = dice.below(len(clients))
            client, point = clients[number], f"wlan{dice.below(3)}"
            address = f"10.31.{number // 200}.{20 + number % 200}"
            end = start + dice.between(30, 5400) * SECOND_US
            journal.log(
                start, controller, "hostapd", f"{point}: STA {client} IEEE 802.11: associated (aid {number % 20 + 1})"
            )
            asked = f"DHCPREQUEST(br-lan) {address} {client}"
            journal.log(start + SECOND_US, dhcp, "dnsmasq-dhcp", asked, process=744)
            given = f"DHCPACK(br-lan) {address} {client} {dice.pick(('laptop', 'phone', 'tablet'))}-{number}"
            journal.log(start + SECOND_US + 4000, dhcp, "dnsmasq-dhcp", given, process=744)
            journal.log(end, controller, "hostapd", f"{point}: STA {client} IEEE 802.11: disassociated")
            if dice.chance(4):
                reason = f"{point}: STA {client} WPA: group key handshake failed (RSN) after 4 tries"
                journal.log(end - SECOND_US, controller, "hostapd", reason, severity=4)


def mail(journal: Journal, seed: int, host: str, daily: int) -> None:
    """Log mail: most of it arrives, some is refused, some waits."""
    dice = Dice(seed, f"mail/{host}")
    for day in range(DAYS):
        for start in moments(dice, day, daily, weekend_percent=25):
            origin, queue = f"unknown[198.51.100.{dice.between(2, 250)}]", dice.hexadecimal(10).upper()
            process = dice.between(1000, 32_000)
            journal.log(start, host, "postfix/smtpd", f"connect from {origin}", process=process)
            if dice.chance(22):
                refused = f"NOQUEUE: reject: RCPT from {origin}: 554 5.7.1 Service unavailable; client blocked"
                journal.log(start + 300_000, host, "postfix/smtpd", refused, process=process)
            else:
                taken = (
                    f"{queue}: from=<sender{dice.below(900)}@example.net>, size={dice.between(900, 90_000)}, nrcpt=1"
                )
                journal.log(start + 500_000, host, "postfix/qmgr", taken, process=902)
                status = "deferred (connection timed out)" if dice.chance(3) else "sent (250 2.0.0 Ok: queued)"
                delay = f"{dice.below(5)}.{dice.below(10)}"
                to = f"{queue}: to=<clerk{dice.below(30)}@example.org>, delay={delay}, status={status}"
                journal.log(start + 900_000, host, "postfix/smtp", to, process=process + 1)
            journal.log(
                start + SECOND_US, host, "postfix/smtpd", f"disconnect from {origin} commands=5", process=process
            )


def web(journal: Journal, seed: int, host: str, daily: int) -> None:
    """Log requests of the public, of bots for pages that do not exist, and now and then a slow upstream."""
    dice = Dice(seed, f"web/{host}")
    for day in range(DAYS):
        for start in moments(dice, day, daily, PUBLIC):
            address = f"198.51.100.{dice.below(256)}"
            page, status = dice.pick(PAGES), 200 if dice.chance(93) else dice.pick((301, 304, 404))
            agent = dice.pick(AGENTS)
            request = f'{address} - - "GET {page} HTTP/1.1" {status} {dice.between(180, 48_000)} "-" "{agent}"'
            journal.log(start, host, "nginx", request, process=1188)
        for start in moments(dice, day, 5, PUBLIC):
            number = dice.between(1000, 99_000)
            slow = (
                f"*{number} upstream timed out (110: Connection timed out) while reading response header from upstream"
            )
            journal.log(start, host, "nginx", slow, process=1188, severity=3)


def firewall(journal: Journal, seed: int, host: str, daily: int) -> None:
    """Log connections of the office that a firewall passes, and those of the internet that it refuses."""
    dice = Dice(seed, f"firewall/{host}")
    for day in range(DAYS):
        for start in moments(dice, day, daily, OFFICE, weekend_percent=30):
            number, inside = dice.between(100_000, 999_999), f"10.20.{dice.below(4)}.{dice.between(2, 250)}"
            outside, port = f"192.0.2.{dice.between(2, 250)}/443", dice.between(32_768, 60_999)
            pair = f"outside:{outside} ({outside}) to inside:{inside}/{port} ({inside}/{port})"
            journal.log(start, host, "%ASA-6-302013", f"Built outbound TCP connection {number} for {pair}")
            lived = dice.between(1, 900)
            ended = (
                f"Teardown TCP connection {number} for outside:{outside} to inside:{inside}/{port} "
                f"duration 0:{lived // 60:02d}:{lived % 60:02d} bytes {dice.between(400, 900_000)} TCP FINs"
            )
            journal.log(start + lived * SECOND_US, host, "%ASA-6-302014", ended)
        for start in moments(dice, day, daily // 8, (1,) * 24):
            source = f"203.0.113.{dice.between(2, 250)}/{dice.between(1024, 60_999)}"
            target = f"192.0.2.9/{dice.pick((22, 23, 445, 3389, 8080))}"
            denied = f'Deny tcp src outside:{source} dst inside:{target} by access-group "outside_in"'
            journal.log(start, host, "%ASA-4-106023", denied, severity=4)


def switch(journal: Journal, seed: int, host: str) -> None:
    """Log the switch ports of desk computers that are on from morning to evening."""
    dice = Dice(seed, f"switch/{host}")
    for day in range(DAYS):
        if weekend(day):
            continue
        for port in range(1, 13):
            on, off = at(day, 7, 20 + dice.below(39), dice.below(60)), at(day, 17, dice.below(59), dice.below(60))
            for when, state in ((on, "up"), (off, "down")):
                changed = f"Interface GigabitEthernet1/0/{port}, changed state to {state}"
                journal.log(when, host, "%LINK-3-UPDOWN", changed, severity=3)


def dispatch(journal: Journal, seed: int, host: str, daily: int) -> None:
    """Log the planning of routes; a few times a day a map lookup falls back to its cache."""
    dice = Dice(seed, f"dispatch/{host}")
    for day in range(DAYS):
        for start in moments(dice, day, daily, OFFICE, weekend_percent=40):
            van, took = dice.between(1, 38), dice.between(40, 900)
            journal.log(start, host, "routes", f"planned {dice.between(6, 60)} stops for van {van} in {took} ms")
            if dice.chance(30):
                journal.log(
                    start + took * 1000, host, "positions", f"van {van} reported from zone {dice.between(1, 90)}"
                )
        for start in moments(dice, day, 6):
            lookup = f"map lookup failed for stop {dice.hexadecimal(8)}, used cached position"
            journal.log(start, host, "routes", lookup, severity=4)


def orders(journal: Journal, seed: int, host: str, daily: int, deploy_us: int) -> None:
    """Log orders; from `deploy_us` on in the words of a new version, after a minute of start-up messages."""
    dice = Dice(seed, f"orders/{host}")
    for day in range(DAYS):
        for start in moments(dice, day, daily, PUBLIC):
            number, took = dice.between(10_000, 99_999), dice.between(8, 400)
            if start < deploy_us:
                journal.log(start, host, "orders", f"order {number} accepted in {took} ms", process=2210)
                journal.log(start + took * 1000, host, "orders", f"order {number} sent to kitchen", process=2210)
            else:
                journal.log(start, host, "orders", f"accepted order id={number} took={took}ms", process=3021)
                journal.log(
                    start + took * 1000, host, "orders", f"order id={number} routed to kitchen queue", process=3021
                )
            if dice.chance(1):
                late = f"payment provider answered late for order {number}, error budget 1 of 50 used"
                journal.log(start + MINUTE_US, host, "orders", late, severity=4)
    words = (
        "stopping on request", "drained open orders", "starting version 5.0.2", "loaded 212 settings",
        "schema at revision 88", "migrating saved baskets", "migrated saved baskets", "opened listener on :8443",
        "registered with gateway", "feature kitchen-queue on", "cache warmed with 4096 entries", "ready",
    )  # fmt: skip
    for number, text in enumerate(words):
        journal.log(deploy_us - MINUTE_US // 2 + number * 2 * SECOND_US, host, "orders", text, process=3021)
