"""nginx before several workers.

Gradio keeps what a visitor asked and waits for in the process that was asked. So a visitor stays with one worker, which
a cookie names, as long as it is there; then with another, also when the first one is back. Whoever has no cookie, such
as a program, is sent to any. The answers to requests are passed on as they come, and where a worker ends in the middle
of one the connection is broken off, so that the window notices.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

COOKIE = "footnote_worker"
_FAILING = "max_fails=1 fail_timeout=2s"
"""A worker that refuses a connection is left alone so long."""

_CONFIGURATION = """\
{user}
worker_processes 1;
daemon off;
error_log stderr crit;
pid {folder}/nginx.pid;
events {{ worker_connections 2048; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;

{routing}
  server {{
    listen {host}:{port};
    client_max_body_size {megabytes}m;

    location / {{
      proxy_pass http://$footnote_worker;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_buffering off;
      proxy_connect_timeout 5s;
      proxy_read_timeout 1h;
      proxy_next_upstream error timeout;
      proxy_next_upstream_tries 4;
      add_header Set-Cookie $footnote_cookie always;
    }}

    error_page 502 504 =503 @away;
    location @away {{
      default_type text/plain;
      return 503 "Footnote is not there just now. It is started again by itself: try again in a moment.\\n";
    }}
  }}
}}
"""


def program() -> str | None:
    """Return where nginx is; None where it is not installed."""
    return shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"]))


def nginx(folder: Path, host: str, port: int, workers: Sequence[int], *, megabytes: int = 1000) -> list[str]:
    """Return the command that starts nginx at `host` and `port`, before the workers at those ports of this machine.

    What it reads and writes is in `folder`. Footnote itself bounds what is sent; `megabytes` are the proxy's own bound.
    Raises `FileNotFoundError` where it is not installed.
    """
    found = program()
    if found is None:
        raise FileNotFoundError("There is no nginx. Debian: apt-get install nginx-light.")
    file = folder / "nginx.conf"
    user = "user root;" if hasattr(os, "getuid") and os.getuid() == 0 else ""
    named = f"[{host}]" if ":" in host else host
    addresses = [f"127.0.0.1:{worker}" for worker in workers]
    written = _CONFIGURATION.format(
        user=user, folder=folder, host=named, port=port, megabytes=megabytes, routing=routing(addresses)
    )
    file.write_text(written)
    return [found, "-p", str(folder), "-c", str(file), "-e", "stderr"]


def routing(addresses: Sequence[str]) -> str:
    """Return the part of nginx's configuration that sends visitors to workers at those addresses, by a cookie."""
    lines = []
    for address in addresses:
        others = " ".join(f"server {other} {_FAILING} backup;" for other in addresses if other != address)
        own = f"server {address} {_FAILING};"
        lines.append(f"  upstream {_upstream(address)} {{ {own} {others} keepalive 32; }}")
    shares = [f"{100 / len(addresses):.2f}% {_upstream(each)};" for each in addresses[:-1]]
    lines.append(f"  split_clients $request_id $footnote_any {{ {' '.join(shares)} * {_upstream(addresses[-1])}; }}")
    known = " ".join(f"{_name(each)} {_upstream(each)};" for each in addresses)
    lines.append(f"  map $cookie_{COOKIE} $footnote_worker {{ default $footnote_any; {known} }}")
    served = " ".join(f'"~{each.replace(".", "[.]")}$" {_name(each)};' for each in addresses)
    lines.append(f'  map $upstream_addr $footnote_served {{ default ""; {served} }}')
    stays = " ".join(f'"{_name(each)} {_name(each)}" "";' for each in addresses)
    lines.append(
        f'  map "$cookie_{COOKIE} $footnote_served" $footnote_cookie {{ default '
        f'"{COOKIE}=$footnote_served; Path=/; HttpOnly; SameSite=Lax"; "~ $" ""; {stays} }}'
    )
    return "\n".join(lines)


def name_of(port: int) -> str:
    """Return what the cookie calls the worker at a port of this machine."""
    return _name(f"127.0.0.1:{port}")


def _name(address: str) -> str:
    return address.rpartition(":")[2] if address.startswith("127.0.0.1:") else address.replace(":", "-")


def _upstream(address: str) -> str:
    return f"footnote-{_name(address)}"
