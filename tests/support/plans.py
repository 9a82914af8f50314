"""What a plan that PostgreSQL has carried out (`EXPLAIN (ANALYZE, FORMAT JSON)`) did."""

from typing import Any

Node = dict[str, Any]


def nodes(plan: Node) -> list[Node]:
    """The node and all below it."""
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]


def rows_read(node: Node) -> float:
    """In all its loops, with those that it threw away."""
    removed = ("Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck")
    read = node["Actual Rows"] + sum(node.get(name, 0) for name in removed)
    return float(node["Actual Loops"] * read)


def readers_of_more_than(plan: Node, rows: int) -> list[str]:
    """The nodes that read more, by their kind and index."""
    return [f"{one['Node Type']} {one.get('Index Name')}" for one in nodes(plan) if rows_read(one) > rows]
