"""Turns as pages hold them: one run, one read back from MLflow, or the same prompt many times."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from gwtrace_core.running.recorder import TracePending, TraceRecorded
from gwtrace_core.running.repeats import Repeats
from gwtrace_core.running.run import Run, RunSnapshot
from gwtrace_core.trace.model import Assessment, Trace
from gwtrace_core.values.reply import Reply
from gwtrace_core.values.request import Lane, Message


@dataclass(slots=True, kw_only=True)
class ChatTurn:
    """One question and its reply: a run of this process, or a turn read back from MLflow."""

    message: Message
    lane: Lane
    run: Run | None = None
    stored_reply: Reply | None = None
    stored_trace_id: str | None = None
    stored_trace: Trace | None = None
    """Where it was read back together with the reply; else only its id is known."""
    stored_distinct_line: str = ""
    assessments: tuple[Assessment, ...] = ()
    """What anybody said of its trace, replaced ones included, as far as this page knows."""
    earlier_ids: tuple[str, ...] | None = None
    """The turns that it goes on from, by their ids; None where that is not known."""
    turn_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def snapshot(self) -> RunSnapshot:
        """The turn as it stands; keeps its run alive."""
        if self.run is not None:
            return self.run.poll()
        trace = self.stored_trace
        return RunSnapshot(
            reply=self.stored_reply or Reply(status="finished"),
            trace=TracePending(trace_id=self.stored_trace_id)
            if trace is None
            else TraceRecorded(trace=trace),
            is_settled=True,
        )

    @property
    def trace_id(self) -> str | None:
        """MLflow's trace id, as far as it is known by now."""
        return self.stored_trace_id if self.run is None else self.run.trace_id

    @property
    def distinct_line(self) -> str:
        """What was added to the system prompt to make the request unlike any other."""
        return self.stored_distinct_line if self.run is None else self.run.request.distinct_line

    @property
    def status(self) -> str:
        """How its reply stands, without renewing the lease."""
        reply = self.stored_reply if self.run is None else self.run.reply
        return "finished" if reply is None else reply.status

    @property
    def is_running(self) -> bool:
        """Whether its reply is on the way."""
        return self.run is not None and self.run.reply.running

    def stop(self) -> None:
        """Stop its run; what has arrived stays."""
        if self.run is not None:
            self.run.stop()


@dataclass(slots=True, kw_only=True)
class RepeatedTurn:
    """The same prompt on one lane several times: the turns that have begun, in order."""

    repeats: Repeats | None
    """None for turns that were read back from MLflow."""
    turns: list[ChatTurn]
    """At least the first."""
    shown: int = 1
    """The number of the run that is looked at, counted from 1."""

    @property
    def planned(self) -> int:
        """How many there are to be."""
        return len(self.turns) if self.repeats is None else self.repeats.planned

    @property
    def is_over(self) -> bool:
        """Whether the last turn has settled and none will follow."""
        if self.repeats is None:
            return all(turn.snapshot().is_settled for turn in self.turns)
        return self.repeats.is_over

    def poll(self) -> list[ChatTurn]:
        """The turns that have begun by now; keeps the chain alive."""
        if self.repeats is None:
            return self.turns
        first = self.turns[0]
        for run in self.repeats.poll()[len(self.turns) :]:
            turn = ChatTurn(
                message=first.message, lane=first.lane, run=run, earlier_ids=first.earlier_ids
            )
            self.turns.append(turn)
        return self.turns

    def lead(self) -> ChatTurn:
        """The first that finished, which later questions go on from; else the first."""
        turns = self.poll()
        done = (turn for turn in turns if turn.status == "finished")
        return next(done, turns[0])

    def stop(self) -> None:
        """Stop the run under way and start no other; what has arrived stays."""
        if self.repeats is None:
            for turn in self.turns:
                turn.stop()
        else:
            self.repeats.stop()
