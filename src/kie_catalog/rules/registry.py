"""All rules, as values in one tuple, and the pass of a document through them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final, TypeAlias

from kie_catalog.domain.document import Document
from kie_catalog.domain.finding import Finding, Related, Severity
from kie_catalog.domain.values import ABSENT, Value
from kie_catalog.rules import (
    account,
    billing,
    closure,
    comments,
    conditions,
    dates,
    guards,
    identity,
    inputs,
    labels,
    load,
    offered,
    offers,
    ownership,
    pricing,
    siblings,
    structure,
    suspicions,
    tiers,
    upstream,
    words,
)
from kie_catalog.rules.evidence import NOTHING, Evidence
from kie_catalog.rules.subject import Hit, Link, Subject, is_amount

Check: TypeAlias = Callable[[Subject], Iterator[Hit]]


def _documentation(law: Check) -> str:
    """The docstring of a law without its indentation; `inspect` takes longer to import than a check runs."""
    first, *rest = (law.__doc__ or "").split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return "\n".join([first, *(line[margin:] for line in rest)]).strip()


@cache
def _cure(law: Check) -> str:
    """The paragraph of a rule's documentation that begins `Cure:`; rules have many findings, and one cure."""
    _, _, behind = (_documentation(law)).partition("\n\nCure: ")
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
        return _documentation(self.check)

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
        found = None if hit.key or hit.where else anchors.value(hit.pointer)
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
            old=found if _can_be_told(found) else ABSENT,
            new=hit.new,
            fix=hit.fix,
            anchor=() if hit.where else anchors.anchor(hit.pointer),
            about=hit.about,
            cause=hit.cause,
        )


def _can_be_told(value: Value) -> bool:
    return isinstance(value, str | bool) or (isinstance(value, Decimal) and is_amount(value))


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
    Rule("KC119", "repeated-title", Severity.WARNING, labels.titles_tell_models_apart),
    Rule("KC120", "padded-text", Severity.WARNING, labels.texts_have_no_blanks_around),
    Rule("KC121", "malformed-page", Severity.WARNING, labels.pages_are_paths),
    Rule("KC122", "type-against-id", Severity.WARNING, labels.types_fit_ids),
    Rule("KC123", "offered-without-type", Severity.WARNING, labels.offered_models_have_a_type),
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
    Rule("KC212", "roubles-for-credits", Severity.ERROR, tiers.credits_are_not_roubles),
    Rule("KC213", "swapped-tiers", Severity.WARNING, tiers.higher_tiers_cost_no_less),
    Rule("KC214", "swapped-models", Severity.WARNING, tiers.better_models_cost_no_less),
    Rule("KC215", "seconds-in-notes", Severity.WARNING, words.notes_name_no_other_unit),
    Rule("KC216", "notes-against-when", Severity.WARNING, words.notes_agree_with_when),
    Rule("KC217", "notes-against-id", Severity.WARNING, words.modes_stand_in_their_model),
    Rule("KC218", "pack-in-notes", Severity.WARNING, words.packs_are_counted),
    Rule("KC219", "unnamed-mode", Severity.WARNING, words.every_mode_says_what_it_is),
    Rule("KC220", "priced-though-free", Severity.INFO, words.free_models_cost_nothing),
    Rule("KC221", "included-without-charge", Severity.WARNING, words.allowances_stand_with_surcharges),
    Rule("KC301", "illegal-when", Severity.WARNING, closure.conditions_are_legal),
    Rule("KC302", "overlap", Severity.WARNING, closure.requests_match_one_mode),
    Rule("KC303", "unpriced", Severity.WARNING, closure.requests_have_a_price),
    Rule("KC304", "unknown-value", Severity.WARNING, closure.values_have_a_price),
    Rule("KC305", "no-quantity", Severity.INFO, closure.quantities_are_known),
    Rule("KC306", "uncounted", Severity.INFO, closure.combinations_are_counted),
    Rule("KC307", "type-against-media", Severity.WARNING, offered.types_fit_media),
    Rule("KC401", "misused-keyword", Severity.ERROR, inputs.schemas_can_be_used),
    Rule("KC402", "required-undeclared", Severity.WARNING, inputs.required_properties_are_declared),
    Rule("KC403", "default-outside-enum", Severity.WARNING, inputs.defaults_are_listed),
    Rule("KC404", "empty-enum", Severity.ERROR, inputs.enums_list_something),
    Rule("KC405", "crossed-bounds", Severity.ERROR, inputs.bounds_leave_room),
    Rule("KC406", "default-of-other-type", Severity.WARNING, inputs.defaults_are_of_their_type),
    Rule("KC407", "default-outside-bounds", Severity.WARNING, inputs.defaults_are_within_bounds),
    Rule("KC408", "enum-of-other-type", Severity.WARNING, inputs.enums_are_of_their_type),
    Rule("KC409", "repeated-enum-value", Severity.WARNING, inputs.enums_do_not_repeat),
    Rule("KC410", "misfiled-schema", Severity.ERROR, offered.schemas_are_filed_under_their_model),
    Rule("KC411", "schema-without-model", Severity.WARNING, offered.schemas_have_a_model),
    Rule("KC412", "offered-without-schema", Severity.WARNING, offered.offered_models_have_a_schema),
    Rule("KC413", "undecided-page", Severity.INFO, offered.pages_leave_nothing_open),
    Rule("KC414", "override-malformed", Severity.ERROR, account.overrides_have_a_form),
    Rule("KC415", "override-idle", Severity.WARNING, account.overrides_change_something),
    Rule("KC416", "override-astray", Severity.WARNING, account.overrides_meet_their_target),
    Rule("KC501", "undocumented-model", Severity.WARNING, upstream.models_are_documented),
    Rule("KC502", "price-against-row", Severity.WARNING, upstream.prices_are_those_of_rows),
    Rule("KC503", "per-second-as-clip", Severity.ERROR, upstream.prices_by_the_second_stay_so),
    Rule("KC504", "unit-against-row", Severity.WARNING, upstream.units_are_those_of_rows),
    Rule("KC505", "mode-without-row", Severity.INFO, upstream.modes_have_a_row),
    Rule("KC506", "unlisted-model", Severity.INFO, upstream.priced_models_are_listed),
    Rule("KC507", "unlisted-mode", Severity.INFO, upstream.priced_modes_are_listed),
    Rule("KC508", "announced-end", Severity.WARNING, upstream.models_are_not_ending),
    Rule("KC509", "unresolved-row", Severity.INFO, account.rows_are_resolved),
    Rule("KC510", "conflicting-rows", Severity.WARNING, account.rows_do_not_disagree),
    Rule("KC511", "unknown-unit", Severity.WARNING, account.units_are_known),
    Rule("KC512", "unread-credits", Severity.WARNING, account.credits_can_be_read),
    Rule("KC513", "link-against-text", Severity.INFO, account.links_agree_with_texts),
    Rule("KC514", "odd-row", Severity.INFO, account.rows_agree_with_themselves),
    Rule("KC515", "stale-alias", Severity.WARNING, account.aliases_are_of_use),
    Rule("KC516", "unread-page", Severity.INFO, account.pages_can_be_read),
    Rule("KC517", "old-evidence", Severity.INFO, dates.evidence_is_fresh),
    Rule("KC518", "stale-last-updated", Severity.WARNING, dates.last_update_is_true),
    Rule("KC519", "future-last-updated", Severity.WARNING, dates.last_update_is_past),
    Rule("KC520", "billed-otherwise", Severity.WARNING, billing.prices_are_those_billed),
    Rule("KC601", "malformed-settings", Severity.ERROR, ownership.settings_have_a_form),
    Rule("KC602", "idle-owner", Severity.WARNING, ownership.owners_own_something),
    Rule("KC603", "overwritten-decision", Severity.WARNING, ownership.decided_values_stand),
    Rule("KC604", "ending-decision", Severity.INFO, ownership.decisions_do_not_end_soon),
    Rule("KC611", "expired-decision", Severity.WARNING, ownership.decisions_have_not_ended),
    Rule("KC612", "unused-decision", Severity.WARNING, ownership.decisions_are_of_use),
    Rule("KC613", "tombstone-in-catalog", Severity.WARNING, ownership.buried_models_stay_away),
    Rule("KC701", "guard-models-lost", Severity.ERROR, guards.models_are_not_lost),
    Rule("KC702", "guard-modes-lost", Severity.ERROR, guards.modes_are_not_lost),
    Rule("KC703", "guard-models-changed", Severity.ERROR, guards.few_models_change),
    Rule("KC704", "guard-modes-changed", Severity.ERROR, guards.few_modes_change),
    Rule("KC705", "guard-rows-dropped", Severity.ERROR, guards.rows_do_not_drop),
    Rule("KC706", "guard-rows-grown", Severity.ERROR, guards.rows_do_not_swell),
    Rule("KC707", "guard-pages-dropped", Severity.ERROR, guards.pages_do_not_drop),
    Rule("KC708", "guard-provider-lost", Severity.ERROR, guards.providers_are_not_lost),
    Rule("KC709", "guard-median-shift", Severity.ERROR, guards.the_median_stays),
    Rule("KC710", "guard-models-withheld", Severity.ERROR, guards.few_models_are_withheld),
    Rule("KC711", "guard-price-jumped", Severity.WARNING, suspicions.prices_do_not_jump),
    Rule("KC712", "guard-zero-price", Severity.WARNING, suspicions.prices_do_not_become_zero),
    Rule("KC713", "guard-unit-changed", Severity.WARNING, suspicions.units_do_not_change),
    Rule("KC714", "guard-charge-changed", Severity.WARNING, suspicions.charges_do_not_change),
    Rule("KC715", "guard-excess-decimals", Severity.WARNING, suspicions.prices_have_few_decimals),
    Rule("KC716", "guard-credits-against-usd", Severity.WARNING, suspicions.credits_and_dollars_agree),
    Rule("KC717", "guard-prices-swapped", Severity.WARNING, suspicions.prices_are_not_swapped),
    Rule("KC718", "guard-price-moved", Severity.INFO, suspicions.large_moves_are_seen),
    Rule("KC901", "unused-suppression", Severity.WARNING, comments.suppressions_are_used),
    Rule("KC902", "expired-suppression", Severity.WARNING, comments.suppressions_have_not_ended),
    Rule("KC903", "suppression-without-reason", Severity.WARNING, comments.suppressions_have_a_reason),
    Rule("KC904", "malformed-suppression", Severity.WARNING, comments.suppressions_can_be_read),
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
