"""Names of tenants and hosts as path components: injective also where case is folded, and never outside the root.

A tenant's name is whatever a person wrote; `../x`, `CON`, `Acme` next to `acme`, and 400 letters are all valid. Bytes
of the UTF-8 form other than `a-z 0-9 . _ -` become `%xx` in lower case hex, so a name can be read back. A name too long
for a path component keeps its beginning and ends in a 128 bit hash of the whole.
"""

import hashlib
from typing import Final

_PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789._-")
_LONGEST: Final = 120
"""characters; file systems allow 255 bytes a component, and a staging name holds a tenant together with a part and a day"""

_EMPTY: Final = "%"
_HASHED: Final = "%-"
"""No escape of a byte contains either mark: its second character is a hexadecimal digit."""

_DEVICES: Final = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{device}{number}" for device in ("com", "lpt") for number in range(10)]
)
"""Windows reserves these names, with any ending (Microsoft, "Naming Files, Paths, and Namespaces")."""


class HashedNameError(ValueError):
    """The component ends in a hash, so the name cannot be decoded from it."""


def encode(name: str) -> str:
    """Return the path component that stands for `name`: 1 to 160 characters of `a-z 0-9 . _ - %`."""
    if not name:
        return _EMPTY
    # surrogatepass: a name from the command line may hold bytes that are no UTF-8
    encoded = name.encode("utf-8", "surrogatepass")
    escaped = [chr(byte) if byte in _PLAIN else f"%{byte:02x}" for byte in encoded]
    # a leading dot hides, a trailing one is dropped by Windows, and one or two alone are folders
    for edge in (0, -1):
        if escaped[edge] == ".":
            escaped[edge] = "%2e"
    if name.split(".")[0] in _DEVICES:
        escaped[0] = f"%{encoded[0]:02x}"
    if sum(map(len, escaped)) <= _LONGEST:
        return "".join(escaped)
    return _beginning(escaped) + _HASHED + hashlib.sha256(encoded).hexdigest()[:32]


def decode(component: str) -> str:
    """Return the name that `encode` turned into `component`.

    Raises `HashedNameError` for a name that was too long to keep, `ValueError` for text `encode` never returns.
    """
    if _HASHED in component:
        raise HashedNameError(f"{component!r} holds only the beginning and a hash of a long name")
    try:
        name = "" if component == _EMPTY else _bytes_of(component).decode("utf-8", "surrogatepass")
    except (ValueError, IndexError):
        name = None
    if name is None or encode(name) != component:
        raise ValueError(f"{component!r} is not an encoded name")
    return name


def _beginning(escaped: list[str]) -> str:
    """Return as much of a name as half a component holds, whole escapes only, for people who list the folder."""
    characters = 0
    for count, escape in enumerate(escaped):
        characters += len(escape)
        if characters > _LONGEST // 2:
            return "".join(escaped[:count])
    return "".join(escaped)


def _bytes_of(component: str) -> bytes:
    """Return the bytes that a component's characters and escapes stand for."""
    encoded = bytearray()
    index = 0
    while index < len(component):
        if component[index] == "%":
            encoded.append(int(component[index + 1 : index + 3], 16))
            index += 3
        else:
            encoded += component[index].encode()
            index += 1
    return bytes(encoded)
