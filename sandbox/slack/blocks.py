"""The limits of Block Kit blocks and of whole messages and views, and the ids Slack fills in.

Limits as of slack-sdk 3.47 and https://docs.slack.dev/reference/block-kit/blocks; where a block may stand
(message, modal, home) is the "Surfaces" table of the same pages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.slack import elements
from sandbox.slack.data_blocks import check_data_table, check_data_visualization, check_table
from sandbox.slack.problems import Problem, Report

Json = dict[str, Any]
EVERYWHERE = frozenset({"message", "modal", "home"})


def _section(report: Report, block: Json, at: str) -> None:
    if block.get("text") is None and not block.get("fields"):
        report.add(at, "missing required field: text", "missing_required_field", "text")
    if block.get("text") is not None:
        report.text(block["text"], f"{at}/text", 3000)
    if block.get("fields") is not None:
        for index, field in enumerate(report.items(block["fields"], f"{at}/fields", 10)):
            report.text(field, f"{at}/fields/{index}", 2000)
    if block.get("accessory") is not None:
        elements.check_element(report, block["accessory"], f"{at}/accessory", elements.ACCESSORIES)


def _header(report: Report, block: Json, at: str) -> None:
    if report.required(block, "text", at):
        report.text(block["text"], f"{at}/text", 150, plain_only=True)


def _actions(report: Report, block: Json, at: str) -> None:
    for index, element in enumerate(report.items(block.get("elements"), f"{at}/elements", 25)):
        elements.check_element(report, element, f"{at}/elements/{index}", elements.ACTIONS)


def _context(report: Report, block: Json, at: str) -> None:
    for index, element in enumerate(report.items(block.get("elements"), f"{at}/elements", 10)):
        place = f"{at}/elements/{index}"
        if isinstance(element, dict) and element.get("type") == "image":
            elements.check_image(report, element, place)
        else:
            report.text(element, place, 2000)


def _context_actions(report: Report, block: Json, at: str) -> None:
    for index, element in enumerate(report.items(block.get("elements"), f"{at}/elements", 5)):
        elements.check_element(report, element, f"{at}/elements/{index}", elements.CONTEXT_ACTIONS)


def _image(report: Report, block: Json, at: str) -> None:
    elements.check_image(report, block, at)
    if block.get("title") is not None:
        report.text(block["title"], f"{at}/title", 2000, plain_only=True)


def _input(report: Report, block: Json, at: str) -> None:
    if report.required(block, "label", at):
        report.text(block["label"], f"{at}/label", 2000, plain_only=True)
    if block.get("hint") is not None:
        report.text(block["hint"], f"{at}/hint", 2000, plain_only=True)
    if report.required(block, "element", at):
        elements.check_element(report, block["element"], f"{at}/element", elements.INPUTS)


def _markdown(report: Report, block: Json, at: str) -> None:
    report.string(block.get("text"), f"{at}/text", 12_000)
    report.markdown_chars += len(block.get("text") or "")


def _rich_text(report: Report, block: Json, at: str) -> None:
    kinds = ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
    for index, element in enumerate(report.items(block.get("elements"), f"{at}/elements", 1000)):
        kind = element.get("type") if isinstance(element, dict) else None
        if kind not in kinds:
            report.add(f"{at}/elements/{index}/type", f"unsupported type: {kind}", "unsupported_type", kind)


def _alert(report: Report, block: Json, at: str) -> None:
    if report.required(block, "text", at):
        report.text(block["text"], f"{at}/text", 200)
    if block.get("level") is not None:
        report.known(block["level"], f"{at}/level", ("default", "info", "warning", "error", "success"))


def _card(report: Report, block: Json, at: str) -> None:
    if all(block.get(key) is None for key in ("hero_image", "title", "actions", "body")):
        report.add(at, "missing required field: title", "missing_required_field", "title")
    for key, most in (("title", 150), ("subtitle", 150), ("body", 200)):
        if block.get(key) is not None:
            report.text(block[key], f"{at}/{key}", most)
    for index, element in enumerate(block.get("actions") or []):
        elements.check_element(report, element, f"{at}/actions/{index}", ("button", "workflow_button"))


def _carousel(report: Report, block: Json, at: str) -> None:
    for index, card in enumerate(report.items(block.get("elements"), f"{at}/elements", 10)):
        _card(report, card, f"{at}/elements/{index}")


def _container(report: Report, block: Json, at: str) -> None:
    if block.get("rich_text_title") is None and report.required(block, "title", at):
        report.text(block["title"], f"{at}/title", 150)
    if block.get("subtitle") is not None:
        report.text(block["subtitle"], f"{at}/subtitle", 150)
    if block.get("width") is not None:
        report.known(block["width"], f"{at}/width", ("narrow", "standard", "wide", "full"))
    children = report.items(block.get("child_blocks"), f"{at}/child_blocks", 10)
    for index, child in enumerate(children):
        _block(report, child, f"{at}/child_blocks/{index}", "message")


def _plan(report: Report, block: Json, at: str) -> None:
    report.required(block, "title", at)


def _task_card(report: Report, block: Json, at: str) -> None:
    report.required(block, "task_id", at)
    report.required(block, "title", at)
    if block.get("status") is not None:
        report.known(block["status"], f"{at}/status", ("pending", "in_progress", "complete", "error"))


def _video(report: Report, block: Json, at: str) -> None:
    for key in ("alt_text", "video_url", "thumbnail_url", "title"):
        report.required(block, key, at)


def _nothing(report: Report, block: Json, at: str) -> None:
    """Blocks without limits of their own."""


_Check = Callable[[Report, Json, str], None]
_MESSAGES = frozenset({"message"})
BLOCKS: dict[str, tuple[_Check, frozenset[str]]] = {
    "section": (_section, EVERYWHERE),
    "header": (_header, EVERYWHERE),
    "actions": (_actions, EVERYWHERE),
    "context": (_context, EVERYWHERE),
    "context_actions": (_context_actions, _MESSAGES),
    "divider": (_nothing, EVERYWHERE),
    "image": (_image, EVERYWHERE),
    "input": (_input, EVERYWHERE),
    "markdown": (_markdown, _MESSAGES),
    "rich_text": (_rich_text, EVERYWHERE),
    "alert": (_alert, frozenset({"modal"})),
    "auth_provider": (_nothing, EVERYWHERE),
    "card": (_card, frozenset({"message", "home"})),
    "carousel": (_carousel, frozenset({"message", "home"})),
    "container": (_container, EVERYWHERE),
    "plan": (_plan, _MESSAGES),
    "task_card": (_task_card, _MESSAGES),
    "table": (check_table, _MESSAGES),
    "data_table": (check_data_table, EVERYWHERE),
    "data_visualization": (check_data_visualization, _MESSAGES),
    "video": (_video, EVERYWHERE),
    "call": (_nothing, _MESSAGES),
}


def _block(report: Report, block: Any, at: str, surface: str) -> None:
    if not isinstance(block, dict):
        report.add(at, "must be an object", "type_mismatch", "object")
        return
    kind = block.get("type")
    known = BLOCKS.get(kind) if isinstance(kind, str) else None
    if known is None or surface not in known[1]:
        report.add(f"{at}/type", f"unsupported type: {kind}", "unsupported_type", kind)
        return
    block_id = block.get("block_id")
    if block_id is not None:
        report.string(block_id, f"{at}/block_id", 255)
        if block_id in report.block_ids:
            report.add(
                f"{at}/block_id",
                f'`block_id` "{block_id}" already exists for another block',
                "duplicate_block_id",
                block_id,
            )
        elif isinstance(block_id, str):
            report.block_ids.add(block_id)
    report.action_ids.clear()
    known[0](report, block, at)


def check_blocks(blocks: Any, surface: str = "message", at: str = "/blocks") -> list[Problem]:
    """Every problem of these blocks on that surface (message, modal, home); none when Slack takes them."""
    report = Report()
    most = 50 if surface == "message" else 100
    listed = report.items(blocks, at, most, least=0 if surface == "message" else 1)
    for index, block in enumerate(listed[:most]):
        _block(report, block, f"{at}/{index}", surface)
    if report.markdown_chars > 12_000:
        report.add(at, "must be less than 12001 characters", "max_length_exceeded", 12_000)
    if sum(1 for b in listed if isinstance(b, dict) and b.get("type") == "table") > 1:
        report.add(at, "only_one_table_allowed", "only_one_table_allowed", 1)
    return report.problems


def check_view(view: Any) -> list[Problem]:
    """Every problem of a modal or home view."""
    report = Report()
    if not isinstance(view, dict):
        report.add("/view", "must be an object", "type_mismatch", "object")
        return report.problems
    surface = view.get("type")
    if surface not in ("modal", "home"):
        report.add("/view/type", f"unsupported type: {surface}", "unsupported_type", surface)
        return report.problems
    if surface == "modal":
        if report.required(view, "title", "/view"):
            report.text(view["title"], "/view/title", 24, plain_only=True)
        for key in ("submit", "close"):
            if view.get(key) is not None:
                report.text(view[key], f"/view/{key}", 24, plain_only=True)
    elif any(view.get(key) for key in ("submit", "close", "title")):
        extra = next(key for key in ("submit", "close", "title") if view.get(key))
        report.add("/view", f"invalid additional property: {extra}", "additional_property", extra)
    for key, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        if view.get(key) is not None:
            report.string(view[key], f"/view/{key}", most, least=0)
    listed = view.get("blocks")
    problems = report.problems + check_blocks(listed, surface, "/view/blocks")
    kinds = [b.get("type") for b in listed or [] if isinstance(b, dict)]
    if surface == "modal" and "input" in kinds and view.get("submit") is None:
        problems.append(Problem("/view", "missing required field: submit", "missing_required_field", "submit"))
    return problems
