"""Encoders for training: BERT's and MPNet's in one form, quick on a GPU, with outputs for a reader."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional


class Layer(nn.Module):
    """One layer of an encoder, normalised after each part."""

    def __init__(self, width: int, heads: int, inner: int, eps: float, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm_attention, self.norm_output = nn.LayerNorm(width, eps), nn.LayerNorm(width, eps)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """Return [texts, tokens, width]; `bias` [texts, heads or 1, tokens or 1, tokens] is added to the attention."""
        texts, tokens, width = x.shape
        q, k, v = self.qkv(x).view(texts, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        dropped = self.dropout if self.training else 0.0
        bias = bias.to(q.dtype).expand(texts, self.heads, tokens, tokens)
        seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias, dropout_p=dropped)
        seen = self.out(seen.transpose(1, 2).reshape(texts, tokens, width))
        x = self.norm_attention(x + functional.dropout(seen, dropped))
        return self.norm_output(x + functional.dropout(self.down(functional.gelu(self.up(x))), dropped))


class Encoder(nn.Module):
    """BERT's encoder, or MPNet's, which numbers tokens in its own way and attends by distance."""

    def __init__(self, layers: int, width: int, *, mpnet: bool = False, dropout: float = 0.0) -> None:
        super().__init__()
        eps, heads = (1e-5, 12) if mpnet else (1e-12, 12)
        self.mpnet, self.dropout = mpnet, dropout
        self.words = nn.Embedding(30527 if mpnet else 30522, width)
        self.positions = nn.Embedding(514 if mpnet else 512, width)
        self.types = None if mpnet else nn.Embedding(2, width)
        self.norm = nn.LayerNorm(width, eps)
        self.layers = nn.ModuleList(Layer(width, heads, 4 * width, eps, dropout) for _ in range(layers))
        self.distances = nn.Embedding(32, heads) if mpnet else None
        if mpnet:
            self.register_buffer("ids", torch.zeros(30522, dtype=torch.long))

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> list[Tensor]:
        """Return what each layer gives: [texts, tokens, width]."""
        places = torch.arange(ids.shape[1], device=ids.device)
        bias = torch.zeros(mask.shape, device=ids.device).masked_fill(~mask, -1e4)[:, None, None, :]
        if self.mpnet:
            x = self.words(self.ids[ids]) + self.positions(places + 2)
            bias = bias + self.distances(_bucket(places[None, :] - places[:, None])).permute(2, 0, 1)[None]
        else:
            x = self.words(ids) + self.positions(places) + self.types(types)
        x = functional.dropout(self.norm(x), self.dropout if self.training else 0.0)
        bias = bias.to(torch.bfloat16 if torch.is_autocast_enabled(ids.device.type) else torch.float32)
        made = []
        for layer in self.layers:
            x = layer(x, bias)
            made.append(x)
        return made


class Reader(nn.Module):
    """An encoder with outputs for start and end of an answer after some of its layers."""

    def __init__(self, encoder: Encoder, exits: tuple[int, ...]) -> None:
        super().__init__()
        self.encoder, self.exits = encoder, exits
        width = encoder.words.embedding_dim
        self.heads = nn.ModuleList(nn.Linear(width, 2) for _ in exits)

    def forward(self, batch: dict[str, Tensor]) -> list[Tensor]:
        """Return the logits at each exit: float32 [texts, tokens, 2]."""
        made = self.encoder(batch["ids"], batch["mask"], batch["types"])
        barred = (~batch["allowed"]).unsqueeze(-1) * -1e4
        with torch.autocast(batch["ids"].device.type, enabled=False):
            return [
                functional.linear(made[n - 1].float(), head.weight.float(), head.bias.float()) + barred
                for n, head in zip(self.exits, self.heads, strict=True)
            ]


def _bucket(distance: Tensor) -> Tensor:
    """Return MPNet's numbers of distances: exact up to 8 tokens, then by their logarithm up to 128, by direction."""
    far = distance.abs()
    logarithm = 8 + (torch.log(far.clamp(min=1).float() / 8) / math.log(16) * 8).long()
    return (distance > 0).long() * 16 + torch.where(far < 8, far, logarithm.clamp(max=15))


def load_bert(encoder: Encoder, weights: dict[str, Tensor], prefix: str) -> None:
    """Fill `encoder` from weights with BERT's names; further layers are copies of the last ones there are."""
    w = {name.removeprefix(prefix): tensor.float() for name, tensor in weights.items()}
    e = "embeddings."
    encoder.words.weight.data = w[e + "word_embeddings.weight"]
    encoder.positions.weight.data = w[e + "position_embeddings.weight"]
    encoder.types.weight.data = w[e + "token_type_embeddings.weight"]
    _fill(encoder.norm, w, e + "LayerNorm")
    count = 1 + max(int(name.split(".")[2]) for name in w if name.startswith("encoder.layer."))
    further = len(encoder.layers) - count
    for number, layer in enumerate(encoder.layers):
        there = f"encoder.layer.{number if number < count else number - further}."
        parts = [there + f"attention.self.{part}" for part in ("query", "key", "value")]
        _fill_attention(layer, w, parts, there + "attention.output.dense")
        _fill(layer.norm_attention, w, there + "attention.output.LayerNorm")
        _fill(layer.up, w, there + "intermediate.dense")
        _fill(layer.down, w, there + "output.dense")
        _fill(layer.norm_output, w, there + "output.LayerNorm")


def load_mpnet(encoder: Encoder, w: dict[str, Tensor], ids: np.ndarray) -> None:
    """Fill `encoder` from MPNet's weights."""
    w = {name: tensor.float() for name, tensor in w.items()}
    encoder.ids.copy_(torch.from_numpy(ids.astype(np.int64)))
    encoder.words.weight.data = w["embeddings.word_embeddings.weight"]
    encoder.positions.weight.data = w["embeddings.position_embeddings.weight"]
    encoder.distances.weight.data = w["encoder.relative_attention_bias.weight"]
    _fill(encoder.norm, w, "embeddings.LayerNorm")
    for number, layer in enumerate(encoder.layers):
        there = f"encoder.layer.{number}."
        _fill_attention(layer, w, [there + f"attention.attn.{part}" for part in "qkv"], there + "attention.attn.o")
        _fill(layer.norm_attention, w, there + "attention.LayerNorm")
        _fill(layer.up, w, there + "intermediate.dense")
        _fill(layer.down, w, there + "output.dense")
        _fill(layer.norm_output, w, there + "output.LayerNorm")


def _fill(module: nn.Module, w: dict[str, Tensor], name: str) -> None:
    module.weight.data, module.bias.data = w[name + ".weight"].clone(), w[name + ".bias"].clone()


def _fill_attention(layer: Layer, w: dict[str, Tensor], parts: list[str], out: str) -> None:
    layer.qkv.weight.data = torch.cat([w[part + ".weight"] for part in parts])
    layer.qkv.bias.data = torch.cat([w[part + ".bias"] for part in parts])
    _fill(layer.out, w, out)


def bert_weights(encoder: Encoder) -> dict[str, Tensor]:
    """Return the weights of `encoder` by BERT's names, without the words' and the positions', which are not trained."""
    made = {"embeddings.token_type_embeddings.weight": encoder.types.weight}
    made |= named("embeddings.LayerNorm", encoder.norm)
    for number, layer in enumerate(encoder.layers):
        there = f"encoder.layer.{number}."
        for part, weight, bias in zip(
            ("query", "key", "value"), layer.qkv.weight.chunk(3), layer.qkv.bias.chunk(3), strict=True
        ):
            made |= {f"{there}attention.self.{part}.weight": weight, f"{there}attention.self.{part}.bias": bias}
        made |= named(there + "attention.output.dense", layer.out)
        made |= named(there + "attention.output.LayerNorm", layer.norm_attention)
        made |= named(there + "intermediate.dense", layer.up)
        made |= named(there + "output.dense", layer.down)
        made |= named(there + "output.LayerNorm", layer.norm_output)
    return made


def named(name: str, module: nn.Module) -> dict[str, Tensor]:
    return {name + ".weight": module.weight, name + ".bias": module.bias}


def save(made: dict[str, Tensor], file: Path) -> None:
    """Write `made` as float16."""
    save_file({name: tensor.detach().half().cpu().contiguous() for name, tensor in made.items()}, file)
