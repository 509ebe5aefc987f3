"""The one URL that says where mail is handed in."""

import pytest

from billing.errors import InvalidInput
from invoices.mail_server import read_mail_server
from tests.support.sending import HOME, SENDER

SETTINGS = [
    ("mail.example", SENDER, "mail_server_invalid"),
    ("smtp://", SENDER, "mail_server_invalid"),
    ("smtp://mail.example:99999", SENDER, "mail_server_invalid"),
    ("smtp://mail.example?tls=maybe", SENDER, "mail_server_invalid"),
    ("http://mail.example", SENDER, "mail_server_invalid"),
    ("smtp://u:p@mail.example?tls=none", SENDER, "mail_password_in_clear"),
    ("smtp://mail.example", None, "mail_sender_missing"),
    ("smtp://mail.example", "Firma <post@firma.example>", "mail_sender_missing"),
    ("smtp://mail.example", "post@firma.example\nBcc: x@y.example", "mail_sender_missing"),
]


@pytest.mark.parametrize(
    ("url", "sender", "code"),
    SETTINGS,
    ids=[f"{row[2]}: {row[0]}" for row in SETTINGS[:6]] + ["no sender", "a name", "a header"],
)
def test_settings_that_can_not_be_meant_are_refused(url: str, sender: str | None, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_mail_server(url, sender, HOME)
    assert refused.value.code == code
    assert ":p@" not in str(refused.value)


PORTS = [
    ("smtp://mail.example", 587),
    ("smtps://mail.example", 465),
    ("smtp://mail.example?tls=tls", 465),
    ("smtp://mail.example?tls=none", 25),
    ("smtp://mail.example:2525", 2525),
    ("smtp://u:p@[::1]?tls=none", 25),
]


@pytest.mark.parametrize(("url", "port"), PORTS, ids=[row[0] for row in PORTS])
def test_each_way_has_its_usual_port(url: str, port: int) -> None:
    assert read_mail_server(url, SENDER, HOME).port == port
