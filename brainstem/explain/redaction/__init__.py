"""Redaction: what a person may see of log text. Rules by class of shape, each with its samples, and the functions that apply
them. First characters and lengths of keys are facts taken from the rule lists of gitleaks (MIT) and detect-secrets
(Apache-2.0); no code of theirs is used.
"""

from typing import Final

MODULES: Final = (
    "check_digits",
    "rule",
    "headers",
    "keys",
    "addresses",
    "commands",
    "devices",
    "prose",
    "tokens",
    "personal",
    "redact",
    "names",
    "markdown",
)
"""in the order of imports"""
