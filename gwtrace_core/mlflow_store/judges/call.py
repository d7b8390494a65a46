"""The one model call that a judgement makes, through the hub like any chat turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from gwtrace_core.evaluation.values import JUDGE_LIMIT_S, JUDGE_OUTPUT_TOKENS, JudgeModel
from gwtrace_core.figures.costs import find_reply_cost
from gwtrace_core.mlflow_store.judges.answers import UnjudgedError
from gwtrace_core.running.hub import Hub
from gwtrace_core.running.recorder import TraceRecorded
from gwtrace_core.running.run import Run
from gwtrace_core.values.endings import Ending, answer_notes, ending_of, is_early
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.masking import Masker, secrets_of
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import ChatRequest, Lane, Message, TurnContext

_POLL_S = 0.1
_SETTLE_S = 30.0
"""A run that was stopped settles as soon as its trace is read; past this it is left alone."""

_STOPPED = "The evaluation was stopped."


class JudgeCall:
    """Asks once, and knows afterwards what it cost. For the thread that judges."""

    def __init__(
        self,
        hub: Hub,
        model: JudgeModel,
        context: TurnContext,
        stopped: threading.Event,
        *,
        limit_s: float = JUDGE_LIMIT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hub = hub
        self._model = model
        self._context = context
        self._stopped = stopped
        self._limit_s = limit_s
        self._clock = clock
        self._run: Run | None = None
        self._masker = Masker(())

    @property
    def model_name(self) -> str:
        """The judge's model, as it is asked for."""
        return self._model.lane.model

    @property
    def trace_id(self) -> str | None:
        """The trace of the call; None when there was none, or MLflow did not keep it."""
        if self._run is None or not isinstance(self._run.trace, TraceRecorded):
            return None
        return self._run.trace.trace.trace_id

    @property
    def cost_usd(self) -> float | None:
        """The gateway's, else by the price table; None without a call or a price."""
        if self._run is None:
            return None
        cost = find_reply_cost(self._model.lane, self._run.reply)
        return None if cost is None else cost.amount_usd

    def ask(self, system: str, prompt: str) -> str:
        """The model's answer. Blocks; raises UnjudgedError when there is none.

        Not streamed, for nobody reads along; without tools, and with `system` for the lane's
        system prompt.
        """
        if self._stopped.is_set():
            raise UnjudgedError(_STOPPED, state="stopped")
        lane = _bounded(
            replace(self._model.lane, system_prompt=system, prompt=None, tools=(), streamed=False)
        )
        request = ChatRequest(lane=lane, messages=(Message(role="user", text=prompt),))
        try:
            target = self._model.find_target()
            self._masker = Masker(secrets_of(target.connection))
            self._run = self._hub.start(request, target, self._context, is_remembered=False)
        except RequestRefused as refused:
            raise UnjudgedError(refused.message, hint=refused.hint, state="stopped") from refused
        is_in_time = self._wait(self._run)
        return _answer(self._run.reply, is_in_time=is_in_time, limit_s=self._limit_s)

    def masked(self, text: str) -> str:
        """What was read out of the answer's JSON, in which any letter of a key may have been
        written in another way."""
        return self._masker.text(text)

    def _wait(self, run: Run) -> bool:
        """Until the reply and its trace are there; False when they took too long."""
        give_up_s = self._clock() + self._limit_s
        is_stopping, is_in_time = False, True
        while not run.wait_settled(_POLL_S):
            # Keeps the run alive, as a page does that watches one.
            run.poll()
            now_s = self._clock()
            if not is_stopping and (self._stopped.is_set() or now_s > give_up_s):
                is_stopping, is_in_time = True, self._stopped.is_set()
                give_up_s = now_s + _SETTLE_S
                run.stop(_STOPPED if is_in_time else "Stopped because it took too long.")
            elif is_stopping and now_s > give_up_s:
                break
        return is_in_time


def _bounded(lane: Lane) -> Lane:
    """The lane with an end to what the model may write, where nobody has set one."""
    if lane.parameters.max_output_tokens is not None:
        return lane
    limited = replace(lane.parameters, max_output_tokens=JUDGE_OUTPUT_TOKENS)
    return replace(lane, parameters=limited)


def _answer(reply: Reply, *, is_in_time: bool, limit_s: float) -> str:
    if reply.status == "finished":
        return _whole(reply)
    if reply.failure is not None:
        raise UnjudgedError(reply.failure.message, hint=reply.failure.hint)
    if not is_in_time:
        raise UnjudgedError(
            f"The judge's model took longer than {limit_s:g} s.",
            hint="Judge again, or let a faster model judge.",
        )
    if reply.status == "stopped":
        raise UnjudgedError(reply.stop_reason or _STOPPED, state="stopped")
    raise UnjudgedError("The judge's call ended with a fault of gwtrace itself.")


def _whole(reply: Reply) -> str:
    ending = ending_of(reply.finish_reason)
    if ending is Ending.LENGTH:
        raise UnjudgedError(
            "The judge's answer was cut at its maximum length.",
            hint="Raise the maximum of output tokens of the judge's model.",
        )
    if is_early(ending) or not reply.text.strip():
        raise UnjudgedError(
            f"The judge's answer is not whole. {' '.join(answer_notes(reply))}",
            hint="Let a model of another provider judge this trace.",
        )
    return reply.text
