import asyncio
import functools
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter_ns

import numpy as np
import onnxruntime as ort
import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from contract.errors import DeadlineError, InvalidRequestError, ServingError
from serve.batching.batcher import Batcher
from serve.models.model_settings import BatchingSettings

LONG_US = 1_000_000  # a delay that no test lives to see the end of


def _session(nodes, inputs, outputs, constants=()):
    initializers = [numpy_helper.from_array(value, name) for name, value in constants]
    graph = helper.make_graph(nodes, "graph", inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    return ort.InferenceSession(model.SerializeToString())


def _echo():
    """twice = 2 x, of any width; same = text."""
    value = helper.make_tensor_value_info
    return _session(
        [
            helper.make_node("Add", ["x", "x"], ["twice"]),
            helper.make_node("Identity", ["text"], ["same"]),
        ],
        [value("x", TensorProto.FLOAT, ("n", "m")), value("text", TensorProto.STRING, ("n",))],
        [value("twice", TensorProto.FLOAT, ("n", "m")), value("same", TensorProto.STRING, ("n",))],
    )


def _table():
    """y = table[x], of 3 rows: other indices cannot be computed."""
    return _session(
        [helper.make_node("Gather", ["table", "x"], ["y"])],
        [helper.make_tensor_value_info("x", TensorProto.INT64, ("n",))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ("n",))],
        [("table", np.array([10, 20, 30], dtype=np.float32))],
    )


def _positive():
    """y = those of x that are above 0: as many rows as there are."""
    return _session(
        [
            helper.make_node("Greater", ["x", "zero"], ["above"]),
            helper.make_node("Compress", ["x", "above"], ["y"], axis=0),
        ],
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ("n",))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ("k",))],
        [("zero", np.float32(0))],
    )


ECHO, TABLE, POSITIVE = _echo(), _table(), _positive()


@dataclass
class Model:
    """A session whose runs are written down, and can be held at their beginning."""

    session: ort.InferenceSession
    runs: list = field(default_factory=list)
    began: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    may_run: threading.Semaphore | None = None

    def hold(self):
        self.may_run = threading.Semaphore(0)

    def release(self):
        """Let one run go on, and with `release_all` every run."""
        self.may_run.release()

    def release_all(self):
        self.may_run.release(1000)

    def run(self, inputs):
        self.runs.append(inputs)
        self.loop.call_soon_threadsafe(self.began.release)
        if self.may_run is not None:
            assert self.may_run.acquire(timeout=60)
        try:
            return self.session.run(None, inputs)
        except Exception as error:
            raise InvalidRequestError("cannot be computed") from error

    async def has_begun(self):
        """Wait until one run more has begun."""
        await self.began.acquire()

    @property
    def rows(self):
        return [len(next(iter(inputs.values()))) for inputs in self.runs]


@asynccontextmanager
async def batching(model, max_batch_size, delay_us=0, threads=2, **options):
    facts = []
    settings = BatchingSettings(max_batch_size=max_batch_size, max_queue_delay_us=delay_us)
    with ThreadPoolExecutor(threads) as pool:
        batcher = Batcher(model.run, settings, pool, facts.append, **options)
        batcher.facts = facts
        batcher.pool = pool
        try:
            yield batcher
        finally:
            if model.may_run is not None:
                model.release_all()
            await batcher.drain()
            batcher.close()


def run(coroutine, loop_factory=uvloop.new_event_loop):
    """Run on the server's event loop, or another; nothing may go wrong in a callback."""
    complaints = []
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.get_loop().set_exception_handler(lambda _, context: complaints.append(context))
        runner.run(coroutine)
    assert complaints == []


def on_the_loop(body):
    """Make a test of a coroutine function."""

    async def and_its_garbage(*arguments, **named):
        await body(*arguments, **named)
        gc.collect()  # a failure that nobody asked for is told when its future goes

    @functools.wraps(body)
    def wrapped(*arguments, **named):
        run(and_its_garbage(*arguments, **named))

    return wrapped


def echo_inputs(number, rows, width=2):
    x = np.full((rows, width), number, np.float32)
    x[:, 0] = np.arange(rows)
    return {"x": x, "text": np.array([f"{number}.{row}" for row in range(rows)], dtype=object)}


def send(batcher, number, rows=1, width=2, deadline_ns=None):
    return batcher.submit(echo_inputs(number, rows, width), rows, deadline_ns)


def assert_is_answer_to(answer, number, rows, width=2):
    sent = echo_inputs(number, rows, width)
    twice, same = answer.arrays
    np.testing.assert_array_equal(twice, 2 * sent["x"])
    np.testing.assert_array_equal(same, sent["text"])


@on_the_loop
async def test_requests_that_arrive_while_a_batch_runs_form_the_next_one():
    model = Model(ECHO)
    model.hold()
    async with batching(model, 8) as batcher:
        answers = [send(batcher, 0, 2)]
        await model.has_begun()
        answers += [send(batcher, number, 2) for number in (1, 2, 3)]
        model.release_all()
        for number, answer in enumerate(answers):
            assert_is_answer_to(await answer, number, 2)
        assert model.rows == [2, 6]
        assert [answer.result().batch_rows for answer in answers] == [2, 6, 6, 6]
        assert [(facts.requests, facts.rows) for facts in batcher.facts] == [(1, 2), (3, 6)]
        assert not any(facts.failed for facts in batcher.facts)


@on_the_loop
async def test_what_arrives_in_one_turn_of_the_loop_starts_together():
    model = Model(ECHO)
    async with batching(model, 8) as batcher:
        answers = await asyncio.gather(*(send(batcher, number) for number in range(5)))
        for number, answer in enumerate(answers):
            assert_is_answer_to(answer, number, 1)
    assert model.rows == [5]


@on_the_loop
async def test_the_times_of_an_answer_are_those_of_its_batch():
    model = Model(ECHO)
    model.hold()
    async with batching(model, 8) as batcher:
        first = send(batcher, 0)
        await model.has_begun()
        begun_ns = perf_counter_ns()
        second, third = send(batcher, 1), send(batcher, 2)
        sent_ns = perf_counter_ns()
        released_ns = perf_counter_ns()
        model.release_all()
        first, second, third = await asyncio.gather(first, second, third)
    assert first.infer_ns >= released_ns - begun_ns
    assert second.queue_ns >= third.queue_ns >= released_ns - sent_ns
    assert second.infer_ns == third.infer_ns == batcher.facts[1].infer_ns


@on_the_loop
async def test_a_request_alone_is_passed_through_without_a_copy():
    model = Model(ECHO)
    async with batching(model, 4) as batcher:
        inputs = echo_inputs(1, 2)
        answer = await batcher.submit(inputs, 2, None)
    assert model.runs[0] is inputs
    assert_is_answer_to(answer, 1, 2)


@on_the_loop
async def test_a_request_that_is_larger_than_a_batch_runs_alone():
    model = Model(ECHO)
    async with batching(model, 4) as batcher:
        answers = [send(batcher, number, rows) for number, rows in enumerate((1, 9, 1, 1))]
        for number, rows in enumerate((1, 9, 1, 1)):
            assert_is_answer_to(await answers[number], number, rows)
    assert model.rows == [1, 9, 2]


@on_the_loop
async def test_requests_without_rows_are_answered_too():
    model = Model(ECHO)
    async with batching(model, 2) as batcher:
        answers = [send(batcher, number, rows) for number, rows in enumerate((0, 2, 0))]
        for number, rows in enumerate((0, 2, 0)):
            assert_is_answer_to(await answers[number], number, rows)
        assert_is_answer_to(await send(batcher, 3, 0), 3, 0)


@on_the_loop
async def test_other_shapes_and_types_form_batches_of_their_own_in_order_of_arrival():
    model = Model(ECHO)
    async with batching(model, 8) as batcher:
        widths = (2, 3, 2, 3, 4, 2)
        answers = [send(batcher, number, 1, width) for number, width in enumerate(widths)]
        for number, width in enumerate(widths):
            assert_is_answer_to(await answers[number], number, 1, width)
    assert [inputs["x"].shape for inputs in model.runs] == [(3, 2), (2, 3), (1, 4)]


@on_the_loop
async def test_inputs_in_another_order_are_of_one_kind():
    model = Model(ECHO)
    async with batching(model, 8) as batcher:
        turned = dict(reversed(echo_inputs(1, 1).items()))
        answers = [send(batcher, 0), batcher.submit(turned, 1, None)]
        for number, answer in enumerate(await asyncio.gather(*answers)):
            assert_is_answer_to(answer, number, 1)
    assert model.rows == [2]


@on_the_loop
async def test_inputs_with_different_numbers_of_rows_are_refused_and_spoil_no_batch():
    model = Model(ECHO)
    async with batching(model, 8) as batcher:
        uneven = echo_inputs(1, 2) | {"text": np.array(["one"], dtype=object)}
        answers = [send(batcher, 0), batcher.submit(uneven, 2, None), send(batcher, 2)]
        with pytest.raises(InvalidRequestError, match=r"input 'text': has shape \[1\]"):
            await answers[1]
        for number in (0, 2):
            assert_is_answer_to(await answers[number], number, 1)
    assert model.rows == [2]


@pytest.mark.parametrize("loop_factory", [uvloop.new_event_loop, asyncio.new_event_loop])
def test_with_a_delay_a_batch_waits_for_more_until_it_is_full(loop_factory):
    async def body():
        model = Model(ECHO)
        async with batching(model, 3, LONG_US) as batcher:
            answers = []
            for number in range(3):
                answers.append(send(batcher, number))
                for _ in range(3):
                    await asyncio.sleep(0)
                assert model.runs == [] or number == 2
            for number, answer in enumerate(answers):
                assert_is_answer_to(await answer, number, 1)
        assert model.rows == [3]

    run(body(), loop_factory)


@pytest.mark.parametrize("loop_factory", [uvloop.new_event_loop, asyncio.new_event_loop])
@pytest.mark.parametrize("delay_us", [150, 2_300])
def test_with_a_delay_a_batch_that_never_fills_starts_when_its_oldest_has_waited(
    loop_factory, delay_us
):
    async def body():
        model = Model(ECHO)
        async with batching(model, 64, delay_us) as batcher:
            for _ in range(3):
                first, second = await asyncio.gather(send(batcher, 0), send(batcher, 1))
                assert first.queue_ns >= second.queue_ns
                assert first.queue_ns >= delay_us * 1000
        assert model.rows == [2, 2, 2]

    run(body(), loop_factory)


@on_the_loop
async def test_as_many_batches_run_at_once_as_there_are_instances():
    model = Model(ECHO)
    model.hold()
    async with batching(model, 2, instances=2, threads=4) as batcher:
        answers = [send(batcher, number) for number in range(7)]
        await model.has_begun()
        await model.has_begun()
        await asyncio.sleep(0)
        assert sorted(model.rows) == [2, 2]
        assert batcher.waiting == 3
        model.release_all()
        for number, answer in enumerate(answers):
            assert_is_answer_to(await answer, number, 1)
    assert sum(model.rows) == 7


@on_the_loop
async def test_a_request_that_waits_fails_at_its_deadline_and_not_when_its_turn_comes():
    model = Model(ECHO)
    model.hold()
    async with batching(model, 4) as batcher:
        running = send(batcher, 0)
        await model.has_begun()
        deadlines_ns = [perf_counter_ns() + 1_000_000 * ms for ms in (6, 2, 4)]
        patient = send(batcher, 1)
        waiting = [send(batcher, 2 + i, 1, 2, at) for i, at in enumerate(deadlines_ns)]
        for answer, at_ns in zip(waiting, deadlines_ns, strict=True):
            with pytest.raises(DeadlineError, match="longer than its deadline"):
                await answer
            assert perf_counter_ns() >= at_ns
        assert not running.done()  # its batch is held: nothing has moved
        assert batcher.waiting == 1
        model.release_all()
        assert_is_answer_to(await running, 0, 1)
        assert_is_answer_to(await patient, 1, 1)
    assert model.rows == [1, 1]


@on_the_loop
async def test_a_request_that_runs_has_met_its_deadline():
    model = Model(ECHO)
    model.hold()
    async with batching(model, 4) as batcher:
        deadline_ns = perf_counter_ns() + 300_000_000
        running = send(batcher, 0, deadline_ns=deadline_ns)
        await model.has_begun()
        with pytest.raises(DeadlineError):
            await send(batcher, 1, deadline_ns=deadline_ns)
        model.release_all()
        assert_is_answer_to(await running, 0, 1)


@on_the_loop
async def test_a_deadline_holds_while_others_keep_the_pool_busy():
    model, others = Model(ECHO), threading.Event()
    async with batching(model, 4, threads=1) as batcher:
        batcher.pool.submit(others.wait, 60)
        try:
            late = send(batcher, 0, deadline_ns=perf_counter_ns() + 2_000_000)
            patient = send(batcher, 1)
            with pytest.raises(DeadlineError):
                await late
        finally:
            others.set()
        assert_is_answer_to(await patient, 1, 1)
    assert model.rows == [1]


@on_the_loop
async def test_a_deadline_that_has_passed_already_is_not_run():
    model = Model(ECHO)
    async with batching(model, 4) as batcher:
        late = send(batcher, 0, deadline_ns=perf_counter_ns() - 1)
        with pytest.raises(DeadlineError):
            await late
        assert_is_answer_to(await send(batcher, 1), 1, 1)
    assert model.rows == [1]


@on_the_loop
async def test_deadlines_hold_while_a_batch_waits_for_more():
    model = Model(ECHO)
    async with batching(model, 64, LONG_US) as batcher:
        now_ns = perf_counter_ns()
        answers = [send(batcher, i, deadline_ns=now_ns + 1_000_000 * (i + 1)) for i in range(4)]
        for answer in answers:
            with pytest.raises(DeadlineError):
                await answer
        assert batcher.waiting == 0
    assert model.runs == []


@on_the_loop
async def test_a_deadline_that_has_passed_keeps_nobody_busy():
    model = Model(ECHO)
    model.hold()
    async with batching(model, 4) as batcher:
        running = send(batcher, 0)
        await model.has_begun()
        rings = []
        ring, batcher._alarm._ring = batcher._alarm._ring, lambda: (rings.append(1), ring())
        hour_ns = 3600 * 10**9
        patient = send(batcher, 1, deadline_ns=perf_counter_ns() + hour_ns)
        with pytest.raises(DeadlineError):
            await send(batcher, 2, deadline_ns=perf_counter_ns() + 1_000_000)
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(rings) == 1
        model.release_all()
        await asyncio.gather(running, patient)


@on_the_loop
async def test_a_cancelled_request_is_taken_out_of_the_queue_and_never_run():
    model = Model(ECHO)
    model.hold()
    async with batching(model, 8) as batcher:
        first = send(batcher, 0)
        await model.has_begun()
        answers = [send(batcher, number) for number in (1, 2, 3)]
        answers[1].cancel()
        await asyncio.sleep(0)
        assert batcher.waiting == 2
        model.release_all()
        await first
        for number in (1, 3):
            assert_is_answer_to(await answers[number - 1], number, 1)
    assert model.rows == [1, 2]


@on_the_loop
async def test_a_client_that_leaves_during_the_run_takes_nothing_from_the_others():
    model = Model(ECHO)
    model.hold()
    async with batching(model, 8) as batcher:
        answers = [send(batcher, number) for number in range(3)]
        await model.has_begun()
        answers[0].cancel()
        model.release_all()
        for number in (1, 2):
            assert_is_answer_to(await answers[number], number, 1)
    assert model.rows == [3]


@on_the_loop
async def test_a_batch_whose_clients_have_all_left_before_it_began_is_not_run():
    model, others = Model(ECHO), threading.Event()
    async with batching(model, 4, threads=1) as batcher:
        batcher.pool.submit(others.wait, 60)
        answers = [send(batcher, number) for number in range(2)]
        await asyncio.sleep(0)  # the batch now waits in the pool
        assert batcher.waiting == 0
        for answer in answers:
            answer.cancel()
        others.set()
        await batcher.drain()
    assert model.runs == []
    assert batcher.facts == []


@on_the_loop
async def test_one_client_s_bad_values_do_not_fail_the_others():
    model = Model(TABLE)
    async with batching(model, 8) as batcher:
        indices = ([0], [1, 2], [7], [2])
        answers = [batcher.submit({"x": np.array(x)}, len(x), None) for x in indices]
        with pytest.raises(InvalidRequestError, match="cannot be computed"):
            await answers[2]
        for number in (0, 1, 3):
            answer = await answers[number]
            assert answer.arrays[0].tolist() == [10 * (i + 1) for i in indices[number]]
            assert answer.batch_rows == len(indices[number])
    assert model.rows == [5, 1, 2, 1, 1]
    assert [(f.requests, f.rows, f.failed) for f in batcher.facts] == [
        (4, 5, True),
        (1, 1, False),
        (1, 2, False),
        (1, 1, True),
        (1, 1, False),
    ]


@on_the_loop
async def test_a_request_alone_that_fails_is_run_once():
    model = Model(TABLE)
    async with batching(model, 8) as batcher:
        with pytest.raises(InvalidRequestError):
            await batcher.submit({"x": np.array([9])}, 1, None)
        assert (await batcher.submit({"x": np.array([0])}, 1, None)).arrays[0] == [10]
    assert model.rows == [1, 1]


@on_the_loop
async def test_who_leaves_while_the_others_are_tried_one_by_one_is_not_run():
    model = Model(TABLE)
    model.hold()
    async with batching(model, 8) as batcher:
        answers = [batcher.submit({"x": np.array([x])}, 1, None) for x in (0, 9, 1)]
        await model.has_begun()
        answers[2].cancel()
        model.release_all()
        with pytest.raises(InvalidRequestError):
            await answers[1]
    assert model.rows == [3, 1, 1]


@on_the_loop
async def test_outputs_that_cannot_be_told_apart_are_computed_one_by_one():
    model = Model(POSITIVE)
    async with batching(model, 8) as batcher:
        sent = [np.array(x, np.float32) for x in ([1, -1], [-2, 2, -3], [3])]
        answers = [batcher.submit({"x": x}, len(x), None) for x in sent]
        assert [(await answer).arrays[0].tolist() for answer in answers] == [[1], [2], [3]]
    assert batcher.facts[0].failed


@on_the_loop
async def test_a_pool_that_is_shut_down_is_told_and_not_waited_for():
    model = Model(ECHO)
    async with batching(model, 4) as batcher:
        batcher.pool.shutdown()
        with pytest.raises(ServingError, match="the pool takes no more work"):
            await send(batcher, 0)
        await batcher.drain()


@on_the_loop
async def test_draining_waits_for_everything_that_was_accepted():
    model = Model(ECHO)
    model.hold()
    async with batching(model, 2) as batcher:
        answers = [send(batcher, number) for number in range(5)]
        await model.has_begun()
        draining = [asyncio.create_task(batcher.drain()) for _ in range(2)]
        await asyncio.sleep(0)
        draining[1].cancel()  # who gives up waiting leaves the others waiting
        late = send(batcher, 5)
        model.release_all()
        await draining[0]
        assert all(answer.done() for answer in [*answers, late])
        for number, answer in enumerate([*answers, late]):
            assert_is_answer_to(await answer, number, 1)


@on_the_loop
async def test_draining_hands_the_answers_on_before_it_returns():
    order = []
    async with batching(Model(ECHO), 2) as batcher:
        send(batcher, 0).add_done_callback(lambda _: order.append("answer"))
        await batcher.drain()
        order.append("drained")
    assert order == ["answer", "drained"]


@pytest.mark.parametrize("end", ["cancel", "deadline"])
@on_the_loop
async def test_draining_ends_when_the_last_request_gives_up(end):
    async with batching(Model(ECHO), 64, LONG_US) as batcher:
        deadline_ns = perf_counter_ns() + 3_000_000 if end == "deadline" else None
        answer = send(batcher, 0, deadline_ns=deadline_ns)
        draining = asyncio.create_task(batcher.drain())
        await asyncio.sleep(0)
        if end == "deadline":
            with pytest.raises(DeadlineError):
                await answer
        else:
            answer.cancel()
        for _ in range(3):
            await asyncio.sleep(0)
        assert draining.done()


@on_the_loop
async def test_an_idle_batcher_drains_at_once():
    async with batching(Model(ECHO), 2) as batcher:
        await batcher.drain()


SENDS = st.tuples(st.just("send"), st.integers(0, 6), st.integers(1, 2))
STEPS = st.one_of(
    SENDS, SENDS, st.tuples(st.just("cancel"), st.integers(0, 50)), st.tuples(st.just("release"))
)


@dataclass
class Campaign:
    """Requests in a random order against the rules of batching, written plainly."""

    model: Model
    batcher: Batcher
    max_rows: int
    sent: list = field(default_factory=list)  # (rows, width, answer)
    waiting: list = field(default_factory=list)
    running: bool = False
    expected: list = field(default_factory=list)

    async def step(self, name, *arguments):
        if name == "send":
            number = len(self.sent)
            self.sent.append((*arguments, send(self.batcher, number, *arguments)))
            self.waiting.append(number)
        elif name == "cancel" and self.waiting:
            number = self.waiting.pop(arguments[0] % len(self.waiting))
            self.sent[number][2].cancel()
        elif name == "release" and self.running:
            self.model.release()
            await self.sent[self.expected[-1][0]][2]
            self.running = False
        for _ in range(3):
            await asyncio.sleep(0)
        await self._start()

    async def _start(self):
        if self.running or not self.waiting:
            return
        batch, rows = [], 0
        for number in self.waiting:
            if self.sent[number][1] != self.sent[self.waiting[0]][1]:
                continue
            if batch and rows + self.sent[number][0] > self.max_rows:
                break
            batch.append(number)
            rows += self.sent[number][0]
        self.waiting = [number for number in self.waiting if number not in batch]
        self.expected.append(batch)
        self.running = True
        await self.model.has_begun()

    def check(self):
        ran = [
            list(dict.fromkeys(int(text.split(".")[0]) for text in inputs["text"]))
            for inputs in self.model.runs
        ]
        with_rows = [[n for n in batch if self.sent[n][0]] for batch in self.expected]
        assert ran == with_rows
        assert all(
            sum(self.sent[n][0] for n in batch) <= self.max_rows or len(batch) == 1
            for batch in self.expected
        )
        assert [facts.requests for facts in self.batcher.facts] == list(map(len, self.expected))
        for number, (rows, width, answer) in enumerate(self.sent):
            if not answer.cancelled():
                assert_is_answer_to(answer.result(), number, rows, width)


@settings(deadline=None, max_examples=200)
@given(max_rows=st.integers(2, 5), steps=st.lists(STEPS, max_size=25))
def test_every_request_gets_its_own_rows_in_order_in_batches_within_the_bound(max_rows, steps):
    async def body():
        model = Model(ECHO)
        model.hold()
        async with batching(model, max_rows) as batcher:
            campaign = Campaign(model, batcher, max_rows)
            for step in steps:
                await campaign.step(*step)
            while campaign.running:
                await campaign.step("release")
            await batcher.drain()
            campaign.check()

    run(body())
