#!/usr/bin/env python3
"""10,000 TLS Secrets in a real API server, 1 % of them referred to: the whole operator, beside informers of client-go that
do nothing else.

usage: with_control_plane.sh cluster.py [--runs N] [--quick]"""
import argparse
import contextlib
import tempfile
import time

from bed import (Appliance, Informed, Peer, account_kubeconfig, apply, cert_sync, free_port, give_appliance, install, load,
                 pause, row, say)
from proc import peak_rss, rss, switches

SECRETS, REFERRED, EVENTS, NAMESPACES = 10_000, 100, 2_000, 19
FULL, JSON, METADATA, US = "client-go full", "client-go full, JSON", "client-go metadata", "us"


def start(who, folder, kubeconfig):
    if who == US:
        return Informed(folder, "--kubeconfig", kubeconfig)
    program, *arguments = {FULL: ["full"], JSON: ["full", "json"], METADATA: ["metadata"]}[who]
    return Peer(folder, program, *arguments, kubeconfig=kubeconfig)


def measure_idle(running, seconds):
    say(f"idle, {seconds} s")
    before = {who: (program.cpu(), switches(program.pid)) for who, program in running.items()}
    pause(seconds)
    for who, program in running.items():
        cpu, woken = before[who]
        row("Idle: CPU a minute", who, "ms", (program.cpu() - cpu) * 60 / seconds)
        row("Idle: context switches a minute", who, "", (switches(program.pid) - woken) * 60 / seconds)


def measure_events(running, run):
    before = {who: program.cpu() for who, program in running.items()}
    # Of Secrets that nobody refers to: a change of another one makes the operator do what informers do not.
    load("touch", EVENTS, SECRETS, REFERRED, run)
    pause(2)
    for who, program in running.items():
        row("CPU per watch event", who, "µs", (program.cpu() - before[who]) * 1e3 / EVENTS, run)
        row("RSS after 2,000 events", who, "MB", rss(program.pid), run)


def one_run(run, folder, box, kubeconfig, idle):
    order = [FULL, METADATA, US, JSON]
    order = order[run % len(order):] + order[:run % len(order)]
    running = {}
    with contextlib.ExitStack() as stack:
        for who in order:
            program = stack.enter_context(start(who, folder, kubeconfig))
            say(f"run {run}: {who} synced in {program.ready_ms:.0f} ms, {program.ready_cpu:.0f} ms CPU")
            row("Time to synced", who, "ms", program.ready_ms, run)
            row("CPU to synced", who, "ms", program.ready_cpu, run)
            if who == US:
                box.quiet(at_least=3 * REFERRED)
                row("CPU to 100 certificates deployed", who, "ms", program.cpu(), run)
            else:
                pause(2)
            running[who] = program
        pause(10)
        for who, program in running.items():
            row("RSS after sync", who, "MB", rss(program.pid), run)
            row("Peak RSS", who, "MB", peak_rss(program.pid), run)
            row("Peak RSS / settled", who, "×", peak_rss(program.pid) / rss(program.pid), run)
        if idle:
            measure_idle(running, idle)
        measure_events(running, run)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        install()
        begin = time.monotonic()
        load("fill", SECRETS, REFERRED)
        say(f"{SECRETS} Secrets in {time.monotonic() - begin:.0f} s")
        apply(*(cert_sync(f"tls-{i:06}", f"team-{i % NAMESPACES}") for i in range(0, SECRETS, SECRETS // REFERRED)))
        kubeconfig, port = account_kubeconfig(folder), free_port()
        for run in range(options.runs):
            with Appliance(folder, port) as box:
                if run == 0:
                    give_appliance(box)
                one_run(run, folder, box, kubeconfig, 0 if run else 20 if options.quick else 60)


if __name__ == "__main__":
    main()
