"""What nginx is told of the workers, and the file for compose.yaml, which says the same."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import yaml

from rag.cli.proxy import COOKIE, name_of, nginx, routing

ROOT = Path(__file__).parents[2]


class Worker(ThreadingHTTPServer):
    """Says its port, to whatever it is asked."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Says)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def end(self) -> None:
        self.shutdown()
        self.server_close()


class _Says(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        words = str(self.server.server_address[1]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        self.wfile.write(words)

    def log_message(self, *_: object) -> None:
        pass


def test_a_visitor_stays_with_a_worker_and_moves_on_where_it_is_gone(tmp_path: Path) -> None:
    """Also when the first one is back: what was asked of one is waited for at the same one."""
    workers = [Worker(), Worker(), Worker()]
    ports = [worker.server_address[1] for worker in workers]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(nginx(tmp_path, "127.0.0.1", port, ports)) as proxy:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as visitor:

                def served() -> int:
                    return int(visitor.post("/", content=b"x" * 100_000).text)

                for _ in range(200):
                    try:
                        first = served()
                        break
                    except httpx.TransportError:
                        time.sleep(0.02)
                assert visitor.cookies[COOKIE] == name_of(first)
                assert {served() for _ in range(5)} == {first}
                workers[ports.index(first)].end()
                second = served()
                assert second != first
                assert visitor.cookies[COOKIE] == name_of(second)
                workers[ports.index(first)] = Worker(first)
                assert {served() for _ in range(5)} == {second}
            programs = {httpx.post(f"http://127.0.0.1:{port}/", content=b"").text for _ in range(40)}
            assert len(programs) > 1
            for worker in workers:
                worker.end()
            gone = httpx.post(f"http://127.0.0.1:{port}/", content=b"")
            assert (gone.status_code, gone.text.split(".")[0]) == (503, "Footnote is not there just now")
        finally:
            proxy.terminate()


def test_the_file_for_compose_names_the_workers_of_compose() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    addresses = [services[name]["networks"]["default"]["ipv4_address"] for name in ("footnote-1", "footnote-2")]
    assert routing([f"{address}:7860" for address in addresses]) in (ROOT / "deploy" / "nginx.conf").read_text()


def test_several_workers_without_nginx_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.cli import main, workers

    monkeypatch.setattr(workers, "program", lambda: None)
    monkeypatch.setattr("rag.index.library.open_default", lambda _: open("/dev/null"))  # noqa: PTH123, SIM115
    assert main(["serve", "--workers", "2"]) == 2
    assert main(["serve", "--workers", "0"]) == 2
