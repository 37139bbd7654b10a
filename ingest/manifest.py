"""`course.yaml` → what the instructor says about the course."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    field_validator,
    model_validator,
)

from ingest.lessons import readable
from ingest.loaders.decoding import decode
from ingest.loaders.draft import clean
from tutor import hosts
from tutor.errors import InvalidRequest, LessonUnreadable
from tutor.follow_ups.email_address import email_address
from tutor.hosts import host_name
from tutor.index.lesson_patterns import matches_lesson
from tutor.models import Contact, CourseInfo, FollowUpRules, LessonQuestions

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_SETTINGS = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, str_strip_whitespace=True)
_WANTED = {
    "string_type": "text (put it in quotes)",
    "tuple_type": "a list",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "greater_than_equal": "0 or more",
    "model_type": "keys with values, as `enabled: true`",
    "model_attributes_type": "keys with values, as `enabled: true`",
}

CleanText = Annotated[str, AfterValidator(clean)]


class _Contact(BaseModel):
    model_config = _SETTINGS

    kind: Literal["email", "whatsapp", "link"]
    label: CleanText = ""
    value: CleanText

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.kind == "email" and not _is_email(self.value):
            raise ValueError(f"value {self.value!r} is no email address")
        if self.kind == "whatsapp" and not re.fullmatch(r"\+?[0-9 ().\-/]+", self.value):
            raise ValueError(f"value {self.value!r} is no telephone number: write it as +49 170 1234567")
        if self.kind == "whatsapp" and not 7 <= len(_digits(self.value)) <= 15:
            raise ValueError(f"value {self.value!r} has {len(_digits(self.value))} digits; a number has 7 to 15")
        if self.kind == "link" and not _is_url(self.value, "https"):
            raise ValueError(f"value {self.value!r} is no https:// address")
        return self

    def contact(self) -> Contact:
        value = _digits(self.value) if self.kind == "whatsapp" else self.value
        return Contact(self.kind, self.label or self.value, value)


class _Keys(BaseModel):
    model_config = _SETTINGS

    @model_validator(mode="before")
    @classmethod
    def _empty_keys_are_missing(cls, values: Any) -> Any:
        return {key: values[key] for key in values if values[key] is not None} if isinstance(values, dict) else values


class _FollowUps(_Keys):
    email: CleanText = ""
    consent: CleanText = Field(default="", max_length=2000)
    enabled: StrictBool = True

    @field_validator("email")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not _is_email(value):
            raise ValueError(f"{value!r} is no email address")
        return value

    def follow_ups(self) -> FollowUpRules:
        return FollowUpRules(self.enabled, self.email, self.consent)


class _Questions(_Keys):
    """Questions of a lesson; one that stands alone is the course's."""

    lesson: str
    questions: tuple[CleanText, ...] = Field(max_length=50)

    @model_validator(mode="before")
    @classmethod
    def _one_stands_alone(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {"lesson": "", "questions": (value,)}

    @field_validator("lesson")
    @classmethod
    def _is_path(cls, value: str) -> str:
        return _path(value)


class _Course(_Keys):
    title: CleanText = ""
    description: CleanText = ""
    language: str = "en"
    order: tuple[str, ...] = ()
    licence: CleanText = ""
    authorship: CleanText | tuple[CleanText, ...] = ""
    contacts: tuple[_Contact, ...] = ()
    greeting: CleanText = ""
    popular_questions: tuple[_Questions, ...] = Field(default=(), max_length=500)
    base_url: str = ""
    graded_lessons: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = Field(default=(), max_length=500)
    mask_personal_data: StrictBool | None = None
    most_verbatim_words: Annotated[int, Field(strict=True, ge=0)] = 0
    origins: tuple[str, ...] = Field(default=(), max_length=100)
    follow_ups: _FollowUps = _FollowUps(enabled=False)

    @field_validator("language", mode="before")
    @classmethod
    def _not_a_truth_value(cls, value: Any) -> Any:
        # YAML reads Norwegian's code as "false".
        return "no" if value is False else value

    @field_validator("language")
    @classmethod
    def _is_language(cls, value: str) -> str:
        if not _LANGUAGE.fullmatch(value):
            raise ValueError(f"{value!r} is no language code: write en, es or pt-BR")
        return value

    @field_validator("order", "graded_lessons")
    @classmethod
    def _paths(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        paths = tuple(map(_path, value))
        for at, path in enumerate(paths):
            if path in paths[:at]:
                raise ValueError(f"{path} is there twice")
        return paths

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(_host, value)))

    @field_validator("origins")
    @classmethod
    def _sites(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(hosts.origin, value)))

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not _is_url(value, "https", "http"):
            raise ValueError(f"{value!r} is no address of a web site: write https://…")
        return value


_PARTS: Mapping[str, type[BaseModel]] = {
    "contacts": _Contact,
    "follow_ups": _FollowUps,
    "popular_questions": _Questions,
}


def course_info(
    data: bytes | None, slug: str, lessons: Collection[str] = ()
) -> tuple[CourseInfo, tuple[str, ...], str]:
    """The course's description, its lessons' order (paths; may be empty) and its base URL (may be empty).

    `data` is the content of `course.yaml`, or None without one. When `lessons` are given, the order may
    name only those, and what is said to be graded must be among them. Raises InvalidRequest with a message that
    names the key.
    """
    course = _parsed(data) if data is not None else _Course()
    if lessons:
        for path in course.order:
            if path not in lessons:
                raise _no_lesson("order", path, lessons)
        for pattern in course.graded_lessons:
            # A slip of the pen must not open graded work to everybody.
            if not any(matches_lesson([pattern], lesson) for lesson in lessons):
                raise _no_lesson("graded_lessons", pattern, lessons)
        for proposed in course.popular_questions:
            if proposed.lesson and proposed.lesson not in lessons:
                raise _no_lesson("popular_questions", proposed.lesson, lessons)
    info = CourseInfo(
        slug=slug,
        title=course.title or readable(slug),
        language=course.language,
        description=course.description,
        greeting=course.greeting,
        licence=course.licence,
        popular_questions=tuple(
            question for each in course.popular_questions if not each.lesson for question in each.questions if question
        ),
        contacts=tuple(contact.contact() for contact in course.contacts),
        graded_lessons=course.graded_lessons,
        allowed_hosts=course.allowed_hosts,
        mask_personal_data=course.mask_personal_data,
        most_verbatim_words=course.most_verbatim_words,
        origins=course.origins,
        follow_ups=course.follow_ups.follow_ups(),
        lesson_questions=tuple(
            LessonQuestions(each.lesson, tuple(filter(None, each.questions)))
            for each in course.popular_questions
            if each.lesson
        ),
    )
    return info, course.order, course.base_url


def _no_lesson(key: str, path: str, lessons: Collection[str]) -> InvalidRequest:
    close = difflib.get_close_matches(path, list(lessons), 1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return InvalidRequest(f"course.yaml: {key}: there is no lesson {path}{hint}")


def _parsed(data: bytes) -> _Course:
    try:
        values = yaml.safe_load(decode(data) if data else "")
    except LessonUnreadable as error:
        raise InvalidRequest(f"course.yaml {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it holds signs that YAML forbids"
        raise InvalidRequest(f"course.yaml is not valid YAML{where}: {problem}") from error
    except (ValueError, RecursionError, TypeError) as error:  # a date such as 2024-13-45, or a thousand brackets
        raise InvalidRequest(f"course.yaml holds a value that YAML cannot read: {error}") from error
    if values is None:
        return _Course()
    if not isinstance(values, dict):
        raise InvalidRequest("course.yaml must be keys with values, such as `title: My course`")
    try:
        return _Course.model_validate(values)
    except ValidationError as error:
        problems = [_problem(dict(found)) for found in error.errors(include_url=False)[:5]]
        raise InvalidRequest("course.yaml: " + "; ".join(problems)) from error


def _problem(found: dict[str, Any]) -> str:
    """One of pydantic's errors as `contacts, item 2, kind: …`."""
    place = [str(part + 1) if isinstance(part, int) else str(part) for part in found["loc"]]
    where = ", ".join(f"item {part}" if part.isdigit() else part for part in place)
    if found["type"] == "extra_forbidden":
        known = [*_PARTS.get(place[0], _Course).model_fields]
        close = difflib.get_close_matches(place[-1], known, 1)
        hint = f"did you mean {close[0]}?" if close else f"keys are {', '.join(known)}"
        return f"{where}: there is no such key; {hint}"
    if found["type"] == "missing":
        return f"{where}: is missing"
    if found["type"] in _WANTED:
        return f"{where}: must be {_WANTED[found['type']]}"
    return f"{where}: {str(found['msg']).removeprefix('Value error, ')}"


def _host(value: str) -> str:
    """A host's name as it is compared, with the leading `*.` that allows all hosts below it."""
    below = value.startswith("*.")
    name = host_name(value[2:] if below else value)
    if not name or (below and "." not in name):
        raise ValueError(f"{value!r} is no name of a host: write example.org, or '*.example.org' for all below it")
    return f"*.{name}" if below else name


def _path(value: str) -> str:
    """A lesson's path as lessons are named."""
    return unicodedata.normalize("NFC", value).removeprefix("./")


def _digits(number: str) -> str:
    return re.sub(r"[^0-9]", "", number)


def _is_url(value: str, *schemes: str) -> bool:
    if re.search(r"[\s<>\"'\\]", value):
        return False
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname) and "@" not in parts.netloc


def _is_email(text: str) -> bool:
    try:
        email_address(text)
    except ValueError:
        return False
    return True
