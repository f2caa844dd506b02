#!/usr/bin/env python3
"""100,000 small TLS Secrets, none referred to: what each costs in memory.

usage: with_control_plane.sh many_secrets.py"""
import tempfile
import time

from bed import Informed, Peer, account_kubeconfig, install, load, pause, row, say
from proc import peak_rss, rss

SECRETS = 100_000


def programs(folder, kubeconfig):
    yield "us", lambda: Informed(folder, "--kubeconfig", kubeconfig)
    yield "client-go metadata", lambda: Peer(folder, "metadata", kubeconfig=kubeconfig)
    yield "client-go full", lambda: Peer(folder, "full", kubeconfig=kubeconfig)


def settled(begin):
    """(MB ten seconds after it was synced, the most until then)."""
    with begin() as program:
        pause(10)
        return rss(program.pid), peak_rss(program.pid), program.ready_ms


def main():
    with tempfile.TemporaryDirectory() as folder:
        install()
        kubeconfig = account_kubeconfig(folder)
        empty = {who: settled(begin)[0] for who, begin in programs(folder, kubeconfig)}
        begin = time.monotonic()
        load("fill", SECRETS, 0)
        say(f"{SECRETS} Secrets in {time.monotonic() - begin:.0f} s")
        for who, start in programs(folder, kubeconfig):
            now, peak, ready = settled(start)
            say(f"{who}: {empty[who]:.1f} MB empty, {now:.1f} MB, synced in {ready:.0f} ms")
            row("RSS per Secret of 100,000", who, "B", (now - empty[who]) * 2**20 / SECRETS)
            row("RSS with 100,000 Secrets", who, "MB", now)
            row("Peak RSS with 100,000 Secrets / settled", who, "×", peak / now)
            row("Time to synced with 100,000 Secrets", who, "ms", ready)


if __name__ == "__main__":
    main()
