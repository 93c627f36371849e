"""Reads what callgrind leaves: instructions by function, without callees."""

import collections
import glob
import os
import re

NAME = re.compile(r"\((\d+)\)(?: (.*))?$")


def self_costs(path):
    """{(object's base name, function): instructions} of one output file."""
    names = {"ob": {}, "fn": {}}
    here = {"ob": "", "fn": ""}
    costs = collections.Counter()
    of_a_call = False

    def resolve(kind, text):
        number, name = NAME.match(text).groups()
        if name is not None:
            names[kind][number] = name
        return names[kind][number]
    with open(path) as f:
        for line in f:
            line = line.rstrip("\n")
            key, found, text = line.partition("=")
            if found:
                kind = key[1:] if key.startswith("c") else key
                if kind in names:
                    name = resolve(kind, text)
                    if kind == key:
                        here[kind] = name
                # The line after says what the called function cost.
                of_a_call = key == "calls"
            elif line[:1].isdigit() or line[:1] in "+-*":
                words = line.split()
                if not of_a_call and len(words) > 1:
                    costs[os.path.basename(here["ob"]), here["fn"]] += \
                        int(words[1])
                of_a_call = False
    return costs


class Run:
    """A place for callgrind's output, and the words that start it."""

    def __init__(self, folder):
        self.folder = folder
        self.wrap = ["valgrind", "--tool=callgrind", "--trace-children=yes",
                     f"--callgrind-out-file={folder}/callgrind.out.%p"]

    def collect(self, pids):
        """The costs of these processes, once they have ended."""
        total = collections.Counter()
        for pid in pids:
            total.update(self_costs(f"{self.folder}/callgrind.out.{pid}"))
        for path in glob.glob(f"{self.folder}/callgrind.out.*"):
            os.remove(path)
        return total
