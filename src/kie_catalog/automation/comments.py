"""One comment for one purpose, written once and kept up to date."""

from __future__ import annotations

from kie_catalog.automation.github import GitHub
from kie_catalog.automation.proposal import Note, note_in


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
