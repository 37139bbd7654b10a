"""A plain page to read the courses' contents and to ask; it needs no script and loads nothing from elsewhere."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Query
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from tutor import __version__
from tutor.api.context import Context, Given
from tutor.api.markup import answer_html, quote_html
from tutor.api.problems import status_of
from tutor.builds import Course
from tutor.errors import BeingPrepared, TutorError
from tutor.models import Lesson
from tutor.shipped import web_directory
from tutor.turns import Question

router = APIRouter(include_in_schema=False)

_FOLDER = web_directory() / "home"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@router.get("/")
async def home(given: Given) -> Response:
    """The courses, their lessons, and a field to ask in."""
    courses = await given.workers.run(_contents, given)
    return _page("home.html", courses=courses)


@router.get("/ask")
async def ask(
    given: Given, course: Annotated[str, Query(max_length=100)] = "", question: Annotated[str, Query()] = ""
) -> Response:
    """The answer to a question, with its citations below."""
    try:
        found = await given.workers.run(_course, given, course)
        turn = await given.tutor.ask(course, Question(question))
    except TutorError as error:
        courses = await given.workers.run(_contents, given)
        return _page("home.html", status_of(error), courses=courses, error=error.message, question=question)
    return _page("answer.html", course=found, turn=turn)


@router.get("/page.css")
async def style() -> Response:
    """How the page looks."""
    return Response((_FOLDER / "page.css").read_bytes(), media_type="text/css; charset=utf-8")


def _course(given: Context, slug: str) -> Course:
    with given.tutor.course(slug):
        return next(course for course in given.tutor.courses() if course.info.slug == slug)


def _contents(given: Context) -> list[tuple[Course, list[tuple[str, list[Lesson]]], str]]:
    """Every course with its lessons by chapter, and why it cannot be asked, if so."""
    contents = []
    for course in given.tutor.courses():
        lessons: tuple[Lesson, ...] = ()
        trouble = ""
        try:
            _, lessons = given.tutor.lessons(course.info.slug)
        except BeingPrepared:
            trouble = "This course is being prepared."
        except TutorError as error:
            trouble = error.message
        chapters = [(chapter, list(group)) for chapter, group in groupby(lessons, key=lambda lesson: lesson.chapter)]
        contents.append((course, chapters, trouble))
    return contents


def _page(template: str, status: int = 200, **values: Any) -> Response:
    body = _templates().get_template(template).render(version=__version__, **values)
    return HTMLResponse(body, status, {"Content-Security-Policy": _POLICY})


@lru_cache(maxsize=1)
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["answer"] = lambda turn: answer_html(turn.answer, frozenset(c.number for c in turn.citations))
    templates.filters["quote"] = quote_html
    return templates
