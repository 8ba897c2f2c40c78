"""Texts and JSON that are almost right: what is valid, changed a little by a hostile hand."""

import json
from typing import Any

from hypothesis import strategies as st

Json = Any
#: What parsers trip over.
_SEEDS = [
    *(
        "",
        " ",
        "\n",
        "\x00",
        "\x7f",
        "\ufeff",
        "\u200b",
        "\u0661",
        "\uff11",
        "\ud83d",
        "\U0001f511",
    ),
    *(
        "-",
        "+",
        "--",
        ".",
        "..",
        "/",
        "//",
        "\\",
        "%",
        "%2e",
        "%00",
        "@",
        ":",
        ";",
        ",",
        "#",
        "?",
        "&",
    ),
    *(
        "0",
        "9" * 30,
        "1e400",
        "NaN",
        "null",
        "true",
        "[",
        "]",
        "{",
        "}",
        "[" * 2_000,
        '"',
        "'",
        "Z",
    ),
    *(
        "+23:59",
        "-24:00",
        "24:00:00",
        "60",
        "0000",
        "99999",
        "T",
        "GMT",
        "EST",
        "whsec_",
        "=",
        "===",
    ),
]
_ODD: list[Json] = [
    *(None, True, False, 0, -1, 1.5, 1e308, 10**40, "", " ", "\ud83d", "x" * 5_000, [], {}, [[]]),
    *("2026-01-01", "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00.000Z", "admin", "*", "../.."),
]
pieces = st.sampled_from(_SEEDS) | st.text(max_size=5)
odd = st.sampled_from(_ODD) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def spoilt_texts(draw: st.DrawFn, *valid: str) -> str:
    """One of the texts, or another one, with up to four pieces put in, taken out or doubled."""
    text = draw(st.sampled_from(valid) | st.text(max_size=40))
    for _ in range(draw(st.integers(0, 4))):
        start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        put = draw(pieces | st.just(text[start:end] * 2))
        text = text[:start] + put + text[end:]
    return text


@st.composite
def spoilt_objects(draw: st.DrawFn, valid: dict[str, Json]) -> dict[str, Json]:
    """The object, with up to three fields at any depth replaced, left out or added."""
    whole: dict[str, Json] = json.loads(json.dumps(valid))
    for _ in range(draw(st.integers(0, 3))):
        _spoil(draw, whole)
    return whole


def _spoil(draw: st.DrawFn, node: dict[str, Json]) -> None:
    name = draw(st.sampled_from([*node, "__proto__", ""]) if node else st.text(max_size=5))
    value = node.get(name)
    if isinstance(value, dict) and draw(st.booleans()):
        _spoil(draw, value)
    elif isinstance(value, str) and draw(st.booleans()):
        node[name] = draw(spoilt_texts(value))
    elif draw(st.booleans()):
        node[name] = draw(odd)
    else:
        node.pop(name, None)
