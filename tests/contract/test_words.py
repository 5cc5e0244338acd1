"""The product and its documentation use the words of the field, and docstrings are plain."""

import ast
import io
import re
import tokenize
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
PRODUCT: Final = ("brainstem", "connectors", "state", "flows")

WORDS: Final = {
    "roster": "state table",
    "exhibit": "snippet",
    "opinion": "feedback",
    "occasion": "occurrence",
    "companion": "co-occurrence",
    "octet": "byte",
    "desk": "queue",
    "omen": "precursor",
    "standing": "attention state",
}
"""private words, in the singular, and what stands in their place; they are found in prose and in parts of names"""
NAMES: Final = {
    "put_together": "concat",
    "Stretch": "SlotRange",
    "Told": "SealedNotices",
    "Desk": "BucketQueue",
    "SealingBeside": "PooledAttention",
    "Omen": "PrecursorRecord",
    "Turn": "MergedFile",
    "Sight": "BrokerContact",
    "Crew": "SourceWorkers",
    "Feed": "PartitionCursor",
    "Closing": "PartitionEnd",
}
"""names that are words of everyday language elsewhere; they are found as whole names in code"""
ALLOWED: Final = re.compile(
    r"octet[- ](?:count(?:s|ed|ing)?|stream)"
    r"|desk (?:computer|phone)s?|(?:service|help) ?desk"
    r"|(?:free|long)-standing|standing (?:for|by|in|on|at|still|alone|beside|behind|between|above|below|there)",
    re.IGNORECASE,
)
"""other meanings of these words"""
READING: Final = re.compile(
    r"\breadings\b"
    r"|\b(?:a|an|each|every|one|this|per|whole|\w+'s|\w+s')\s+reading\b(?!\s+(?:of the \w* ?clock|thread|error))",
    re.IGNORECASE,
)
"""a reading as a thing, which is called features; the act of reading stays"""
DOCSTRING_VERBS: Final = ("Give", "Tell", "Let", "Say")
"""a docstring says what is returned or done: "Return ..." """


def product_files(*suffixes: str) -> list[Path]:
    """Return the files of the product with some suffixes."""
    return sorted(path for package in PRODUCT for path in (ROOT / package).rglob("*") if path.suffix in suffixes)


def pages() -> list[Path]:
    """Return the pages of the documentation and the program that writes parts of them."""
    docs = ROOT / "docs"
    return sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", docs / "generate.py", *docs.rglob("*.md")])


@cache
def words_of(path: Path) -> str:
    """Return the text of a file without the places where a word has another meaning."""
    return ALLOWED.sub(" ", path.read_text(encoding="utf-8"))


def pattern_of(word: str) -> re.Pattern[str]:
    """Return what finds a word, singular or plural, in prose and as a part of `snake_case` and `CamelCase` names."""
    capital = word.capitalize()
    return re.compile(rf"(?<![A-Za-z])(?:{word}|{capital})s?(?![a-z])|(?<=[a-z]){capital}s?(?![a-z])")


def found_in(paths: list[Path], pattern: re.Pattern[str]) -> list[str]:
    """Return where a pattern is found."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in paths
        if pattern.search(words_of(path))
        for number, line in enumerate(words_of(path).splitlines(), 1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("word", WORDS)
def test_no_private_word_stands_in_product_or_documentation(word: str) -> None:
    """Each thing is called by one word, that of the field."""
    found = found_in([*product_files(".py", ".toml", ".json"), *pages()], pattern_of(word))
    assert not found, f"in the field: {WORDS[word]}"


def test_what_is_known_of_a_family_is_called_features() -> None:
    """A reading is only what somebody does to a file."""
    assert not found_in([*product_files(".py", ".toml", ".json"), *pages()], READING)


def test_no_private_name_stands_in_the_code_of_the_product() -> None:
    """Names that were given up do not come back."""
    found = [
        f"{path.relative_to(ROOT)}:{token.start[0]}: {token.string} is called {NAMES[token.string]}"
        for path in product_files(".py")
        for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
        if token.type == tokenize.NAME and token.string in NAMES
    ]
    assert not found


def test_docstrings_of_the_product_say_what_is_returned_or_done() -> None:
    """None begins as if the function talked to somebody."""
    found = []
    for path in product_files(".py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                words = (ast.get_docstring(node) or "").split()
                if words and words[0] in DOCSTRING_VERBS:
                    found.append(f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}: {' '.join(words[:6])}")
    assert not found
