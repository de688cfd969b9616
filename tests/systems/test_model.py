"""What an answer costs: by the price list, and never less, whatever the counts look like."""

from __future__ import annotations

from typing import Any

import pytest

from systems.model import PRICES, cost_micros

MILLION = 1_000_000


@pytest.mark.parametrize(
    ("model", "usage", "dollars"),
    [
        ("claude-sonnet-5-5", {"input_tokens": MILLION}, 2.0),
        ("claude-sonnet-5-5", {"output_tokens": MILLION}, 10.0),
        ("claude-sonnet-5-5", {"cache_read_input_tokens": MILLION}, 0.10),
        ("claude-sonnet-5-5", {"cache_creation_input_tokens": MILLION}, 2.50),
        (
            "claude-sonnet-5-5",
            {"cache_creation_input_tokens": MILLION, "cache_creation": {"ephemeral_1h_input_tokens": MILLION}},
            4.0,
        ),
        ("claude-opus-5-5", {"input_tokens": MILLION, "output_tokens": MILLION}, 24.0),
        ("claude-opus-5-5", {"cache_read_input_tokens": MILLION}, 0.20),
        ("claude-fable-5-1", {"cache_read_input_tokens": MILLION}, 0.25),
        ("claude-haiku-5-5", {"input_tokens": 100_000, "output_tokens": 100_000}, 0.06),
        ("claude-haiku-5-5", {"input_tokens": 1, "cache_read_input_tokens": 100_000}, 0.005_001),
        ("claude-haiku-4-5-20251001", {"input_tokens": MILLION}, 1.0),
        ("claude-of-tomorrow", {"input_tokens": MILLION, "output_tokens": MILLION}, 60.0),
        ("claude-of-tomorrow", {"cache_read_input_tokens": MILLION}, 1.0),
    ],
)
def test_an_answer_costs_what_the_price_list_says(model: str, usage: dict[str, Any], dollars: float) -> None:
    assert cost_micros(model, usage) == pytest.approx(dollars * MILLION, abs=1)


def test_a_part_of_a_millionth_counts_as_one() -> None:
    assert cost_micros("claude-haiku-5-5", {"cache_read_input_tokens": 1}) == 1


@pytest.mark.parametrize("nonsense", [-5, None, "12", 1.5, [], {}])
def test_a_count_that_is_nonsense_never_lowers_the_sum(nonsense: Any) -> None:
    usage = {"input_tokens": 100, "output_tokens": nonsense, "cache_read_input_tokens": nonsense,
             "cache_creation_input_tokens": nonsense, "cache_creation": nonsense}  # fmt: skip
    assert cost_micros("claude-sonnet-5-5", usage) == 200


def test_no_known_model_is_dearer_than_an_unknown_one() -> None:
    usage = {"input_tokens": 1_000, "output_tokens": 1_000, "cache_read_input_tokens": 9_000}
    unknown = cost_micros("claude-of-tomorrow", usage)
    assert all(cost_micros(model, usage) <= unknown for model in PRICES)
