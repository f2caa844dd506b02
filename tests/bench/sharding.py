#!/usr/bin/python3
"""What sharding appliances over replicas would give: rendezvous hashing over the members that hold a live Lease.

Prints the figures that docs/scaling.md quotes; nothing of it is built. A member's weight for an appliance is the SHA-256 of
both names, and the heaviest live member has the appliance. Seeded, so that each call prints the same."""

import hashlib
import random
import statistics

APPLIANCES = 10_000
CERTKEYS = 1_000_000
MEMBERS = (4, 8, 16)
DEATHS = 10_000
# controller/kube/lease.h and the default requestTimeout of an appliance, in seconds.
LEASE, RETRY, REQUEST = 15.0, 2.0, 30.0


def owner_of(appliance, members):
    return max(members, key=lambda member: hashlib.sha256(f"{member}/{appliance}".encode()).digest())


def estate(chance):
    """Certkeys of each appliance: a few have many, as estates go (log-normal), a million in all."""
    raw = [chance.lognormvariate(0, 1) for _ in range(APPLIANCES)]
    return {f"edge-{i}": round(size * CERTKEYS / sum(raw)) for i, size in enumerate(raw)}


def shares(owners, sizes, members):
    count, load = dict.fromkeys(members, 0), dict.fromkeys(members, 0)
    for appliance, member in owners.items():
        count[member] += 1
        load[member] += sizes[appliance]
    return count.values(), load.values()


def most(values):
    return max(values) / statistics.mean(values)


def balance(sizes):
    print("members  appliances: most/mean  certkeys: most/mean  moved when one leaves  of them needlessly")
    for number in MEMBERS:
        members = [f"replica-{i}" for i in range(number)]
        owners = {appliance: owner_of(appliance, members) for appliance in sizes}
        count, load = shares(owners, sizes, members)
        left = members[1:]
        after = {appliance: owner_of(appliance, left) for appliance in sizes}
        moved = [appliance for appliance in sizes if after[appliance] != owners[appliance]]
        needless = sum(owners[appliance] != members[0] for appliance in moved)
        print(f"{number:7}  {most(count):21.2f}  {most(load):19.2f}  {len(moved) / APPLIANCES:20.1%}  {needless:18}")
        modulo = sum(i % number != i % (number - 1) for i in range(APPLIANCES))
        print(f"{'':7}  by remainder (number modulo members) it would move {modulo / APPLIANCES:.1%}")


def take_over(chance):
    """Seconds from a death to the survivors' knowledge of it, and to the first write that cannot meet a late request of the
    dead one. A member renews every RETRY; the others look every RETRY and trust what they saw for LEASE."""
    known = []
    for _ in range(DEATHS):
        last_renewal = -chance.uniform(0, RETRY)
        seen = last_renewal + chance.uniform(0, RETRY)
        noticed = seen + LEASE
        known.append(noticed + chance.uniform(0, RETRY))
    known.sort()
    for name, add in (("known to the others", 0), ("first write of another", REQUEST)):
        print(f"{name}: median {known[DEATHS // 2] + add:.1f} s, p99 {known[DEATHS * 99 // 100] + add:.1f} s, "
              f"most {known[-1] + add:.1f} s after the death")


def lease_traffic():
    for number in MEMBERS:
        print(f"{number} members: {number / RETRY:.0f} renewals and {number / RETRY:.0f} lists of leases a second "
              f"(none if the leases are watched)")


def main():
    chance = random.Random(1)
    balance(estate(chance))
    take_over(chance)
    lease_traffic()


if __name__ == "__main__":
    main()
