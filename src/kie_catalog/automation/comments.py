"""One comment for one purpose, written once and kept up to date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from kie_catalog.automation.github import GitHub

MAX_BODY: Final = 65_000
"""Characters; GitHub takes 65,536, our mark and the word about the cut among them."""

_COMMENT: Final = re.compile(r"<!-- kie-catalog comment=(\S+) about=(\S+) -->\r?(?:\n|$)")


@dataclass(frozen=True, slots=True)
class Note:
    """A comment of ours: what it is for, what it is about, what it says."""

    purpose: str
    about: str
    """The same again says nothing new, and is not written again."""
    text: str

    @property
    def body(self) -> str:
        """As GitHub gets it."""
        mark = f"<!-- kie-catalog comment={self.purpose} about={self.about} -->\n"
        return mark + self.text[: MAX_BODY - len(mark)]


def note_in(body: str) -> tuple[str, str] | None:
    """The purpose and the subject of a comment of ours; `None` for one that is not."""
    found = _COMMENT.match(body)
    return (found.group(1), found.group(2)) if found else None


def say(hub: GitHub, number: int, note: Note, *, only_if_there: bool = False) -> bool:
    """Write a note, or write the one of its purpose anew; the same about the same is left as it is.

    Args:
        hub: the repository.
        number: of the pull request.
        note: what to say.
        only_if_there: write nothing where there is no comment of that purpose yet.

    Returns:
        Whether anything was written.
    """
    for comment in hub.comments(number):
        found = note_in(comment.body)
        if found is None or found[0] != note.purpose:
            continue
        if comment.body.replace("\r\n", "\n").strip() == note.body.strip():
            return False
        hub.edit_comment(comment, note.body)
        return True
    if not only_if_there:
        hub.comment(number, note.body)
    return not only_if_there
