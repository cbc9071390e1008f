"""A TLS upstream behind an HTTP proxy that the environment names: tunnelled, certificate checked, credentials kept."""

import base64
import contextlib
import http.server
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "judge"))

import gateway  # noqa: E402

BINARY = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "sallyport"
HOST = "models.example"
CREDENTIALS = "team:s3cret"


def certificates(folder: pathlib.Path) -> None:
    """An authority (ca.pem) and a certificate of its for HOST (leaf.pem, leaf.key)."""
    openssl = lambda line: subprocess.run(["openssl", *line.split()], cwd=folder, check=True, capture_output=True)
    (folder / "leaf.txt").write_text(f"subjectAltName=DNS:{HOST}\nbasicConstraints=CA:FALSE\n", encoding="utf-8")
    openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 2")
    openssl(f"req -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -subj /CN={HOST}")
    openssl("x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out leaf.pem -days 2 -extfile leaf.txt")


class Upstream(http.server.BaseHTTPRequestHandler):
    """Answers every GET with what it was told."""

    def do_GET(self) -> None:  # noqa: N802
        body = f"{self.path} {self.headers['host']} {self.headers['authorization']} {self.headers['proxy-authorization']}".encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Proxy(http.server.BaseHTTPRequestHandler):
    """Tunnels every CONNECT to the one upstream, whatever its name."""

    heard: list = []
    target = 0

    def do_CONNECT(self) -> None:  # noqa: N802
        self.heard.append((self.path, self.headers["proxy-authorization"]))
        with socket.create_connection(("127.0.0.1", self.target)) as upstream:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=pipe, args=(upstream, self.connection), daemon=True)
            back.start()
            pipe(self.connection, upstream)
            back.join(10)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def pipe(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def serving(handler: type, context: ssl.SSLContext | None = None):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


class ThroughAProxy(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        certificates(cls.folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cls.folder / "leaf.pem", cls.folder / "leaf.key")
        Proxy.target = cls.enterClassContext(serving(Upstream, context))
        cls.proxy = f"http://{CREDENTIALS}@127.0.0.1:{cls.enterClassContext(serving(Proxy))}"

    def ask(self, folder: str, trust: bool = True, settings: str = "", **environment: str) -> tuple[int, str, str]:
        """Status and body of GET /v1/models, and what the gateway logged."""
        Proxy.heard.clear()
        clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        if trust:
            clean["SSL_CERT_FILE"] = str(self.folder / "ca.pem")
        place = self.folder / folder
        with gateway.gateway(BINARY, f"https://{HOST}/v1", place, settings, clean | environment) as port:
            status, body = gateway.get(port, "/v1/models")
        return status, body.decode(), (place / "gateway.log").read_text(encoding="utf-8")

    def through(self, folder: str, settings: str = "", **environment: str) -> None:
        status, body, log = self.ask(folder, settings=settings, **environment)
        self.assertEqual((status, body), (200, f"/v1/models {HOST} None None"), log)
        self.assertEqual(Proxy.heard, [(f"{HOST}:443", "Basic " + base64.b64encode(CREDENTIALS.encode()).decode())])
        self.assertNotIn("s3cret", log)

    def test_the_environment_names_it(self) -> None:
        self.through("upper", HTTPS_PROXY=self.proxy)
        self.through("lower", https_proxy=self.proxy)
        self.through("all", ALL_PROXY=self.proxy, HTTP_PROXY="http://127.0.0.1:9")

    def test_the_file_names_it_and_is_stronger(self) -> None:
        self.through("file", f'[upstream]\nproxy = "{self.proxy}"\n', HTTPS_PROXY="http://127.0.0.1:9", NO_PROXY="*")

    def test_exceptions_go_direct(self) -> None:
        status, _, _ = self.ask("exception", HTTPS_PROXY=self.proxy, NO_PROXY=f"other.example, {HOST}")
        self.assertEqual((status, Proxy.heard), (502, []))
        status, _, _ = self.ask("none", settings='[upstream]\nproxy = "none"\n', HTTPS_PROXY=self.proxy)
        self.assertEqual((status, Proxy.heard), (502, []))

    def test_certificates_are_checked_behind_it(self) -> None:
        status, _, log = self.ask("distrust", trust=False, HTTPS_PROXY=self.proxy)
        self.assertEqual((status, len(Proxy.heard)), (502, 1), log)

    def test_credentials_are_never_shown(self) -> None:
        config = self.folder / "shown.toml"
        for proxy, status in ((self.proxy, 0), (self.proxy.replace("http:", "gopher:"), 64)):
            config.write_text(f'[upstream]\nproxy = "{proxy}"\n', encoding="utf-8")
            done = subprocess.run([BINARY, "config", "show", "--config", config], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertNotIn("s3cret", done.stdout + done.stderr)
            self.assertIn("@127.0.0.1", done.stdout + done.stderr)


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("openssl is missing", file=sys.stderr)
        sys.exit(3)
    result = unittest.main(exit=False).result
    failed = len({str(test).split(" (")[0] for test, _ in result.failures + result.errors})
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(bool(failed))
