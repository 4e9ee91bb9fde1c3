"""All rules, as values in one tuple, and the pass of a document through them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final, TypeAlias

from kie_catalog.domain.document import Document
from kie_catalog.domain.finding import Finding, Related, Severity
from kie_catalog.domain.values import ABSENT
from kie_catalog.rules import closure, conditions, identity, load, offers, pricing, siblings, structure
from kie_catalog.rules.evidence import NOTHING, Evidence
from kie_catalog.rules.subject import Hit, Link, Subject

Check: TypeAlias = Callable[[Subject], Iterator[Hit]]


@cache
def _cure(law: Check) -> str:
    """The paragraph of a rule's documentation that begins `Cure:`; rules have many findings, and one cure."""
    _, _, behind = (inspect.getdoc(law) or "").partition("\n\nCure: ")
    return " ".join(behind.partition("\n\n")[0].split())


@dataclass(frozen=True, slots=True)
class Rule:
    """One law of the catalog: how it is called, how much it weighs, and the generator that states it.

    The docstring of the generator is the documentation of the rule. A family whose findings come from
    elsewhere is documented by rules whose generator yields nothing.
    """

    code: str
    name: str
    """What is wrong, in a word or three."""
    severity: Severity
    check: Check

    @property
    def text(self) -> str:
        """The whole documentation: the law, why, a bad example, a good one, the cure."""
        return inspect.getdoc(self.check) or ""

    @property
    def law(self) -> str:
        """The law in one sentence."""
        return self.text.partition("\n")[0]

    @property
    def cure(self) -> str:
        """The cure, in one line."""
        return _cure(self.check)

    def findings(self, subject: Subject) -> Iterator[Finding]:
        """Every place at which the law does not hold, in no order."""
        for hit in self.check(subject):
            yield self._finding(hit, subject)

    def _finding(self, hit: Hit, subject: Subject) -> Finding:
        document, anchors = subject.document, subject.anchors
        found = ABSENT if hit.key or hit.where else anchors.value(hit.pointer)
        return Finding(
            self.code,
            self.name,
            hit.severity or self.severity,
            hit.where or document.where(hit.pointer, key=hit.key),
            hit.message,
            hit.model,
            hit.mode,
            help=_help(hit.meant, hit.help or self.cure),
            related=tuple(_related(link, document) for link in hit.related),
            old=found if isinstance(found, str | bool | Decimal) else ABSENT,
            new=hit.new,
            fix=hit.fix,
            anchor=() if hit.where else anchors.anchor(hit.pointer),
            about=hit.about,
            cause=hit.cause,
        )


def _help(meant: str | None, cure: str) -> str:
    return f"did you mean `{meant}`? {cure}".rstrip() if meant else cure


def _related(link: Link | Related, document: Document) -> Related:
    if isinstance(link, Related):
        return link
    return Related(link.label, document.where(link.pointer, key=link.key))


RULES: Final = (
    Rule("KC001", "syntax", Severity.ERROR, load.file_is_yaml),
    Rule("KC002", "duplicate-key", Severity.ERROR, load.keys_stand_once),
    Rule("KC003", "unsafe-yaml", Severity.ERROR, load.yaml_is_plain),
    Rule("KC004", "encoding", Severity.ERROR, load.file_is_utf_8),
    Rule("KC005", "empty", Severity.ERROR, load.file_has_content),
    Rule("KC006", "ambiguous-scalar", Severity.ERROR, load.scalars_mean_one_thing),
    Rule("KC101", "not-a-catalog", Severity.ERROR, structure.file_is_a_mapping),
    Rule("KC102", "unknown-version", Severity.ERROR, structure.version_is_known),
    Rule("KC103", "unknown-key", Severity.ERROR, structure.keys_are_known),
    Rule("KC104", "missing-field", Severity.ERROR, structure.fields_are_there),
    Rule("KC105", "wrong-kind", Severity.ERROR, structure.kinds_are_right),
    Rule("KC106", "unknown-word", Severity.ERROR, structure.words_are_known),
    Rule("KC107", "empty-text", Severity.ERROR, structure.texts_say_something),
    Rule("KC108", "unreal-date", Severity.ERROR, structure.dates_are_real),
    Rule("KC109", "malformed-id", Severity.ERROR, identity.ids_are_well_formed),
    Rule("KC110", "duplicate-model", Severity.ERROR, identity.model_ids_are_unique),
    Rule("KC111", "similar-ids", Severity.WARNING, identity.model_ids_are_told_apart),
    Rule("KC112", "duplicate-mode-id", Severity.ERROR, identity.mode_ids_are_unique),
    Rule("KC113", "unsorted-models", Severity.WARNING, identity.models_are_in_order),
    Rule("KC114", "malformed-condition", Severity.ERROR, conditions.conditions_have_a_form),
    Rule("KC115", "empty-range", Severity.ERROR, conditions.ranges_hold_a_number),
    Rule("KC116", "empty-when", Severity.INFO, conditions.when_has_a_condition),
    Rule("KC117", "offered-without-mode", Severity.ERROR, offers.active_models_have_modes),
    Rule("KC118", "category-against-type", Severity.WARNING, offers.categories_fit_types),
    Rule("KC201", "impossible-price", Severity.ERROR, pricing.prices_are_possible),
    Rule("KC202", "zero-price", Severity.WARNING, pricing.zero_prices_are_meant),
    Rule("KC203", "excess-decimals", Severity.WARNING, pricing.prices_are_not_noise),
    Rule("KC204", "credits-against-usd", Severity.ERROR, pricing.credits_agree_with_dollars),
    Rule("KC205", "impossible-per", Severity.ERROR, pricing.packs_hold_something),
    Rule("KC206", "missing-usd", Severity.INFO, pricing.dollars_are_given),
    Rule("KC207", "unit-against-type", Severity.WARNING, offers.units_fit_types),
    Rule("KC208", "surcharge-alone", Severity.WARNING, offers.models_charge_for_output),
    Rule("KC209", "duplicate-mode", Severity.ERROR, siblings.modes_are_not_repeated),
    Rule("KC210", "indistinguishable-modes", Severity.ERROR, siblings.modes_can_be_told_apart),
    Rule("KC211", "overlapping-modes", Severity.WARNING, siblings.modes_do_not_overlap),
    Rule("KC301", "illegal-when", Severity.WARNING, closure.conditions_are_legal),
    Rule("KC302", "overlap", Severity.WARNING, closure.requests_match_one_mode),
    Rule("KC303", "unpriced", Severity.WARNING, closure.requests_have_a_price),
    Rule("KC304", "unknown-value", Severity.WARNING, closure.values_have_a_price),
    Rule("KC305", "no-quantity", Severity.INFO, closure.quantities_are_known),
    Rule("KC306", "uncounted", Severity.INFO, closure.combinations_are_counted),
)


def check(
    document: Document, rules: Iterable[Rule] = RULES, evidence: Evidence = NOTHING
) -> tuple[Finding, ...]:
    """Pass a document through the rules; the findings come by place, whatever the order of the rules.

    Args:
        document: the catalog.
        rules: those that count.
        evidence: what is known beside the file.
    """
    subject = Subject.of(document, evidence)
    findings = (finding for rule in rules for finding in rule.findings(subject))
    return tuple(sorted(findings, key=lambda finding: finding.order))
