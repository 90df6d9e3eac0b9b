"""Encoders that hide values which they have never seen."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from parityline.lint.module import Hit, Module, words

CODE = "unseen-category"
WORDS = re.compile(r"handle_unknown")
"""A file without any of these has nothing for this rule."""

_HIDING = {
    "ignore": "become zeros",
    "infrequent_if_exist": "become the rare ones, or zeros",
    "use_encoded_value": "become one number",
    "value": "become one number",
    "return_nan": "become NaN",
}


def hits(module: Module) -> Iterator[Hit]:
    """Alarms of this rule: `handle_unknown` set to something that neither raises nor warns."""
    for call in module.flow.calls:
        for keyword in call.keywords:
            if keyword.arg != "handle_unknown" or not _is_class(call.func):
                continue
            for value in module.flow.values(keyword.value):
                if isinstance(value, ast.Constant) and (what := _HIDING.get(str(value.value))):
                    sentence = f"`{words(call.func)}({keyword.arg}={value.value!r})` hides unseen values: they {what}"
                    yield module.hit(keyword.value, CODE, sentence, "warning")
                    break


def _is_class(function: ast.expr) -> bool:
    """Whether what is called is named like a class: an encoder, not a function that passes the argument on."""
    name = (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )
    return name[:1].isupper()
