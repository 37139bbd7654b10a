"""Load, chunk, embed what is new, build, verify, publish: the order of the steps."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from ingest.collecting import Collected, Cutting, collect
from ingest.course_lock import course_lock
from ingest.method import method
from ingest.report import OnProgress, Progress, Report, unwatched
from tutor.errors import BeingPrepared, IndexMismatch, NotFound
from tutor.index.files import course_directory, damage, index_directory
from tutor.index.generations import Build, Recipe
from tutor.index.protocols import CourseStore, Embedder, IndexPart
from tutor.llm.model import TokenCounter

# What only an ingest with something new needs is imported where it is used: the other one takes a second or two.


def ingest(
    path: Path,
    slug: str,
    store: CourseStore,
    embedder: Embedder,
    counter: TokenCounter,
    data_dir: Path,
    parts: Sequence[IndexPart],
    *,
    budget_tokens: int,
    small_tokens: int = 0,
    dry_run: bool = False,
    reembed: bool = False,
    progress: OnProgress = unwatched,
) -> Report:
    """Make the course `slug` what the folder, file or archive at `path` holds; readers see all of it or what was.

    A dry run reads and counts, spends nothing and writes nothing. `reembed` allows another embedding model.

    Raises InvalidRequest when no lesson can be read or `course.yaml` is wrong, IndexMismatch when the live index
    has another embedding model and not `reembed`, TransientError while another ingest of the course is running,
    and what the embedder raises. Whatever it raises, the live index stays, and what was embedded is kept.
    """
    began = monotonic()
    cutting = Cutting(counter, budget_tokens, small_tokens)
    run = _Run(slug, store, embedder, data_dir, parts, progress)
    with nullcontext() if dry_run else course_lock(course_directory(data_dir, slug)):
        report = run.report(path, cutting, dry_run=dry_run, reembed=reembed)
    return replace(report, seconds=round(monotonic() - began, 3))


@dataclass(frozen=True, slots=True)
class _Run:
    slug: str
    store: CourseStore
    embedder: Embedder
    data_dir: Path
    parts: Sequence[IndexPart]
    on_progress: OnProgress

    def report(self, path: Path, cutting: Cutting, *, dry_run: bool, reembed: bool) -> Report:
        live = self._live()
        if live is not None and not reembed:
            self._check("embedding model", live.generation.recipe.model, self.embedder.model)
        name = method(cutting.small_tokens)
        recipe = live.generation.recipe if live else None
        chunked_alike = recipe is not None and (recipe.method, recipe.budget_tokens) == (name, cutting.budget_tokens)
        course = collect(path, self.slug, live if chunked_alike else None, cutting, self.on_progress)
        if live is not None and chunked_alike and self._is_unchanged(live, course):
            if not dry_run:
                self._refresh(live, course)
            return _report(live, course, live.generation.id, changed=False, dry_run=dry_run)
        if dry_run:
            return self._rehearse(live, course, cutting.counter)
        new_recipe = Recipe(name, cutting.budget_tokens, self.embedder.model, self.embedder.dimensions)
        if live is not None and not reembed:
            self._check("vectors of a size", str(live.generation.recipe.dimensions), str(new_recipe.dimensions))
        return self._publish(live, course, new_recipe, cutting.counter)

    def _live(self) -> Build | None:
        try:
            return self.store.build(self.store.live(self.slug).id)
        except (NotFound, BeingPrepared):
            return None

    def _check(self, what: str, built_with: str, configured: str) -> None:
        if built_with != configured:
            raise IndexMismatch(
                f"The index of {self.slug!r} was built with {what} {built_with}, and {configured} is configured. "
                "Configure the former, or embed all lessons anew with --reembed."
            )

    def _is_unchanged(self, live: Build, course: Collected) -> bool:
        same_lessons = live.lessons == course.lessons and live.generation.recipe.model == self.embedder.model
        # Words are counted by the language's rules, so another language is another index.
        return same_lessons and live.info.language == course.info.language

    def _refresh(self, live: Build, course: Collected) -> None:
        """Nothing is new in the lessons: take over the course's other fields, and mend what is broken."""
        from ingest.cleaning import clean

        if course.info != live.info:
            self.store.describe(course.info)
        if damage(index_directory(self.data_dir, self.slug, live.generation.id)):
            from ingest.rebuilding import rebuild_locked

            rebuild_locked(self.store, live, self.data_dir, self.embedder, self.parts, self.on_progress)
        clean(self.store, self.data_dir, self.slug, self.parts)

    def _rehearse(self, live: Build | None, course: Collected, counter: TokenCounter) -> Report:
        """What publishing would come to; an embedding service is not even asked for its dimensions."""
        from ingest.embedding import Texts
        from ingest.units import course_units

        units = course_units(course.lessons, course.chunks, self.embedder)
        texts = Texts(units.texts)
        stored = self.store.vectors_of(texts.digests, self.embedder.model)
        report = _report(live, course, live.generation.id if live else None, changed=False, dry_run=True)
        new_chunks = len(set(units.chunks[texts.new(stored)].tolist()))
        return self._priced(report, new_chunks, texts.missing(stored), counter)

    def _publish(self, live: Build | None, course: Collected, recipe: Recipe, counter: TokenCounter) -> Report:
        """Embed what is new, build the index of a new generation, and let readers see it."""
        from ingest.building import index_content, write_index
        from ingest.cleaning import clean
        from ingest.embedding import Texts
        from ingest.units import course_units

        units = course_units(course.lessons, course.chunks, self.embedder)
        texts = Texts(units.texts)
        # Before its vectors are looked up: from now on they are in use, and no other cleaning drops them.
        generation = self.store.begin_generation(
            course.info, recipe, course.lessons, course.chunks, course.origins, texts.digests
        )
        clean(self.store, self.data_dir, self.slug, self.parts, generation)
        stored = self.store.vectors_of(texts.digests, recipe.model)
        embedded = texts.embed(stored, self.store, self.embedder, self.on_progress)
        vectors = texts.vectors(embedded, recipe.dimensions, recipe.model)
        content = index_content(generation, course.info, course.lessons, course.chunks, units, vectors)
        write_index(self.data_dir, content, recipe, self.parts, self.on_progress)
        self.on_progress(Progress("publish", 0, 1))
        self.store.publish(generation)
        self.on_progress(Progress("clean", 0, 1))
        clean(self.store, self.data_dir, self.slug, self.parts)
        self.on_progress(Progress("clean", 1, 1))
        report = _report(live, course, generation, changed=True, dry_run=False)
        new_chunks = len(set(units.chunks[texts.new(stored)].tolist()))
        return self._priced(report, new_chunks, texts.missing(stored), counter)

    def _priced(self, report: Report, new_chunks: int, missing: Sequence[str], counter: TokenCounter) -> Report:
        price = self.embedder.price_usd_per_million_tokens
        # Counting takes a second for a large course, and is of no use where nothing costs.
        tokens = sum(map(counter.count, missing)) if price or report.dry_run else 0
        return replace(
            report,
            embedded=new_chunks,
            reused=report.chunks - new_chunks,
            texts=len(missing),
            embedded_tokens=tokens,
            cost_usd=tokens * price / 1e6,
        )


def _report(live: Build | None, course: Collected, generation: int | None, *, changed: bool, dry_run: bool) -> Report:
    """The report of an ingest that embedded nothing."""
    before = {lesson.lesson for lesson in live.lessons} if live else set()
    chunks = course.chunks
    return Report(
        course=course.info.slug,
        lessons=len(course.members),
        chunks=len(chunks),
        tokens=sum(chunk.tokens for chunk in chunks),
        embedded=0,
        reused=len(chunks),
        removed=len(before - {lesson.lesson for lesson in course.lessons}),
        skipped=course.skipped,
        notes=course.notes,
        seconds=0.0,
        generation=generation,
        changed=changed,
        dry_run=dry_run,
        warnings=course.warnings,
    )
