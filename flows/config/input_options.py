"""Options about inputs that no content shows, as the command line has them: `VALUE` for all, `TENANT=VALUE` for one tenant.

Takes the texts of options, returns what is given of each tenant. Everything is checked here, before anything is read or
written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from brainstem.contracts.ledger import DateOrder
from brainstem.parse.formats.registry import FORMATS, GIVEN_FORMATS
from connectors.base import ConfigurationError
from connectors.files.given import FIRST_YEAR, LAST_YEAR, NOTHING_GIVEN, Given, PathPattern

T = TypeVar("T")

DATE_ORDERS: Final = (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST)


@dataclass(frozen=True, slots=True)
class InputOptions:
    """What is given of all tenants, under the empty name, and of single ones, in whose place it then counts."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    """the options as they were given, by name; a resumed run must have the same"""
    by_tenant: dict[str, Given] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        date_orders: Sequence[str],
        years: Sequence[str],
        hosts: Sequence[str],
        services: Sequence[str],
        formats: Sequence[str] = (),
    ) -> "InputOptions":
        """Parse the options. Raises `ConfigurationError` with key, value and fix."""
        given: dict[str, Given] = {}

        def put(tenant: str, **values: Any) -> None:
            given[tenant] = replace(given.get(tenant, NOTHING_GIVEN), **values)

        for tenant, order in _one_each("--date-order", date_orders, parse_date_order).items():
            put(tenant, date_order=order)
        for tenant, year in _one_each("--year", years, _year).items():
            put(tenant, year=year)
        for tenant, patterns in _patterns("--host-from", hosts, "host").items():
            put(tenant, host_from=patterns)
        for tenant, patterns in _patterns("--service-from", services, "service").items():
            put(tenant, service_from=patterns)
        for tenant, chosen in _formats("--format", formats).items():
            put(tenant, formats=chosen)
        named = {
            "--date-order": date_orders,
            "--year": years,
            "--host-from": hosts,
            "--service-from": services,
            # without one the arguments are those of a run that was begun before there were any
            **({"--format": formats} if formats else {}),
        }
        return cls({name: list(texts) for name, texts in named.items()}, given)

    def of_tenant(self, tenant: str) -> Given:
        """Return what is given of a tenant: its own, and for what that leaves out what is given of all."""
        usual, own = self.by_tenant.get("", NOTHING_GIVEN), self.by_tenant.get(tenant, NOTHING_GIVEN)
        return Given(
            own.date_order or usual.date_order,
            usual.year if own.year is None else own.year,
            own.host_from or usual.host_from,
            own.service_from or usual.service_from,
            own.formats or usual.formats,
        )

    @property
    def date_order(self) -> DateOrder:
        """Return the order of dates that is given of all tenants."""
        return self.by_tenant.get("", NOTHING_GIVEN).date_order

    @property
    def date_orders(self) -> tuple[tuple[str, DateOrder], ...]:
        """Return the pairs of tenant and order of dates that are given."""
        return tuple(
            (tenant, given.date_order)
            for tenant, given in sorted(self.by_tenant.items())
            if tenant and given.date_order
        )

    def require_tenants(self, tenants: Sequence[str]) -> None:
        """Refuse what is given of a tenant that no input belongs to: a misspelt name would have no effect, silently."""
        for name, texts in self.texts.items():
            for text in texts:
                tenant, _ = split_tenant(name, text)
                if tenant and tenant not in tenants:
                    raise ConfigurationError(
                        f"{name} {text}: no input belongs to this tenant. There are {', '.join(tenants)} here."
                    )

    def require_fit(self, of_files: bool, has_reference: bool) -> None:
        """Refuse what has no meaning for topics, and a year beside a reference date, which says the same."""
        for name in ("--year", "--host-from", "--service-from"):
            if self.texts.get(name) and not of_files:
                raise ConfigurationError(
                    f"{name} {self.texts[name][0]}: is of files. A message of a topic has the year in which it was"
                    " received, and no path; leave the option out."
                )
        if self.texts.get("--format") and not of_files:
            raise ConfigurationError(
                f"--format {self.texts['--format'][0]}: is of files. The messages of a topic are often of several senders,"
                " so each is taken for what it shows; leave the option out."
            )
        if self.texts.get("--year") and has_reference:
            raise ConfigurationError(
                f"--year {self.texts['--year'][0]} and --reference-date both settle the years of stamps. Give one."
            )


def parse_date_order(text: str) -> DateOrder:
    """Return the order of dates of a text. Raises ValueError with the fix."""
    if text not in DATE_ORDERS:
        raise ValueError("give dmy (day first) or mdy (month first)")
    return DateOrder(text)


def parse_format(text: str) -> str:
    """Return the name of a format that a source can be said to be of. Raises ValueError with the fix."""
    if text not in GIVEN_FORMATS:
        known = f"give one of {', '.join(GIVEN_FORMATS)}"
        if any(entry.name == text for entry in FORMATS):
            raise ValueError(f"its records are recognized by their own bytes, among any others; {known}")
        raise ValueError(known)
    return text


def split_tenant(option: str, text: str) -> tuple[str, str]:
    """Return the tenant, empty for all, and the value of an option. Raises `ConfigurationError` where one is missing.

    A "=" behind a "/", a brace or a star belongs to a pattern of paths.
    """
    tenant, equals, value = text.partition("=")
    if not equals or any(mark in tenant for mark in "/{*"):
        tenant, value = "", text
    elif not tenant:
        raise ConfigurationError(f"{option} {text!r} names no tenant. Give TENANT=VALUE, or a VALUE alone for all.")
    if not value:
        raise ConfigurationError(f"{option} {text!r} has no value. Give TENANT=VALUE, or a VALUE alone for all.")
    return tenant, value


def _one_each(option: str, texts: Sequence[str], parse: Callable[[str], T]) -> dict[str, T]:
    """Return the value of each tenant that is named. Raises `ConfigurationError`, also for two values of one tenant."""
    values: dict[str, T] = {}
    for text in texts:
        tenant, value = split_tenant(option, text)
        try:
            parsed = parse(value)
        except ValueError as error:
            raise ConfigurationError(f"{option} = {value!r} cannot be used: {error}.") from error
        if values.setdefault(tenant, parsed) != parsed:
            whose = f" of {tenant}" if tenant else ""
            raise ConfigurationError(
                f"{option}: the value{whose} is given as {values[tenant]} and as {value}. Give one."
            )
    return values


def _year(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and FIRST_YEAR <= int(text) <= LAST_YEAR):
        raise ValueError(f"give a year from {FIRST_YEAR} to {LAST_YEAR}")
    return int(text)


def _patterns(option: str, texts: Sequence[str], place: str) -> dict[str, tuple[PathPattern, ...]]:
    """Return the patterns of each tenant that is named, in the order in which they were given."""
    patterns: dict[str, tuple[PathPattern, ...]] = {}
    for text in texts:
        tenant, value = split_tenant(option, text)
        try:
            pattern = PathPattern.of(value, place)
        except ValueError as error:
            raise ConfigurationError(
                f"{option} = {value!r} cannot be used: {error}. Give a path such as /var/log/{{{place}}}/*.log."
            ) from error
        patterns[tenant] = (*patterns.get(tenant, ()), pattern)
    return patterns


def _formats(option: str, texts: Sequence[str]) -> dict[str, tuple[tuple[str, PathPattern | None], ...]]:
    """Return the formats of each tenant that is named, with the patterns of the paths that they are of."""
    of_all: list[str] = []
    found: dict[str, tuple[tuple[str, PathPattern | None], ...]] = {}
    for text in texts:
        tenant, value = split_tenant(option, text)
        name, colon, path = value.partition(":")
        if not colon:
            of_all.append(text)
            continue
        try:
            pattern = PathPattern.of(path, "") if path else None
            chosen = parse_format(name), pattern
        except ValueError as error:
            raise ConfigurationError(f"{option} = {value!r} cannot be used: {error}.") from error
        if pattern is None:
            raise ConfigurationError(f"{option} = {value!r} has no pattern. Give a path such as {name}:/srv/app/*.txt.")
        found[tenant] = (*found.get(tenant, ()), chosen)
    for tenant, name in _one_each(option, of_all, parse_format).items():
        found[tenant] = (*found.get(tenant, ()), (name, None))
    return found
