"""A Messages server that attacks: what it says to a message stands in a script that the message names by its mark.

``python -m tests.attack.model`` prints its address. It speaks Anthropic's wire: streamed events, tool use, cut streams,
errors, stop reasons nobody knows. A mark is ``[s17]`` in what a person wrote; each request takes the next step.

    POST /plan                 {mark: [step, ...]}
    GET  /told?after=N         {"lines": [...]}: what it was asked and what it answered, numbered, oldest first

A step: ``say`` (text), ``calls`` ([{name, input | raw, id?}]), ``stop``, ``usage``, ``cut`` (a share of the events),
``error`` ([status, type]), ``garbage`` (a line of rubbish in the stream), ``thinks``, ``loop`` (say it for ever),
``gives`` (JSON instead of text), ``slow`` (seconds it takes), ``meanwhile`` (requests that somebody makes while it
thinks: {method, url, body}). ``{{read}}`` in any text becomes everything that the tools have answered in this
conversation; where there are no tools, for a question on one text, that text.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import orjson

from tests.attack.wire import body, events

MARK = re.compile(r"\[(s\d+[a-z]*(?:\.\d+)*)\]")
USAGE = {"input_tokens": 60, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 20}
READ_MOST = 2_500
Json = dict[str, Any]


class Script:
    """The steps of one mark, and how far it is."""

    def __init__(self, steps: list[Json]) -> None:
        self.steps, self.at, self.ids = steps, 0, 0

    def next(self) -> Json:
        if self.at >= len(self.steps):
            return {"say": "That is all."}
        step = self.steps[self.at]
        if not step.get("loop"):
            self.at += 1
        return step


class Server:
    """All scripts, and a record of everything."""

    def __init__(self) -> None:
        self.scripts: dict[str, Script] = {}
        self.lines: list[Json] = []
        self._results: set[str] = set()

    def answer(self, asked: Json) -> tuple[Json, Json]:
        """(the step, the whole message) for one request."""
        mark, results = _mark(asked["messages"]), _results(asked["messages"])
        new = {use: one for use, one in results.items() if f"{mark}:{use}" not in self._results}
        self._results.update(f"{mark}:{use}" for use in new)
        script = self.scripts.setdefault(mark, Script([]))
        step = script.next()
        read = "\n".join(one["text"] for one in results.values())[-READ_MOST:]
        if not asked.get("tools"):
            read = "\n".join(_texts(asked["messages"]))[:READ_MOST]
        content: list[Json] = []
        if step.get("thinks"):
            content.append({"type": "thinking", "thinking": step["thinks"], "signature": "c2lnbmVk"})
        if "gives" in step:
            content.append({"type": "text", "text": json.dumps(_filled(step["gives"], read), ensure_ascii=False)})
        if step.get("say"):
            content.append({"type": "text", "text": _filled(step["say"], read)})
        for call in step.get("calls", ()):
            script.ids += 1
            use = call.get("id") or f"toolu_{mark.replace('.', '_')}_{script.ids}"
            given = _filled(call.get("input", {}), read)
            content.append({"type": "tool_use", "id": use, "name": call["name"], "input": given})
            if "raw" in call:
                content[-1]["raw"] = call["raw"]
        stop = step.get("stop") or ("tool_use" if step.get("calls") else "end_turn")
        message = {
            "id": f"msg_{len(self.lines)}", "type": "message", "role": "assistant", "model": asked["model"],
            "content": content, "stop_reason": stop, "stop_sequence": None, "stop_details": None,
            "usage": {**USAGE, **step.get("usage", {})},
        }  # fmt: skip
        whole = not (step.get("cut") is not None or step.get("error") or step.get("garbage"))
        self.lines.append(
            {"n": len(self.lines) + 1, "mark": mark, "model": asked["model"], "results": new, "content": content,
             "offered": [tool["name"] for tool in asked.get("tools") or ()], "usage": message["usage"], "whole": whole,
             "stop": stop, "heard": _heard(asked["messages"]), "turns": _turns(asked["messages"]),
             "seconds": time.monotonic(), "slow": step.get("slow", 0), "nothing": bool(step.get("error")),
             "first": len(asked["messages"]) == 1,
             "deeds": step.get("meanwhile", [])}
        )  # fmt: skip
        return step, message


def _texts(messages: list[Json]) -> list[str]:
    """What people and agents said to it, newest last: the text of user messages, never what a tool answered."""
    said = []
    for message in messages:
        if message["role"] == "user":
            content = message["content"]
            blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
            said += [block["text"] for block in blocks if block["type"] == "text"]
    return said


def _mark(messages: list[Json]) -> str:
    for text in reversed(_texts(messages)):
        found = MARK.findall(re.sub(r"<untrusted.*?</untrusted[^>]*>|<news>.*?</news>", "", text, flags=re.DOTALL))
        if found:
            return str(found[-1])
    return "nobody"


def _heard(messages: list[Json]) -> str:
    texts = _texts(messages)
    return texts[-1] if texts else ""


def _turns(messages: list[Json]) -> int:
    return sum(bool(MARK.search(text)) for text in _texts(messages))


def _results(messages: list[Json]) -> dict[str, Json]:
    found = {}
    for message in messages:
        if message["role"] == "user" and isinstance(message["content"], list):
            for block in message["content"]:
                if block["type"] == "tool_result":
                    content = block.get("content")
                    text = content if isinstance(content, str) else "".join(b.get("text", "") for b in content or ())
                    found[block["tool_use_id"]] = {"is_error": bool(block.get("is_error")), "text": text}
    return found


def _filled(value: Any, read: str) -> Any:
    if isinstance(value, str):
        return value.replace("{{read}}", read)
    if isinstance(value, list):
        return [_filled(one, read) for one in value]
    return {key: _filled(one, read) for key, one in value.items()} if isinstance(value, dict) else value


class Connection(asyncio.Protocol):
    """One keep-alive connection; requests on it come one after the other."""

    def __init__(self, server: Server) -> None:
        self.server, self._held = server, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._to = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, found, rest = self._held.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line[:15].lower() == b"content-length:"), 0)
        if not found or len(rest) < length:
            return
        self._held = rest[length:]
        path = lines[0].split(b" ")[1].decode()
        if path == "/plan":
            self.server.scripts.update({mark: Script(steps) for mark, steps in orjson.loads(rest[:length]).items()})
            self._to.write(body({"ok": True}))
        elif path.startswith("/told"):
            after = int(path.rpartition("=")[2])
            self._to.write(body({"lines": self.server.lines[after:]}))
        else:
            self._converse(orjson.loads(rest[:length]))

    def _converse(self, asked: Json) -> None:
        step, message = self.server.answer(asked)
        loop = asyncio.get_running_loop()
        if step.get("meanwhile"):
            done = loop.run_in_executor(None, _do, step["meanwhile"])
            done.add_done_callback(lambda told: (told.result(), self._say(step, message)))
        elif step.get("slow"):
            loop.call_later(step["slow"], self._say, step, message)
        else:
            self._say(step, message)

    def _say(self, step: Json, message: Json) -> None:
        if step.get("error"):
            status, kind = step["error"]
            self._to.write(body({"type": "error", "error": {"type": kind, "message": "no"}}, status))
            return
        self._to.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nrequest-id: req_a\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        told = [b"event: %s\ndata: %s\n\n" % (one["type"].encode(), orjson.dumps(one)) for one in events(message)]
        if step.get("garbage"):
            told.insert(len(told) // 2, f"data: {step['garbage']}\n\n".encode())
        cut = step.get("cut")
        for one in told if cut is None else told[: int(len(told) * cut)]:
            self._to.write(b"%x\r\n%s\r\n" % (len(one), one))
        if cut is not None:
            self._to.close()
        else:
            self._to.write(b"0\r\n\r\n")


def _do(deeds: list[Json]) -> None:
    """What somebody does meanwhile, one thing after the other; what they can't do is not done."""
    for deed in deeds:
        request = urllib.request.Request(deed["url"], json.dumps(deed["body"]).encode(), method=deed["method"])
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(request, timeout=20).close()


class Model:
    """The server as a harness has it: a process of its own."""

    def __init__(self) -> None:
        place = Path(__file__).resolve().parent.parent.parent
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.attack.model"], cwd=place, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()

    def plan(self, scripts: dict[str, list[Json]]) -> None:
        request = urllib.request.Request(f"{self.address}/plan", json.dumps(scripts).encode(), method="POST")
        urllib.request.urlopen(request, timeout=20).close()

    def told(self, after: int = 0) -> list[Json]:
        with urllib.request.urlopen(f"{self.address}/told?after={after}", timeout=20) as answer:
            return list(json.loads(answer.read())["lines"])

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
        if self._process.stdout is not None:
            self._process.stdout.close()


async def _run() -> None:
    stop, server = asyncio.Event(), Server()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    listening = await loop.create_server(lambda: Connection(server), "127.0.0.1", 0, backlog=256)
    sys.stdout.write(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await stop.wait()
    listening.close()


if __name__ == "__main__":
    asyncio.run(_run())
