"""What an import asks on a terminal: the zone and order of a file, and who is who; each answer is checked at once."""

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from rich.prompt import Prompt

from api.console import err, language
from billing.clause.services import SERVICE_CODES
from billing.errors import InvalidInput, UnreadableInput
from billing.importing import DateOrder, Mapping, Question, ReadOptions, Survey, answer, open_options
from billing.services.fields import read_zone
from billing.services.importing import Places
from billing.texts import name_of, problem_sentence, sentence


def ask_about_file(survey: Survey, options: ReadOptions, usual_zone: ZoneInfo) -> ReadOptions:
    """Ask for the time zone and the order of dates where the file does not settle them."""
    open_ones = open_options(survey, options)
    zone, order = options.time_zone, options.date_order
    if "time_zone" in open_ones:
        zone = _ask(sentence("import_question.time_zone", language()), _checked_zone, default=usual_zone.key)
    if "date_order" in open_ones:
        words = sentence("import_question.date_order", language())
        order = DateOrder(Prompt.ask(words, console=err(), choices=[str(choice) for choice in DateOrder]))
    return ReadOptions(zone or None, order)


def ask_who_is_who(open_questions: Sequence[Question], mapping: Mapping, places: Places) -> Mapping:
    """Ask every open question once; an empty answer leaves it open."""
    lang = language()
    if open_questions:
        err().print(sentence("import_report.questions", lang, count=len(open_questions)), highlight=False)
    for question in open_questions:
        words = sentence(
            f"import_question.{question.kind}",
            lang,
            person=question.person,
            client=question.client,
            project=question.project,
            task=question.task,
        )
        rows = sentence("import_report.question_rows", lang, count=question.rows, line=question.first_line)
        given = _ask(f"{words} {rows}", _checker(question, mapping, places))
        if given:
            mapping = answer(mapping, question, given)
    return mapping


def _ask(words: str, complaint: Callable[[str], str], default: str = "") -> str:
    while True:
        given = Prompt.ask(words, console=err(), default=default, show_default=bool(default)).strip()
        told = complaint(given) if given else ""
        if not told:
            return given
        err().print(told, style="yellow", markup=False, highlight=False)


def _checked_zone(name: str) -> str:
    try:
        read_zone(name, "time_zone")
    except (InvalidInput, UnreadableInput) as problem:
        return problem_sentence(problem, language())
    return ""


def _checker(question: Question, mapping: Mapping, places: Places) -> Callable[[str], str]:
    """Give what says "" for a good answer, else what is wrong with it and what would do."""
    lang = language()
    if question.kind == "person":
        return lambda ref: _told(ref in places.persons, "person", sorted(places.persons))
    if question.kind == "client":
        return lambda ref: _told(ref in places.contracts, "contract", sorted(places.contracts))
    if question.kind == "service":
        services = [f"{code} ({name_of('service', code, lang)})" for code in SERVICE_CODES]
        return lambda code: _told(code in SERVICE_CODES, "service", services)
    contract = mapping.contract(question.client)
    return lambda ref: _told(places.has_case(contract, ref), "case", places.cases_of(contract))


def _told(is_known: bool, kind: str, known: list[str]) -> str:  # noqa: FBT001 - the outcome of a look-up
    return "" if is_known else sentence(f"import_report.unknown_{kind}", language(), known=", ".join(known))
