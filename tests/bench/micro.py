"""What Google Benchmark prints as JSON → rows. A benchmark NAME/N is a point of the curve NAME; its complexity fit is a
figure."""
SCALE = {"ns": 1e-3, "us": 1, "ms": 1e3, "s": 1e6}


def complexity(one):
    """ "O(N)", as {big_o} of BigO says it. """
    return {"(1)": "O(1)", "N": "O(N)", "NlgN": "O(N log N)", "lgN": "O(log N)"}.get(one["big_o"], "O(" + one["big_o"] + ")")


def row(figure, unit, value, **more):
    return {"figure": figure, "who": "us", "unit": unit, "value": value, "run": 0, **more}


def rows(document):
    found = []
    for one in document["benchmarks"]:
        name, *size = one["run_name"].split("/")
        kind = one.get("aggregate_name", "")
        if kind == "BigO":
            scale = SCALE.get(one.get("time_unit", "ns"), 1e-3)
            found.append(row(f"Micro: {name}, {complexity(one)}", "µs each", one["cpu_coefficient"] * scale))
        elif not kind and size and size[0].isdigit():
            found.append(row(f"Micro: {name}", "µs", one["cpu_time"] * SCALE[one["time_unit"]], x=int(size[0]),
                             curve=f"Micro: {name}"))
        elif not kind:
            found.append(row(f"Micro: {one['run_name']}", "µs", one["cpu_time"] * SCALE[one["time_unit"]]))
    return found
