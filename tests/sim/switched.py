# SPDX-License-Identifier: LGPL-2.1-or-later
"""All slips of one file, built into it at once, for mutants.py.

To compile and link a program for each slip takes ten times as long as to run it. So a function with slips in it is
there once more for each of them, and its own first statement calls the copy whose number is in the environment, in
$SLIP. Without $SLIP the program is what it is without slips.

generated.py does the same with what clang's parser says, which takes a minute. Here the text is enough, since all of
ours are formatted alike: a function begins in the first column and ends with a brace there. A slip that is in no
function, in a table of constants say, is not built in, and mutants.py tries it alone.
"""
import re

# A function: what is before its body, the body.
FUNCTION = re.compile(r"^([A-Za-z_][^;{}#]*?\)) \{\n(.*?)^\}\n", re.M | re.S)

# Before main(), since tests that expect an abort start themselves again with arguments of their own.
READER = """#include <stdlib.h>
int slip_number;
__attribute__((constructor)) static void read_slip_number(void) {
        const char *number = getenv("SLIP");
        slip_number = number ? atoi(number) : 0;
}
"""


def split(parameters):
    """-> each of the parameters between the parentheses of a function"""
    parts, depth = [""], 0
    for char in parameters:
        depth += (char in "([") - (char in ")]")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip() not in ("", "void")]


def arguments(parameters):
    """-> what a call passes to a function that has the same parameters"""
    names = [re.search(r"\(\*(\w+)\)|(\w+)(?:\[[^\]]*\])*$", part) for part in split(parameters)]
    return ", ".join(name[1] or name[2] for name in names)


def build_in(text, slips):
    """
    @slips: the number of each, and (what is there once, what takes its place). -> @text with those of them that can be
    built in, and their numbers.
    """
    out, done, built = [], 0, set()
    places = {number: text.index(old) for number, (old, _) in slips.items()}
    for function in FUNCTION.finditer(text):
        head, body = function[1], function.start(2)
        mine = {number: slips[number] for number, place in places.items()
                if body <= place and place + len(slips[number][0]) <= function.end(2)}
        name = re.search(r"(\w+)\(", head)
        if not mine or name[1] == "__attribute__" or "..." in head:
            continue
        line = text.count("\n", 0, body) + 1  # which assertions name
        passed, calls = arguments(head[name.end():head.rindex(")")]), []
        out += [text[done:function.start()], head, ";\n"]  # it may call itself
        for number, (old, new) in mine.items():
            copy = f"{name[1]}_slip_{number}"
            at = places[number] - body
            changed = function[2][:at] + new + function[2][at + len(old):]
            out.append(f"{head[:name.start()]}{copy}{head[name.end(1):]};\n"
                       f"{head[:name.start()]}{copy}{head[name.end(1):]} {{\n#line {line}\n{changed}}}\n")
            calls.append(f"if (slip_number == {number}) return {copy}({passed});\n")
        out.append(f"{head} {{\nextern int slip_number;\n{''.join(calls)}#line {line}\n")
        done = body
        built |= mine.keys()
    return "".join([*out, text[done:]]), built
