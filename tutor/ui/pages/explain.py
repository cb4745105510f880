"""Explain it back, and practice for the interview: her words, the rubric, a model answer, a log."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from tutor.study.explain import (
    Explanation,
    ExplanationError,
    Mode,
    exits_due,
    gain,
    next_prompt,
    touched,
)
from tutor.study.items import WEEKS
from tutor.study.prompt_bank import Audience, Prompt, load_prompts
from tutor.ui.services import services, when

AUDIENCES: dict[Audience, str] = {"engineer": "an engineer", "cfo": "a CFO"}
KINDS = {
    "explain": "Explain",
    "interview": "Interview",
    "vendor-claim": "A vendor's claim",
    "incident": "An incident",
    "scoping": "Scope a case",
    "prd": "Requirements",
}


def show() -> None:
    """The page."""
    st.title("Explain it back")
    st.markdown(
        "You know it when you can say it. Write for one reader, then hold your words against what matters."
    )
    prompts = [prompt for week in WEEKS for prompt in load_prompts(week)]
    by_id = {prompt.id: prompt for prompt in prompts}
    log = services().explanations.log()
    due = [name for name in exits_due(log, datetime.now(UTC)) if name in by_id]
    if due:
        st.info(f"{len(due)} practiced a week ago: try again without help.", icon=":material/history:")
    chosen = _choose(prompts, by_id, due)
    if chosen is not None:
        _work_on(chosen, exit_test=chosen.id in due)
    _log(by_id)


def _choose(prompts: list[Prompt], by_id: dict[str, Prompt], due: list[str]) -> Prompt | None:
    asked = st.query_params.get("week", "")
    left, right = st.columns(2)
    week = left.selectbox(
        "Week",
        [0, *WEEKS],
        index=int(asked) if asked.isdigit() and int(asked) <= 6 else 0,
        format_func=lambda n: f"Week {n}" if n else "All weeks",
    )
    kinds = sorted({prompt.kind for prompt in prompts}, key=list(KINDS).index)
    kind = right.selectbox("Kind", ["", *kinds], format_func=lambda k: KINDS.get(k, "All kinds"))
    pool = [p for p in (load_prompts(week) if week else prompts) if not kind or p.kind == kind]
    if not pool:
        st.markdown("There is none of this kind in this week.")
        return None
    first = next((name for name in due if by_id[name] in pool), None)
    suggested = by_id[first] if first else next_prompt(pool, services().explanations.log())
    return st.selectbox("Question", pool, index=pool.index(suggested), format_func=_in_a_line)


def _in_a_line(prompt: Prompt) -> str:
    line = " ".join(prompt.prompt.split())
    return line if len(line) < 110 else f"{line[:108]}…"


def _work_on(prompt: Prompt, exit_test: bool) -> None:
    st.subheader(KINDS[prompt.kind], anchor=False)
    st.markdown(prompt.prompt)
    if prompt.facts:
        st.markdown("\n".join(f"- {fact}" for fact in prompt.facts))
    audiences = list(prompt.audiences)
    audience: Audience = audiences[0]
    if len(audiences) > 1:
        picked = st.segmented_control(
            "For",
            audiences,
            default=audience,
            key=f"for-{prompt.id}",
            format_func=lambda a: AUDIENCES[a],
            required=True,
        )
        audience = picked or audience
    key = f"{prompt.id}-{audience}"
    began = st.session_state.setdefault(f"began-{key}", datetime.now(UTC))
    text = st.text_area(
        "Your words", key=f"text-{key}", height=200, placeholder="As you would say it, in a few sentences."
    )
    if prompt.kind != "explain":
        st.caption("In an interview you would have about three minutes.")
    if not st.toggle("I am done: compare", key=f"compare-{key}", disabled=not text.strip()):
        return
    mode: Mode = "exit" if exit_test else "practice" if prompt.kind == "explain" else "interview"
    _compare(prompt, audience, mode, text, began, key)


def _compare(prompt: Prompt, audience: Audience, mode: Mode, text: str, began: datetime, key: str) -> None:
    answer = prompt.audiences[audience]
    st.markdown("**A good answer, short**")
    st.markdown(answer.short)
    with st.expander("The longer one"):
        st.markdown(answer.long)
    st.markdown(
        "**Point by point.** Where your words touch a point they are quoted; you decide whether they make it."
    )
    met, wrong = [], []
    for place, one in enumerate(touched(prompt, text)):
        said = st.segmented_control(
            one.point.point,
            ["said", "missed", "said wrong"],
            key=f"point-{key}-{place}",
            default="said" if one.quote else "missed",
            required=True,
        )
        if one.quote:
            st.caption(f"You wrote: “{one.quote}”")
        met += [place] if said == "said" else []
        wrong += [place] if said == "said wrong" else []
    follow_up = prompt.follow_ups[0]
    st.markdown(f"**And then:** {follow_up}")
    reply = st.text_area("Your reply", key=f"reply-{key}", height=100, placeholder="Optional")
    if st.button("Keep it", type="primary", icon=":material/save:", key=f"keep-{key}"):
        seconds = (datetime.now(UTC) - began).total_seconds()
        explanation = Explanation(prompt.id, audience, mode, text, tuple(met), tuple(wrong), reply, seconds)
        try:
            score = services().explanations.keep(prompt, explanation)
        except ExplanationError as error:
            st.warning(str(error), icon=":material/info:")
            return
        st.toast(f"Kept: {score:.0%} of the rubric.", icon=":material/check:")
        for name in (f"began-{key}", f"compare-{key}", f"text-{key}", f"reply-{key}"):
            st.session_state.pop(name, None)
        st.rerun()


def _log(by_id: dict[str, Prompt]) -> None:
    log = services().explanations.log()
    st.subheader("Your log", anchor=False)
    if not log:
        st.caption("What you keep is listed here, and comes back after a week as a test without help.")
        return
    for place, kept in enumerate(log[:20]):
        one = kept.explanation
        prompt = by_id.get(one.prompt_id)
        grown = gain(log, one.prompt_id)
        label = f"{_in_a_line(prompt) if prompt else one.prompt_id} · {kept.score:.0%} · {when(kept.when)}"
        with st.expander(label):
            st.markdown(f"For {AUDIENCES[one.audience]}, {one.seconds / 60:.0f} min.")
            st.text(one.text)
            if one.follow_up:
                st.text(one.follow_up)
            if grown is not None:
                st.caption(f"From your first attempt to the test without help: {grown:+.0%}")
            if prompt and st.button("Try again", key=f"again-{place}", icon=":material/replay:"):
                st.query_params["week"] = ""
                st.rerun()
