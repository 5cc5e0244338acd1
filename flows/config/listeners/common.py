"""Where a listener listens, who may send, and the files of its certificate: what all listeners have in common."""

import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from connectors.base import ConfigurationError
from connectors.syslog.listener import Address, Network
from flows.config.toml_table import Table


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The files of a TLS listener; `client_ca` is None where clients need no certificate."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


def address_of(table: Table, given: str) -> Address:
    """Return the address that is written as host:port. Raises `ConfigurationError`."""
    host, _, port = given.rpartition(":")
    if not host or not port.isdecimal() or not 0 <= int(port) < 65536:
        raise table.fault("address", given, "Give host:port, such as 127.0.0.1:5514, or [::1]:5514.")
    return Address(host.strip("[]"), int(port))


def network_of(table: Table, text: str) -> Network:
    """Return the network that a text of `networks` names. Raises `ConfigurationError`."""
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise table.fault("networks", text, f"Give a network such as 192.168.10.0/24 ({error}).") from error


def tls_files(table: Table) -> TlsFiles:
    """Take the files of a TLS listener. Raises `ConfigurationError` where one is missing."""
    fix = "Give the path of a PEM file."
    client_ca = table.take("client_ca", str, "")
    return TlsFiles(
        Path(table.take_required("certificate", str, fix)),
        Path(table.take_required("key", str, fix)),
        Path(client_ca) if client_ca else None,
    )


def tls_context(files: TlsFiles, section: str) -> ssl.SSLContext:
    """Return the context of a TLS listener. Raises `ConfigurationError` where a file cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(files.certificate, files.key)
        if files.client_ca is not None:
            context.load_verify_locations(files.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"{section}: certificate = {str(files.certificate)!r}, key = {str(files.key)!r}"
            f"{f', client_ca = {str(files.client_ca)!r}' if files.client_ca else ''} cannot be used"
            f" ({error.strerror or error}). Check paths, rights, and that the key belongs to the certificate."
        ) from error
    return context
