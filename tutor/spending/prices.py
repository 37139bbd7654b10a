"""What models cost, from a table of list prices; a model that is not in it is taken to cost nothing, and said to be
unpriced: models on one's own machine have names of all kinds."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib.resources import files

# A date or version behind a name changes no price; any other ending, as `-audio`, may.
_VERSION = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{8}|\d{3,4}|latest)\Z")
_MILLION = 1_000_000


def cost_usd(model: str, prompt_tokens: int, completion_tokens: int) -> float:
    """What a call of `model` costs in US dollars; 0 when its price is not known."""
    prompt, completion = _price(model) or (0.0, 0.0)
    return (prompt_tokens * prompt + completion_tokens * completion) / _MILLION


def is_priced(model: str) -> bool:
    """Whether the price of a model is known."""
    return _price(model) is not None


@lru_cache
def _price(model: str) -> tuple[float, float] | None:
    """Dollars per million tokens of prompt and completion.

    The longest name that fits counts: a dated model that is priced apart goes before what it is a version of. What
    stands before the last slash is the name of a service.
    """
    name = model.rsplit("/", 1)[-1].casefold()
    return _TABLE.get(name) or _TABLE.get(_VERSION.sub("", name))


def _read() -> dict[str, tuple[float, float]]:
    stored = json.loads(files("tutor.spending").joinpath("prices.json").read_text("utf-8"))
    return {name: (row[0], row[1]) for name, row in stored.items() if name != "_"}


_TABLE = _read()
