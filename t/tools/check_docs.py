#!/usr/bin/env python3
"""docs/directives.md and the tables in ngx_module/ name the same directives in
the same contexts, and the same variables; links between pages lead somewhere;
docs/reliability.md names each fault of chaos, and tests that there are.
"""

import glob
import os
import re
import sys

CONTEXTS = {
    "NGX_HTTP_MAIN_CONF": "http",
    "NGX_HTTP_SRV_CONF": "server",
    "NGX_HTTP_LOC_CONF": "location",
    "NGX_HTTP_LIF_CONF": "if in location",
}
PAGE = "docs/directives.md"

faults = []


def spelled_out(code, types):
    """`types` with the constants that `code` defines put in."""
    for name, value in re.findall(
            r"constexpr\s+[\w:]+\s+(\w+)\s*=\s*([^;]*NGX_[^;]*);", code):
        types = re.sub(rf"\b{name}\b", value, types)
    return types


def of_code():
    directives, variables = {}, set()
    for path in sorted(glob.glob("ngx_module/*/*.cc")):
        code = open(path, encoding="utf-8").read()
        code = re.sub(r"//.*", "", code)
        for name, rest in re.findall(
                r'\{\s*ngx_string\("(onair\w*)"\),\s*([^,]*)', code):
            types = spelled_out(code, rest)
            found = {word for key, word in CONTEXTS.items() if key in types}
            if found:
                directives[name] = found
            else:
                variables.add(name)
    return directives, variables


def of_page():
    text = open(PAGE, encoding="utf-8").read()
    directives = {}
    for section in re.split(r"^#{2,4} ", text, flags=re.M)[1:]:
        syntax = re.search(r"\*\*Syntax:?\*\*(.*?)(?:\n\n|\*\*Default)",
                           section, re.S)
        if not syntax:
            continue
        names = set(re.findall(r"\bonair\w*", syntax[1])[:1])
        context = re.search(r"\*\*Contexts?:?\*\*:?(.*?)(?:\n\n|\*\*|\Z)",
                            section, re.S)
        default = re.search(r"\*\*Default:?\*\*", section)
        for name in names:
            words = set()
            if context:
                said = context[1]
                if "if in location" in said:
                    words.add("if in location")
                    said = said.replace("if in location", "")
                words |= set(re.findall(r"\b(http|server|location)\b", said))
            else:
                faults.append(f"{PAGE}: {name} has no **Context**")
            if not default:
                faults.append(f"{PAGE}: {name} has no **Default**")
            if name in directives:
                faults.append(f"{PAGE}: {name} is described twice")
            directives[name] = words
    return directives, set(re.findall(r"\$(onair_\w+)", text))


def compare():
    code, code_variables = of_code()
    if not code:
        return
    if not os.path.exists(PAGE):
        faults.append(f"{PAGE} is missing")
        return
    page, page_variables = of_page()
    for name in sorted(code.keys() - page.keys()):
        faults.append(f"{PAGE}: no section with **Syntax** of {name}")
    for name in sorted(page.keys() - code.keys()):
        faults.append(f"{PAGE}: {name} is no directive")
    for name in sorted(code.keys() & page.keys()):
        if code[name] != page[name]:
            faults.append(f"{PAGE}: {name} stands in {sorted(code[name])}, "
                          f"the page says {sorted(page[name])}")
    for name in sorted(code_variables - page_variables):
        faults.append(f"{PAGE}: no word of ${name}")
    for name in sorted(page_variables - code_variables):
        faults.append(f"{PAGE}: ${name} is no variable")


def follow_links():
    for path in ["README.md"] + sorted(glob.glob("docs/*.md")):
        if not os.path.exists(path):
            continue
        text = open(path, encoding="utf-8").read()
        text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            if not os.path.exists(os.path.join(os.path.dirname(path), target)):
                faults.append(f"{path}: {target} leads nowhere")


def promises_are_tested():
    path = "docs/reliability.md"
    text = open(path, encoding="utf-8").read()
    faults_of_chaos = set()
    for source in glob.glob("t/chaos/*.py"):
        faults_of_chaos |= set(re.findall(
            r'Fault\(\s*"([^"]+)"', open(source, encoding="utf-8").read()))
    named = set()
    # Behind the head of a table and the line under it.
    tables = re.findall(r"(?:^\|.*\|\n)+", text, flags=re.M)
    for row in [row for table in tables for row in table.splitlines()[2:]]:
        tested_by = row.split("|")[-2]
        named |= set(re.findall(r"\*([^*]+)\*", tested_by))
        for test in re.findall(r"`(t/[^`]+)`", tested_by):
            if not os.path.exists(test):
                faults.append(f"{path}: there is no {test}")
        if not re.search(r"[*`]", tested_by):
            faults.append(f"{path}: nothing tests {row.split('|')[1]}")
    for name in sorted(named - faults_of_chaos):
        faults.append(f"{path}: chaos knows no fault \"{name}\"")
    for name in sorted(faults_of_chaos - named):
        faults.append(f"{path}: no word of chaos's \"{name}\"")


compare()
follow_links()
promises_are_tested()
print("\n".join(faults), end="\n" if faults else "")
sys.exit(1 if faults else 0)
