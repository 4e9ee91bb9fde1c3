"""Reviewed facts that no row needs any more: each is to be removed, so that the file stays small. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kie_catalog.sync.aliases import Alias, Aliases
from kie_catalog.sync.tokens import Token, name_words, normalise, tokens


def stale(aliases: Aliases, descriptions: Iterable[str]) -> Iterator[Alias]:
    """The facts about a text that none of the rows says.

    Args:
        aliases: the reviewed facts.
        descriptions: of all rows of a feed.
    """
    rows = list(descriptions)
    split = [tokens(row, aliases.typos) for row in rows]
    said = {text for row in split for each in row for text in _spellings(each)}
    raw = {word for row in rows for word in _words(normalise(row))}
    mended = [f" {_joined(row)} " for row in split]
    for alias in aliases.all:
        is_said = (
            alias.text in raw
            if alias.kind == "typos"
            else alias.text in said or any(f" {' '.join(_words(alias.text))} " in row for row in mended)
        )
        if not is_said:
            yield alias


def _spellings(token: Token) -> Iterator[str]:
    """The texts under which the reading of rows looks a token up."""
    yield token.text
    for value in token.values:
        yield from (value, f"{value} seconds", f"up to {value} seconds")


def _joined(row: Iterable[Token]) -> str:
    return " ".join(word for each in row for word in _words(each.text))


def _words(text: str) -> tuple[str, ...]:
    return tuple(name_words(text))
