"""Pages that commands print: Markdown as it is into a file or a pipe, rendered where a person reads it on a terminal."""

import sys
from typing import Final

import typer

FILE_COLUMNS: Final = 110
"""of a line of text that goes into a file or a pipe"""


def show_markdown(text: str) -> None:
    """Write a page of Markdown to standard output, without its marks and escapes where that is a terminal."""
    # rich is loaded only where its output can be seen, because loading it takes longer than a digest
    if not sys.stdout.isatty():
        typer.echo(text)
        return
    _render(text, None)


def show_text(text: str) -> None:
    """Write a page of Markdown without its marks and escapes, also into a file or a pipe."""
    _render(text, None if sys.stdout.isatty() else FILE_COLUMNS)


def _render(text: str, columns: int | None) -> None:
    """Write a page as a terminal shows it, in lines of so many columns, or of the terminal's."""
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.markdown import Heading, Markdown
    from rich.text import Text

    class LeftHeading(Heading):
        """A heading at the left margin, where the eye looks for the next item."""

        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            """Yield the heading, with an empty line in front of it."""
            del console, options
            yield Text("")
            yield self.text

    class Page(Markdown):
        """Markdown with headings at the left."""

        elements = {**Markdown.elements, "heading_open": LeftHeading}  # noqa: RUF012 - as rich has it

    # an address in a log is text and no link
    Console(width=columns).print(Page(text, hyperlinks=False))
