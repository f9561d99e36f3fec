"""The shipped models on ONNX Runtime: one text at a time, as many at once as there are cores.

The 8-bit scale of a batch is shared, so in a batch a text's numbers would depend on its neighbours
(cosine of the embedder's vectors 0.993 between the two). One thread a text is also faster than
several threads on one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer


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

    def run(self, encodings: Sequence[Encoding]) -> list[NDArray[np.float32]]:
        """Return the model's output for each encoding, without the batch axis."""
        if len(encodings) == 1:
            return [self._run_one(encodings[0])]
        return list(self._workers.map(self._run_one, encodings))

    def _run_one(self, encoding: Encoding) -> NDArray[np.float32]:
        ids = np.array([encoding.ids], dtype=np.int64)
        types = np.array([encoding.type_ids], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}
        output: NDArray[np.float32] = self._session.run(None, feed)[0][0]
        return output
