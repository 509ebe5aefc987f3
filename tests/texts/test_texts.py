"""The catalogues: both languages complete, alike in keys and placeholders, and safe with whatever fills them."""

import string
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from billing import texts
from billing.errors import IncompleteInvoice, InvalidInput, NotAllowed, Problem, Refused, UnreadableInput
from billing.services.access.rights import Right
from billing.store.tables.kinds import EstimateState, Role
from billing.texts import LANGUAGES, catalogue, name_of, problem_sentence, sentence

FREE = ["13.7", "own_duty", "13.2.a", "13.2.b", "13.2.c", "13.2.d", "13.6.b"]
HELD = [
    "cause_undecided",
    "second_onsite_audit",
    "audit_finding_pending",
    "rate_not_agreed",
    "onsite_not_agreed",
    "urgent_notice_missing",
    "urgent_cap_reached",
    "no_approved_estimate",
    "rate_class_not_approved",
    "estimate_exceeded",
    "receipt_missing",
    "third_party_not_approved",
]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_catalogues_hold_the_same_keys() -> None:
    assert catalogue("de").keys() == catalogue("en").keys()


@pytest.mark.parametrize("key", sorted(catalogue("de")))
def test_a_sentence_is_there_in_both_languages_with_the_same_placeholders(key: str) -> None:
    german, english = catalogue("de")[key], catalogue("en")[key]
    assert german.strip(), key
    assert english.strip(), key
    assert placeholders(german) == placeholders(english)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", [f"verdict.{code}" for code in FREE] + [f"reason.{code}" for code in HELD])
def test_every_code_of_a_settlement_reads_as_a_sentence(key: str, lang: str) -> None:
    assert sentence(key, lang).endswith(".")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", HELD)
def test_every_reason_on_hold_says_what_to_do_next(code: str, lang: str) -> None:
    assert sentence(f"next_step.{code}", lang).endswith(".")


def test_no_sentence_stands_twice_under_one_key() -> None:
    for lang in LANGUAGES:
        keys = list(_message_ids(lang))
        assert len(keys) == len(set(keys)), sorted(key for key in keys if keys.count(key) > 1)


def _message_ids(lang: str) -> list[str]:
    """Read the raw files: the parser drops doubles inside one, and the catalogue those in two."""
    folder = Path(texts.__file__).parent / "locale" / lang / "LC_MESSAGES"
    lines = [line for path in sorted(folder.glob("*.po")) for line in path.read_text(encoding="utf-8").splitlines()]
    return [line[7:-1] for line in lines if line.startswith('msgid "') and line != 'msgid ""']


def test_an_unknown_key_is_a_bug() -> None:
    with pytest.raises(LookupError):
        sentence("verdict.99.z")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="xx"):
        sentence("outcome.free", "xx")


def test_an_unknown_problem_still_says_code_and_fields() -> None:
    problem = InvalidInput("never_heard_of", path="entries[3].start", value="noon")
    assert problem_sentence(problem) == "never_heard_of (path=entries[3].start, value=noon)"


def test_free_text_names_itself() -> None:
    assert name_of("case_kind", "audit") == "Prüfung"
    assert name_of("case_kind", "Löschkonzept 2026") == "Löschkonzept 2026"


def test_missing_fields_are_all_named_in_the_reader_s_language() -> None:
    problem = IncompleteInvoice(missing=["seller.iban", "buyer.vat_id"] * 5, controller="Klinikum")
    assert problem_sentence(problem, "de").endswith(
        "es fehlt: " + ", ".join(["gültige IBAN des Auftragnehmers", "USt-IdNr. des Auftraggebers"] * 5) + "."
    )
    assert problem_sentence(problem, "en").startswith("The invoice to Klinikum can't be issued yet")


HOSTILE = [
    ("a" * 500, "a" * 79 + "…"),
    ("first\nsecond\x1b[31m\x00", "first second [31m "),
    ("{path.__class__}", "{path.__class__}"),
    ("%(path)s", "%(path)s"),
    (["x"] * 500, ('["x", ' + '"x", ' * 99)[:79] + "…"),
    ({"a": [True, None]}, '{"a": [true, null]}'),
    (None, "ein fehlender Wert"),
    (True, "true"),
    ("No such file or directory", "gibt es nicht"),
    (date(2026, 11, 2), "02.11.2026"),
    (datetime(2026, 11, 2, 8, 5, tzinfo=UTC), "02.11.2026 08:05 UTC"),
    (datetime(2026, 11, 2, 8, 5, tzinfo=timezone(timedelta(hours=1))), "02.11.2026 08:05"),
]


@pytest.mark.parametrize(("value", "shown"), HOSTILE, ids=[repr(value)[:90] for value, _ in HOSTILE])
def test_values_are_shown_safely(value: object, shown: str) -> None:
    assert problem_sentence(Refused("never_heard_of", clause="13(5)a", value=value)).endswith(f"value={shown})")


TOLD = {
    "a state by its name": (Refused("estimate_is_decided", clause="13(5)a", value="K-1", state=EstimateState.APPROVED),
                            "ist schon freigegeben", "is approved already"),
    "a role by its name": (Refused("contact_is_no_approver", clause="13(5)a", role=Role.CONTROLLER_APPROVER),
                           "die Rolle Freigabe beim Kunden erst", "the role Approver at the client"),
    "a right by its name": (NotAllowed("right_missing", right=Right.WORK), "„Zeiten erfassen“", "“log time”"),
    "what a session waits for": (NotAllowed("session_incomplete", waits_for="new_password"),
                                 "ein neues Passwort ist zu wählen", "a new password has to be chosen"),
    "a fact by its name": (InvalidInput("fact_reason_missing", path="cause_reason", fact="cause"),
                           "Zu Ursache gehört", "missing: cause needs"),
    "what a parser of JSON said": (
        UnreadableInput("not_json", path="", value="}", said="Expecting value", line=1, column=3),
                                   "hier fehlt ein Wert", "a value is missing here"),
    "where a parser of JSON stopped": (
        UnreadableInput("mapping_no_json", path="m.json", said="Extra data: line 2 column 5 (char 9)"),
        "Zeile 2, Spalte 5: nach dem Ende folgt noch etwas", "line 2, column 5: something follows after its end"),
    "a moment by the reader's clock": (
        InvalidInput("end_before_start", path="end", value=datetime(2026, 7, 2, 8, 5, tzinfo=UTC))
        .by_clock_of(ZoneInfo("Europe/Berlin")), "Ende 02.07.2026 10:05 liegt", "2 Jul 2026 10:05"),
    "a value that is not there": (InvalidInput("not_a_moment", path="start"),
                                  "start: ein fehlender Wert ist kein Zeitpunkt", "start: a missing value is"),
}  # fmt: skip


@pytest.mark.parametrize(("problem", "german", "english"), TOLD.values(), ids=TOLD.keys())
def test_a_sentence_names_values_as_people_do(problem: Problem, german: str, english: str) -> None:
    assert german in problem_sentence(problem, "de")
    assert english in problem_sentence(problem, "en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_who_comes_over_http_is_told_no_command(lang: str) -> None:
    texts = catalogue(lang)
    over_http = {key: text for key, text in texts.items() if key.endswith(".over_http")}
    assert over_http
    for key, text in over_http.items():
        assert not {"mehraufwand", "--"} & set(text.split()), key
        assert text != texts[key.removesuffix(".over_http")], key
    for code in ("person_exists", "ref_ambiguous", "no_term_changed"):
        assert "--" not in problem_sentence(Problem(code, path="ref", value="ML"), lang, over_http=True)
    assert problem_sentence(Problem("unknown_hold", value="S-1"), lang, over_http=True).count("mehraufwand") == 0
    assert problem_sentence(Problem("unknown_hold", value="S-1"), lang).count("mehraufwand hold list") == 1
