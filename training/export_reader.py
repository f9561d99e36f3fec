"""Make the shipped reader: MiniLM-L6 with a head for start and end of an answer, as ONNX with 8-bit weights.

    python -m training.export_reader WEIGHTS.safetensors     writes rag/models/reader/

`WEIGHTS` holds the encoder as ``bert.*`` and ``head.weight`` [2, 384], ``head.bias`` [2]. The graph
takes `input_ids`, `attention_mask` and `token_type_ids` (int64, [batch, tokens]; token type 1 is the
passage) and gives `logits` (float32, [batch, tokens, 2]): how likely each token begins and ends the
answer. The first token stands for "no answer here".
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertModel

from training.export_embedder import OUT as EMBEDDER
from training.export_embedder import source_folder, write_graphs

OUT = EMBEDDER.parent / "reader"
FIGURES = "benchmarks/RESULTS.md has what it gives on XQuAD, on RGB and in answers; training/RESULTS.md what was tried."


class Reader(torch.nn.Module):
    """The encoder and a linear head: two numbers a token."""

    def __init__(self, *, attention: str = "eager") -> None:
        super().__init__()
        config = BertConfig.from_pretrained(
            str(source_folder()),
            attn_implementation=attention,
            # A pass or two over the questions overfits nothing.
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        self.bert = BertModel(config, add_pooling_layer=False)
        self.head = torch.nn.Linear(config.hidden_size, 2)

    def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
        """Return [batch, tokens, 2]."""
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        return self.head(hidden.last_hidden_state)


def export(weights: Path, folder: Path) -> None:
    """Write float32 and 8-bit graphs into `folder`."""
    reader = Reader()
    reader.load_state_dict({name: tensor.float() for name, tensor in load_file(weights).items()})
    write_graphs(reader, folder, output="logits", axes={0: "batch", 1: "tokens"})


def main() -> None:
    weights = Path(sys.argv[1])
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        export(weights, Path(temporary))
        shutil.copyfile(Path(temporary) / "model.onnx", OUT / "model.onnx")
    shutil.copyfile(EMBEDDER / "tokenizer.json", OUT / "tokenizer.json")
    graph = (OUT / "model.onnx").read_bytes()
    card = {
        "name": "Footnote reader, MiniLM-L6, ONNX, int8",
        "source": "all-MiniLM-L6-v2 (Apache-2.0), trained further on question sets "
        "and to read as all-mpnet-base-v2 (Apache-2.0) does after the same training",
        "licence": "Apache-2.0; trained on SQuAD 1.1 (Rajpurkar et al. 2016, CC BY-SA 4.0), SQuADShifts "
        "(Miller et al. 2020, CC BY 4.0), QAMR (Michael et al. 2018, MIT) and questions written for Footnote",
        "command": "python -m training.export_reader WEIGHTS.safetensors",
        "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "max_tokens": 512,
        "figures": FIGURES,
        "bytes": len(graph),
        "sha256": hashlib.sha256(graph).hexdigest(),
    }
    (OUT / "card.json").write_text(json.dumps(card, indent=2) + "\n", "utf-8")
    print(json.dumps(card, indent=2))


if __name__ == "__main__":
    main()
