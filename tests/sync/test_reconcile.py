"""Laws of the merge of one value."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.values import ABSENT, NOT_MEASURED
from kie_catalog.sync.reconcile import (
    Conflict,
    Converged,
    OursStands,
    TheirsWins,
    Untouched,
    reconcile,
    same,
)

values = st.one_of(
    st.sampled_from(["a", "b", True, False, Decimal(1), Decimal("1.0"), Decimal(2), None]), st.just(ABSENT)
)


@given(base=values, ours=values)
def test_a_silent_upstream_never_overrides(base, ours):
    assert reconcile(base, ours, NOT_MEASURED) == OursStands()


@given(base=values, theirs=values)
def test_an_untouched_value_follows_upstream(base, theirs):
    expected = Untouched() if same(base, theirs) else TheirsWins(theirs)
    assert reconcile(base, base, theirs) == expected


@given(base=values, ours=values)
def test_an_edit_stands_while_upstream_rests(base, ours):
    assert reconcile(base, ours, base) in (OursStands(), Untouched())


@given(base=values, both=values)
def test_the_same_move_on_both_sides_is_silent(base, both):
    assert reconcile(base, both, both) in (Converged(), Untouched())


@given(base=values, ours=values, theirs=values)
def test_a_verdict_once_settled_settles_the_value(base, ours, theirs):
    match reconcile(base, ours, theirs):
        case TheirsWins(won):
            assert reconcile(theirs, won, theirs) == Untouched()
        case Converged() | Untouched():
            assert reconcile(theirs, ours, theirs) == Untouched()
        case OursStands():
            assert reconcile(theirs, ours, theirs) in (OursStands(), Untouched())
        case Conflict() as conflict:
            assert (conflict.base, conflict.ours, conflict.theirs) == (base, ours, theirs)


def test_true_is_not_one():
    assert reconcile(Decimal(1), Decimal(1), True) == TheirsWins(True)
