"""What is sealed can be read with the same secret and for the same purpose only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import MatcherError
from service.vault import Vault

VAULT = Vault(b"0" * 32)


@given(st.text(st.characters(codec="utf-8")))
def test_what_is_sealed_comes_back(text: str) -> None:
    sealed = VAULT.seal(text, "contact")
    assert Vault(b"0" * 32).unseal(sealed, "contact") == text
    assert sealed.isascii()


def test_the_seal_does_not_show_the_text_nor_that_two_are_equal() -> None:
    one, other = (VAULT.seal("13800000000", "contact") for _ in range(2))
    assert "13800000000" not in one
    assert one != other


@pytest.mark.parametrize(
    ("vault", "purpose", "change"), [(Vault(b"1" * 32), "contact", ""), (VAULT, "webhook", ""), (VAULT, "contact", "A")]
)
def test_anything_else_is_refused(vault: Vault, purpose: str, change: str) -> None:
    sealed = VAULT.seal("13800000000", "contact")
    with pytest.raises(MatcherError, match=r"secret\.key") as error:
        vault.unseal(sealed[:-8] + change * 4 + sealed[-8:] if change else sealed, purpose)
    assert error.value.code == "bad_seal"


def test_a_fingerprint_is_the_same_for_the_same_text_purpose_and_secret() -> None:
    known = VAULT.fingerprint("13800000000", "contact")
    assert known == Vault(b"0" * 32).fingerprint("13800000000", "contact")
    others = {
        VAULT.fingerprint("13800000001", "contact"),
        VAULT.fingerprint("13800000000", "webhook"),
        Vault(b"1" * 32).fingerprint("13800000000", "contact"),
    }
    assert len(others | {known}) == 4
    assert "13800000000" not in known
