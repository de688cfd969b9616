"""The limits of Block Kit elements: buttons, menus, inputs, and the objects they are made of."""

from __future__ import annotations

from typing import Any

from sandbox.slack.problems import Report

Json = dict[str, Any]

SELECTS = tuple(
    f"{many}{kind}_select"
    for many in ("", "multi_")
    for kind in ("static", "external", "users", "conversations", "channels")
)
PICKERS = ("datepicker", "timepicker", "datetimepicker")
CHOICES = ("checkboxes", "radio_buttons")
INPUTS = (
    *SELECTS,
    *PICKERS,
    *CHOICES,
    "plain_text_input",
    "rich_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "file_input",
)
ACTIONS = ("button", "overflow", "workflow_button", *SELECTS, *PICKERS, *CHOICES, "rich_text_input")
ACCESSORIES = ("button", "image", "overflow", "workflow_button", *SELECTS, *PICKERS, *CHOICES)
CONTEXT_ACTIONS = ("feedback_buttons", "icon_button")


def check_element(report: Report, element: Any, pointer: str, allowed: tuple[str, ...]) -> None:
    """One element at one place, against its own limits and against what may stand there."""
    if not isinstance(element, dict):
        report.add(pointer, "must be an object", "type_mismatch", "object")
        return
    kind = element.get("type")
    if kind not in allowed:
        report.add(f"{pointer}/type", f"unsupported type: {kind}", "unsupported_type", kind)
        return
    if kind == "image":
        check_image(report, element, pointer)
        return
    report.action_id(element, pointer)
    if "confirm" in element:
        _confirm(report, element["confirm"], f"{pointer}/confirm")
    if "placeholder" in element:
        report.text(element["placeholder"], f"{pointer}/placeholder", 150, plain_only=True)
    if kind in ("button", "workflow_button"):
        _button(report, element, pointer)
    elif kind == "icon_button":
        _icon_button(report, element, pointer)
    elif kind == "feedback_buttons":
        for side in ("positive_button", "negative_button"):
            if report.required(element, side, pointer):
                report.text(element[side].get("text"), f"{pointer}/{side}/text", 75, plain_only=True)
                report.string(element[side].get("value"), f"{pointer}/{side}/value", 2000)
    elif kind == "overflow":
        _options(report, element, pointer, most=5)
    elif kind in CHOICES:
        _options(report, element, pointer, most=10)
    elif kind.endswith("static_select"):
        _static_select(report, element, pointer)
    elif kind == "plain_text_input":
        for key, low, high in (("min_length", 0, 3000), ("max_length", 1, 3000)):
            if key in element and not (isinstance(element[key], int) and low <= element[key] <= high):
                report.add(f"{pointer}/{key}", f"must be between {low} and {high}", "invalid_value", [low, high])
    elif kind == "number_input":
        report.required(element, "is_decimal_allowed", pointer)


def _button(report: Report, element: Json, pointer: str) -> None:
    if report.required(element, "text", pointer):
        report.text(element["text"], f"{pointer}/text", 75, plain_only=True)
    if element.get("value") is not None:
        report.string(element["value"], f"{pointer}/value", 2000, least=0)
    if element.get("url") is not None:
        report.string(element["url"], f"{pointer}/url", 3000)
        _link(report, element["url"], f"{pointer}/url")
    if element.get("style") is not None:
        report.known(element["style"], f"{pointer}/style", ("primary", "danger"))
    if element.get("accessibility_label") is not None:
        report.string(element["accessibility_label"], f"{pointer}/accessibility_label", 75)
    if element.get("agent_prompt") is not None:
        report.string(element["agent_prompt"], f"{pointer}/agent_prompt", 4000)


def _icon_button(report: Report, element: Json, pointer: str) -> None:
    report.required(element, "icon", pointer)
    if report.required(element, "text", pointer):
        report.text(element["text"], f"{pointer}/text", 75, plain_only=True)
    if element.get("visible_to_user_ids") is not None:
        report.items(element["visible_to_user_ids"], f"{pointer}/visible_to_user_ids", 10)


def _options(report: Report, element: Json, pointer: str, most: int) -> None:
    if not report.required(element, "options", pointer):
        return
    seen: set[Any] = set()
    for index, option in enumerate(report.items(element["options"], f"{pointer}/options", most)):
        at = f"{pointer}/options/{index}"
        if not isinstance(option, dict):
            report.add(at, "must be an object", "type_mismatch", "object")
            continue
        report.text(option.get("text"), f"{at}/text", 75)
        report.string(option.get("value"), f"{at}/value", 150)
        if option.get("description") is not None:
            report.text(option["description"], f"{at}/description", 75)
        if option.get("value") in seen:
            report.add(f"{at}/value", "option values must be unique", "duplicate_value", option["value"])
        seen.add(option.get("value"))
    initial = element.get("initial_option")
    if initial is not None and initial not in element["options"]:
        report.add(f"{pointer}/initial_option", "must match one of the options", "invalid_value")


def _static_select(report: Report, element: Json, pointer: str) -> None:
    groups = element.get("option_groups")
    if groups is not None and element.get("options") is not None:
        report.add(pointer, "options and option_groups cannot both be given", "conflict")
        return
    if groups is None:
        _options(report, element, pointer, most=100)
        return
    for index, group in enumerate(report.items(groups, f"{pointer}/option_groups", 100)):
        report.text(group.get("label"), f"{pointer}/option_groups/{index}/label", 75, plain_only=True)
        _options(report, group, f"{pointer}/option_groups/{index}", most=100)


def _confirm(report: Report, confirm: Any, pointer: str) -> None:
    if not isinstance(confirm, dict):
        report.add(pointer, "must be an object", "type_mismatch", "object")
        return
    for key, most, plain in (
        ("title", 100, True),
        ("text", 300, False),
        ("confirm", 30, True),
        ("deny", 30, True),
    ):
        if confirm.get(key) is not None:
            report.text(confirm[key], f"{pointer}/{key}", most, plain_only=plain)


def _link(report: Report, url: Any, pointer: str) -> None:
    if isinstance(url, str) and not url.startswith(("http://", "https://", "mailto:", "slack://")):
        report.add(pointer, "invalid url", "invalid_url", url)


def check_image(report: Report, image: Json, pointer: str) -> None:
    """An image element or block: an address (or a Slack file) and its words for those who cannot see it."""
    if image.get("slack_file") is None:
        report.string(image.get("image_url"), f"{pointer}/image_url", 3000)
        _link(report, image.get("image_url"), f"{pointer}/image_url")
    report.string(image.get("alt_text"), f"{pointer}/alt_text", 2000)
