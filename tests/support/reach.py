"""Which tests need more than their own process: found in what their code names, so that no list of them goes stale."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

# Other processes, servers, browsers, and the whole that is composed; what Chroma has built is checked in a process.
_OUTSIDE = (
    "subprocess",
    "multiprocessing",
    "uvicorn",
    "playwright",
    "tutor.adapters.chroma",
    "tutor.wiring",
    "tutor.app",
)


def is_whole(test: pytest.Function) -> bool:
    """Whether a test needs the sample course, a server, a browser or another process, itself or by its fixtures."""
    # One contract holds on SQLite and on Postgres, by a parameter of its fixture.
    parameters = test.callspec.params.values() if hasattr(test, "callspec") else ()
    if "sample_data" in test.fixturenames or any(isinstance(each, str) and each == "postgres" for each in parameters):
        return True
    fixtures = (
        fixture.func for name in test.fixturenames for fixture in test._fixtureinfo.name2fixturedefs.get(name, ())
    )
    return any(map(_reaches_outside, (test.function, *fixtures)))


@cache
def _reaches_outside(function: Any) -> bool:
    waiting, seen = [function], set()
    while waiting:
        thing = inspect.unwrap(waiting.pop())
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        module = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", None) or ""
        if any(module == name or module.startswith(f"{name}.") for name in _OUTSIDE):
            return True
        if module.startswith("tests."):
            waiting += _named(thing)
    return False


def _named(thing: Any) -> Iterator[Any]:
    """What the code of a function, or of a class's methods, names in its module."""
    if isinstance(thing, type):
        yield from (method for method in vars(thing).values() if isinstance(method, FunctionType))
    elif isinstance(thing, FunctionType):
        yield from (thing.__globals__[name] for name in _names(thing.__code__) if name in thing.__globals__)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
