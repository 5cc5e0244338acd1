"""The addresses of a cluster's processes and of a run's status, and the refusal of those that can be reached from outside.

The protocol between Bytewax processes has no authentication and unpickles what it receives, so whoever reaches a port can
run code. Only loopback and private networks are accepted, unless the operator sets `allow_public`.
"""

import ipaddress
import socket
from dataclasses import dataclass

from connectors.base import ConfigurationError
from flows.config.toml_table import Table


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """Either `processes`, all on this machine and started by one command, or `addresses` (`host:port`), for each of which
    the operator starts one process.
    """

    processes: int = 1
    addresses: tuple[str, ...] = ()
    allow_public: bool = False


@dataclass(frozen=True, slots=True)
class StatusAddress:
    """Where a run answers who asks for its status and metrics over HTTP; port 0 stands for any that is free."""

    host: str
    port: int


def read_status_address(table: Table) -> StatusAddress | None:
    """Parse the table `[status]`; None where it names no address. Raises `ConfigurationError`."""
    given = table.take("address", str, "")
    is_open = table.take("open_to_all", bool, False)
    table.finish()
    if not given:
        return None
    host, _, port = given.rpartition(":")
    host = host.strip("[]")
    if not host or not (port.isascii() and port.isdecimal()) or not 0 <= int(port) < 65536:
        raise table.fault("address", given, "Give host:port, such as 127.0.0.1:9514, or [::1]:9514.")
    if not (is_open or is_loopback(host)):
        raise table.fault(
            "address",
            given,
            "Others can reach it, and anybody of them could read the names of sources and listeners and their counts. Give a"
            " loopback address such as 127.0.0.1:9514; open_to_all = true overrules this.",
        )
    return StatusAddress(host, int(port))


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_cluster(table: Table) -> ClusterSettings:
    """Parse the table `[cluster]`. Raises `ConfigurationError`."""
    settings = ClusterSettings(
        processes=table.take_checked("processes", int, 1, lambda value: value >= 1, "Give 1 or more."),
        addresses=table.take_texts("addresses"),
        allow_public=table.take("allow_public", bool, False),
    )
    table.finish()
    if settings.addresses and settings.processes > 1:
        raise ConfigurationError(
            f"cluster.processes = {settings.processes} and cluster.addresses contradict each other: either one command"
            " starts all processes here, or each address is started with --process. Remove one."
        )
    for address in settings.addresses:
        split_address(address)
    return settings


def split_address(address: str) -> tuple[str, int]:
    """Return host and port of `host:port` or `[IPv6 address]:port`. Raises `ConfigurationError`."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ConfigurationError(
            f"cluster.addresses: {address!r} is no address. Give host:port, such as 10.0.0.5:2101."
        )
    return host.strip("[]"), int(port)


def require_private(settings: ClusterSettings) -> None:
    """Raise `ConfigurationError` for the first address that is public or whose name cannot be resolved."""
    if settings.allow_public:
        return
    for address in settings.addresses:
        host, port = split_address(address)
        try:
            found = {each[4][0] for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        except OSError as error:
            raise ConfigurationError(
                f"cluster.addresses: {host} cannot be looked up ({error.strerror}), so nobody knows whether it is private."
                " Give a numeric address, or wait until the name is known."
            ) from error
        for numeric in found:
            if not is_private(str(numeric)):
                raise ConfigurationError(
                    f"cluster.addresses: {address} is {numeric}, a public address. Processes of a cluster trust whoever"
                    " reaches them, so use loopback or a private network; cluster.allow_public = true overrules this."
                )


def is_private(numeric: str) -> bool:
    """Return whether a numeric address is loopback or of a private network. The unspecified address (0.0.0.0, ::) is not,
    because it stands for all interfaces, public ones too.
    """
    address = ipaddress.ip_address(numeric.partition("%")[0])
    if address.is_unspecified or address.is_multicast:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return is_private(str(address.ipv4_mapped))
    return any(address.version == network.version and address in network for network in _PRIVATE)


_PRIVATE = tuple(
    ipaddress.ip_network(each)
    # loopback; RFC 1918; RFC 6598 (carriers and cloud pods); link-local; RFC 4193
    for each in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)
