"""The page behind an answer's footer: how it came about, step by step, as plain HTML that loads and runs nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape

from views.trace_steps import Step, Told

STYLE = """
:root{color-scheme:light dark;--ink:#1d2129;--soft:#596070;--line:#dfe2e8;--paper:#fff;--back:#f5f6f8;--link:#1558b0;
--good:#17693b;--goodb:#e2f3e8;--ask:#7a4b00;--askb:#fcefd4;--no:#a3212f;--nob:#fbe4e6}
@media(prefers-color-scheme:dark){:root{--ink:#e7e9ee;--soft:#a3aab8;--line:#343a46;--paper:#1b1f27;--back:#12151b;
--link:#8fbcff;--good:#86dba8;--goodb:#173524;--ask:#f2c777;--askb:#3b2d10;--no:#ff9ea8;--nob:#431c22}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 24px 48px}
h1{font-size:22px;line-height:1.3;margin:0 0 4px}
.head{margin:0 0 20px;color:var(--soft)}
.now{display:inline-block;margin:0 0 16px;padding:2px 10px;border-radius:99px;background:var(--askb);color:var(--ask)}
dl{display:flex;flex-wrap:wrap;gap:8px 32px;margin:0 0 20px}
dt{color:var(--soft);font-size:13px}
dd{margin:0;overflow-wrap:anywhere}
code,.n{font-variant-numeric:tabular-nums}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:13px}
.sheet{background:var(--paper);border:1px solid var(--line);border-radius:10px;overflow:hidden}
table{width:100%;border-collapse:collapse}
th,td{padding:9px 14px;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--soft);font-size:13px;font-weight:600}
.n{white-space:nowrap}
.t{white-space:nowrap;color:var(--soft)}
small{display:block;color:var(--soft);font-size:13px}
td b{font-weight:600;overflow-wrap:break-word}
th:nth-child(2){min-width:210px}
.v{display:inline-block;padding:0 8px;border-radius:99px;background:var(--back);color:var(--soft)}
.v.allow{background:var(--goodb);color:var(--good)}
.v.ask{background:var(--askb);color:var(--ask)}
.v.no{background:var(--nob);color:var(--no)}
a{color:var(--link)}
.foot{margin:20px 0 0;color:var(--soft);font-size:13px}
.sorry{max-width:560px;padding-top:12vh}
@media(max-width:720px){
main{padding:20px 12px 32px}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody,tr,td{display:block}
tr{padding:10px 14px;border-top:1px solid var(--line)}
tr:first-child{border-top:0}
td{padding:1px 0;border:0}
td:empty{display:none}
td[data-name]{display:flex;gap:10px}
td[data-name]::before{content:attr(data-name);flex:0 0 54px;color:var(--soft);font-size:13px;line-height:22px}
.n{white-space:normal}
}
"""
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""The page loads and runs nothing, is kept nowhere, stands in no frame, and tells nobody its address."""

COLUMNS = ("At", "What", "Tokens", "Cost", "Time", "Verdict and rule")
_LOUD = {"allowed": "allow", "asked first": "ask", "refused": "no", "not made": "no"}


def page(told: Told, until: int) -> str:
    """The turn; ``until`` is when the link ends (ms)."""
    trace = f"<code>daybook trace {escape(told.trace)}</code>" if told.trace else "<code>daybook trace</code>"
    head = "".join(f"<th scope=col>{name}</th>" for name in COLUMNS)
    facts = [("Began", _stamp(told.began_at)), *told.facts] if told.began_at is not None else told.facts
    listed = "".join(f"<div><dt>{escape(name)}<dd><code>{escape(value)}</code></div>" for name, value in facts)
    rows = "".join(_row(step) for step in told.steps) or f"<tr><td colspan={len(COLUMNS)}>Nothing yet.</td></tr>"
    return _document(
        "How this was answered",
        f"<main><h1>How this was answered</h1><p class=head>{escape(told.heading)}</p>"
        + ("<p class=now>Still running: load the page again to see more.</p>" if told.running else "")
        + (f"<dl>{listed}</dl>" if listed else "")
        + f"<div class=sheet><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        f"<p class=foot>Names and numbers only: no words of people, customers or models, so that the link may be "
        f"passed on. It ends {escape(_stamp(until))}. Whoever runs Daybook sees more with {trace}.</p></main>",
    )


def sorry(title: str, words: str) -> str:
    """A page that says why there is nothing to see, and what to do instead."""
    return _document(title, f"<main class=sorry><h1>{escape(title)}</h1><p>{escape(words)}</p></main>")


def _document(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Daybook</title><style>{STYLE}</style></head><body>{body}</body></html>"
    )


def _row(step: Step) -> str:
    what = f"<b>{escape(step.what)}</b>"
    if step.link is not None:
        what = f'<a href="{escape(step.link)}">{what}</a>'
    if step.detail:
        what += f"<small>{escape(step.detail)}</small>"
    cells = [
        f"<td class=t>+{escape(_time(step.at))}</td>",
        f"<td>{what}</td>",
        _figure("Tokens", step.tokens),
        _figure("Cost", step.cost),
        _figure("Time", _time(step.ms) if step.ms is not None else ""),
        f"<td>{_verdict(step)}</td>",
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _figure(name: str, words: str) -> str:
    return f'<td class=n data-name="{name}">{escape(words)}</td>' if words else "<td></td>"


def _verdict(step: Step) -> str:
    if not step.verdict:
        return ""
    rule = f" <code>{escape(step.rule)}</code>" if step.rule else ""
    says = f"<small>{escape(step.says)}</small>" if step.says else ""
    return f'<span class="v {_LOUD.get(step.verdict, "")}">{escape(step.verdict)}</span>{rule}{says}'


def _time(ms: int) -> str:
    return f"{ms} ms" if -1_000 < ms < 1_000 else f"{ms / 1000:,.1f} s"


def _stamp(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M} UTC"
