"""Refusals say the same in every language."""

import copy
import pickle

from domain.errors import N_, Refusal

TOO_LONG = N_("The password has {length} bytes; at most {most} are possible.")


class PasswordRefused(Refusal):
    """For these tests."""


def test_a_refusal_reads_as_its_english_sentence() -> None:
    assert str(PasswordRefused(TOO_LONG, length=80, most=72)) == "The password has 80 bytes; at most 72 are possible."


def test_a_refusal_is_explained_in_another_language() -> None:
    chinese = {TOO_LONG: "密码最多 {most} 字节,现有 {length} 字节。"}
    assert (
        PasswordRefused(TOO_LONG, length=80, most=72).explain(chinese.__getitem__) == "密码最多 72 字节,现有 80 字节。"
    )


def test_braces_in_a_value_are_shown_as_they_are() -> None:
    assert str(Refusal(N_("No column {name}."), name="{length}")) == "No column {length}."


def test_a_refusal_survives_the_way_to_another_process() -> None:
    refusal = PasswordRefused(TOO_LONG, length=80, most=72)
    for same in (pickle.loads(pickle.dumps(refusal)), copy.copy(refusal)):
        assert (type(same), str(same), same.values) == (PasswordRefused, str(refusal), refusal.values)
