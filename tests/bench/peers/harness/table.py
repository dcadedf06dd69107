"""Turns as Markdown tables: medians with the least and the greatest, over the undisturbed turns.

  python3 -m harness.table RESULTS.jsonl     prints the table of a run again

A turn is disturbed when other processes used more than a seventh of a core meanwhile. Where a way
has no undisturbed turn of a step, all its turns count and the cell is marked `!`.
"""

import json
import statistics
import sys

QUIET_CORES_MAX = 0.15
STEPS = ("produce", "consume", "latency", "small", "idle")


class Rows:
    def __init__(self, rows):
        self.about = next((row for row in rows if row["step"] == "run"), {})
        self.failed = [row for row in rows if "failed" in row]
        self._good = [row for row in rows if "failed" not in row]
        self.names = list(dict.fromkeys(row["name"] for row in rows if "name" in row))

    def turns(self, name, step):
        """(the turns that count, how many were quiet, how many there were)"""
        every = [row for row in self._good if (row.get("name"), row["step"]) == (name, step)]
        quiet = [row for row in every if not disturbed(row)]
        return quiet or every, len(quiet), len(every)

    def values(self, name, step, value):
        return [value(row) for row in self.turns(name, step)[0]]

    def median(self, name, step, value):
        values = self.values(name, step, value)
        return statistics.median(values) if values else None

    def cell(self, name, step, value, digits=0):
        values = self.values(name, step, value)
        if not values:
            return "-"
        middle = f"{statistics.median(values):.{digits}f}"
        spread = f" ({min(values):.{digits}f}..{max(values):.{digits}f})" if len(values) > 1 else ""
        return middle + spread + ("" if self.turns(name, step)[1] else " !")

    def quiet(self, name, step):
        _, quiet, every = self.turns(name, step)
        return f"{quiet}/{every}" if every else "-"

    def has_proxy(self, name):
        """Direct has none: where there is no memory, nothing is measured."""
        return any(row["resident_kb"] > 0 for row in self.turns(name, "start")[0])


def disturbed(row):
    return row.get("foreign_cpu_s", 0) > QUIET_CORES_MAX * max(row.get("wall_s", 0), 0.01)


def per_gb(key):
    return lambda row: row[key] / row["gb"]


def per_million(key):
    return lambda row: row[key] * 1e6 / row["n"]


def added(percentile):
    return lambda row: row[f"via_{percentile}"] - row[f"direct_{percentile}"]


def whole_machine(row):
    return row["machine_cpu_s"] - row["foreign_cpu_s"]


def peak(row):
    return row["peak_kb"] / 1024


def field(key):
    return lambda row: row[key]


def short(step, values):
    """One step in a few words, for those who wait."""
    if "failed" in values:
        return "FAILED: " + values["failed"]
    if step in ("produce", "consume"):
        words = f"{values['mib_s']:.0f} MiB/s, {per_gb('cpu_s')(values):.2f} CPU-s/GB"
    elif step == "latency":
        words = f"p50 {values['via_p50']:.0f} us, {added('p50')(values):+.0f} us to direct"
    elif step == "small":
        words = f"{values['req_s']:.0f}/s, {per_million('cpu_s')(values):.1f} CPU-s/million"
    elif step == "idle":
        words = f"{values['kb_per_connection']:.1f} kB a connection"
    else:
        return f"{values['resident_kb'] / 1024:.0f} MB"
    return words + (" (disturbed)" if disturbed(values) else "")


def text(rows):
    rows = Rows(rows)
    parts = [head(rows), overview(rows)]
    parts += [bulk(rows, step) for step in ("produce", "consume")]
    parts += [latency(rows), small(rows), memory(rows), bars(rows), failures(rows)]
    return "\n".join(part for part in parts if part)


def head(rows):
    about = rows.about
    if not about:
        return ""
    size, where = about["size"], about["machine"]
    parts = [*about["versions"], "broker data in memory"]
    if about["audit_filesystem"]:
        parts.append(f"audit log on {about['audit_filesystem']}")
    return f"""\
# Ways to one broker, on the same work

{about['date']}, commit {about['commit']}; {where['cpu']}, {where['cores']} cores, \
{where['memory_gib']} GiB, Linux {where['kernel']}; {', '.join(parts)}.

{about['rounds']} interleaved round(s): {size['records']:,} records of 1 KiB produced (acks=1, \
4 partitions) and consumed; {size['latency']:,} single produce requests, direct and via \
alternating; {size['small']:,} requests of 8 x 100 B on 4 connections with 5 in flight; \
{size['idle']:,} idle connections. Median (least..greatest) of the turns in which other \
processes used at most {QUIET_CORES_MAX} of a core; \
`!`: no such turn. CPU is that of all processes of the proxy; "machine" is everything but those \
other processes: clients, broker and kernel too.
"""


def table(title, columns, rows, line):
    lines = [(name, line(name)) for name in rows.names]
    lines = [(name, cells) for name, cells in lines if any(cell != "-" for cell in cells)]
    if not lines:
        return ""
    out = [f"## {title}", "", "| | " + " | ".join(columns) + " |",
           "|---" * (len(columns) + 1) + "|"]
    out += [f"| {name} | " + " | ".join(cells) + " |" for name, cells in lines]
    return "\n".join(out) + "\n"


def overview(rows):
    def line(name):
        def middle(step, value, digits=0, proxy=False):
            if proxy and not rows.has_proxy(name):
                return "-"
            found = rows.median(name, step, value)
            mark = "" if rows.turns(name, step)[1] else " !"
            return "-" if found is None else f"{found:.{digits}f}{mark}"

        return [middle("produce", field("mib_s")), middle("produce", per_gb("cpu_s"), 2, True),
                middle("consume", field("mib_s")), middle("consume", per_gb("cpu_s"), 2, True),
                middle("latency", added("p50"), 0, True), middle("latency", added("p99"), 0, True),
                middle("small", field("req_s")), middle("small", per_million("cpu_s"), 1, True),
                peak_of_all(rows, name), middle("idle", field("kb_per_connection"), 1, True)]

    return table("At a glance", [
        "produce MiB/s", "CPU-s/GB", "consume MiB/s", "CPU-s/GB", "added p50 us", "added p99 us",
        "small requests/s", "CPU-s/million", "peak MB", "kB/idle connection"], rows, line)


def peak_of_all(rows, name):
    found = [value for step in STEPS for value in rows.values(name, step, peak)]
    return f"{max(found):.0f}" if rows.has_proxy(name) and found else "-"


def bulk(rows, step):
    def line(name):
        proxy = rows.has_proxy(name)
        return [rows.cell(name, step, field("mib_s")), ratio(rows, name, step, "mib_s"),
                rows.cell(name, step, per_gb("cpu_s"), 2) if proxy else "-",
                rows.cell(name, step, per_gb("broker_cpu_s"), 2),
                rows.cell(name, step, per_gb("client_cpu_s"), 2),
                rows.cell(name, step, lambda row: whole_machine(row) / row["gb"], 2),
                rows.cell(name, step, peak) if proxy else "-", rows.quiet(name, step)]

    return table(step.capitalize(), [
        "MiB/s", "to direct", "proxy CPU-s/GB", "broker CPU-s/GB", "client CPU-s/GB",
        "machine CPU-s/GB", "peak MB", "quiet turns"], rows, line)


def ratio(rows, name, step, key):
    own, direct = rows.median(name, step, field(key)), rows.median("direct", step, field(key))
    return f"{own / direct:.2f}" if own and direct else "-"


def latency(rows):
    def line(name):
        values = [field("direct_p50"), field("via_p50"), added("p50"),
                  field("direct_p99"), field("via_p99"), added("p99")]
        return [*(rows.cell(name, "latency", value) for value in values),
                rows.quiet(name, "latency")]

    return table("One produce request at a time, microseconds", [
        "direct p50", "via p50", "added p50", "direct p99", "via p99", "added p99", "quiet turns"],
        rows, line)


def small(rows):
    def line(name):
        proxy = rows.has_proxy(name)
        return [rows.cell(name, "small", field("req_s")), ratio(rows, name, "small", "req_s"),
                rows.cell(name, "small", per_million("cpu_s"), 1) if proxy else "-",
                rows.cell(name, "small", per_million("broker_cpu_s"), 1),
                rows.cell(name, "small", lambda row: whole_machine(row) * 1e6 / row["n"], 1),
                rows.quiet(name, "small")]

    return table("Small requests", [
        "requests/s", "to direct", "proxy CPU-s/million", "broker CPU-s/million",
        "machine CPU-s/million", "quiet turns"], rows, line)


def memory(rows):
    def line(name):
        if not rows.has_proxy(name):
            return ["-"]
        return [rows.cell(name, "start", lambda row: row["resident_kb"] / 1024),
                rows.cell(name, "idle", field("n")),
                rows.cell(name, "idle", field("kb_per_connection"), 1),
                rows.cell(name, "idle", field("seconds"), 2)]

    return table("Memory and idle connections", [
        "resident at start MB", "connections", "kB/connection", "seconds to open"], rows, line)


def bars(rows):
    """What Sluice is held to: HAProxy's cost on the same work."""
    lines = []
    for name in ("sluice-async", "sluice-durable"):
        for step in ("produce", "consume"):
            own = rows.median(name, step, per_gb("cpu_s"))
            peer = rows.median("haproxy", step, per_gb("cpu_s"))
            if own and peer:
                lines.append(f"| {name} | {step} CPU-s/GB to HAProxy's | {own / peer:.2f} | 1.30 |")
    own = rows.median("sluice-async", "latency", added("p50"))
    peer = rows.median("haproxy", "latency", added("p50"))
    if own is not None and peer is not None:
        lines.append(f"| sluice-async | added p50 less HAProxy's, us | {own - peer:.0f} | 40 |")
    if not lines:
        return ""
    return "\n".join(["## Bars", "", "| | what | measured | at most |", "|---|---|---|---|",
                      *lines]) + "\n"


def failures(rows):
    if not rows.failed:
        return ""
    lines = [f"- round {row['round']}, {row['name']}, {row['step']}: {row['failed']}"
             .replace("\n", "\n  ") for row in rows.failed]
    return "\n".join(["## Not measured", "", *lines]) + "\n"


if __name__ == "__main__":
    with open(sys.argv[1]) as lines:
        print(text([json.loads(line) for line in lines if line.strip()]))
