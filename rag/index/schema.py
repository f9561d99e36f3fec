"""The tables of the catalog."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA_VERSION = 2

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
