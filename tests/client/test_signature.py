"""The signature check accepts only what was signed, with one of the keys, and now."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kie_catalog.client.signature import SignatureRefused, Verifier, sign
from kie_catalog.sandbox.deliveries import signed

KEY = "kie_hmac_example_key_0123456789abcdef"
TASK = "ee9c2715375b7837f8bb51d641ff5863"
MOMENT = 1769670760
SIGNATURE = "1I0ZZ+7H8gUSpm24CFqnoJJVXZOF85bi8F7Ob34c2Ws="

letters = st.characters(categories=["L", "N", "P", "S"])
ids = st.text(letters, min_size=1, max_size=40)
keys = st.text(letters, min_size=1, max_size=40)
moments = st.integers(0, 10**11)


def test_the_worked_vector():
    assert sign(TASK, MOMENT, KEY) == SIGNATURE == signed(TASK, MOMENT, KEY)
    assert Verifier([KEY]).check(TASK, str(MOMENT), SIGNATURE, MOMENT) == MOMENT


@given(task=ids, moment=moments, key=keys)
def test_what_was_signed_is_accepted(task, moment, key):
    assert Verifier([key]).check(task, str(moment), sign(task, moment, key), moment) == moment


@given(task=ids, moment=moments, key=keys, other=ids, at=st.integers(0, 60), letter=letters)
def test_no_mutation_of_any_part_is(task, moment, key, other, at, letter):
    signature = sign(task, moment, key)
    verifier = Verifier([key])

    def refused(*parts):
        with pytest.raises(SignatureRefused):
            verifier.check(*parts, now=moment)

    assume(other != task)
    refused(other, str(moment), signature)
    refused(task, str(moment + 1), signature)
    refused(task, f"0{moment}", signature)
    refused(task, f" {moment}", signature)
    refused(task, str(moment), sign(task, moment, f"{key}x"))
    changed = signature[:at] + letter + signature[at + 1 :]
    assume(changed != signature)
    refused(task, str(moment), changed)
    refused(task, str(moment), f"{signature} ")
    refused(task, str(moment), signature.rstrip("="))


@given(moment=st.integers(0, 10**11), away=st.integers(-1000, 1000))
def test_it_is_fresh_within_the_window_and_not_beyond(moment, away):
    verifier = Verifier([KEY], window=300)
    given = (TASK, str(moment), sign(TASK, moment, KEY))
    if abs(away) <= 300:
        assert verifier.check(*given, now=moment + away) == moment
    else:
        with pytest.raises(SignatureRefused, match="too far"):
            verifier.check(*given, now=moment + away)


@pytest.mark.parametrize(
    ("moment", "signature"),
    [
        (None, SIGNATURE),
        (str(MOMENT), None),
        ("", ""),
        ("now", SIGNATURE),
        ("١٧٦٩٦٧٠٧٦٠", SIGNATURE),
        (str(MOMENT), "d48d1967eec7f20512a66db8085aa7a092555d9385f396e2f05ece6f7e1cd96b"),
        (str(MOMENT), "\udcff"),
        ("9" * 5000, SIGNATURE),
    ],
)
def test_what_is_no_signature_is_refused(moment, signature):
    with pytest.raises(SignatureRefused):
        Verifier([KEY]).check(TASK, moment, signature, MOMENT)


def test_a_key_is_replaced_by_the_next_without_a_gap():
    both = Verifier(["new", KEY])
    assert both.check(TASK, str(MOMENT), SIGNATURE, MOMENT)
    assert both.check(TASK, str(MOMENT), sign(TASK, MOMENT, "new"), MOMENT)
    with pytest.raises(SignatureRefused):
        Verifier(["new"]).check(TASK, str(MOMENT), SIGNATURE, MOMENT)
    with pytest.raises(SignatureRefused):
        Verifier([]).check(TASK, str(MOMENT), SIGNATURE, MOMENT)
    assert KEY not in repr(both)


def test_the_body_is_no_part_of_it():
    digest = hmac.new(KEY.encode(), f"{TASK}.{MOMENT}".encode(), hashlib.sha256).digest()
    assert base64.b64encode(digest).decode() == SIGNATURE
