"""Which models a row may be about: those that explain every word, before any of them is read."""

from __future__ import annotations

import pytest

from kie_catalog.domain.catalog import Category
from kie_catalog.domain.ids import ModelId
from kie_catalog.domain.snapshot import PriceRow
from kie_catalog.sync.aliases import Aliases, parse_aliases
from kie_catalog.sync.candidates import Candidates
from kie_catalog.sync.identity import KnownModel
from kie_catalog.sync.tokens import tokens

FACT = {"date": "2026-08-22", "evidence": "seen"}
MODELS = {
    "acme/wan-2.6": {"size": {"enum": ["HD"]}},
    "acme/wan-2.7": {},
    "acme/wan-2.7-turbo": {},
    "acme/horse": {"speed": {"enum": ["fast"]}},
    "gpt-5-6-terra": {},
    "nano-banana": {},
}


def candidates(aliases=None):
    known = [KnownModel(ModelId(each), None, {"properties": own}) for each, own in MODELS.items()]
    return Candidates(known, parse_aliases(aliases) if aliases else Aliases())


def of(text, aliases=None, *, provider="", interface="video", anchor=""):
    row = PriceRow(1, text, interface, provider, "1", "per second", "", anchor)
    return [each.id for each in candidates(aliases).of(row, tokens(text, {}))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("acme/wan-2.6", ["acme/wan-2.6"]),
        ("ACME/Wan 2 6, zzz", ["acme/wan-2.6"]),
        ("wan", ["acme/wan-2.6", "acme/wan-2.7", "acme/wan-2.7-turbo"]),
        ("wan 2.7", ["acme/wan-2.7", "acme/wan-2.7-turbo"]),
        ("wan 2.7 turbo", ["acme/wan-2.7-turbo"]),
        ("wans 2.6", ["acme/wan-2.6"]),
        ("wan HD", ["acme/wan-2.6"]),
        ("fast horse", ["acme/horse"]),
        ("wan 2.8", []),
        ("wan zzz", ["acme/wan-2.6", "acme/wan-2.7", "acme/wan-2.7-turbo"]),
        ("horse turbo", ["acme/horse"]),
        ("zzz", []),
        ("720p", []),
    ],
)
def test_a_row_may_be_about_what_explains_its_words_or_else_about_the_nearest(text, found):
    assert of(text) == found


def test_the_nearest_are_those_that_as_many_telling_words_as_possible_name():
    known = [KnownModel(ModelId(each)) for each in ("a/wan-turbo", "b/horse-turbo", "c/wan", "d/wan-pro")]
    text = "wan turbo zzz"
    found = Candidates(known, Aliases()).of(PriceRow(1, text, "video", "", "1", "", "", ""), tokens(text, {}))
    assert [each.id for each in found] == ["a/wan-turbo"]


def test_the_provider_and_the_shelf_explain_themselves():
    assert of("Labs video horse", provider="Labs") == ["acme/horse"]
    assert of("Lab horse", provider="Labs") == ["acme/horse"]
    assert of("Labs video wan HD", provider="Labs") == ["acme/wan-2.6"]
    every = ["acme/horse", "acme/wan-2.6", "acme/wan-2.7", "acme/wan-2.7-turbo"]
    assert of("acme video", provider="Acme") == every


def test_a_reviewed_fact_explains_its_word_for_its_models_only():
    facts = {
        "noise": [{"text": "default", "scope": "acme/horse", **FACT}],
        "values": [{"text": "best", "when": {"size": "HD"}, "scope": "acme/wan-2.7*", **FACT}],
    }
    assert of("acme default", facts) == ["acme/horse"]
    assert of("acme best", facts) == ["acme/wan-2.7", "acme/wan-2.7-turbo"]


def link(path):
    return f"https://kie.ai/{path}"


@pytest.mark.parametrize(
    ("text", "interface", "anchor", "found"),
    [
        # an id beyond doubt, with the model's own slash
        ("google/omni-1", "video", "", ["google/omni-1"]),
        ("Google/Omni-1", "video", "", ["google/omni-1"]),
        ("google/omni 1", "video", "", []),
        # in the form of a chat model's id
        ("grok-4-6", "chat", "", ["grok-4-6"]),
        ("grok-4-6", "video", "", []),
        ("grok-4-6", "", "", []),
        ("grok 4 6", "chat", "", []),
        # one with a point, if the row's link speaks for it
        ("grok-4.6", "chat", "", []),
        ("grok-4.6", "chat", link("grok-4-6"), ["grok-4-6"]),
        ("grok-4.6-mini", "chat", link("grok-4-6"), ["grok-4.6-mini"]),
        ("grok-4.6", "chat", link("claude-4-6"), []),
        ("grok-4.6", "video", link("grok-4-6"), []),
        ("grok.fast", "chat", link("grok-fast"), ["grok.fast"]),
        # by its anchor, where that is the text in another spelling, and has a number
        ("Grok 4.6", "video", link("x?model=grok-4-6"), ["grok-4-6"]),
        ("Grok 4.7", "video", link("x?model=grok-4-6"), []),
        ("Grok fast", "video", link("x?model=grok-fast"), []),
        ("Grok 4.6", "chat", link("grok-4-6"), ["grok-4-6"]),
        ("Grok 4.6", "", link("grok-4-6"), []),
        # a known id mistyped is no new one
        ("acme/wann-2.6", "video", "", []),
        ("acmee/wan-2.6", "video", "", []),
        ("acme/wan-2.9", "video", "", ["acme/wan-2.9"]),
        ("gpt-5-6-tera", "chat", "", []),
        ("gpt-5-6-luna", "chat", "", ["gpt-5-6-luna"]),
    ],
)
def test_an_id_that_no_page_declares_is_a_model_only_where_the_row_spells_it(text, interface, anchor, found):
    undeclared = [each for each in of(text, interface=interface, anchor=anchor) if each not in MODELS]
    assert undeclared == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a/wanns-2", ["a/wans-2"]),
        ("a/wand-2", ["a/wand-2"]),
        ("a/wasn-2", ["a/wasn-2"]),
        ("a/wans-3", ["a/wans-3"]),
    ],
    ids=["a letter more", "one of five letters is another", "one stands elsewhere", "another number"],
)
def test_a_name_that_is_nearly_a_known_one_is_that_one(text, found):
    row = PriceRow(1, text, "video", "", "1", "", "", "")
    answer = Candidates([KnownModel(ModelId("a/wans-2"))], Aliases()).of(row, tokens(text, {}))
    assert [each.id for each in answer] == found


def test_what_is_known_of_a_model_is_kept_and_the_facts_are_added():
    facts = parse_aliases({"noise": [{"text": "default", "scope": "*", **FACT}]})
    known = KnownModel(ModelId("acme/horse"), Category.VIDEO, {}, "Horse")
    row = PriceRow(1, "horse", "video", "", "1", "", "", "")
    assert Candidates([known], facts).of(row, tokens("horse", {})) == [known]
    (found,) = Candidates([known], facts).of(row, tokens("horse", {}))
    assert found.aliases.noise_for("default", found.id) is not None
