"""Names as path components: injective where case is folded, and never outside the root."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.store.path_names import HashedNameError, decode, encode

HOSTILE = [
    "",
    ".",
    "..",
    "../x",
    "/etc",
    "a/b",
    "a\\b",
    "nul",
    "NUL",
    "con.log",
    "COM1",
    "lpt9.x",
    "a\0b",
    "Acme",
    "acme",
]
HOSTILE += [
    "ACME",
    "acme.",
    ".acme",
    "acme ",
    "a" * 300,
    "A" * 300,
    "a" * 299 + "b",
    "%",
    "%-",
    "%2e",
    "\udcff",
    "é",
    "e\u0301",
]
HOSTILE += ["~root", "*", "tenant=x", "a@b", "\u202e", "straße", "STRASSE", "ı", "i", "I", "İ", "K", "k", "aux", "a:b"]

NAMES = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(), max_size=8),
    st.text("aA.%-é/", max_size=6),
    st.text("aAbB", min_size=115, max_size=130),
)


@given(one=NAMES, other=NAMES)
def test_two_names_never_share_a_component_in_any_case(one: str, other: str) -> None:
    """Also a file system that folds case keeps them apart."""
    if one != other:
        assert encode(one).casefold() != encode(other).casefold()
        assert encode(one).upper() != encode(other).upper()


def test_the_hostile_names_are_all_apart() -> None:
    """Every pair of the known tricks."""
    assert len({encode(name).casefold() for name in HOSTILE}) == len(set(HOSTILE))


@given(name=NAMES)
def test_no_component_leaves_its_folder(name: str) -> None:
    """It is one plain component, short enough, without a leading or trailing dot, and no device."""
    component = encode(name)
    assert os.path.normpath(f"/root/{component}") == f"/root/{component}"
    assert Path("/root", component).parent == Path("/root")
    assert 1 <= len(component) <= 160
    assert set(component) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-%")
    assert component[0] != "." != component[-1]
    assert component.split(".")[0] not in {"con", "nul", "aux", "prn", "com1", "lpt9"}


@given(name=NAMES)
def test_a_name_reads_back_unless_it_was_too_long(name: str) -> None:
    """Decoding undoes encoding; a hashed name says that it cannot be read."""
    component = encode(name)
    if "%-" in component:
        assert len(name.encode("utf-8", "surrogatepass")) * 3 > 120
        with pytest.raises(HashedNameError):
            decode(component)
    else:
        assert decode(component) == name


@given(component=st.text("ab.%-2eE/", max_size=8))
def test_only_encoded_text_decodes(component: str) -> None:
    """What decodes is exactly what encoding returns, so that no two folders mean one tenant."""
    try:
        name = decode(component)
    except ValueError:
        return
    assert encode(name) == component


def test_plain_names_stay_readable() -> None:
    """An ordinary name is its own folder."""
    assert encode("acme-north_2.site") == "acme-north_2.site"
    assert encode("Acme") == "%41cme"
