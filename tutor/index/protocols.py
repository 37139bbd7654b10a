"""The interfaces behind which outside libraries live; each has at least two implementations."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tutor.follow_ups.inquiries import Channel, Delivery, Inquiry, InquiryState, Parcel
from tutor.index.files import IndexContent
from tutor.index.generations import Build, Course, Generation, Origin, Recipe
from tutor.llm.messages import Finish, Message
from tutor.models import Chunk, CourseInfo, Lesson, Turn, Usage
from tutor.spending.usage import By, Caps, Outcomes, Spent, Sums
from tutor.turns.events import Logged
from tutor.turns.records import (
    Asking,
    Conversation,
    Feedback,
    Held,
    Lease,
    Payer,
    Rating,
    RequestKey,
    SigningKey,
    Ticket,
)


class TokenCounter(Protocol):
    """Counts tokens the way budgets and prices do."""

    def count(self, text: str) -> int:
        """The number of tokens in `text`."""


class Embedder(Protocol):
    """Turns texts into vectors of one model."""

    @property
    def model(self) -> str:
        """The name under which its vectors are stored; another name means other vectors."""

    @property
    def dimensions(self) -> int:
        """Floats per vector."""

    @property
    def price_usd_per_million_tokens(self) -> float:
        """What embedding costs; 0 for a local model."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One L2-normalised row of `dimensions` floats per text, in order: shape (len(texts), dimensions).

        Raises TransientError when the service may succeed on a retry, ProviderRejected when not.
        """


@runtime_checkable
class WindowingEmbedder(Protocol):
    """An embedder whose model reads only so much of a text, and which can say where to cut."""

    def windows(self, text: str) -> list[str]:
        """`text` cut into overlapping windows that the model reads whole, at least one."""


class VectorIndex(Protocol):
    """Finds the nearest of a generation's chunk vectors."""

    def __len__(self) -> int:
        """How many vectors it holds."""

    def search(self, vector: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ordinals of the `k` nearest vectors and their cosine similarities, best first."""


class LexicalIndex(Protocol):
    """Scores a generation's chunks by the words they share with a query."""

    def scores(self, query: str) -> NDArray[np.float32]:
        """The BM25 score of every chunk, in order of the chunks."""


class IndexPart(Protocol):
    """What one library needs to search a generation, e.g. its vectors in Chroma: built once, then only read."""

    def build(self, directory: Path, content: IndexContent) -> None:
        """Write the part into a new index's `directory`; nothing holds it open on return, so it may be renamed."""

    def verify(self, directory: Path, content: IndexContent) -> str:
        """Why the part does not find what it should, or nothing when it does."""

    def delete(self, course: str, generation: int) -> None:
        """Drop what the part keeps elsewhere than in the index's directory, if anything."""


class VectorStore(Protocol):
    """Keeps the vectors of texts, so that nothing is embedded twice."""

    def vectors_of(self, digests: Sequence[bytes], model: str) -> dict[bytes, NDArray[np.float32]]:
        """The stored vectors of `model` by the SHA-256 digest of their text; unknown ones are missing."""

    def add_vectors(self, digests: Sequence[bytes], model: str, rows: NDArray[np.float32]) -> None:
        """Store one row per digest, shape (len(digests), dimensions), at once; those already there stay as they are."""


class GenerationStore(Protocol):
    """Writes whole generations of courses and decides which is live."""

    def begin_generation(
        self,
        info: CourseInfo,
        recipe: Recipe,
        lessons_in_order: Sequence[Lesson],
        chunks_in_order: Sequence[Chunk],
        origins: Sequence[Origin],
        digests: Collection[bytes],
    ) -> int:
        """Store a new generation in state `building`, all or nothing, and return its id, which is never used again.

        `origins` has one item per lesson; `digests` are those of every text that is embedded. The course is created
        when it is new.
        """

    def publish(self, generation: int) -> None:
        """Make a generation that was `building` the live one, with its course's fields; the live one retires.

        Raises NotFound, or InvalidRequest when it is not `building`.
        """

    def rollback(self, course: str, generation: int) -> None:
        """Make a retired generation of `course` live again; raises NotFound, or InvalidRequest when not `retired`."""

    def describe(self, info: CourseInfo) -> None:
        """Change the fields of a course, for readers at once and for its live generation; raises NotFound."""

    def generations(self, course: str) -> tuple[Generation, ...]:
        """All generations of `course`, oldest first, in any state; none when there is no such course."""

    def delete_generation(self, generation: int) -> None:
        """Delete a generation that is not live, and the vectors that no other generation of any course uses.

        One that does not exist is deleted already. Raises InvalidRequest when it is live.
        """


class CourseStore(GenerationStore, VectorStore, Protocol):
    """Courses and everything their indexes are built from: the truth that every index is made of."""

    def courses(self) -> tuple[Course, ...]:
        """All courses by slug, also those that are still being prepared."""

    def course(self, slug: str) -> Course:
        """The course under `slug`; raises NotFound."""

    def live(self, slug: str) -> Generation:
        """The generation of a course that readers see; raises NotFound, or BeingPrepared when there is none yet."""

    def build(self, generation: int) -> Build:
        """A generation read whole, in one state of the database; raises NotFound when it is gone."""


class LanguageModel(Protocol):
    """Writes text as it is told, piece by piece."""

    @property
    def name(self) -> str:
        """The model's name, as prices and readers know it."""

    @property
    def is_available(self) -> bool:
        """Whether it is worth calling now; False while it is known to be down."""

    def stream(self, messages: Sequence[Message], max_tokens: int) -> AsyncGenerator[str | Finish]:
        """The text in pieces as they come, none of them empty, and at last one Finish.

        Before the first piece it may raise TransientError (retries are behind it already) or ProviderRejected; after
        it nothing is raised: a stream that breaks ends with a Finish for the reason CUT. Closing the generator, or
        cancelling the task that reads it, ends the request at the service at once.
        """

    async def probe(self) -> None:
        """Nothing when it would answer now; raises TutorError whose message names the setting to change."""

    async def close(self) -> None:
        """Let go of connections."""


class Spending(Protocol):
    """Sees to it that models cost no more than they may: reserved before a call, settled after it."""

    async def reserve(self, payer: Payer, model: str, prompt_tokens: int, completion_tokens: int) -> Ticket:
        """Set aside what a call may cost at most; raises BudgetSpent when a cap has no room for it."""

    async def settle(self, ticket: Ticket, prompt_tokens: int, completion_tokens: int) -> Usage:
        """Put what the call did cost in the place of what was set aside."""

    def used(self, turn: str) -> tuple[str, Usage]:
        """The model that was called last for a turn, and what all its calls have cost that were settled here lately."""


class SpendingStore(Protocol):
    """Keeps what every call of a model costs. Every method is one transaction."""

    def reserve(self, spent: Spent, caps: Caps) -> str:
        """Add a reservation, or name the field of the cap that has no room for it, counting what is reserved."""

    def settle(self, spent: Sequence[Spent]) -> None:
        """Put calls as they were in the place of their reservations, which keep their day; add those without one.

        A call without tokens is forgotten.
        """

    def sums(self, course: str, first: date, last: date, by: By, most: int) -> Sums:
        """The calls of a course from one day to another, both included: all together, and by group.

        Days come in order; other groups by what they cost, the first `most` of them.
        """


class SigningKeyStore(Protocol):
    """Keeps the keys that sign sessions, the same for all servers."""

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """All keys, newest first; the first one is made where there is none."""

    def add_signing_key(self) -> SigningKey:
        """Make a key that signs from now on; those before are still believed."""


class TurnStore(Protocol):
    """Keeps turns: accepted, event by event, and as they ended. Every method is one transaction."""

    def accept(self, turn: Turn, lease: Lease, request: RequestKey | None = None) -> Turn:
        """Store a running turn with its lease and its event `accepted` (attempt 1, seq 1), and return it; or, when
        its request was accepted already, that turn as it stands now.

        Raises InvalidRequest when the request's key stands for another body.
        """

    def append(self, entries: Sequence[Logged], owner: str) -> frozenset[str]:
        """Store events, in order; one that ends a turn stores the turn too, with its state and events.

        Nothing is stored for turns that are not running or whose lease is not `owner`'s: their ids are returned.
        """

    def events(self, turn: str, after: int = 0, most: int | None = None) -> tuple[Logged, ...]:
        """The events of a turn with a seq above `after`, in order, the first `most` of them.

        Raises NotFound when there is no such turn.
        """

    def newest(self, turn: str) -> Logged:
        """The newest event of a turn, which is its end when it has ended; raises NotFound."""

    def renew(self, lease: Lease) -> None:
        """Prolong the leases of all running turns of the lease's owner."""

    def running(self) -> tuple[Held, ...]:
        """Every running turn, with who holds it and until when."""

    def take_over(self, held: Held, lease: Lease) -> bool:
        """Give a running turn another lease, if it is still held as `held` says; says whether it was done."""

    def want_stop(self, turn: str) -> None:
        """Tell whoever produces a turn to stop; nothing to do when it has ended."""

    def stop_wanted(self, owner: str) -> frozenset[str]:
        """The running turns of an owner that it was told to stop."""

    def of_request(self, course: str, request: RequestKey) -> Turn | None:
        """The turn that a request was given, if it was; raises as `accept`."""

    def turn(self, id_: str) -> Turn:
        """The turn of that id, as far as it has come; raises NotFound."""

    def conversation(self, course: str, conversation: str, last: int = 20) -> tuple[Turn, ...]:
        """The `last` ended turns of a conversation in a course, oldest first; raises NotFound when it has no turn."""

    def asker(self, turn: str) -> tuple[str, str]:
        """The course and the student of a turn, who is empty where nobody said; raises NotFound."""

    def beginner(self, course: str, conversation: str) -> str:
        """The student who asked first in a conversation, empty where nobody said; raises NotFound."""

    def conversations(self, course: str, student: str, most: int = 50) -> tuple[Conversation, ...]:
        """The conversations that hold turns of a student, with what is the student's, the `most` last ones first."""

    def turns_of(self, course: str, conversation: str, student: str, last: int = 100) -> tuple[Turn, ...]:
        """The `last` turns of a student in a conversation, oldest first, those that run as far as they have come.

        Raises NotFound when there is none.
        """

    def answered(self, course: str, generation: int, last: int) -> tuple[Turn, ...]:
        """The `last` turns that a generation of a course answered whole, each the first of its conversation, oldest
        first, without those that a reader found wrong; not all when they lie far back.
        """

    def askings(self, course: str, since: datetime, most: int) -> tuple[Asking, ...]:
        """What was asked in the newest `most` turns of a course, newest first: of those accepted since then that were
        answered whole, in the plain way, by a course that covers it.
        """

    def outcomes(self, course: str, first: date, last: date) -> tuple[Outcomes, ...]:
        """How the turns of a course ended that were accepted from one day (UTC) to another, both included."""

    def add_feedback(self, given: Feedback) -> Feedback:
        """Store what a reader thought of a turn, and return it with its time; raises NotFound."""

    def feedback(self, turn: str) -> tuple[Feedback, ...]:
        """All that readers said about a turn, oldest first."""

    def ratings(self, turns: Collection[str]) -> Mapping[str, Rating]:
        """The newest rating of each of some turns; those that nobody rated are missing."""


class InquiryStore(Protocol):
    """Keeps what students leave for a person to answer, and the outbox of what is to be sent about it.

    Every method is one transaction.
    """

    def known(self, inquiry: Inquiry, request: RequestKey | None = None) -> Inquiry | None:
        """The stored inquiry that this one is, sent again; raises InvalidRequest as `add`."""

    def add(self, inquiry: Inquiry, request: RequestKey | None = None) -> Inquiry:
        """Store an inquiry under a new reference, with a delivery to the team on every channel; or get the stored one
        that this one is, sent again: under the same key, or with the same words within a day.

        Raises InvalidRequest when the request's key stands for another body.
        """

    def inquiry(self, course: str, reference: str) -> Inquiry:
        """The inquiry under a reference, with its deliveries; raises NotFound."""

    def inquiries(
        self, course: str, state: InquiryState | None, most: int, before: str | None = None
    ) -> tuple[Inquiry, ...]:
        """The newest `most` inquiries of a course, newest first; only those older than the one called `before`.

        Raises NotFound when there is none of that name.
        """

    def answer(self, course: str, reference: str, answer: str) -> Inquiry:
        """Store the team's answer and a delivery of it to the student; the same answer again changes nothing.

        What still waits to be told to the team is dropped. Raises NotFound, and InvalidRequest when it was answered
        otherwise.
        """

    def resend(self, course: str, reference: str) -> Inquiry:
        """Have the deliveries of an inquiry that have failed made again, with all their time; raises NotFound."""

    def remove(self, course: str, reference: str) -> None:
        """Delete an inquiry with all that was said and sent about it; raises NotFound."""

    def begin(self, channel: Channel, now: datetime, until: datetime) -> tuple[Inquiry, Delivery] | None:
        """Begin an attempt at the delivery on a channel that is due longest, if any is; until then it is nobody else's.

        Who does not `end` it by then leaves it to the next one.
        """

    def end(self, attempt: Delivery) -> bool:
        """Store how an attempt that was begun has ended; says whether it was still whose it is."""

    def counts(self) -> Mapping[tuple[str, str], int]:
        """How many deliveries of all courses there are, by channel and state."""


class Post(Protocol):
    """Carries messages about inquiries on one channel."""

    @property
    def channel(self) -> Channel:
        """Which one."""

    def send(self, parcel: Parcel) -> None:
        """Send one message; who takes it may get it again, under the same id. Blocks.

        Raises TransientError when it is to be tried again, ConfigurationError when somebody has to configure something
        first, another PermanentError when it will never be taken.
        """

    def probe(self) -> None:
        """Nothing when a message could be handed over now, as far as that can be told without one; raises as `send`."""
