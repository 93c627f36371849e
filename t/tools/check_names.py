#!/usr/bin/env python3
"""Names, lengths and words that the house does not have; a test each file."""

import glob
import re
import subprocess
import sys

ROOT = {"config", "config.make", "Makefile", "README.md", "LICENSE", "docs",
        "findings", "ngx_module", "src", "t"}
# Tables of directives and variables are as long as they are.
TABLES = re.compile(r"^(?:static )?ngx_(?:command|http_variable)_t \w+\[\] = "
                    r"\{$.*?^(?:\};|    ngx_null_command\};)$|"
                    r"^constexpr ngx_command_t \w+\[\].*?\};$", re.M | re.S)

faults = []
listed = subprocess.run(["t/tools/files.sh"], capture_output=True, text=True,
                        check=True)
files = listed.stdout.split("\n")[:-1]

seen = {}
for path in files:
    parts = path.split("/")
    if parts[0] not in ROOT and not parts[0].startswith("."):
        faults.append(f"{path}: the root holds only {', '.join(sorted(ROOT))}"
                      " and dot files")
    for folder in parts[:-1]:
        if folder in ("util", "utils", "common", "misc", "helpers"):
            faults.append(f"{path}: a folder has the name of its work")
    if path.endswith(".cc") and parts[0] in ("src", "ngx_module"):
        short = "/".join(parts[-2:])
        if short in seen:
            faults.append(f"{path}: folder and name are {seen[short]}'s too")
        seen[short] = path

listed = set(files)
for path in sorted(glob.glob("src/*/*.cc")):
    test = f"t/unit/{path[4:-3]}_test.cc"
    if test not in listed:
        faults.append(f"{path}: {test} is missing")

for path in sorted(glob.glob("src/*/*") + glob.glob("ngx_module/*/*")):
    if not path.endswith((".cc", ".h")):
        continue
    text = open(path, encoding="utf-8").read()
    limit = 400 if path.startswith("src/") else 500
    length = TABLES.sub("", text).count("\n")
    if length > limit:
        faults.append(f"{path}: {length} lines, at most {limit}")
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > 80:
            faults.append(f"{path}:{number}: {len(line)} columns")
        if re.match(r"\s*#\s*define\b", line):
            faults.append(f"{path}:{number}: a macro of our own")
        if re.search(r"\b(?:throw|dynamic_cast|typeid|try)\b\s*[({\w]",
                     re.sub(r"//.*|\"[^\"]*\"", "", line)):
            faults.append(f"{path}:{number}: exceptions or RTTI")
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if "reinterpret_cast<" in line and "SAFETY:" not in "\n".join(
                lines[max(0, number - 6):number + 1]):
            faults.append(f"{path}:{number + 1}: reinterpret_cast without "
                          "SAFETY:")

UNDONE = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
for path in files:
    if path.startswith(("t/fixtures/", "t/fuzz/corpus/")):
        continue
    try:
        text = open(path, encoding="utf-8").read()
    except (UnicodeDecodeError, IsADirectoryError):
        continue
    for number, line in enumerate(text.split("\n"), 1):
        if UNDONE.search(line):
            faults.append(f"{path}:{number}: something undone")

print("\n".join(faults), end="\n" if faults else "")
sys.exit(1 if faults else 0)
