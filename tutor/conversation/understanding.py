"""A student's message in its conversation → the question that is searched, and what a model is shown beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tutor.conversation.clarifying import clarification
from tutor.conversation.context import DialogueContext, condensed
from tutor.conversation.hint_steps import subject_of
from tutor.conversation.rewriting import rewritten
from tutor.conversation.standalone import standalone_question, stands_alone, topic_changed
from tutor.conversation.suggested import topic
from tutor.index.generations import Build
from tutor.llm.messages import Message
from tutor.llm.model import CostScope
from tutor.llm.writing import Writing
from tutor.models import Mode, Turn, Usage
from tutor.privacy.masking import masked
from tutor.text.language_id import language_of
from tutor.text.messages import languages

_ALONE = 0.5
_OPTIONS = 3


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message asks: `message` is as it was typed, but for what was masked; `question` stands alone.

    `context` is what was said before it, as far as it is followed on, and `history` what a model is shown of it.
    `ask_back` is one short question when it is unclear what is meant. With `by_model` a model may word the question
    better than the rules did.
    """

    message: str
    question: str
    language: str
    context: DialogueContext = field(default_factory=DialogueContext)
    history: tuple[Message, ...] = ()
    ask_back: str = ""
    usage: Usage = field(default_factory=Usage)
    by_model: bool = False


class Understanding:
    """Understands messages to one course."""

    def __init__(self, build: Build, writing: Writing | None) -> None:
        self._info = build.info
        self._lessons = {lesson.lesson: lesson for lesson in build.lessons}
        self._writing = writing

    def by_rules(self, turn: Turn, earlier: Sequence[Turn], *, masks: bool) -> Understood:
        """What `turn` asks after the `earlier` turns of its conversation; with `masks`, without personal data."""
        text = masked(turn.question).text if masks else turn.question
        language = language_of(text, languages(), self._info.language)
        context = DialogueContext.of(turn.history) if turn.history else DialogueContext.of_turns(earlier)
        said = context.history
        if masks:
            said = tuple((role, masked(words).text) for role, words in said)
            context = DialogueContext.of(said) if turn.history else context
        about = subject_of(text, earlier)
        suggested = topic(text, self._info.language)
        if about != text or suggested != text:
            question = about if about != text else suggested
            return Understood(question, question, language)
        if turn.mode is not Mode.QUIZ and turn.mode is not Mode.SUMMARY:
            ask_back = self._ask_back(turn, text, said, language)
            if ask_back:
                return Understood(text, text, language, ask_back=ask_back)
        if not said or topic_changed(text, said, language):
            return Understood(text, text, language)
        question = standalone_question(text, said, language)
        if self._writing is None:
            return Understood(text, question, language, context)
        history = condensed(context, self._writing.counter, self._writing.history_tokens, language)
        if masks:
            history = tuple(Message(message.role, masked(message.content).text) for message in history)
        by_model = turn.mode is not Mode.QUIZ and stands_alone(text, language) < _ALONE
        return Understood(text, question, language, context, history, by_model=by_model)

    async def by_model(self, understood: Understood, scope: CostScope) -> Understood:
        """The same with the question as a model words it, where it can."""
        if self._writing is None or not self._writing.model.is_available:
            return understood
        question, usage = await rewritten(
            understood.message, understood.history, understood.language, self._writing, scope
        )
        return replace(understood, question=question or understood.question, usage=usage)

    def _ask_back(self, turn: Turn, text: str, said: Sequence[tuple[str, str]], language: str) -> str:
        lesson = self._lessons.get(turn.lesson)
        options = [heading.title for heading in lesson.headings if heading.level == 2][:_OPTIONS] if lesson else ()
        return clarification(text, said, lesson.title if lesson else None, language, options) or ""
