"""Secrets that programs and browsers carry: 256 random bits, of which the catalog keeps a hash only.

A slow hash would protect them no better, and each request asks for one.
"""

from __future__ import annotations

import secrets
from hashlib import sha256

_BYTES = 32


def new_secret() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(_BYTES)


def digest_of(secret: str) -> str:
    """Return what is kept of a secret: its SHA-256, in hexadecimal."""
    return sha256(secret.encode(errors="replace")).hexdigest()
