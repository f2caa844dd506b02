#!/usr/bin/env python3
"""What the appliance side costs in requests and allocations, which no machine's load changes; times are not looked at.

usage: counts_test.py bench_appliance"""
import json
import subprocess
import sys
import unittest

PROGRAM = sys.argv.pop()


def measured():
    """figure → x, or None off the curves → value, of ours; sizes of a handful."""
    done = subprocess.run([PROGRAM, "--quick"], check=True, stdout=subprocess.PIPE, text=True)
    found = {}
    for row in map(json.loads, done.stdout.splitlines()):
        if row["who"] == "us":
            found.setdefault(row["figure"], {})[row.get("x")] = row["value"]
    return found


class Counts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.found = measured()

    def test_a_converged_pass_asks_the_same_of_every_number_of_certkeys(self):
        self.assertEqual({1: 10, 10: 10}, self.found["requests for each pass"])

    def test_a_burst_writes_two_files_and_a_command_for_each_and_saves_once(self):
        self.assertEqual(3 * 10 + 1, self.found["burst of 10: writes before clean-up"][None])

    def test_allocations_of_a_converged_certkey(self):
        one, ten = (self.found["allocations for each certkey and pass"][x] * x for x in (1, 10))
        self.assertLess((ten - one) / 9, 520)

    def test_allocations_of_a_renewal(self):
        self.assertLess(self.found["burst of 10: allocations for each certificate"][None], 3000)

    def test_the_storm_is_measured(self):
        self.assertTrue(any(figure.startswith("storm of") for figure in self.found))


if __name__ == "__main__":
    unittest.main()
