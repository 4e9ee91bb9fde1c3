"""Guards of a whole run: what looks like a broken upstream stops it (KC701 to KC710).

The guards of `sync` measure a plan; here their readings are documented and told. `sync/sources.yaml` moves
their limits, `--lift` lifts one for a run.
"""

from __future__ import annotations

from collections.abc import Iterator

from kie_catalog.rules.subject import Hit, Subject


def models_are_not_lost(subject: Subject) -> Iterator[Hit]:
    """At most a tenth of the offered models vanish from upstream in one run.

    Why: an upstream that answers half of its list looks like the end of half of all models; believed, it
    would retire them, and the next run would bring them back as new ones.

    Bad::

        # 60 of 200 models are gone

    Good::

        # 2 of 200 models are gone

    Cure: look at upstream; if it is right, run again with `--lift models-lost`.
    """
    yield from subject.observed("guard-models-lost")


def modes_are_not_lost(subject: Subject) -> Iterator[Hit]:
    """At most fifteen in a hundred offered modes vanish from upstream in one run.

    Why: a price feed that was cut in the middle looks like the end of the prices that stood in the rest.

    Bad::

        # 150 of 600 modes are gone

    Good::

        # 6 of 600 modes are gone

    Cure: look at upstream; if it is right, run again with `--lift modes-lost`.
    """
    yield from subject.observed("guard-modes-lost")


def few_models_change(subject: Subject) -> Iterator[Hit]:
    """At most four in ten models change prices, type, category or provider at once.

    Why: when nearly everything moves at once, a column was exchanged upstream, or a reader is broken here.

    Bad::

        # 120 of 200 models changed

    Good::

        # 11 of 200 models changed

    Cure: look at upstream; if it is right, run again with `--lift models-changed`.
    """
    yield from subject.observed("guard-models-changed")


def few_modes_change(subject: Subject) -> Iterator[Hit]:
    """At most four in ten modes change price, unit, charge or condition at once.

    Why: when nearly every price moves at once, a column was exchanged upstream, or a reader is broken here.

    Bad::

        # 400 of 600 modes changed

    Good::

        # 30 of 600 modes changed

    Cure: look at upstream; if it is right, run again with `--lift modes-changed`.
    """
    yield from subject.observed("guard-modes-changed")


def rows_do_not_drop(subject: Subject) -> Iterator[Hit]:
    """The price feed does not lose more than three in ten of its rows in one run.

    Why: a feed that is cut is not told from a feed that shrank by its bytes, only by its size.

    Bad::

        # 441 rows before, 159 now

    Good::

        # 441 rows before, 430 now

    Cure: look at upstream; if it is right, run again with `--lift rows-dropped`.
    """
    yield from subject.observed("guard-rows-dropped")


def rows_do_not_swell(subject: Subject) -> Iterator[Hit]:
    """The price feed does not grow by more than half in one run.

    Why: a page that is served twice, or a new kind of row that nobody knows, would add hundreds of prices.

    Bad::

        # 408 rows before, 820 now

    Good::

        # 408 rows before, 441 now

    Cure: look at upstream; if it is right, run again with `--lift rows-grown`.
    """
    yield from subject.observed("guard-rows-grown")


def pages_do_not_drop(subject: Subject) -> Iterator[Hit]:
    """The documentation does not lose more than three in ten of its pages in one run.

    Why: models whose pages were not served would lose their schemas.

    Bad::

        # 230 pages before, 90 now

    Good::

        # 230 pages before, 228 now

    Cure: look at upstream; if it is right, run again with `--lift pages-dropped`.
    """
    yield from subject.observed("guard-pages-dropped")


def providers_are_not_lost(subject: Subject) -> Iterator[Hit]:
    """No provider loses more than half of its modes in one run.

    Why: a provider that vanishes at once was renamed in a column, or its page was not served.

    Bad::

        # all 40 modes of one provider are gone

    Good::

        # 3 of 40 modes of one provider are gone

    Cure: look at upstream; if it is right, run again with `--lift provider-lost`.
    """
    yield from subject.observed("guard-provider-lost")


def the_median_stays(subject: Subject) -> Iterator[Hit]:
    """The median price does not move by more than a tenth in one run.

    Why: upstream reprices single models; when the middle moves, credits were exchanged for another money.

    Bad::

        # the median price is 7.9 times as high

    Good::

        # the median price is the same

    Cure: look at upstream; if it is right, run again with `--lift median-shift`.
    """
    yield from subject.observed("guard-median-shift")


def few_models_are_withheld(subject: Subject) -> Iterator[Hit]:
    """At most a tenth of the models are withheld by the guards of single models.

    Why: so many suspicions are no longer about single models: what is suspicious is the run.

    Bad::

        # 40 of 200 models withheld

    Good::

        # 2 of 200 models withheld

    Cure: look at upstream; if it is right, run again with `--lift models-withheld`.
    """
    yield from subject.observed("guard-models-withheld")
