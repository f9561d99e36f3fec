"""A real nginx in front of a window, which has it below a path."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from servers import free_port

from rag.cli.proxy import program

_CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/errors;
events {{ }}
http {{
  log_format addresses "$request_uri";
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  proxy_http_version 1.1;
  proxy_buffering off;
  client_max_body_size 100m;
  access_log {folder}/log addresses;
  server {{  # takes the path off, and passes the name on as it is
    listen 127.0.0.1:{strips};
    location /footnote/ {{ proxy_pass http://127.0.0.1:{port}/; proxy_set_header Host $http_host; {told} }}
    location / {{ return 404; }}
  }}
  server {{  # leaves the path, and tells the name apart
    listen 127.0.0.1:{leaves};
    location /footnote {{ proxy_pass http://127.0.0.1:{port}; proxy_set_header X-Forwarded-Host $http_host; {told} }}
    location / {{ return 404; }}
  }}
}}
"""

_TOLD = (
    'proxy_set_header Connection ""; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; '
    "proxy_set_header X-Forwarded-Proto $scheme;"
)


@dataclass(frozen=True)
class Proxy:
    """An nginx that runs."""

    strips: int
    """The port of the server that takes the path off."""
    leaves: int
    """The port of the one that passes it on."""
    _log: Path

    def asked(self) -> list[str]:
        """All addresses that browsers asked it for, those that they ask for by themselves too."""
        return self._log.read_text().split()


@contextmanager
def before(address: str, folder: Path) -> Iterator[Proxy]:
    """Run nginx before the window at `address`."""
    command, log = program(), folder / "log"
    assert command is not None, "`make nginx` installs it"
    ports = {"strips": free_port(), "leaves": free_port()}
    text = _CONFIGURATION.format(folder=folder, port=urlsplit(address).port, told=_TOLD, **ports)
    (folder / "nginx.conf").write_text(text)
    with subprocess.Popen([command, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "errors"]) as process:
        try:
            for _ in range(200):
                try:
                    urlopen(f"http://127.0.0.1:{ports['strips']}/footnote/healthz").close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield Proxy(ports["strips"], ports["leaves"], log)
        finally:
            process.terminate()
