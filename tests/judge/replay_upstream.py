"""An upstream that replays recorded answers over OpenAI's wire, streamed and not. `replay_upstream.py ANSWERS`

A recorded answer is found by the prompt (of the first user message), model and temperature; which of its ten choices is
served says the header `x-replay-index`, and a re-prompt, known by the idempotency key `…-sp-R`, gets choice index + R
modulo 10. `n = 10` serves all ten. Prints its port; `GET /calls` counts chat calls by idempotency key without suffix.
"""

import collections
import http.server
import json
import re
import sys
import threading

CALLS: collections.Counter = collections.Counter()
LOCK = threading.Lock()
ROUND = re.compile(r"^(.*?)-sp-(\d+)$")
TOKEN = re.compile(r"\s*\S{1,8}|\s+")


class Recorded:
    """The recorded answers, by prompt, model and temperature."""

    def __init__(self, path: str) -> None:
        self.by_key: dict[tuple, dict] = {}
        self.prompts: set[str] = set()
        with open(path, encoding="utf-8") as lines:
            for answer in map(json.loads, lines):
                request = answer["request"]
                prompt = request["messages"][-1]["content"].strip()
                self.by_key[prompt, request["model"], request["temperature"]] = answer["response"]
                self.prompts.add(prompt)

    def find(self, request: dict) -> dict | None:
        """The recorded response; a prompt that was extended is recognised by its beginning."""
        said = next((content(message) for message in request["messages"] if message["role"] == "user"), "").strip()
        if said not in self.prompts:
            said = next((prompt for prompt in self.prompts if said.startswith(prompt)), "")
        return self.by_key.get((said, request["model"], request.get("temperature", 1)))


def content(message: dict) -> str:
    value = message.get("content") or ""
    return value if isinstance(value, str) else "".join(part.get("text", "") for part in value)


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    recorded: Recorded

    def log_message(self, *_arguments) -> None:
        pass

    def send(self, status: int, document: dict) -> None:
        body = json.dumps(document, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        with LOCK:
            self.send(200, dict(CALLS))

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        key, again = self.headers.get("idempotency-key", ""), 0
        if match := ROUND.match(key):
            key, again = match[1], int(match[2])
        with LOCK:
            CALLS[key] += 1
        response = self.recorded.find(request)
        if response is None:
            self.send(404, {"error": {"message": "not recorded", "type": "invalid_request_error", "param": None, "code": None}})
            return
        choices = response["choices"]
        if request.get("n", 1) == 1:
            index = (int(self.headers.get("x-replay-index", "0")) + again) % len(choices)
            choices = [{**choices[index], "index": 0}]
        if request.get("stream"):
            self.stream({**response, "choices": choices}, request)
        else:
            self.send(200, {**response, "choices": choices})

    def stream(self, response: dict, request: dict) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        base = {"id": response["id"], "object": "chat.completion.chunk", "created": response["created"], "model": response["model"]}

        def event(data: str) -> bytes:
            body = f"data: {data}\n\n".encode()
            return f"{len(body):x}\r\n".encode() + body + b"\r\n"

        def delta(index: int, change: dict, finish: str | None = None) -> bytes:
            return event(json.dumps({**base, "choices": [{"index": index, "delta": change, "finish_reason": finish}]}, ensure_ascii=False))

        out = []
        for choice in response["choices"]:
            out.append(delta(choice["index"], {"role": "assistant", "content": ""}))
            out += [delta(choice["index"], {"content": token}) for token in TOKEN.findall(choice["message"]["content"])]
            out.append(delta(choice["index"], {}, choice["finish_reason"]))
        if (request.get("stream_options") or {}).get("include_usage"):
            out.append(event(json.dumps({**base, "choices": [], "usage": response["usage"]})))
        out.append(event("[DONE]"))
        for at in range(0, len(out), 8):
            self.wfile.write(b"".join(out[at : at + 8]))
        self.wfile.write(b"0\r\n\r\n")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def main() -> None:
    Handler.recorded = Recorded(sys.argv[1])
    Handler.wbufsize = 65536
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
