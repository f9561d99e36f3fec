"""The shipped models on ONNX Runtime: one text at a time, as many at once as there are cores.

The 8-bit scale of a batch is shared, so in a batch a text's numbers would depend on its neighbours
(cosine of the embedder's vectors 0.993 between the two). One thread a text is also faster than
several threads on one.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

# Read when onnxruntime is imported: since 1.29 it reports its use to Microsoft. Nothing leaves the machine.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime


class Encoder:
    """A transformer with its tokenizer, from a folder with ``model.onnx``, ``tokenizer.json`` and ``card.json``."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        self.card: dict[str, Any] = json.loads((folder / "card.json").read_text("utf-8"))
        self.tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._workers = ThreadPoolExecutor(threads or os.cpu_count() or 1, thread_name_prefix="onnx")

    def run(
        self, encodings: Sequence[Encoding], *, seconds: float = math.inf, at_least: int = 0
    ) -> list[NDArray[np.float32]]:
        """Return the model's output for each encoding, in order, without the batch axis.

        Those that have not begun when `seconds` have passed are left out, but for the first `at_least`.
        """
        if len(encodings) == 1:
            return [self._run_one(encodings[0])]
        end = time.monotonic() + seconds

        def in_time(numbered: tuple[int, Encoding]) -> NDArray[np.float32] | None:
            number, encoding = numbered
            late = number >= at_least and time.monotonic() > end
            return None if late else self._run_one(encoding)

        done = self._workers.map(in_time, enumerate(encodings))
        return list(takewhile(lambda output: output is not None, done))  # type: ignore[arg-type]

    def _run_one(self, encoding: Encoding) -> NDArray[np.float32]:
        ids = np.array([encoding.ids], dtype=np.int64)
        types = np.array([encoding.type_ids], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}
        output: NDArray[np.float32] = self._session.run(None, feed)[0][0]
        return output
