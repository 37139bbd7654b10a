"""When a failing service is left alone, and how many retries it gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import Clock
from tutor.adapters.openai.breaker import CircuitBreaker, RetryBudget


@pytest.fixture
def clock() -> Clock:
    return Clock(1_000.0)


def breaker(clock: Clock, failures: int = 3) -> CircuitBreaker:
    return CircuitBreaker(failures, first_pause_seconds=10, longest_pause_seconds=60, clock=clock)


def entered(it: CircuitBreaker) -> int:
    pass_ = it.enter()
    assert pass_ is not None
    return pass_


def fail(it: CircuitBreaker, times: int = 1) -> None:
    for _ in range(times):
        it.failed(entered(it))


def test_it_opens_after_failures_in_a_row(clock: Clock) -> None:
    it = breaker(clock)
    fail(it, 2)
    assert not it.is_open
    assert it.wait_seconds == 0
    fail(it)
    assert it.is_open
    assert it.enter() is None
    assert it.wait_seconds == 10


def test_a_success_between_them_starts_the_count_again(clock: Clock) -> None:
    it = breaker(clock)
    fail(it, 2)
    it.succeeded(entered(it))
    fail(it, 2)
    assert not it.is_open


def test_after_the_pause_one_call_at_a_time_tries(clock: Clock) -> None:
    it = breaker(clock)
    fail(it, 3)
    clock.now += 10
    assert not it.is_open
    trial = entered(it)
    assert it.is_open
    assert it.enter() is None
    assert it.wait_seconds == 1
    it.left(trial)
    assert not it.is_open
    trial = entered(it)
    it.succeeded(trial)
    fail(it, 2)
    assert not it.is_open


def test_the_pause_doubles_with_every_failed_trial_up_to_the_longest(clock: Clock) -> None:
    it = breaker(clock)
    fail(it, 3)
    pauses = []
    for _ in range(4):
        pauses.append(it.wait_seconds)
        clock.now += it.wait_seconds
        fail(it)
    assert pauses == [10, 20, 40, 60]
    clock.now += 60
    it.succeeded(entered(it))
    fail(it, 3)
    assert it.wait_seconds == 10


def test_a_trial_that_has_begun_to_answer_lets_others_in_but_may_still_fail(clock: Clock) -> None:
    it = breaker(clock)
    fail(it, 3)
    clock.now += 10
    trial = entered(it)
    it.answers(trial)
    assert not it.is_open
    entered(it)
    it.failed(trial)
    assert it.is_open
    assert it.wait_seconds == 20


def test_calls_from_before_the_opening_change_nothing(clock: Clock) -> None:
    it = breaker(clock)
    early = [entered(it) for _ in range(3)]
    fail(it, 3)
    it.answers(early[0])
    it.succeeded(early[0])
    assert it.wait_seconds == 10
    clock.now += 10
    trial = entered(it)
    it.failed(early[1])
    it.left(early[2])
    assert it.is_open
    it.succeeded(trial)
    assert not it.is_open


def test_a_service_that_says_how_long_is_left_alone_that_long_within_reason(clock: Clock) -> None:
    it = breaker(clock, failures=1)
    it.failed(entered(it), retry_after_seconds=30)
    assert it.wait_seconds == 30
    clock.now += 30
    it.failed(entered(it), retry_after_seconds=86_400)
    assert it.wait_seconds == 60


@given(st.lists(st.sampled_from(["enter", "answers", "succeeded", "failed", "left", "later"]), max_size=60))
def test_it_never_stays_shut_once_every_call_has_ended(steps: list[str]) -> None:
    clock = Clock(1_000.0)
    it = breaker(clock)
    passes: list[int] = []
    for step in steps:
        if step == "later":
            clock.now += 7
        elif step == "enter":
            pass_ = it.enter()
            passes += [] if pass_ is None else [pass_]
        elif step == "answers" and passes:
            it.answers(passes[-1])
        elif passes and step != "answers":
            getattr(it, step)(passes.pop())
    for pass_ in passes:
        it.left(pass_)
    clock.now += 60
    assert not it.is_open


def test_an_outage_gets_a_tenth_of_its_requests_in_retries() -> None:
    budget = RetryBudget(0.1, limit=10)
    granted = 0
    for _ in range(1_000):
        budget.earn()
        granted += sum(budget.spend() for _ in range(3))
    assert 100 <= granted <= 111


def test_ten_requests_earn_a_retry_and_no_more_than_the_most_is_saved() -> None:
    budget = RetryBudget(0.1, limit=2)
    assert [budget.spend() for _ in range(3)] == [True, True, False]
    for _ in range(10):
        budget.earn()
    assert [budget.spend() for _ in range(2)] == [True, False]
    for _ in range(1_000):
        budget.earn()
    assert [budget.spend() for _ in range(3)] == [True, True, False]
