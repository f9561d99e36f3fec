"""The tables of the catalog."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
)

SCHEMA_VERSION = 8

metadata = MetaData()

_ORDERED = String().with_variant(String(collation="C"), "postgresql")
"""Words that are put in order, in the same one everywhere: by the numbers of their characters."""

facts = Table("facts", metadata, Column("name", String, primary_key=True), Column("value", String, nullable=False))

articles = Table(
    "articles",
    metadata,
    Column("id", String, primary_key=True),
    Column("source", String, nullable=False),
    Column("title", _ORDERED, nullable=False),
    Column("text", Text, nullable=False),
    Column("published", Date),
    Column("author", String),
    Column("tags", JSON, nullable=False),
    Column("language", String),
    Column("media_type", String, nullable=False),
    Column("pages", JSON(none_as_null=True)),
    Column("content_hash", String, nullable=False),
    Column("added", DateTime, nullable=False),
    Column("updated", DateTime, nullable=False),
    Column("indexed", Boolean, nullable=False, index=True),
    # Ids are made of sources. An index of PostgreSQL's takes no value of over 2.7 KB, which a URL can be.
    UniqueConstraint("source").ddl_if(dialect="sqlite"),
)

chunks = Table(
    "chunks",
    metadata,
    Column("row", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("article_id", ForeignKey("articles.id"), nullable=False, index=True),
    Column("ordinal", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),
)

# Makes it quick to find the same text under another source.
Index("articles_length", func.length(articles.c.text))

# Further sources of an article's text; the first is `articles.source`.
further_sources = Table(
    "further_sources",
    metadata,
    Column("source", String, primary_key=True),
    Column("article_id", String, nullable=False, index=True),
    Column("added", DateTime, nullable=False),
)

# Files as they were when they were last read to the end: what is still so need not be read again.
files = Table(
    "files",
    metadata,
    Column("source", String, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("modified", BigInteger),
    Column("digest", String, nullable=False),
)

# Folders and addresses that the library follows.
followed = Table(
    "followed", metadata, Column("place", String, primary_key=True), Column("synced", DateTime, nullable=False)
)

# What a person said of an article, beside what its source says, see `editing.py`.
edits = Table(
    "edits",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("fields", JSON, nullable=False),
    Column("said", JSON, nullable=False),
    Column("read", JSON, nullable=False),
)

# Articles that a person removed, as they were, for some days, see `removed.py`.
removed = Table(
    "removed",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("removed", DateTime, nullable=False, index=True),
    Column("title", _ORDERED, nullable=False),
    Column("source", String, nullable=False),
    Column("published", Date),
    Column("embedder", String),
    Column("packed", LargeBinary, nullable=False),
    Column("vectors", LargeBinary, nullable=False),
)

stale_vectors = Table("stale_vectors", metadata, Column("chunk_id", String, primary_key=True))

# What another embedding model makes of the articles, until all of it is there: see `reembedding.py`.
new_chunks = Table(
    "new_chunks",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("content_hash", String, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),
)

# Near copies, see `copies.py`. A signature without values is that of a text too short to be compared.
signatures = Table(
    "signatures",
    metadata,
    Column("article_id", ForeignKey("articles.id"), primary_key=True),
    Column("signature", LargeBinary, nullable=False),
)

# By the keys of its bands a text's likes are found. Without a foreign key, for which each would need another index.
signature_bands = Table(
    "signature_bands",
    metadata,
    Column("band", BigInteger, primary_key=True, autoincrement=False),
    Column("article_id", String, primary_key=True),
    sqlite_with_rowid=False,
)

# Pairs that are near copies, each from both sides.
likenesses = Table(
    "likenesses",
    metadata,
    Column("article_id", ForeignKey("articles.id"), primary_key=True),
    Column("other_id", ForeignKey("articles.id"), primary_key=True, index=True),
    Column("likeness", Float, nullable=False),
)

# The groups that they form. A group has the id of its member that answers, whose place is 0.
copies = Table(
    "copies",
    metadata,
    Column("article_id", ForeignKey("articles.id"), primary_key=True),
    Column("group_id", String, nullable=False, index=True),
    Column("place", Integer, nullable=False),
)

# Conversations, see `conversations.py`. They refer to no article: an answer keeps what it quoted.
conversations = Table(
    "conversations",
    metadata,
    Column("id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("titled", Boolean, nullable=False),
    Column("searched", Text, nullable=False),
    Column("started", DateTime, nullable=False),
    Column("updated", DateTime, nullable=False, index=True),
    Column("turns", Integer, nullable=False),
    Column("deleted", DateTime),
)

turns = Table(
    "turns",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("asked", DateTime, nullable=False),
    Column("searched", Text, nullable=False),
    Column("answer", JSON, nullable=False),
)

# What people thought of answers, see `feedback.py`. The answer is kept with it, as it was given.
feedback = Table(
    "feedback",
    metadata,
    Column("key", String, primary_key=True),
    Column("given", DateTime, nullable=False),
    Column("verdict", Integer, nullable=False),
    Column("objections", JSON, nullable=False),
    Column("answer", JSON, nullable=False),
)

# Questions to try that an article was found to answer, see `suggestions.py`.
suggestions = Table(
    "suggestions",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("content_hash", String, nullable=False),
    Column("questions", JSON, nullable=False),
)

# Tokens of other programs, see `tokens.py`. Of the secret only the SHA-256 is kept, in hexadecimal.
tokens = Table(
    "tokens",
    metadata,
    Column("digest", String, primary_key=True),
    Column("name", String, nullable=False, index=True),
    Column("scope", String, nullable=False),
    Column("made", DateTime, nullable=False),
    Column("used", DateTime),
    Column("revoked", DateTime),
)

# Accounts, see `accounts/`. Of a password only its argon2 hash is kept, of a session's secret its SHA-256.
accounts = Table(
    "accounts",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("key", _ORDERED, nullable=False, unique=True),
    Column("password", String, nullable=False),
    Column("role", String, nullable=False),
    Column("library", String, nullable=False),
    Column("made", DateTime, nullable=False),
    Column("password_changed", DateTime, nullable=False),
    Column("disabled", DateTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("made", DateTime, nullable=False),
    Column("seen", DateTime, nullable=False),
)

# Failures of signing in, by hashes of names and of addresses.
attempts = Table(
    "attempts",
    metadata,
    Column("key", String, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last", DateTime, nullable=False, index=True),
    Column("until", DateTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", DateTime, nullable=False, index=True),
    Column("who", String, nullable=False),
    Column("account_id", String),
    Column("action", String, nullable=False),
    Column("what", String, nullable=False),
    Column("address", String, nullable=False),
)

# Whose a conversation is. Those from before there were accounts are nobody's.
owned_conversations = Table(
    "owned_conversations",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", String, nullable=False, index=True),
)

# Whose a token is. Those made without an account are nobody's, and allow what they say.
owned_tokens = Table(
    "owned_tokens",
    metadata,
    Column("digest", ForeignKey("tokens.digest", ondelete="CASCADE"), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
)

# Long work that is to be done, see `queue/`. Times are seconds by the database's own clock.
jobs = Table(
    "jobs",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("asked_by", String, nullable=False),
    Column("made", Float, nullable=False, index=True),
    Column("stopping", Boolean, nullable=False),
)

job_steps = Table(
    "job_steps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("given", JSON, nullable=False),
    Column("size", Integer, nullable=False),
    Column("key", String),
    Column("machine", String),
    Column("state", String, nullable=False, index=True),
    Column("due", Float, nullable=False),
    Column("hindered", Float),
    Column("worker", String, index=True),
    Column("lease", Float),
    Column("tries", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("now", String, nullable=False),
    Column("outcome", JSON(none_as_null=True)),
)

# One worker at a time an article: also where two claim at the same moment.
_running = job_steps.c.state == "running"
Index("job_steps_one_a_key", job_steps.c.key, unique=True, sqlite_where=_running, postgresql_where=_running)

# Files that were sent, in pieces, until they are added.
sent_files = Table(
    "sent_files",
    metadata,
    Column("id", String, primary_key=True),
    Column("piece", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
