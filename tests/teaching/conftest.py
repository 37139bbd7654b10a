"""A small course on water, whose vectors are sums of words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import COURSE, index_course, open_tiny
from tests.support.hash_embedder import HashEmbedder
from tests.teaching.talks import Talk

LESSONS = {
    "pipes.md": """# Pipes

**A pipe** is a hollow tube that carries water from one place to another. Pipes are laid below the
frost line.

## Why pipes burst

Ice needs more room than water. A pipe bursts when freezing water expands and pushes the copper wall outwards. Plumbers
hear about it in spring. For example, a garden tap left full in December splits along its seam.

The **frost line** is the depth to which the ground freezes in winter.

## Joining pipes

**Solder** is a metal that melts easily and joins two copper pieces. Clean both ends with sand paper first.

**Flux** is a paste that keeps the hot metal from rusting. Put `flux` on before the flame comes near.

## Check your understanding

- Why does a pipe burst?
""",
    "pumps.md": """# Pumps

**A pump** is a machine that pushes water uphill. It needs power from a motor.

## Choosing a pump

**Head** is the height in metres to which a pump lifts water. A pump with 30 metres
of head serves a house of eight floors.

**Flow** is the volume of water that passes in one second. Do not run a pump without water, since dry bearings overheat.

## Winter care

Drain every pump in autumn. Freezing water expands and pushes the copper wall outwards, so a pipe bursts.
""",
    "filters.md": """# Filters

**A filter** is a layer of sand or charcoal that holds back dirt.

## Cleaning

Backwashing is the reverse flow of clean water through a filter. Wash the sand weekly.
""",
}

StartTalk = Callable[..., Talk]


@pytest.fixture(scope="session")
def water_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the course on water."""
    folder, data_dir = tmp_path_factory.mktemp("water"), tmp_path_factory.mktemp("water_data")
    for name, text in LESSONS.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert COURSE
    index_course(folder, COURSE, data_dir, HashEmbedder(), budget_tokens=80)
    return data_dir


@pytest.fixture
def talk(water_data: Path) -> StartTalk:
    """Begins a conversation about water; its arguments are the patterns of graded lessons."""
    embedder = HashEmbedder()
    index = open_tiny(water_data, embedder)
    return lambda *graded: Talk(index, embedder, *graded)
