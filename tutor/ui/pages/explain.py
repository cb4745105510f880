"""Explain it back, and practice for the interview: her words, one follow-up, the rubric, a log.

A question goes through three stages: she writes, she is asked once more about what her words leave out, and then
she compares, point by point. Until then no model answer is on the page.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from tutor.quoting import as_markdown
from tutor.study.explain.explanations import (
    Explanation,
    ExplanationError,
    Kept,
    Mode,
    exits_due,
    follow_up,
    gain,
    next_prompt,
    touched,
)
from tutor.study.explain.judge import VERDICTS
from tutor.study.explain.prompt_bank import Audience, Prompt, load_prompts
from tutor.study.quiz.items import WEEKS
from tutor.ui.components.clock import clock
from tutor.ui.components.judging import offer
from tutor.ui.moves import open_beside
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
INTERVIEW = timedelta(minutes=3)  # what an answer aloud may take
LATEST = 8  # attempts that the log shows at first


def show() -> None:
    """The page."""
    st.title("Explain it back")
    prompts = [prompt for week in WEEKS for prompt in load_prompts(week)]
    by_id = {prompt.id: prompt for prompt in prompts}
    log = services().learner.explanations.log()
    due = [name for name in exits_due(log, datetime.now(UTC)) if name in by_id]
    if result := st.session_state.get("explained"):
        _result(*result)
        return
    st.markdown(
        "You know it when you can say it. Write for one reader, answer one follow-up, then hold your words "
        "against what matters."
    )
    chosen = _choose(prompts, by_id, due, log)
    if chosen is not None:
        _work_on(chosen, exit_test=chosen.id in due)
        if st.session_state.get(f"stage-{chosen.id}", "start") == "start":
            _log(by_id, log, hidden=chosen.id if chosen.id in due else "")


def _choose(
    prompts: list[Prompt], by_id: dict[str, Prompt], due: list[str], log: list[Kept]
) -> Prompt | None:
    asked = st.query_params.get("week", "")
    wanted = by_id.get(st.query_params.get("prompt", ""))
    left, right = st.columns(2)
    week = left.selectbox(
        "Week",
        [0, *WEEKS],
        index=int(asked) if asked in tuple("123456") else 0,
        format_func=lambda n: f"Week {n}" if n else "All weeks",
    )
    kinds = sorted({prompt.kind for prompt in prompts}, key=list(KINDS).index)
    kind = right.selectbox("Kind", ["", *kinds], format_func=lambda k: KINDS.get(k, "All kinds"))
    pool = [p for p in (load_prompts(week) if week else prompts) if not kind or p.kind == kind]
    if not pool:
        st.markdown("This week has none of this kind.")
        return None
    first = next((name for name in due if by_id[name] in pool), None)
    suggested = by_id[first] if first else next_prompt(pool, log)
    if wanted in pool:
        suggested = wanted
    return st.selectbox("Question", pool, index=pool.index(suggested), format_func=_in_a_line)


def _in_a_line(prompt: Prompt) -> str:
    line = " ".join(prompt.prompt.split())
    return line if len(line) < 110 else f"{line[:108]}…"


def _work_on(prompt: Prompt, exit_test: bool) -> None:
    st.header(KINDS[prompt.kind], anchor=False)
    st.markdown(prompt.prompt)
    if prompt.facts:
        st.markdown("\n".join(f"- {fact}" for fact in prompt.facts))
    mode: Mode = "exit" if exit_test else "practice" if prompt.kind == "explain" else "interview"
    stage = st.session_state.get(f"stage-{prompt.id}", "start" if mode == "interview" else "write")
    if mode == "exit" and stage != "compare":
        st.info(
            "You practiced this a week ago. Now without help: your earlier words and the good answer stay "
            "closed until you have written yours; leave the tutor and the cards closed too.",
            icon=":material/history:",
        )
    audience = _audience(prompt, locked=stage != "write" and stage != "start")
    if stage == "start":
        st.markdown("Three minutes, as if aloud; one follow-up after that.")
        if st.button("Start the clock", type="primary", icon=":material/timer:"):
            _to(prompt, "write")
    elif stage == "write":
        _write(prompt, mode)
    elif stage == "follow":
        _follow(prompt, mode)
    else:
        _compare(prompt, audience, mode)


def _to(prompt: Prompt, stage: str) -> None:
    st.session_state[f"stage-{prompt.id}"] = stage
    if stage == "write":
        st.session_state[f"began-{prompt.id}"] = datetime.now(UTC)
    st.rerun()


def _audience(prompt: Prompt, locked: bool) -> Audience:
    audiences = list(prompt.audiences)
    if len(audiences) == 1:
        return audiences[0]
    kept: Audience = st.session_state.get(f"audience-{prompt.id}", audiences[0])
    if locked:
        st.caption(f"For {AUDIENCES[kept]}")
        return kept
    picked = st.segmented_control(
        "For",
        audiences,
        default=kept,
        key=f"for-{prompt.id}",
        format_func=lambda a: AUDIENCES[a],
        required=True,
    )
    st.session_state[f"audience-{prompt.id}"] = picked or kept
    return picked or kept


def _write(prompt: Prompt, mode: Mode) -> None:
    began = st.session_state.setdefault(f"began-{prompt.id}", datetime.now(UTC))
    if mode == "interview":
        clock(began, INTERVIEW, key=f"clock-{prompt.id}")
    with st.form(f"write-{prompt.id}", border=False):
        text = st.text_area(
            "Your words",
            st.session_state.get(f"words-{prompt.id}", ""),
            height=200,
            placeholder="As you would say it, in a few sentences.",
        )
        sent = st.form_submit_button("I have said it", type="primary", icon=":material/arrow_forward:")
    if not sent:
        return
    if not text.strip():
        st.warning("Write your explanation first; a few sentences are enough.", icon=":material/info:")
        return
    st.session_state[f"words-{prompt.id}"] = text
    _to(prompt, "follow")


def _follow(prompt: Prompt, mode: Mode) -> None:
    words = st.session_state[f"words-{prompt.id}"]
    if mode == "interview":
        clock(st.session_state[f"began-{prompt.id}"], INTERVIEW, key=f"clock-{prompt.id}")
    with st.container(border=True):
        st.text(words)
    st.markdown(f"**And then:** {follow_up(prompt, words).question}")
    with st.form(f"follow-{prompt.id}", border=False):
        reply = st.text_area(
            "Your reply", height=110, placeholder="A sentence or two; empty if you cannot say."
        )
        sent = st.form_submit_button("Compare", type="primary", icon=":material/compare_arrows:")
    if sent:
        st.session_state[f"reply-{prompt.id}"] = reply
        began = st.session_state[f"began-{prompt.id}"]
        st.session_state[f"took-{prompt.id}"] = (datetime.now(UTC) - began).total_seconds()
        _to(prompt, "compare")


def _compare(prompt: Prompt, audience: Audience, mode: Mode) -> None:
    words, reply = st.session_state[f"words-{prompt.id}"], st.session_state.get(f"reply-{prompt.id}", "")
    asked = follow_up(prompt, words)
    answer = prompt.audiences[audience]
    st.markdown("**A good answer, short**")
    st.markdown(answer.short)
    with st.expander("The longer one"):
        st.markdown(answer.long)
    st.markdown(
        "**Point by point.** Where your words touch a point they are quoted; whether they make it, you decide."
    )
    met, wrong = [], []
    judged = offer(prompt, f"{words}\n{reply}")
    for place, one in enumerate(touched(prompt, f"{words}\n{reply}")):
        key = f"point-{prompt.id}-{place}"
        st.session_state.setdefault(key, "said" if one.quote else "missed")
        said = st.segmented_control(one.point.point, VERDICTS, key=key, required=True)
        quote = judged[place].quote if judged else one.quote
        if quote:
            st.caption(f"You wrote: “{as_markdown(quote)}”")
        if judged and not judged[place].agreed:
            st.caption("The model's two readings disagree here: decide yourself.")
        elif not quote and one.point == asked.point:
            st.caption("The follow-up asked for it.")
        met += [place] if said == "said" else []
        wrong += [place] if said == "said wrong" else []
    seconds = float(st.session_state.get(f"took-{prompt.id}", 0.0))
    if mode == "interview" and seconds > INTERVIEW.total_seconds():
        st.caption(
            f"You took {seconds / 60:.1f} minutes; an interviewer expects about three. Begin with the short answer."
        )
    follow = f"{asked.question}\n{reply}" if reply.strip() else ""
    if st.button("Keep it", type="primary", icon=":material/save:", key=f"keep-{prompt.id}"):
        _keep(
            prompt, Explanation(prompt.id, audience, mode, words, tuple(met), tuple(wrong), follow, seconds)
        )


def _keep(prompt: Prompt, explanation: Explanation) -> None:
    try:
        score = services().learner.explanations.keep(prompt, explanation)
    except ExplanationError as error:
        st.warning(as_markdown(str(error)), icon=":material/info:")
        return
    for name in ("stage", "began", "words", "reply", "took", "judged"):
        st.session_state.pop(f"{name}-{prompt.id}", None)
    st.session_state["explained"] = (prompt, explanation, score)
    st.rerun()


def _result(prompt: Prompt, explanation: Explanation, score: float) -> None:
    """What was kept, what it gained, and the one thing to do about what was missed."""
    st.header(f"{score:.0%} of the rubric", anchor=False)
    grown = gain(services().learner.explanations.log(), prompt.id)
    if explanation.mode == "exit" and grown is not None:
        st.markdown(f"Without help, a week later: **{grown:+.0%}** against your first attempt.")
    elif explanation.mode == "practice":
        st.markdown("Kept. It comes back in a week, to be explained without help.")
    else:
        st.markdown("Kept in your log.")
    seen = set(explanation.met) - set(explanation.wrong)
    left = [point.point for place, point in enumerate(prompt.rubric) if place not in seen]
    if left:
        st.markdown("Still to be said:\n" + "\n".join(f"- {point}" for point in left))
    with st.container(horizontal=True, gap="small"):
        if st.button("Next question", type="primary", icon=":material/arrow_forward:"):
            st.session_state.pop("explained", None)
            st.query_params.clear()
            st.rerun()
        for name in prompt.concepts[:2] if left else ():
            if (concept := services().curriculum.concepts.get(name)) and st.button(
                f"Card: {concept.title}", type="tertiary", icon=":material/menu_book:", key=f"card-{name}"
            ):
                open_beside("concept", name)


def _log(by_id: dict[str, Prompt], log: list[Kept], hidden: str) -> None:
    """What she kept, newest first; that of the question she is at stays closed until she has written."""
    st.header("Your log", anchor=False)
    if not log:
        st.caption("What you keep is listed here, and comes back after a week as a test without help.")
        return
    shown = [one for one in log if one.explanation.prompt_id != hidden]
    everything = st.session_state.get("whole-log", False)
    for place, kept in enumerate(shown if everything else shown[:LATEST]):
        one = kept.explanation
        prompt = by_id.get(one.prompt_id)
        label = f"{_in_a_line(prompt) if prompt else as_markdown(one.prompt_id)} · {kept.score:.0%} · {when(kept.when)}"
        with st.expander(label):
            how = {"exit": ", without help", "interview": ", on the clock"}.get(one.mode, "")
            st.markdown(f"For {AUDIENCES[one.audience]}{how}, {max(1, round(one.seconds / 60))} min.")
            st.text(one.text)
            if one.follow_up:
                st.text(one.follow_up)
            grown = gain(log, one.prompt_id)
            if grown is not None:
                st.caption(f"From your first attempt to the test without help: {grown:+.0%}")
            if prompt and st.button("Try again", key=f"again-{place}", icon=":material/replay:"):
                st.query_params["prompt"] = prompt.id
                st.rerun()
    if len(shown) > LATEST and not everything and st.button(f"Show {len(shown) - LATEST} earlier"):
        st.session_state["whole-log"] = True
        st.rerun()
