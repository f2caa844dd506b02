#!/usr/bin/python3
"""What ./dev test did, as a table and as build/test-times.json.

    table.py STAGES [--commit SHA]

STAGES: a line a stage, tab-separated: name, seconds, "ok" or "FAILED", what it did. A stage that ran tests names in place
of what it did the folder of their records (tests/checks/once.py) as "records:DIR:FROM:UNTIL", in seconds since 1970.
"""
import json
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
MOST_SLOW = 12


def records(place):
    _, folder, begin, end = place.split(":")
    found = [json.loads(file.read_text()) for file in sorted(pathlib.Path(folder).glob("*.json"))
             if float(begin) <= file.stat().st_mtime <= float(end)]
    return sorted(found, key=lambda record: -record["seconds"])


def stage_of(line):
    name, seconds, end, what = line.rstrip("\n").split("\t")
    stage = {"stage": name, "seconds": round(float(seconds)), "passed": end == "ok", "what": what}
    if what.startswith("records:"):
        suites = records(what)
        known = [suite for suite in suites if suite["remembered"]]
        stage["cases"] = sum(suite["cases"] for suite in suites)
        stage["cached_cases"] = sum(suite["cases"] for suite in known)
        stage["suites"] = suites
        stage["what"] = f"{len(suites)} suites, {len(known)} of them cached"
    return stage


def minutes(seconds):
    return f"{seconds / 60:6.1f}"


def main():
    stages = [stage_of(line) for line in pathlib.Path(sys.argv[1]).read_text().splitlines()]
    total = sum(stage["seconds"] for stage in stages)
    print(f"\n{'stage':<42}{'cases':>7}{'minutes':>9}  what")
    for stage in stages:
        print(f"{stage['stage']:<42}{stage.get('cases', ''):>7}{minutes(stage['seconds']):>9}  {stage['what']}"
              f"{'' if stage['passed'] else '  FAILED'}")
    cases = sum(stage.get("cases", 0) for stage in stages)
    print(f"{'all':<42}{cases:>7}{minutes(total):>9}  {sum(stage.get('cached_cases', 0) for stage in stages)} cases cached")
    slow = sorted(({"stage": stage["stage"], **suite} for stage in stages for suite in stage.get("suites", [])
                   if not suite["remembered"]), key=lambda suite: -suite["seconds"])[:MOST_SLOW]
    if slow:
        print(f"\n{'slowest suites':<42}{'cases':>7}{'minutes':>9}{'CPU':>8}")
    for suite in slow:
        print(f"{suite['name']:<42}{suite['cases']:>7}{minutes(suite['seconds']):>9}{minutes(suite['cpu_seconds']):>8}"
              f"  {suite['stage']}")
    times = {"seconds": total, "cases": cases, "passed": all(stage["passed"] for stage in stages), "stages": stages}
    (TOP / "build/test-times.json").write_text(json.dumps(times, indent=1) + "\n")


if __name__ == "__main__":
    main()
