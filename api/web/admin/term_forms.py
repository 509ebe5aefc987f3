"""A form field for each agreed value, made from the shape that its reader says, and read back into the same shape."""

from collections.abc import Callable, Mapping
from typing import Any

from api.web.forms import Form
from billing.clause.reading import refuse
from billing.clause.terms import TermSpec

VALUE = "value"


def kind_of(spec: TermSpec) -> str:
    """Say which fields a term needs: `count`, `choice`, `decimal`, `dates`, `window`, `week` or `factors`."""
    shape: Mapping[str, Any] = getattr(spec.read, "shape", {})
    if "enum" in shape:
        return "choice"
    match shape.get("type"):
        case "integer":
            return "count"
        case "array":
            return "dates"
        case "object":
            names = shape["properties"]
            return "week" if "days" in names else "window" if "from" in names else "factors"
        case _:
            return "decimal"


def choices_of(spec: TermSpec) -> list[Any]:
    """Give the values that a term may have, for a `choice`."""
    shape: Mapping[str, Any] = getattr(spec.read, "shape", {})
    return list(shape.get("enum", ()))


def value_in(form: Form, spec: TermSpec) -> Any:
    """Give what was typed as the exchange format writes it; whether it fits is the term's own reader to say."""
    return _READ[kind_of(spec)](form, spec)


def _choice(form: Form, spec: TermSpec) -> Any:
    choice = form.text(VALUE)
    return next((one for one in choices_of(spec) if str(one) == choice), choice)


def _whole(form: Form, _spec: TermSpec) -> int:
    text = form.text(VALUE)
    if not text.isascii() or not text.isdigit():
        raise refuse("not_a_whole_number", VALUE, text)
    return int(text)


def _rate(form: Form, _spec: TermSpec) -> str | None:
    return _decimal(form.text(VALUE)) or None


def _dates(form: Form, _spec: TermSpec) -> list[str]:
    return form.text(VALUE).replace(",", " ").split()


def _window(form: Form, _spec: TermSpec) -> dict[str, Any]:
    return {"from": form.text("from"), "to": form.text("to")}


def _week(form: Form, spec: TermSpec) -> dict[str, Any]:
    return {"days": [int(day) for day in form.texts("days") if day.isdigit()], **_window(form, spec)}


def _factors(form: Form, spec: TermSpec) -> dict[str, str]:
    names = getattr(spec.read, "shape", {})["properties"]
    return {name: _decimal(form.text(name)) for name in names}


def _decimal(text: str) -> str:
    """Write a number as people do, `1.250,5`, in the way of the exchange format."""
    return text.replace(".", "").replace(",", ".") if "," in text else text


_READ: dict[str, Callable[[Form, TermSpec], Any]] = {
    "choice": _choice,
    "count": _whole,
    "dates": _dates,
    "decimal": _rate,
    "factors": _factors,
    "week": _week,
    "window": _window,
}
