"""The values of a JSON list as rows, in the SQL of each database: a list of any length is one parameter."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class json_each(GenericFunction[Any]):  # noqa: N801  # the name is that of the function in SQL
    """SQLite's function of that name; what else does the same elsewhere."""

    inherit_cache = True


@compiles(json_each, "postgresql")
def _json_each_on_postgresql(element: json_each, compiler: SQLCompiler, **how: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **how)} AS JSON))"
