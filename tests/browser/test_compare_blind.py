"""Blind rounds in a real browser: nothing gives a lane away before the vote, which MLflow keeps."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, expect

from gwtrace_core.values.connection import SdkPath
from tests.browser.compare_page import FAILING, LANE, LONG, QUICK, STALLED, Compare, comparison
from tests.browser.support import SLOW_MS, App, wait_idle

pytestmark = pytest.mark.browser

Open = Callable[..., Compare]
THIRD = replace(QUICK, sdk_path=SdkPath.PYDANTIC_AI)
TELLING = ("gpt-5.2", "gpt-5.4-mini", "OpenAI SDK", "Pydantic AI agent", "Lane A", "first token")


class Blind:
    """A blind round, in the words of its user."""

    def __init__(self, compare: Compare) -> None:
        self.compare = compare
        self.page = compare.page

    def switch_on(self) -> None:
        if not self.page.get_by_role("switch", name="Blind").is_checked():
            self.page.locator(".st-key-compare-blind label").first.click()
            wait_idle(self.page)

    def ask(self, text: str, answers: int) -> None:
        self.switch_on()
        self.compare.send(text)
        # The vote is offered once every answer is in, and stays.
        expect(self.vote_button("Tie")).to_be_visible(timeout=SLOW_MS)
        expect(self.answers).to_have_count(answers)
        wait_idle(self.page)

    @property
    def answers(self) -> Locator:
        return self.page.locator("[class*='st-key-compare-cell-blind-']")

    def vote_button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def vote(self, name: str, traces: int) -> None:
        self.vote_button(name).click()
        self.compare.settle(traces)

    def expect_hidden(self) -> None:
        """Nothing in the document tells who answered what, nor how fast or by which way."""
        expect(self.compare.heads).to_have_count(0)
        expect(self.compare.trees).to_have_count(0)
        expect(self.page.locator(".figure")).to_have_count(0)
        board = self.compare.board.evaluate("board => board.innerHTML")
        # The demo names its model in an answer to a greeting only, so none was asked for.
        assert [word for word in TELLING if word in board] == []


def outcomes(app: App, name: str = "preference") -> dict[str, tuple[object, str, str, str]]:
    """By lane: what MLflow's own client reads of the votes on the newest comparison."""
    found: dict[str, tuple[object, str, str, str]] = {}
    for letter, trace in comparison(app):
        (kept,) = (
            each for each in trace.info.assessments or [] if name in each.name and each.valid
        )
        found[letter] = (
            kept.value,  # pyright: ignore[reportAttributeAccessIssue]  # feedback
            kept.source.source_type,
            str(kept.source.source_id),
            (kept.metadata or {}).get("gwtrace.comparison", ""),
        )
    return found


def stored(app: App, **values: str) -> None:
    """Each lane's outcome is a person's, of this comparison."""
    kept = outcomes(app)
    assert {letter: value for letter, (value, *_) in kept.items()} == values
    comparison_id = comparison(app)[0][1].info.tags["gwtrace.comparison"]
    users = {trace.info.trace_metadata["mlflow.trace.user"] for _, trace in comparison(app)}
    assert {entry[1:] for entry in kept.values()} == {
        ("HUMAN", user, comparison_id) for user in users
    }


def test_a_vote_on_two_lanes_reveals_them_and_is_kept(open_compare: Open, keyed_app: App) -> None:
    blind = Blind(open_compare(LANE, QUICK))
    blind.ask("Tell me about trees", 2)
    blind.expect_hidden()
    blind.vote("Both are bad", 2)
    expect(blind.page.get_by_text("Your vote: none is good.")).to_be_visible()
    expect(blind.compare.heads).to_have_count(2)
    reveal = re.compile(r"Answer 1 was lane (A, answer 2 was lane B|B, answer 2 was lane A)\.$")
    expect(blind.page.get_by_text(reveal)).to_be_visible()
    expect(blind.compare.cells.nth(0)).to_contain_text("gpt-5.2")
    expect(blind.compare.cells.nth(0).locator(".figure")).to_have_count(5)
    stored(keyed_app, A="bad", B="bad")
    blind.page.get_by_role("button", name="Report", exact=True).click()
    expect(blind.page.get_by_role("dialog")).to_contain_text("Votes: 1 blind vote")


def test_the_answer_that_was_voted_for_wins_whichever_lane_it_was(
    open_compare: Open, keyed_app: App
) -> None:
    number = 2
    blind = Blind(open_compare(LANE, QUICK))
    blind.ask("Tell me about trees", 2)
    chosen = blind.answers.nth(number - 1).inner_text().partition("\n")[2].split()
    blind.vote(f"Answer {number} is better", 2)
    (winner,) = (letter for letter, (value, *_) in outcomes(keyed_app).items() if value == "win")
    place = "AB".index(winner)
    first, second = (winner, "BA"[place])[:: 1 if number == 1 else -1]
    said = f"Your vote: lane {winner} is better. Answer 1 was lane {first}, answer 2 was"
    expect(blind.page.get_by_text(f"{said} lane {second}.")).to_be_visible()
    shown = blind.compare.cells.nth(place).inner_text().split()
    assert all(word in shown for word in chosen)
    stored(keyed_app, **{winner: "win", "BA"[place]: "loss"})


def test_three_lanes_one_of_which_fails_are_voted_on_and_counted(
    open_compare: Open, keyed_app: App
) -> None:
    blind = Blind(open_compare(LANE, THIRD, FAILING))
    blind.compare.ask("Hello", traces=3)
    before = _scores(blind)
    blind.page.locator(".st-key-compare-new").get_by_role("button").click()
    expect(blind.compare.cells).to_have_count(0)
    blind.ask("Tell me about trees", 3)
    blind.expect_hidden()
    expect(blind.page.get_by_text("This lane failed; the reveal says why.")).to_have_count(1)
    assert "fault-upstream-500" not in blind.compare.board.evaluate("board => board.innerHTML")
    expect(blind.vote_button("All are bad")).to_be_visible()
    failed = next(
        number
        for number, text in enumerate(blind.answers.all_inner_texts(), 1)
        if "This lane failed" in text
    )
    blind.vote(f"Answer {1 if failed != 1 else 2} is better", 3)
    kept = {letter: value for letter, (value, *_) in outcomes(keyed_app).items()}
    assert sorted(map(str, kept.values())) == ["loss", "loss", "win"]
    assert kept["C"] == "loss"
    after = _scores(blind)
    models = {"A": "gpt-5.2", "B": "gpt-5.4-mini", "C": "fault-upstream-500"}
    for letter, model in models.items():
        wins, losses = before.get(model, (0, 0))
        won = kept[letter] == "win"
        assert after[model] == (wins + won, losses + (not won))


def test_while_answers_are_awaited_the_page_is_whole_and_names_no_lane(open_compare: Open) -> None:
    compare = open_compare(LANE, STALLED)
    blind = Blind(compare)
    blind.switch_on()
    compare.send("Tell me about trees")
    # One lane stalls, so this stays until it is stopped.
    expect(blind.page.get_by_text("1 of 2 answers are in")).to_be_visible(timeout=SLOW_MS)
    blind.expect_hidden()
    for key in ("new", "runs", "report"):
        expect(blind.page.locator(f".st-key-compare-{key}[data-stale=false]")).to_be_visible()
    expect(blind.page.get_by_role("button", name="Think it through")).to_be_hidden()
    compare.stop_all.click()
    expect(blind.vote_button("Tie")).to_be_visible(timeout=SLOW_MS)
    expect(blind.answers).to_have_count(2)
    expect(compare.stop_all).to_have_count(0)


def test_the_vote_is_in_sight_above_long_answers_and_so_is_what_it_reveals(
    open_compare: Open,
) -> None:
    compare = open_compare(LANE, QUICK, THIRD)
    blind = Blind(compare)
    blind.ask(LONG, 3)
    for width, height in ((1280, 800), (390, 844)):
        blind.page.set_viewport_size({"width": width, "height": height})
        for name in ("Answer 1 is better", "Tie", "All are bad"):
            expect(blind.vote_button(name)).to_be_in_viewport(ratio=1)
    blind.vote("Tie", 3)
    expect(blind.page.get_by_text("Your vote: a tie.")).to_be_in_viewport(ratio=1)
    expect(compare.cells.first.get_by_text("gpt-5.2").first).to_be_in_viewport(ratio=1)


def _scores(blind: Blind) -> dict[str, tuple[int, int]]:
    """Wins and losses by model, as the table of scores shows them; empty before any vote."""
    blind.page.get_by_role("radiogroup", name="View").get_by_text("Scores").click()
    wait_idle(blind.page)
    expect(blind.page.get_by_text("No blind comparison").or_(
        blind.page.get_by_role("table").first)).to_be_visible()  # fmt: skip
    found: dict[str, tuple[int, int]] = {}
    for row in blind.page.get_by_role("row").all_inner_texts():
        cells = row.split("\t")
        if len(cells) == 7 and cells[2].isdigit():
            found.setdefault(cells[0], (int(cells[2]), int(cells[3])))
    return found
