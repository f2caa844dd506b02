#!/usr/bin/python3
"""All of the campaigns of which ./dev test runs a sample, and a table of them.

    run.py BUILD [--seed N] [--minutes M] [--only CAMPAIGN]...

Cases come in an order that the seed gives, on all processors; what the time did not suffice for is said. Exit code 1 if
anything differed, a handshake failed or nothing was run.
"""
import argparse
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time
import typing

PROCESSORS = os.cpu_count()


class Campaign(typing.NamedTuple):
    title: str
    program: str
    cases: str
    # Among how many processes its cases are shared out, beforehand: some take far longer than others.
    shards: int
    environment: dict = {}


# Those of one row at the same time: who talks to an API server mostly waits.
CAMPAIGNS = [
    [Campaign("crashes and faulty answers, in process", "scenario_tests", "*Every*", 3 * PROCESSORS),
     Campaign("faulty answers of the API server, and two of them", "cluster_tests", "*ClusterApiFaults*:*TimeTravel*",
              PROCESSORS + 1)],
    [Campaign("SIGKILL around each write", "e2e_tests", "*Stairs*", PROCESSORS)],
    [Campaign("resources changed at random", "chaos_tests", "*", 1, {"CERTSYNC_TRANSITIONS": "5000"})],
]
LINE = re.compile(r"^campaign (\S+): (\d+) plans, (\d+) differences, (\d+) handshakes, (\d+) failed$", re.M)
WHAT = {
    "stairs": "killed at each write of each story: before, between applied and answered, after",
    "troubles": "each kind of trouble at each request of each story",
    "requests": "each kind of trouble at each request of a deployment and a renewal",
    "sigkill": "real flows, SIGKILL while each write is under way",
    "mutations": "the two kinds changed at random, with mistakes in between",
    "api-answers": "each faulty answer of the API server at each request of real flows",
    "api-sigkill": "SIGKILL around each write to the API server",
    "time-travel": "two API servers on one etcd, one of them in the past",
}


class Run:
    """One campaign's processes, a share of its cases each."""

    def __init__(self, campaign, build, seed):
        self.campaign = campaign
        self.started = time.monotonic()
        self.processes = []
        for shard in range(campaign.shards):
            log = build / f"chaos-{campaign.program}.log.{shard}"
            shared = {**os.environ, **campaign.environment, "CERTSYNC_CHAOS": "all", "CERTSYNC_SEED": str(seed),
                      "GTEST_TOTAL_SHARDS": str(campaign.shards), "GTEST_SHARD_INDEX": str(shard)}
            with open(log, "w") as output:
                self.processes.append((subprocess.Popen(
                    [build / "bin" / campaign.program, "--gtest_brief=1", "--gtest_shuffle",
                     f"--gtest_random_seed={seed % 99999 + 1}", f"--gtest_filter={campaign.cases}"],
                    stdout=output, stderr=subprocess.STDOUT, env=shared, start_new_session=True), log))

    def wait(self, deadline):
        """What they said, whether all went well, and whether the time sufficed."""
        well = in_time = True
        for process, _ in self.processes:
            try:
                well = process.wait(max(deadline - time.monotonic(), 0)) == 0 and well
            except subprocess.TimeoutExpired:
                in_time = False
                # With all that it has started.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return "".join(log.read_text(errors="replace") for _, log in self.processes), well, in_time


def main():
    parser = argparse.ArgumentParser(prog="./dev chaos")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 100000))
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--only", action="append", help="the program of a campaign")
    parser.add_argument("--without", action="append", default=[], help="one that cannot be run here")
    given = parser.parse_args()
    deadline = time.monotonic() + given.minutes * 60
    rows, notes, well = {}, [], True
    for campaigns in CAMPAIGNS:
        chosen = [campaign for campaign in campaigns if not given.only or campaign.program in given.only]
        notes += [f"{campaign.title}: left out, it needs Go" for campaign in chosen if campaign.program in given.without]
        for run in [Run(campaign, given.build, given.seed) for campaign in chosen if campaign.program not in given.without]:
            said, went_well, in_time = run.wait(deadline)
            print(f"{run.campaign.title}: {time.monotonic() - run.started:.0f} s", flush=True)
            if not in_time:
                notes.append(f"{run.campaign.title}: the time did not suffice for all")
            if not went_well:
                print("\n".join(line for line in said.splitlines() if not LINE.match(line))[-20000:])
            well = well and went_well
            for name, *counts in LINE.findall(said):
                rows[name] = [a + int(b) for a, b in zip(rows.get(name, [0] * 4), counts)]
    print("\n| Campaign | Plans | Differences | Handshakes | Failed |\n| --- | --- | --- | --- | --- |")
    for name, counts in sorted(rows.items()):
        print(f"| {name}: {WHAT.get(name, '')} | " + " | ".join(f"{count:,}" for count in counts) + " |")
    print("\n" + "\n".join(notes + [f"seed {given.seed}; what was said is in {given.build}/chaos-*.log.*"]))
    return 0 if well and rows and not any(counts[1] or counts[3] for counts in rows.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
