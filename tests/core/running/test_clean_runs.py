"""Whatever is typed and whatever a model says: recorder, report, code and CSV get valid Unicode."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.batch.results import BatchCall, make_results
from gwtrace_core.code.script import CodeTracking, script_for
from gwtrace_core.figures.reply_figures import make_figures
from gwtrace_core.report.comparison import ReportInput, ReportRound, ReportTurn, report_html
from gwtrace_core.running.run import Run
from gwtrace_core.values.connection import Provider, SdkPath
from gwtrace_core.values.events import StreamEvent
from gwtrace_core.values.request import ChatRequest, Message, Parameters, TurnContext
from pages.ui.compare.batch_table import long_frame
from pages.ui.compare.table import table_csv
from tests.core.code.calls import gateway_connection, make
from tests.core.report.reports import MADE_AT, TREE
from tests.core.running.test_entrance import BROKEN, ENDS, EVENTS

CALL, TARGET = make(gateway_connection(), Provider.OPENAI, SdkPath.OPENAI_CHAT)
REQUESTS = st.builds(
    ChatRequest,
    lane=st.builds(
        replace,
        st.just(CALL.lane),
        model=BROKEN.map("m{}".format),
        route=BROKEN,
        connection_id=BROKEN,
        system_prompt=BROKEN,
        tools=st.lists(BROKEN, max_size=2).map(tuple),
        parameters=st.builds(Parameters, stop=st.lists(BROKEN, max_size=2).map(tuple)),
    ),
    messages=st.lists(
        st.builds(Message, role=st.just("user"), text=BROKEN.map("hi{}".format)),
        min_size=1,
        max_size=2,
    ).map(tuple),
)
CONTEXTS = st.builds(
    TurnContext,
    session_id=BROKEN,
    user=BROKEN,
    tags=st.dictionaries(BROKEN, BROKEN, max_size=2),
)


def encoded(value: object) -> bytes:
    """As every store, page and file encodes it; raises for half a character."""
    return json.dumps(value, ensure_ascii=False, default=str).encode()


@given(request=REQUESTS, context=CONTEXTS, events=st.lists(EVENTS, max_size=6), end=ENDS)
def test_nothing_of_a_run_is_broken_text_wherever_it_goes(
    request: ChatRequest, context: TurnContext, events: list[StreamEvent], end: StreamEvent
) -> None:
    run = Run(request=request, target=TARGET, context=context, clock=lambda: 0.0, started_ms=0)
    recorded = [asdict(each) for event in (*events, end) for each in run.apply(event)]
    assert encoded([asdict(run.request), asdict(run.context), recorded, asdict(run.reply)])
    turn = ReportTurn(
        name="A",
        request=run.request,
        target=TARGET,
        reply=run.reply,
        figures=tuple(make_figures(run.reply, table_cost=None, trace_cost=None)),
        trace=None,
    )
    round_ = ReportRound(question=run.request.messages[-1], turns=(turn,))
    html = report_html(ReportInput(title="t", made_at=MADE_AT, tree=TREE, rounds=(round_,)))
    # The report's own last resort would write a question mark.
    assert html.encode().count(b"\xef\xbf\xbd") >= run.reply.text.count("\ufffd")
    call = BatchCall(
        row=1,
        lane_name="A",
        lane=run.request.lane,
        prompt=run.request.messages[-1].text,
        reply=run.reply,
    )
    frame = long_frame(make_results([call]))
    assert table_csv(frame).encode()


@given(request=REQUESTS)
def test_the_code_of_a_run_is_a_file_that_can_be_written(request: ChatRequest) -> None:
    run = Run(
        request=replace(request, lane=replace(request.lane, tools=())),
        target=TARGET,
        context=TurnContext(session_id="s", user="u"),
        clock=lambda: 0.0,
        started_ms=0,
    )
    script = script_for(run.request, TARGET, tracking=CodeTracking(experiment_name="e"))
    assert script.encode()
    assert "\\ud" not in script
