"""Put a real small chat model together, or serve it on this machine.

    python -m benchmarks.chat_model prepare          # download, check, install; goes on where it was interrupted
    python -m benchmarks.chat_model serve 1.5b       # serve it at 127.0.0.1:8077 until Ctrl-C
    python -m benchmarks.chat_model serve 0.5b --port 8078

Models and server take 1.8 GB under `benchmarks/work/chat-model` (3.4 GB while they are put together). While a model
is served, Footnote writes with it by

    FOOTNOTE_CHAT_MODEL=openai:qwen2.5-coder-1.5b-instruct FOOTNOTE_CHAT_BASE_URL=http://127.0.0.1:8077/v1
"""

from __future__ import annotations

import argparse
import signal
import sys

from benchmarks.chat_model.models import MODELS, Failed, named, put_together
from benchmarks.chat_model.server import CONTEXT, install, serving


def main() -> None:
    options = _parser().parse_args()
    try:
        if options.what == "prepare":
            for model in MODELS:
                put_together(model)
            install()
            print("Serve one with: python -m benchmarks.chat_model serve 1.5b")
        else:
            _serve(options.model, options.port, options.context, options.threads)
    except Failed as error:
        sys.exit(str(error))


def _serve(name: str, port: int, context: int, threads: int) -> None:
    with serving(named(name), port=port, context=context, threads=threads) as served:
        print(f"{served.model} answers at {served.url} (process {served.process}); Ctrl-C ends it.", flush=True)
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, lambda *_: None)
        signal.pause()


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tasks = made.add_subparsers(dest="what", required=True)
    tasks.add_parser("prepare", help="download both models, check them, install the server")
    serve = tasks.add_parser("serve", help="serve a model on 127.0.0.1")
    serve.add_argument("model", help="1.5b or 0.5b")
    serve.add_argument("--port", type=int, default=8077)
    serve.add_argument("--context", type=int, default=CONTEXT, help="tokens of question, passages and answer together")
    serve.add_argument("--threads", type=int, default=0, help="0 takes one a core")
    return made


if __name__ == "__main__":
    main()
