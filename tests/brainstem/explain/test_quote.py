"""Quoting what is no text: a person is told so instead of being shown it."""

import pytest

from brainstem.explain.quote import NO_TEXT, quote


@pytest.mark.parametrize(
    ("template", "quoted"),
    [
        ("<x8d><num><xfe> #;<xe0>s:<num><xdd>ra<xaf>", f"… ({NO_TEXT})"),
        ("frame dump: <x8d><xfe>;<xe0>s:<xdd>ra<xaf><x80><x81> q", f"frame dump:… ({NO_TEXT})"),
        ("\ufffd\ufffd\ufffdA\ufffd\ufffd", f"… ({NO_TEXT})"),
        ("\\x01\\x02ab\\x03", f"… ({NO_TEXT})"),
    ],
)
def test_what_is_mostly_no_text_is_cut_where_that_begins(template: str, quoted: str) -> None:
    """The salad of a hundred characters says nothing."""
    assert quote(template, []) == quoted


@pytest.mark.parametrize(
    "template", ["Benutzer M<xfc>ller abgemeldet", "bad banner '\\x16\\x03\\x01' from a client on port ten", "机器停了"]
)
def test_words_of_another_encoding_and_of_another_script_stay(template: str) -> None:
    """A letter that cannot be read does not hide its sentence."""
    assert NO_TEXT not in quote(template, [])
