"""Rows of measurements → the table, build/bench/bench.json, bench.md and scaling.svg."""
import collections
import json
import pathlib
import statistics

import yaml

TARGETS = pathlib.Path(__file__).with_name("targets.yaml")
US, COLUMNS = "us", ("figure", "us", "peer", "limit", "ratio", "spread", "wanted", "met")


def number(value):
    """Three digits that count, no exponent."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def quantity(values, unit):
    return f"{number(statistics.median(values))} {unit}".strip()


class Figures:
    """figure → who → run → value; points of the chart are left to it."""

    def __init__(self, rows):
        self.values = collections.defaultdict(lambda: collections.defaultdict(dict))
        self.units = {}
        for row in rows:
            if "curve" not in row:
                self.values[row["figure"]][row["who"]][row["run"]] = row["value"]
                self.units[row["figure"]] = row["unit"]

    def of(self, figure, who):
        return list(self.values[figure].get(who, {}).values())

    def ratios(self, figure, peer):
        """Ours to theirs, within a run: what disturbs the machine then disturbs both."""
        theirs = self.values[figure][peer]
        return [ours / theirs[run] for run, ours in self.values[figure][US].items() if theirs.get(run)]


def line_of(figures, target):
    """What one target says about the figures; None where its part has not run."""
    figure, peer, limit = target["figure"], target.get("against"), target.get("limit")
    ours, unit = figures.of(figure, US), figures.units.get(figure, "")
    if not ours or (peer and not figures.ratios(figure, peer)):
        return None
    judged = figures.ratios(figure, peer) if peer else ours
    wanted = target.get("wanted")
    line = {"figure": figure, "us": quantity(ours, unit), "peer": "", "limit": "", "ratio": "",
            "spread": f"{number(min(judged))}–{number(max(judged))}" if len(judged) > 1 else "one run",
            "wanted": f"≤ {number(wanted)}{'' if peer else ' ' + unit}".strip() if wanted else "",
            "met": "" if not wanted else "yes" if statistics.median(judged) <= wanted else "no"}
    if peer:
        line |= {"peer": f"{quantity(figures.of(figure, peer), unit)} ({peer})", "ratio": number(statistics.median(judged))}
    if limit and figures.of(figure, limit):
        line["limit"] = quantity(figures.of(figure, limit), unit)
        line["ratio"] = line["ratio"] or number(statistics.median(figures.ratios(figure, limit) or [0]))
    return line


def lines_of(rows):
    """The targets in their order, then what was measured of ours without one."""
    figures, targets = Figures(rows), yaml.safe_load(TARGETS.read_text())
    named = {target["figure"] for target in targets}
    targets += [{"figure": figure} for figure in figures.values if figure not in named]
    return [line for line in (line_of(figures, target) for target in targets) if line]


def plain(lines):
    table = [COLUMNS, *([line[column] for column in COLUMNS] for line in lines)]
    widths = [max(len(cells[i]) for cells in table) for i in range(len(COLUMNS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip() for cells in table)


def markdown(lines):
    rows = [COLUMNS, ["---"] * len(COLUMNS), *([line[column] for column in COLUMNS] for line in lines)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def curves(rows):
    """curve → who → [(x, median)]."""
    points = collections.defaultdict(lambda: collections.defaultdict(lambda: collections.defaultdict(list)))
    units = {}
    for row in rows:
        if "curve" in row:
            points[row["curve"]][row["who"]][row["x"]].append(row["value"])
            units[row["curve"]] = row["unit"]
    return {curve: (units[curve], {who: sorted((x, statistics.median(values)) for x, values in at.items())
                                   for who, at in by.items()}) for curve, by in points.items()}


def draw(rows, path):
    """One picture a curve, both axes logarithmic: a straight line of slope one is O(n)."""
    drawn = curves(rows)
    if not drawn:
        return
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot
    across = min(3, len(drawn))
    down = -(-len(drawn) // across)
    figure, axes = pyplot.subplots(down, across, figsize=(5 * across, 3.6 * down), squeeze=False, constrained_layout=True)
    for axis in axes.flat[len(drawn):]:
        axis.remove()
    for axis, (curve, (unit, by)) in zip(axes.flat, drawn.items()):
        for who, points in by.items():
            axis.plot(*zip(*points), marker="o", label=who)
        axis.set(title=curve, ylabel=unit, xscale="log", yscale="log")
        axis.grid(True, which="both", alpha=0.2)
        axis.legend(fontsize="small")
    figure.savefig(path)


def write(rows, machine, folder):
    """Everything, and the table as text."""
    lines = lines_of(rows)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.json").write_text(json.dumps({"machine": machine, "rows": rows, "table": lines}, indent=1) + "\n")
    (folder / "bench.md").write_text(f"{markdown(lines)}\n{machine}\n")
    draw(rows, folder / "scaling.svg")
    return plain(lines)
