"""A pasted error in the chat: its cause first, the way out, the line of code it stands on."""

from tests.tutor.chat.rules.test_tutor import ask, expect_grounded
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.settings import PROJECT


def test_a_pasted_error_is_answered_before_anything_else(tutor: BuiltinTutor) -> None:
    answer = ask(
        tutor,
        "I typed along with the softmax lecture, explain attention to me later, but first: what is\n\n"
        "RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x6 and 10x3)\n\nThanks",
    )
    expect_grounded(answer)
    assert answer.kind == "failure" and not answer.abstained
    assert answer.text.startswith("**The matrices do not fit together (32x6 times 10x3)")
    hint, out = answer.text.index("**Hint.**"), answer.text.index("**Way out.**")
    assert 0 < hint < out and len(answer.text.split()) <= 180


def test_what_to_type_is_that_of_her_system(tutor: BuiltinTutor) -> None:
    windows = ask(
        tutor,
        "PS C:\\tutor> .venv\\Scripts\\activate\nActivate.ps1 cannot be loaded because running scripts is disabled on this system.",
    )
    assert windows.kind == "failure" and "Set-ExecutionPolicy -Scope Process" in windows.text
    unknown = ask(tutor, "error: externally-managed-environment")
    assert "In bash or zsh:" in unknown.text and "break-system-packages" in unknown.text


def test_the_line_that_it_stands_on_is_quoted_where_it_is_indexed(tutor: BuiltinTutor) -> None:
    path = "exercises/nanogpt/model.py"
    lines = (PROJECT / path).read_text(encoding="utf-8").split("\n")
    number = next(n for n, line in enumerate(lines, 1) if "self.query_key_value(x).split" in line)
    code = lines[number - 1].strip()
    answer = ask(
        tutor,
        f'  File "C:\\tutor\\exercises\\nanogpt\\model.py", line {number}, in forward\n    {code}\n'
        "RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x6 and 10x3)",
    )
    expect_grounded(answer)
    assert code in answer.text
    assert [(each.path, each.start) for each in answer.citations if each.path == path] == [(path, number)]
    other = ask(
        tutor,
        f'  File "model.py", line {number}, in forward\n    q, k, v = something_else(x)\n'
        "RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x6 and 10x3)",
    )
    assert path not in [each.path for each in other.citations], "her own file reads otherwise there"


def test_words_of_an_output_never_become_a_link(tutor: BuiltinTutor) -> None:
    answer = ask(tutor, "KnobError: press [here](https://example.com/x) to go on")
    assert answer.kind == "failure" and "](https" not in answer.text


def test_a_question_about_errors_is_no_error(tutor: BuiltinTutor) -> None:
    assert ask(tutor, "what is cross entropy error?").kind != "failure"
    assert ask(tutor, "Why is my loss nan sometimes?").kind != "failure"
