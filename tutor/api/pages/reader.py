"""The courses as pages: their lessons, a search over them, and answers without a script."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import Response

from tutor.api.context import Given
from tutor.api.pages.lesson_markup import source_url
from tutor.api.pages.page import TextQuery, page, words_for
from tutor.api.pages.reading import lesson_page, shelf, shelves
from tutor.api.pages.search_results import found
from tutor.api.problems import status_of
from tutor.errors import TransientError, TutorError
from tutor.pipeline.course_tutor import Question
from tutor.text.messages import Messages

router = APIRouter(include_in_schema=False)

_RESULTS = 20
_READ = ["GET", "HEAD"]


@router.api_route("/", methods=_READ)
async def home(given: Given, request: Request) -> Response:
    """The courses; with one, that course."""
    return await _start(given, request)


@router.api_route("/courses/{course}", methods=_READ)
async def course(given: Given, request: Request, course: str) -> Response:
    """A course's lessons by chapter."""
    try:
        one = await given.workers.run(shelf, given.tutor, course)
    except TutorError as error:
        return told(request, error, words_for(request))
    info = one.course.info
    return page(request, "course.html", words_for(request, info), info=info, shelf=one, question="", error="")


@router.api_route("/courses/{course}/lessons/{lesson:path}", methods=_READ)
async def lesson(given: Given, request: Request, course: str, lesson: str) -> Response:
    """A lesson."""
    words = words_for(request)
    try:
        info = (await given.workers.run(given.tutor.described, course)).info
        words = words_for(request, info)
        read = await given.workers.run(lesson_page, given.tutor, course, lesson, words)
    except TutorError as error:
        return told(request, error, words)
    source = source_url(read.lesson)
    return page(
        request,
        "lesson.html",
        words,
        info=info,
        page=read,
        source=source,
        source_host=urlsplit(source).hostname,
    )


@router.api_route("/courses/{course}/search", methods=_READ)
async def search(given: Given, request: Request, course: str, q: TextQuery = "") -> Response:
    """The passages that fit a query, with its words marked."""
    words = words_for(request)
    try:
        info = (await given.workers.run(given.tutor.described, course)).info
    except TutorError as error:
        return told(request, error, words)
    words = words_for(request, info)
    query = q.replace("\0", " ").strip()
    if not query:
        return page(request, "search.html", words, info=info, query="", error="", found=[])
    try:
        passages = await given.workers.run(given.tutor.search, course, query, _RESULTS)
        shown = await given.workers.run(found, passages, query, info.language)
    except TutorError as error:
        return page(
            request, "search.html", words, status_of(error), info=info, query=query, error=error.message, found=[]
        )
    return page(request, "search.html", words, info=info, query=query, error="", found=shown)


@router.get("/ask")
async def ask(given: Given, request: Request, course: TextQuery = "", question: TextQuery = "") -> Response:
    """The answer to a question, with its citations below."""
    try:
        info = (await given.workers.run(given.tutor.described, course)).info
        turn = await given.tutor.ask(course, Question(question))
    except TutorError as error:
        return await _start(given, request, course, question, error)
    return page(request, "answer.html", words_for(request, info), info=info, turn=turn)


def told(request: Request, error: TutorError, words: Messages) -> Response:
    """A page that says what went wrong."""
    status = status_of(error)
    heading = words["not_found"] if status == 404 else words["not_possible"]
    answer = page(request, "error.html", words, status, heading=heading, error=error.message)
    if isinstance(error, TransientError):
        answer.headers["Retry-After"] = f"{error.retry_after_seconds or 5:.0f}"
    return answer


async def _start(
    given: Given, request: Request, course: str = "", question: str = "", error: TutorError | None = None
) -> Response:
    """Where reading begins; with what went wrong with a question, which can be put right in its field."""
    try:
        all_ = await given.workers.run(shelves, given.tutor)
    except TutorError as failed:
        return told(request, failed, words_for(request))
    status, message = (status_of(error), error.message) if error else (200, "")
    named = [one for one in all_ if one.course.info.slug == course]
    ones = named or all_
    if len(ones) == 1:
        info = ones[0].course.info
        words = words_for(request, info)
        return page(request, "course.html", words, status, info=info, shelf=ones[0], question=question, error=message)
    return page(request, "home.html", words_for(request), status, shelves=all_, error=message)
