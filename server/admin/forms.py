"""Forms over marshmallow schemas: one schema says what is valid, for a form and for JSON alike.

What a field shows comes from its metadata: ``label``, ``help``, ``widget`` (textarea, radio, checkboxes, password,
file, hidden ...), ``placeholder``, ``autocomplete``, ``choices`` (pairs of value and label), ``rows``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, datetime
from enum import Enum
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing, validate
from werkzeug.datastructures import FileStorage, MultiDict

from server.admin.messages import AnyField, in_chinese
from server.core import clock

Choices = Sequence[tuple[str, str]]
WHOLE = "_schema"
LONG_TEXT = 200
WIDGETS: tuple[tuple[type[AnyField], str], ...] = (
    (fields.Boolean, "checkbox"),
    (fields.Email, "email"),
    (fields.Url, "url"),
    (fields.Integer, "number"),
    (fields.DateTime, "datetime-local"),
    (fields.Date, "date"),
    (fields.Time, "time"),
    (fields.Enum, "select"),
    (fields.List, "checkboxes"),
)


@dataclass(frozen=True)
class FormField:
    """What a macro needs to draw one field. `value` is text, or a list of texts for a choice of several."""

    name: str
    label: str
    widget: str
    value: str | list[str]
    errors: list[str]
    required: bool
    help: str = ""
    choices: Choices = ()
    attributes: Mapping[str, str] = attribute(default_factory=dict)
    prefix: str = "field"

    @property
    def id(self) -> str:
        return f"{self.prefix}-{self.name}"

    @property
    def error(self) -> str:
        return " ".join(self.errors)

    @property
    def checked(self) -> bool:
        return self.value == "true"

    @property
    def described_by(self) -> str:
        """The ids of error and help text, for aria-describedby."""
        parts = [f"{self.id}-error"] if self.errors else []
        return " ".join(parts + ([f"{self.id}-help"] if self.help else []))


class Form:
    """A schema with what was typed and what is wrong with it.

    A new form: ``Form(Schema(), {"title": "…"})``. A submitted one: ``Form.submitted(Schema(), request.form,
    request.files)``; then ask ``form.valid`` and use ``form.values``. A rule of the domain that refuses is told with
    ``form.refuse(error.fields, error.text)``. ``choices`` gives the options that only the database knows; ``prefix``
    keeps the element ids of two forms on one page apart.
    """

    def __init__(
        self,
        schema: Schema,
        data: Mapping[str, Any] | None = None,
        errors: Mapping[str, Any] | None = None,
        *,
        choices: Mapping[str, Choices] | None = None,
        prefix: str = "field",
    ) -> None:
        self.schema = in_chinese(schema)
        self.data: dict[str, Any] = dict(data or {})
        self.errors: dict[str, list[str]] = _flat(errors or {})
        self.values: dict[str, Any] = {}
        self.prefix = prefix
        self._choices = dict(choices or {})

    @classmethod
    def submitted(
        cls,
        schema: Schema,
        form: MultiDict[str, str],
        files: MultiDict[str, FileStorage] | None = None,
        *,
        choices: Mapping[str, Choices] | None = None,
        prefix: str = "field",
    ) -> Form:
        """Reads and validates what a browser sent; fields that the schema does not know are ignored, as
        browsers add their own (the CSRF token, the pressed button)."""
        read = cls(schema, _typed(schema, form, files or MultiDict()), choices=choices, prefix=prefix)
        try:
            read.values = dict(schema.load(_without_blanks(schema, read.data)))
        except ValidationError as refused:
            read.errors = _flat(_by_name(refused))
        for name in read._choices:
            read._check_choice(name)
        return read

    @property
    def valid(self) -> bool:
        return not self.errors

    @property
    def whole_errors(self) -> list[str]:
        """What is wrong with the form as a whole, not with one field."""
        return self.errors.get(WHOLE, [])

    @property
    def names(self) -> list[str]:
        """The schema's fields, in their order."""
        return list(self.schema.load_fields)

    @property
    def multipart(self) -> bool:
        return any(self.field(name).widget == "file" for name in self.names)

    def refuse(self, errors: Mapping[str, Sequence[str]] | None = None, message: str = "") -> None:
        """Adds what the domain found wrong. An error of a field that this form does not have goes to the whole."""
        if message and not errors:
            self.errors.setdefault(WHOLE, []).append(message)
        for name, texts in (errors or {}).items():
            self.errors.setdefault(name if name in self.schema.load_fields else WHOLE, []).extend(texts)

    def field(self, name: str) -> FormField:
        """One field as the macros draw it; KeyError when the schema has none of that name."""
        declared = self.schema.load_fields[name]
        told = declared.metadata
        choices = self._choices.get(name) or told.get("choices") or _choices_of(declared)
        return FormField(
            name=name,
            label=told.get("label", name),
            widget=_widget_of(declared, bool(choices)),
            value=_as_text(self.data.get(name, _default_of(declared))),
            errors=self.errors.get(name, []),
            required=declared.required,
            help=told.get("help", ""),
            choices=choices,
            attributes=_attributes_of(declared),
            prefix=self.prefix,
        )

    def _check_choice(self, name: str) -> None:
        offered = {value for value, _ in self._choices[name]}
        chosen = self.data.get(name, "")
        sent = chosen if isinstance(chosen, list) else [chosen]
        if name not in self.errors and any(value and value not in offered for value in sent):
            self.errors[name] = ["请从列表中选择。"]


def _typed(schema: Schema, form: MultiDict[str, str], files: MultiDict[str, FileStorage]) -> dict[str, Any]:
    """What was typed, by field. A box that is not ticked is not sent at all, so silence means no."""
    data: dict[str, Any] = {}
    for name, declared in schema.load_fields.items():
        if declared.metadata.get("widget") == "file":
            sent = [each for each in files.getlist(name) if each.filename]
            data[name] = sent if isinstance(declared, fields.List) else (sent[0] if sent else "")
        elif isinstance(declared, fields.List):
            data[name] = [value for value in form.getlist(name) if value]
        elif isinstance(declared, fields.Boolean):
            data[name] = "true" if form.get(name) else "false"
        elif name in form:
            text = form[name].replace("\r\n", "\n")
            data[name] = text if declared.metadata.get("widget") == "password" else text.strip()
    return data


def _without_blanks(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    """An empty box is an absent value: required says so, an optional one gets its default."""
    keys = {name: declared.data_key or name for name, declared in schema.load_fields.items()}
    return {keys[name]: value for name, value in data.items() if value not in ("", None)}


def _by_name(refused: ValidationError) -> dict[str, Any]:
    return refused.messages if isinstance(refused.messages, dict) else {WHOLE: refused.messages}


def _flat(errors: Mapping[str, Any]) -> dict[str, list[str]]:
    return {name: _sentences(found) for name, found in errors.items()}


def _sentences(found: Any) -> list[str]:
    if isinstance(found, str):
        return [found]
    parts: Iterable[Any] = found.values() if isinstance(found, Mapping) else found
    return list(dict.fromkeys(sentence for part in parts for sentence in _sentences(part)))


def _widget_of(declared: AnyField, has_choices: bool) -> str:
    if "widget" in declared.metadata:
        return str(declared.metadata["widget"])
    for kind, widget in WIDGETS:
        if isinstance(declared, kind):
            return widget
    if has_choices:
        return "select"
    longest = _limit(declared, validate.Length, "max")
    return "textarea" if longest and longest > LONG_TEXT else "text"


def _choices_of(declared: AnyField) -> Choices:
    inner = declared.inner if isinstance(declared, fields.List) else declared
    if isinstance(inner, fields.Enum):
        return [
            (str(member.value) if inner.by_value else member.name, str(getattr(member, "label", member.name)))
            for member in inner.enum
        ]
    for validator in inner.validators:
        if isinstance(validator, validate.OneOf):
            labels = list(validator.labels) or [str(choice) for choice in validator.choices]
            return list(zip(map(str, validator.choices), map(str, labels), strict=True))
    return ()


def _attributes_of(declared: AnyField) -> dict[str, str]:
    told = {
        key: str(declared.metadata[key])
        for key in ("placeholder", "autocomplete", "rows", "accept", "pattern", "inputmode")
        if key in declared.metadata
    }
    if (longest := _limit(declared, validate.Length, "max")) and not isinstance(declared, fields.List):
        told["maxlength"] = str(longest)
    for side in ("min", "max"):
        if (bound := _limit(declared, validate.Range, side)) is not None:
            told[side] = _as_line(bound)
    if isinstance(declared, (fields.Decimal, fields.Float)):
        told.setdefault("inputmode", "decimal")
    return told


def _limit(declared: AnyField, kind: type[validate.Length | validate.Range], side: str) -> Any:
    found = [getattr(validator, side) for validator in declared.validators if isinstance(validator, kind)]
    return next((limit for limit in found if limit is not None), None)


def _default_of(declared: AnyField) -> Any:
    default = declared.load_default
    if default is missing:
        return None
    return default() if callable(default) else default


def _as_text(value: Any) -> str | list[str]:
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_as_line(each) for each in value]
    return _as_line(value)


def _as_line(value: Any) -> str:
    """As an input wants it: moments on the bureau's clock, enums by value, files not at all."""
    if value is None or isinstance(value, FileStorage):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return f"{clock.to_local(value):%Y-%m-%dT%H:%M}"
    return value.isoformat() if isinstance(value, date) else str(value)
