"""The fenced blocks of the documentation, as a reader of Markdown sees them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

from tests.conftest import ROOT

TITLE = re.compile(r'title="([^"]+)"')
_MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    page: Path
    line: int
    language: str
    title: str | None
    """The file that the reader is told to save it as, or that it is an excerpt of."""
    text: str

    @property
    def place(self):
        """Where it stands, for messages."""
        return f"{os.path.relpath(self.page, ROOT)}:{self.line}"


@dataclass(frozen=True)
class Heading:
    """One heading, with the anchor that GitHub gives it."""

    level: int
    text: str
    anchor: str


def pages():
    """Every page whose blocks are run."""
    top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return [*(page for page in top if page.is_file()), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks_of(page):
    """The blocks of a page, in order; one that is only indented is of no language."""
    for token in _MARKDOWN.parse(page.read_text(encoding="utf-8")):
        if token.type in {"fence", "code_block"}:
            language, _, rest = token.info.strip().partition(" ")
            title = TITLE.search(rest)
            yield Block(page, (token.map or [0])[0] + 1, language, title and title[1], token.content)


@cache
def headings_of(page):
    """The headings of a page; of equal ones GitHub numbers the anchors."""
    return tuple(_headings(_MARKDOWN.parse(page.read_text(encoding="utf-8"))))


def _headings(tokens):
    seen: dict[str, int] = {}
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            children = tokens[at + 1].children or []
            text = "".join(each.content for each in children if each.type in {"text", "code_inline"})
            anchor = re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-")
            number = seen.get(anchor, 0)
            seen[anchor] = number + 1
            yield Heading(int(token.tag[1:]), text, f"{anchor}-{number}" if number else anchor)


def links_of(page):
    """The targets of a page's links and pictures."""
    for token in _MARKDOWN.parse(page.read_text(encoding="utf-8")):
        for child in token.children or ():
            if child.type == "link_open":
                yield str(child.attrGet("href"))
            elif child.type == "image":
                yield str(child.attrGet("src"))


def tables_of(page):
    """The rows of a page's tables, the head left out, as the texts of their cells."""
    row: list[str] = []
    is_cell = False
    for token in _MARKDOWN.parse(page.read_text(encoding="utf-8")):
        if token.type == "tr_open":
            row = []
        elif token.type in {"td_open", "td_close"}:
            is_cell = token.type == "td_open"
        elif token.type == "inline" and is_cell:
            row.append(token.content)
        elif token.type == "tr_close" and row:
            yield tuple(row)
