"""The limits of the blocks that show data: tables and charts.

https://docs.slack.dev/reference/block-kit/blocks/data-table-block/ ; where sources differ
the smaller number holds.
"""

from __future__ import annotations

from typing import Any

from sandbox.slack.problems import Report

Json = dict[str, Any]
CELLS = ("raw_text", "raw_number", "rich_text")


def _cell(report: Report, cell: Any, at: str, kinds: tuple[str, ...]) -> None:
    kind = cell.get("type") if isinstance(cell, dict) else None
    if kind not in kinds:
        report.add(f"{at}/type", f"unsupported type: {kind}", "unsupported_type", kind)
    elif kind == "raw_text":
        report.string(cell.get("text"), f"{at}/text", 3000)
    elif kind == "raw_number" and not isinstance(cell.get("value"), (int, float)):
        report.add(f"{at}/value", "must be a number", "type_mismatch", "number")


def check_table(report: Report, block: Json, at: str) -> None:
    """A table block: at most 100 rows of 20 cells."""
    for index, row in enumerate(report.items(block.get("rows"), f"{at}/rows", 100)):
        place = f"{at}/rows/{index}"
        for column, cell in enumerate(report.items(row, place, 20)):
            _cell(report, cell, f"{place}/{column}", CELLS)
    if block.get("column_settings") is not None:
        report.items(block["column_settings"], f"{at}/column_settings", 20)


def check_data_table(report: Report, block: Json, at: str) -> None:
    """A data table: a caption, a header row without rich text, then at most 100 rows, all of one length."""
    report.string(block.get("caption"), f"{at}/caption", 2000)
    page_size = block.get("page_size")
    if page_size is not None and not (isinstance(page_size, int) and 1 <= page_size <= 100):
        report.add(f"{at}/page_size", "must be between 1 and 100", "invalid_value", [1, 100])
    rows = report.items(block.get("rows"), f"{at}/rows", 101, least=2)
    width = len(rows[0]) if rows and isinstance(rows[0], list) else 0
    for index, row in enumerate(rows):
        place = f"{at}/rows/{index}"
        cells = report.items(row, place, 20)
        if cells and len(cells) != width:
            report.add(place, f"must have {width} items like the header row", "row_length_mismatch", width)
        for column, cell in enumerate(cells):
            _cell(report, cell, f"{place}/{column}", CELLS if index else ("raw_text", "raw_number"))


def check_data_visualization(report: Report, block: Json, at: str) -> None:
    """A chart: a title of 50 characters, pie segments or series, six of them at most."""
    report.string(block.get("title"), f"{at}/title", 50)
    chart = block.get("chart")
    if not isinstance(chart, dict):
        report.add(f"{at}/chart", "missing required field: chart", "missing_required_field", "chart")
        return
    kind = chart.get("type")
    report.known(kind, f"{at}/chart/type", ("pie", "bar", "line", "area"))
    key = "segments" if kind == "pie" else "series"
    report.items(chart.get(key), f"{at}/chart/{key}", 6)
    if kind != "pie":
        report.required(chart, "axis_config", f"{at}/chart")
