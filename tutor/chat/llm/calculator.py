"""Sums for a model that cannot do them: plain arithmetic, never code."""

import ast
import math
import operator
from collections.abc import Callable

from tutor.errors import QuestionError

LARGEST_POWER = 10_000
OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.USub: operator.neg, ast.UAdd: operator.pos,
}  # fmt: skip
FUNCTIONS: dict[str, Callable[..., float]] = {
    "sqrt": math.sqrt, "exp": math.exp, "log": math.log, "log2": math.log2, "log10": math.log10,
    "tanh": math.tanh,
    "round": round, "min": min, "max": max, "abs": abs, "ceil": math.ceil, "floor": math.floor,
}  # fmt: skip
NAMES = {"pi": math.pi, "e": math.e}


def calculate(expression: str) -> float:
    """The value of an arithmetic expression. Raises QuestionError for anything else."""
    try:
        return _value(ast.parse(expression.strip()[:500], mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError, TypeError, RecursionError) as error:
        raise QuestionError(
            f"This cannot be calculated: {error}. Use numbers, + - * / ** and sqrt, exp, log."
        ) from None


def _value(node: ast.AST) -> float:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value) if abs(node.value) > 1e15 else node.value  # type: ignore[return-value,arg-type]
    if isinstance(node, ast.Name) and node.id in NAMES:
        return NAMES[node.id]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        base, power = _value(node.left), _value(node.right)
        if abs(power) > LARGEST_POWER:
            raise ValueError("the power is too large")
        return math.pow(base, power)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](_value(node.left), _value(node.right))
    if isinstance(node, ast.UnaryOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](_value(node.operand))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
        return FUNCTIONS[node.func.id](*(_value(each) for each in node.args))
    raise ValueError("only numbers and arithmetic are understood")
