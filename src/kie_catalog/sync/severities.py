"""How much a change of an input schema matters here: `compatibility` in `sync/sources.yaml`."""

from __future__ import annotations

from typing import Final

from kie_catalog.domain.document import Document
from kie_catalog.sync.compatibility import ALL_RULES, Compatibility, Severities
from kie_catalog.sync.settings_file import FormReader

SECTION: Final = "compatibility"
_LEVELS: Final = {str(each): each for each in Compatibility}
_RULES: Final = tuple(rule.id for rule in ALL_RULES)


def read_severities(document: Document) -> Severities:
    """Read the severities that differ from the rules' own; the rest of the file belongs to other readers.

    Raises:
        CatalogInvalid: with every rule or severity that there is not, each with line and column.
    """
    reader = FormReader(document)
    whole = reader.entries(document.data, ())
    section = reader.mapping(whole.get(SECTION), (SECTION,), optional=_RULES)
    words = {
        rule: reader.word(section, rule, (SECTION,), words=tuple(_LEVELS))
        for rule in section
        if rule in _RULES
    }
    reader.refuse()
    return {rule: _LEVELS[word] for rule, word in words.items()}
