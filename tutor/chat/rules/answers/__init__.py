"""One file for each kind of answer: `wanted` finds it in a question, `answer` writes it."""
