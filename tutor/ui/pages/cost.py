"""The cost lab: what a feature and a training run cost, every assumption in sight."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import streamlit as st

from tutor.quoting import as_link, as_markdown, without_pictures
from tutor.study.cost import notes as cost_notes
from tutor.study.cost.model import (
    Feature,
    FeatureCost,
    Hardware,
    Latency,
    Price,
    Speed,
    alternatives,
    feature_cost,
    latency,
    load_prices,
    months_to_break_even,
    training_cost,
)
from tutor.study.cost.notes import feature_figure, feature_note, training_figure, training_note
from tutor.ui.components import charts
from tutor.ui.services import services, when

OLD = 90  # days after which a price list wants a second look


def show() -> None:
    """The page."""
    st.title("Cost lab")
    feature, training = st.tabs(["A feature", "Training or fine-tuning"])
    with feature:
        _feature()
    with training:
        _training()
    _kept()


def _feature() -> None:
    prices = load_prices()
    left, right = st.columns([2, 3], gap="large")
    with left:
        model = st.selectbox(
            "Model", list(prices), format_func=lambda name: f"{name} ({prices[name].vendor})"
        )
        price = _price(prices[model])
        asked = _asked()
        speed = Speed(
            prefill=st.number_input("Reads, tokens a second", 1.0, 1e6, 3000.0, 100.0),
            decode=st.number_input("Writes, tokens a second", 1.0, 1e5, 60.0, 5.0),
        )
    with right:
        cost, wait = feature_cost(asked, price), latency(asked, speed)
        _result(cost, wait)
        st.altair_chart(
            charts.bars(cost.parts, "What a request is spent on", "dollars a request"), width="stretch"
        )
        everyone = {name: feature_cost(asked, other).per_month for name, other in prices.items()}
        st.altair_chart(
            charts.bars(everyone, "The same traffic with each model", "dollars a month"), width="stretch"
        )
        with st.container(horizontal=True):
            documents = st.number_input("Whole documents, tokens", 0, 10_000_000, 100_000, 10_000)
            passages = st.number_input("What a search finds of them, tokens", 0, 1_000_000, 2_000, 500)
        ways = alternatives(asked, price, documents, passages)
        st.altair_chart(
            charts.bars(ways, "The same feature, done differently", "dollars a month"), width="stretch"
        )
        _keep(
            feature_figure(asked, price),
            lambda title: feature_note(title, asked, price, speed),
            "feature",
            "My feature",
        )


def _price(price: Price) -> Price:
    age = price.age_days(date.today())
    old = ": look it up again before you quote it" if age > OLD else ""
    st.caption(f"Prices as of {price.as_of:%d %B %Y}, {age} days ago{old}. {as_link('Source', price.source)}")
    if price.long_above:
        st.caption(
            f"A prompt above {price.long_above:,} tokens pays {price.long_input:g} times the input rate and "
            f"{price.long_output:g} times the output rate, on every token."
        )
    if price.note:
        st.caption(price.note)
    with st.expander("Change the prices (dollars a million tokens)"):
        changed = {
            "input": st.number_input("Input", 0.0, 1000.0, price.input, key=f"in-{price.id}"),
            "output": st.number_input("Output", 0.0, 1000.0, price.output, key=f"out-{price.id}"),
        }
    return price.model_copy(update=changed)


def _asked() -> Feature:
    number = st.number_input
    return Feature(
        requests_per_day=number("Requests a day", 0, 1_000_000_000, 10_000, 1000),
        system_tokens=number(
            "Instructions and tools, tokens",
            0,
            2_000_000,
            1500,
            100,
            help="The same in every request: what a prompt cache can hold",
        ),
        context_tokens=number("Documents and history, tokens", 0, 2_000_000, 3000, 100),
        question_tokens=number("Question, tokens", 0, 2_000_000, 100, 10),
        answer_tokens=number("Answer, tokens", 0, 1_000_000, 400, 50),
        cached_share=st.slider("Requests that hit the prompt cache", 0, 100, 0, format="%d%%") / 100,
        batched_share=st.slider("Requests that can wait for a batch", 0, 100, 0, format="%d%%") / 100,
        tokens_per_character_factor=st.slider(
            "Tokens against English",
            0.5,
            5.0,
            1.0,
            0.1,
            help="1.0 for English; other languages often need more tokens",
        ),
    )


def _result(cost: FeatureCost, wait: Latency) -> None:
    first, second, third = st.columns(3)
    first.metric("A month", f"${cost.per_month:,.0f}")
    second.metric("A thousand requests", f"${cost.per_request * 1000:,.2f}")
    third.metric("First, last token", f"{wait.first_token:.1f} s, {wait.complete:.1f} s")
    if cost.per_request:
        st.markdown(f"Most of it is the **{cost.dominant}**: {cost.share(cost.dominant):.0%}.")
    if cost.unpriced:
        st.caption("This list has no price for cached tokens; they are counted as input.")


def _keep(figure: str, text: Callable[[str], str], key: str, suggested: str) -> None:
    """A name, and the note to keep or to take along."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        title = st.text_input("Name of the note", suggested, key=f"title-{key}")
        kept = st.button("Keep it in my record", type="primary", icon=":material/save:", key=f"keep-{key}")
        st.download_button(
            "Download", text(title), "cost-note.md", "text/markdown",
            icon=":material/download:", key=f"get-{key}", on_click="ignore",
        )  # fmt: skip
    if kept:
        try:
            cost_notes.keep(services().learner.record, title, figure, text(title))
        except cost_notes.CostNoteError as error:
            st.warning(as_markdown(str(error)), icon=":material/info:")
            return
        st.toast("Kept: it counts for your cost estimates and is in your portfolio.", icon=":material/check:")


def _kept() -> None:
    notes = cost_notes.kept(services().learner.record)
    if not notes:
        return
    st.header("Your notes", anchor=False)
    for place, note in enumerate(notes):
        with st.expander(f"{as_markdown(note.title)} · {as_markdown(note.figure)} · {when(note.when)}"):
            st.download_button(
                "Download", note.text, "cost-note.md", "text/markdown",
                icon=":material/download:", key=f"note-{place}", on_click="ignore",
            )  # fmt: skip
            shown = note.text.replace("\n# ", "\n### ").replace("# ", "### ", 1).replace("$", "\\$")
            st.markdown(without_pictures(shown))


def _training() -> None:
    number = st.number_input
    left, right = st.columns([2, 3], gap="large")
    with left:
        parameters = number("Parameters, millions", 0.001, 1e7, 124.0) * 1e6
        tokens = number("Tokens, billions", 0.000001, 1e6, 300.0) * 1e9
        hardware = Hardware(
            name=st.text_input("Hardware", "NVIDIA A100"),
            peak_flops=number("Peak, TFLOP/s each", 0.001, 1e5, 312.0) * 1e12,
            utilization=st.slider("Share of the peak that is reached", 1, 100, 40, format="%d%%") / 100,
            dollars_per_hour=number("Dollars an hour each", 0.0, 1000.0, 2.0, 0.5),
            count=int(number("How many", 1, 1_000_000, 8)),
        )
    with right:
        cost = training_cost(parameters, tokens, hardware)
        first, second, third = st.columns(3)
        first.metric("Operations", f"{cost.flops:.2g}")
        second.metric("Time", f"{cost.hours:,.1f} h" if cost.hours < 100 else f"{cost.hours / 24:,.0f} days")
        third.metric("Money", f"${cost.dollars:,.0f}")
        st.markdown(
            f"$6 \\times {parameters:.3g} \\times {tokens:.3g}$ operations, over "
            f"$ {hardware.count} \\times {hardware.peak_flops:.3g} \\times {hardware.utilization:g}$ a second."
        )
        st.caption(
            "The first line of the lecture's example: GPT-2 small on 300 billion tokens and eight A100s."
        )
        _keep(
            training_figure(parameters, tokens, hardware),
            lambda title: training_note(title, parameters, tokens, hardware),
            "training",
            "My training run",
        )
        st.markdown("**Retrain, fine-tune or prompt: does a fine-tune pay for itself?**")
        one_off = number("The fine-tune, dollars", 0.0, 1e9, 2000.0, 100.0)
        before = number("A month now, dollars", 0.0, 1e9, 1500.0, 100.0)
        after = number("A month with it, dollars", 0.0, 1e9, 600.0, 100.0)
        months = months_to_break_even(one_off, before, after)
        st.markdown(
            "It never does: the month gets no cheaper."
            if months is None
            else f"After **{months:.1f} months**."
        )
        st.caption("Data, evaluation and upkeep are not in it; they are often the larger part.")
