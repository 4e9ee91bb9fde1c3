"""Guards of single models: one that moves suspiciously is withheld, and the rest goes on (KC711 to KC718).

The guards of `sync` measure a plan; here what they saw is documented and told.
"""

from __future__ import annotations

from collections.abc import Iterator

from kie_catalog.rules.subject import Hit, Subject


def prices_do_not_jump(subject: Subject) -> Iterator[Hit]:
    """No price moves by a factor of three or more at once.

    Why: a slipped decimal point is a price ten times off; upstream's own moves stay below.

    Bad::

        # credits 20 -> 200

    Good::

        # credits 20 -> 24

    Cure: compare the row with a measured request; if it is right, repeat with `--lift price-jumped@MODEL`.
    """
    yield from subject.observed("guard-price-jumped")


def prices_do_not_become_zero(subject: Subject) -> Iterator[Hit]:
    """No price becomes zero, or comes from zero, unseen.

    Why: upstream publishes zeros where it has not filled its table yet; a shop would give the model away.

    Bad::

        # credits 12 -> 0

    Good::

        # credits 12 -> 10

    Cure: compare the row with a measured request; if it is right, repeat with `--lift zero-price@MODEL`.
    """
    yield from subject.observed("guard-zero-price")


def units_do_not_change(subject: Subject) -> Iterator[Hit]:
    """No price changes what it is counted in unseen.

    Why: from a video to a second the same number is fifteen times as much; callers must measure another
    quantity.

    Bad::

        # unit video -> second

    Good::

        # unit second, credits 20 -> 24

    Cure: compare the row with a measured request; if it is right, repeat with `--lift unit-changed@MODEL`.
    """
    yield from subject.observed("guard-unit-changed")


def charges_do_not_change(subject: Subject) -> Iterator[Hit]:
    """No price changes what is billed unseen.

    Why: a surcharge that becomes a price of the output replaces it, and the other way round leaves none.

    Bad::

        # charge input_image -> output

    Good::

        # charge input_image, credits 0.5 -> 1

    Cure: compare the row with a measured request; if it is right, repeat with `--lift charge-changed@MODEL`.
    """
    yield from subject.observed("guard-charge-changed")


def prices_have_few_decimals(subject: Subject) -> Iterator[Hit]:
    """No price comes with more than four decimals.

    Why: upstream prices to a hundredth of a credit; more digits are what some computation left behind.

    Bad::

        # credits 14.140000000000001

    Good::

        # credits 14.14

    Cure: compare the row with a measured request; if it is right, repeat with `--lift excess-
    decimals@MODEL`.
    """
    yield from subject.observed("guard-excess-decimals")


def credits_and_dollars_agree(subject: Subject) -> Iterator[Hit]:
    """The dollars of a row that comes are worth its credits, within two in a hundred.

    Why: a credit is 0.005 USD, so one of the two columns is wrong, and credits are what is billed.

    Bad::

        # 20 credits beside 0.01 USD

    Good::

        # 20 credits beside 0.1 USD

    Cure: compare the row with a measured request; if it is right, repeat with `--lift credits-against-
    usd@MODEL`.
    """
    yield from subject.observed("guard-credits-against-usd")


def prices_are_not_swapped(subject: Subject) -> Iterator[Hit]:
    """No two modes of a model trade their prices.

    Why: two rows whose amounts were typed into each other's place: the better mode is sold for the lesser
    price.

    Bad::

        # 1K: 14 -> 24, 4K: 24 -> 14

    Good::

        # 1K: 14 -> 16, 4K: 24 -> 26

    Cure: compare the row with a measured request; if it is right, repeat with `--lift prices-swapped@MODEL`.
    """
    yield from subject.observed("guard-prices-swapped")


def large_moves_are_seen(subject: Subject) -> Iterator[Hit]:
    """A price that moves by more than a quarter is looked at by somebody.

    Why: it is taken, since upstream does reprice so; but margins were reckoned on the old one.

    Bad::

        # credits 20 -> 30

    Good::

        # credits 20 -> 22

    Cure: compare the row with a measured request, and tell those who sell the model.
    """
    yield from subject.observed("guard-price-moved")
