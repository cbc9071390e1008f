"""The official `openai` package for Python as the client of a gateway before the scripted upstream."""

import asyncio
import json
import os
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "judge"))

import gateway  # noqa: E402
import openai  # noqa: E402

TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"
MODEL = "scripted-large"
TASKS = json.loads((ROOT / "tests" / "clients" / "tasks.json").read_text(encoding="utf-8"))
WRITE_FILE = {
    "type": "function",
    "function": {
        "name": "write_file",
        "description": "Writes a file.",
        "parameters": {"type": "object", "properties": {"path": {"type": "string"}, "content": {"type": "string"}}, "required": ["path", "content"]},
    },
}


def asked(prompt: str, **more) -> dict:
    return {"model": MODEL, "messages": [{"role": "user", "content": prompt}], **more}


def texts(stream) -> list[str]:
    """The text of each choice of a stream."""
    parts: dict[int, str] = {}
    for chunk in stream:
        for choice in chunk.choices:
            parts[choice.index] = parts.get(choice.index, "") + (choice.delta.content or "")
    return [parts[index] for index in sorted(parts)]


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        upstream = cls.enterClassContext(gateway.scripted_upstream(TARGET / "scripted"))
        port = cls.enterClassContext(gateway.gateway(TARGET / "sallyport", f"http://127.0.0.1:{upstream}/v1", folder))
        cls.url = f"http://127.0.0.1:{port}/v1"
        cls.direct = openai.OpenAI(base_url=f"http://127.0.0.1:{upstream}/v1", api_key="sk-test", max_retries=0)
        cls.client = openai.OpenAI(base_url=cls.url, api_key="sk-test", max_retries=0)

    def test_models_are_listed(self) -> None:
        self.assertIn(MODEL, [model.id for model in self.client.models.list()])
        self.assertEqual(self.client.models.retrieve(MODEL).id, MODEL)

    def check_task(self, task: dict) -> None:
        response = self.client.chat.completions.with_raw_response.create(**asked(task["prompt"]))
        text = response.parse().choices[0].message.content
        streamed = texts(self.client.chat.completions.create(**asked(task["prompt"], stream=True)))
        self.assertEqual([text], streamed, "streamed text is the other text")
        for part in task.get("with", []):
            self.assertIn(part, text)
        for part in task.get("without", []):
            self.assertNotIn(part, text)
        self.assertIn(response.headers["x-sallyport-verdict"], task["verdict"])
        if task.get("same"):
            self.assertEqual(text, self.direct.chat.completions.create(**asked(task["prompt"])).choices[0].message.content)

    def test_two_choices(self) -> None:
        request = asked(TASKS[2]["prompt"], n=2)
        answer = self.client.chat.completions.create(**request)
        self.assertEqual([choice.index for choice in answer.choices], [0, 1])
        for choice in answer.choices:
            self.assertNotIn("'%s'\" % name", choice.message.content)
        self.assertEqual([choice.message.content for choice in answer.choices], texts(self.client.chat.completions.create(**request, stream=True)))

    def test_tool_calls(self) -> None:
        request = asked("In Python, load a YAML file with settings and return them as a dictionary.", tools=[WRITE_FILE])
        answer = self.client.chat.completions.create(**request)
        self.assertEqual(answer.choices[0].finish_reason, "tool_calls")
        call = answer.choices[0].message.tool_calls[0]
        self.assertEqual(call.function.name, "write_file")
        content = json.loads(call.function.arguments)["content"]
        self.assertIn("def load_settings(path):", content)
        self.assertNotIn("yaml.Loader)", content)
        arguments = ""
        for chunk in self.client.chat.completions.create(**request, stream=True):
            for choice in chunk.choices:
                for part in choice.delta.tool_calls or []:
                    arguments += part.function.arguments or ""
        self.assertEqual(json.loads(arguments), json.loads(call.function.arguments))

    def test_usage_comes_when_it_is_asked_for(self) -> None:
        request = asked(TASKS[0]["prompt"], stream=True)
        self.assertTrue(all(chunk.usage is None for chunk in self.client.chat.completions.create(**request)))
        last = list(self.client.chat.completions.create(**request, stream_options={"include_usage": True}))[-1]
        self.assertGreater(last.usage.completion_tokens, 0)

    def test_errors_are_the_upstreams(self) -> None:
        cases = [("no-such-model", openai.NotFoundError), ("scripted-status-429", openai.RateLimitError), ("scripted-status-500", openai.InternalServerError), ("scripted-status-400", openai.BadRequestError)]
        for model, error in cases:
            for stream in (False, True):
                with self.subTest(model, stream=stream), self.assertRaises(error) as raised:
                    self.client.chat.completions.create(**{**asked("Hello"), "model": model}, stream=stream)
                self.assertTrue(raised.exception.request_id.startswith("req-scripted-"))
        with self.assertRaises(openai.NotFoundError) as raised:
            self.client.chat.completions.create(**{**asked("Hello"), "model": "no-such-model"})
        self.assertEqual(raised.exception.code, "model_not_found")

    def test_a_stream_can_be_left(self) -> None:
        with self.client.chat.completions.create(**asked(TASKS[0]["prompt"], stream=True)) as stream:
            next(iter(stream))
        self.assertTrue(self.client.chat.completions.create(**asked("Hello")).choices)

    def test_many_at_once(self) -> None:
        async def all_of_them() -> list[str]:
            async with openai.AsyncOpenAI(base_url=self.url, api_key="sk-test", max_retries=0) as client:
                answers = await asyncio.gather(*(client.chat.completions.create(**asked(TASKS[turn % 4]["prompt"])) for turn in range(24)))
            return [answer.choices[0].message.content for answer in answers]

        answers = asyncio.run(all_of_them())
        for turn, answer in enumerate(answers):
            self.assertEqual(answer, answers[turn % 4])


for number, task in enumerate(TASKS):
    setattr(Clients, f"test_task_{number:02}_{task['name'].replace(' ', '_')}", lambda self, task=task: self.check_task(task))


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    failed = len({str(test).split(" (")[0] for test, _ in result.failures + result.errors})
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(bool(failed))
