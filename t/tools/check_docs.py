#!/usr/bin/env python3
"""docs/directives.md and the tables in ngx_module/ name the same directives in
the same contexts, and the same variables; links between pages lead somewhere;
docs/reliability.md names each fault of chaos, and tests that there are. The
words that parameters take stand in the pages and in the tables of the tests.
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


def read_text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def body_of(text, start):
    """The text behind `start`, up to the end of that block."""
    begin = text.index(start)
    return text[begin:text.index("\n\n", begin)]


def parameters_of_code():
    """By directive: the names that its handler, and what it calls, asks for."""
    code = "".join(re.sub(r"//.*", "", read_text(path)) for path in
                   sorted(glob.glob("ngx_module/*/*.cc")))
    core = "".join(map(read_text, sorted(glob.glob("src/*/*.h"))))
    tables = dict(re.findall(r"(k\w+)\[\] = \{(.*?)^\};", core + code,
                             re.M | re.S))
    functions = dict(re.findall(
        r"^\w[\w:*&<> ]*?[ *&](\w+)\([^;{]*?\)[^;{]*?\n\{\n(.*?)^\}", code,
        re.M | re.S))

    def asked(name, seen):
        if name in seen or name not in functions:
            return set()
        seen.add(name)
        text = functions[name]
        found = set(re.findall(r'\bparams\.is\("([^"]+)"\)', text))
        for table in re.findall(r": (?:\w+::)?(k\w+)\)", text):
            found |= set(re.findall(r'\{"([^"]+)",', tables.get(table, "")))
        for called in set(re.findall(r"\b(\w+)\(", text)):
            found |= asked(called, seen)
        return found

    return {directive: asked(handler, set()) for directive, handler in
            re.findall(r'ngx_string\("(onair\w*)"\),\s*[^,]*,\s*'
                       r"((?:set|add)_\w+)", code)}


def parameters_are_described():
    page = read_text(PAGE)
    asked = parameters_of_code()
    if not any(asked.values()):
        faults.append("check_docs.py finds no parameter in the code")
    for directive, names in sorted(asked.items()):
        syntax = re.search(rf"\*\*Syntax:\*\* `{directive}\b(.*?)\n\n", page,
                           re.S)
        said = set(re.findall(r"([\w-]+)=", syntax[1])) if syntax else set()
        for name in sorted(names - said):
            faults.append(f"{PAGE}: {directive} takes {name}=, its syntax "
                          "does not say so")
        for name in sorted(said - names):
            faults.append(f"{PAGE}: {directive} takes no {name}=")


def compare_words(what, words, said, where):
    for word in sorted(words - said):
        faults.append(f"{where}: no word of {what} {word}")
    for word in sorted(said - words):
        faults.append(f"{where}: {word} is no {what}")


def words_are_described():
    table = body_of(read_text("src/source/source.cc"), "kWords[] = {")
    # Not the other words for the same.
    table = table.split("// Other words")[0]
    types = set(re.findall(r'\{"([^"]+)", Format::', table))
    said = body_of(read_text(PAGE), "- `type=format`")
    compare_words("type=", types, set(re.findall(r"`([\w.-]+)`", said)), PAGE)
    rows = re.findall(r"^\| `([\w.-]+)` \|", read_text("docs/sources.md"), re.M)
    compare_words("type=", types - {"auto"}, set(rows), "docs/sources.md")
    path = "t/formats_of_sources.t"
    text = read_text(path)
    tested = set(re.findall(r"^    \['[^']+', '([\w.-]+)'", text, re.M))
    tested |= set(re.findall(r"\btype=([\w.-]+)", text))
    compare_words("type=", types - {"auto"}, tested - {"auto"}, path)

    table = body_of(read_text("src/encoder/form.cc"), "kTraits[] = {")
    forms = re.findall(r'\{"([^"]+)", "([^"]+)"', table)
    words = {word for word, protocol in forms}
    said = re.search(r"\*\*Syntax:\*\* `onair_format ([^`;]*);", read_text(PAGE))
    compare_words("onair_format", words, set(said[1].split(" | ")), PAGE)
    for path in (PAGE, "docs/wire.md", "t/formats.t"):
        text = read_text(path)
        for word, protocol in forms:
            if protocol not in text:
                faults.append(f"{path}: no word of {protocol}")
    path = "t/formats.t"
    tested = set(re.findall(r"onair_format (\w+);", read_text(path)))
    compare_words("onair_format", words, tested & words, path)


compare()
follow_links()
parameters_are_described()
words_are_described()
promises_are_tested()
print("\n".join(faults), end="\n" if faults else "")
sys.exit(1 if faults else 0)
