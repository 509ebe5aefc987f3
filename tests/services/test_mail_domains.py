"""Addresses at domains with letters beyond ASCII: one however it is typed, kept as DNS has it (IDNA, UTS 46)."""

import pytest

from billing.errors import InvalidInput
from billing.services.fields import read_email
from billing.services.mail_domains import in_letters
from billing.services.parties import address_digest


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        pytest.param("eva@müller.example", "eva@xn--mller-kva.example", id="an umlaut"),
        pytest.param("Eva@MÜLLER.Example", "Eva@xn--mller-kva.example", id="capitals"),
        pytest.param("eva@mu\u0308ller.example", "eva@xn--mller-kva.example", id="an umlaut of two characters"),
        pytest.param("eva@xn--mller-kva.example", "eva@xn--mller-kva.example", id="as DNS has it"),
        pytest.param("eva@post.straße.example", "eva@post.xn--strae-oqa.example", id="an ß, which is no ss"),
        pytest.param("eva@wohnbau.例え", "eva@wohnbau.xn--r8jz45g", id="another script"),
        pytest.param("Eva@Wohnbau.Example", "Eva@Wohnbau.Example", id="ASCII stays as it was typed"),
        pytest.param("jürgen@müller.example", "jürgen@xn--mller-kva.example", id="what stands before the @ as well"),
    ],
)
def test_a_domain_is_kept_as_dns_has_it_however_it_was_typed(typed: str, kept: str):
    assert read_email(typed, "email") == kept


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("eva@-ü.example", id="a label that begins with a dash"),
        pytest.param("eva@ü..example", id="an empty label"),
        pytest.param("eva@mü_ller.example", id="a sign that no host has"),
        pytest.param("eva@müller", id="no domain"),
        pytest.param("eva@" + "ü" * 70 + ".example", id="a label too long"),
        pytest.param("müller.example", id="no @"),
        pytest.param("eva@ü☃🏳️.example", id="a picture"),
    ],
)
def test_what_no_domain_can_be_is_refused(typed: str):
    with pytest.raises(InvalidInput) as refused:
        read_email(typed, "email")
    assert (refused.value.code, refused.value.fields["value"]) == ("email_invalid", typed)


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("eva@xn--mller-kva.example", "eva@müller.example"),
        ("eva@XN--MLLER-KVA.example", "eva@müller.example"),
        ("eva@wohnbau.example", "eva@wohnbau.example"),
        ("xn--eva@wohnbau.example", "xn--eva@wohnbau.example"),
        ("eva@xn--zzzzzzzzz.example", "eva@xn--zzzzzzzzz.example"),
        (None, ""),
    ],
)
def test_people_are_shown_its_letters_where_it_has_any(kept: str | None, shown: str):
    assert in_letters(kept) == shown


def test_it_is_known_by_one_digest_however_it_is_typed(desk):
    typed = ("eva@müller.example", " EVA@MÜLLER.example", "eva@xn--mller-kva.example", "Eva@XN--mller-kva.Example")
    assert len({desk.tell(lambda session, text=text: address_digest(session, text)) for text in typed}) == 1
