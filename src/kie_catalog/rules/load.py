"""Load: a file that every reader of YAML reads alike (KC001 to KC006).

The reader of files finds these before there is a document that a rule could judge; here they are documented.
"""

from __future__ import annotations

from collections.abc import Iterator

from kie_catalog.rules.subject import Hit, Subject


def file_is_yaml(subject: Subject) -> Iterator[Hit]:
    """The file is YAML, and not nested out of all proportion.

    Why: a loader that gives up in the middle serves nothing, or half of the catalog.

    Bad::

        models: [

    Good::

        models: []

    Cure: mend the line that the message names, or quote the text in it.
    """
    yield from subject.observed("syntax")


def keys_stand_once(subject: Subject) -> Iterator[Hit]:
    """A key stands once in its mapping.

    Why: most readers keep the last of two without a word, so a price that somebody reads is not the one
    that is charged.

    Bad::

        credits: 14
        credits: 24

    Good::

        credits: 14

    Cure: keep the one that is right.
    """
    yield from subject.observed("duplicate-key")


def yaml_is_plain(subject: Subject) -> Iterator[Hit]:
    """There are no anchors, aliases, merge keys, tags, directives or tabs.

    Why: readers differ in what they make of them, an alias can blow a small file up to gigabytes, a tag can
    run code, and a writer that changes single lines would change what it does not see.

    Bad::

        - &base {unit: image, credits: 14}
        - {<<: *base, credits: 24}

    Good::

        - {unit: image, credits: 14}
        - {unit: image, credits: 24}

    Cure: write each value out where it is needed.
    """
    yield from subject.observed("unsafe-yaml")


def file_is_utf_8(subject: Subject) -> Iterator[Hit]:
    """The file is UTF-8 text without characters that YAML cannot hold.

    Why: another encoding turns names into rubbish on the next machine, or stops the bot there.

    Bad::

        # saved as UTF-16, or as Windows-1251

    Good::

        # saved as UTF-8

    Cure: save the file as UTF-8; remove the character that the message names.
    """
    yield from subject.observed("encoding")


def file_has_content(subject: Subject) -> Iterator[Hit]:
    """The file holds something.

    Why: an empty catalog looks like the end of every model; mostly a writer was stopped in the middle.

    Bad::

        # nothing but this comment

    Good::

        version: '2.0'
        models: []

    Cure: restore the file from version control, or write a catalog.
    """
    yield from subject.observed("empty")


def scalars_mean_one_thing(subject: Subject) -> Iterator[Hit]:
    """A plain scalar is one that all readers of YAML take for the same.

    Why: `no` is false for one and a text for another, `012` is ten or twelve, `16:9` may be 969.

    Bad::

        notes: no
        title_ru: 16:9

    Good::

        notes: 'no'
        title_ru: '16:9'

    Cure: quote a text; write true, false or a plain decimal number otherwise.
    """
    yield from subject.observed("ambiguous-scalar")
