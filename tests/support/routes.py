"""Every route there is, found in the modules: a new one needs to be told to nobody."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from fastapi.routing import APIRoute

import tutor.api


def _routes() -> Iterator[tuple[str, str]]:
    for module in pkgutil.walk_packages(tutor.api.__path__, "tutor.api."):
        router = getattr(import_module(module.name), "router", None)
        for route in router.routes if router else ():
            assert isinstance(route, APIRoute)
            for method in sorted(route.methods or ()):
                yield method, route.path


ROUTES = sorted(set(_routes()))
"""Their methods and the templates of their paths."""
