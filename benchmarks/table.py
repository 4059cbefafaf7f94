"""The results as tables for a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.shapes import FAULTS

BUSY = 0.3  # cores that others used, from which on figures of one round mean little
COLUMNS = {
    "CPU ms/1k": "cpu_ms_per_1k",
    "Valkey": "redis_cpu_ms_per_1k",
    "events/s": "events_per_s",
    "ack p50": "ack_p50_ms",
    "ack p99": "ack_p99_ms",
    "reply p50": "e2e_p50_ms",
    "reply p99": "e2e_p99_ms",
}
FAULT_COLUMNS = ("lost", "twice", "order", "state")


def show(results: dict[str, Any], console: Console) -> None:
    """Print everything that was measured."""
    machine = results["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    console.print(f"\n{machine['cpu']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}")
    console.print(f"{versions}\nmedians of {results['rounds']} rounds, faults of the worst; times in ms\n")
    for shape in dict.fromkeys(shape for peer in results["peers"].values() for shape in peer["shapes"]):
        console.print(_of_shape(shape, results["peers"]))
    for section, first in (("growth", "conversations"), ("processes", "processes")):
        if rows := results.get(section):
            console.print(_of_rows(section, first, rows))
    _show_footprint(results, console)
    if busy := max((figures["other_cpu"] for figures in _all_figures(results)), default=0) > BUSY:
        console.print(f"[yellow]Others used up to {busy:.1f} cores of this machine meanwhile: measure again.[/]")
    console.print(_targets(results["targets"]))


def _of_shape(shape: str, peers: dict[str, Any]) -> Table:
    table = _table(shape, "peer", "× CPU")
    own = peers.get("criabot", {}).get("shapes", {}).get(shape, {}).get("cpu_ms_per_1k")
    for name, peer in peers.items():
        if figures := peer["shapes"].get(shape):
            ratio = f"{figures['cpu_ms_per_1k'] / own:.2f}" if own else ""
            table.add_row(name, ratio, *_cells(figures), style="bold" if name == "criabot" else "")
    return table


def _of_rows(section: str, first: str, rows: list[dict[str, Any]]) -> Table:
    table = _table(section, first, "B idle" if section == "growth" else "")
    for row in rows:
        table.add_row(f"{row[first]:,}", number(row.get("bytes_per_conversation")), *_cells(row))
    return table


def _table(title: str, *first: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 1))
    table.add_column(first[0], no_wrap=True)
    for column in (*first[1:], *COLUMNS, *FAULT_COLUMNS):
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _cells(figures: dict[str, Any]) -> list[str]:
    faults = [str(figures[name]) if not figures[name] else f"[red]{figures[name]}[/]" for name in FAULTS]
    return [*(number(figures[name]) for name in COLUMNS.values()), *faults]


def _show_footprint(results: dict[str, Any], console: Console) -> None:
    if flight := results.get("flight"):
        together = "" if flight["all_at_once"] else " [yellow](not all at once)[/]"
        memory = f"{flight['rss_before_mb']:.0f} MB before, {flight['rss_peak_mb']:.0f} MB at the peak"
        console.print(f"\n[bold]flight[/] {flight['events']:,} turns in flight: {memory}{together}")
    if cold := results.get("cold"):
        times = f"listens after {cold['listening_ms']:.0f} ms, first reply after {cold['first_reply_ms']:.0f} ms"
        console.print(f"[bold]cold[/] {times}")


def _targets(judged: list[dict[str, Any]]) -> Table:
    table = Table(title="\ntargets", title_justify="left", title_style="bold", box=None, padding=(0, 1))
    for column in ("", "at most", "is", ""):
        table.add_column(column, justify="right" if column else "left")
    marks = {True: "[green]met[/]", False: "[red]missed[/]", None: "[dim]not measured[/]"}
    for target in judged:
        unit = target["unit"]
        table.add_row(
            target["name"], f"{number(target['limit'])} {unit}", number(target["value"]), marks[target["met"]]
        )
    return table


def number(value: float | None) -> str:
    """With as many digits as mean something."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 or value == 0 else f"{value:.3g}"


def _all_figures(results: dict[str, Any]) -> list[dict[str, Any]]:
    shapes = [figures for peer in results["peers"].values() for figures in peer["shapes"].values()]
    return [*shapes, *results.get("growth", []), *results.get("processes", [])]
