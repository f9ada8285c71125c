# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What the checks of this folder share: which files are ours, C text without comments or strings, and findings.
Every check is a program `check-NAME ROOT [...]` that prints one line `FILE:LINE: what is wrong` for each finding, and
exits with 0 (clean), 1 (findings) or 77 (cannot be checked here; the reason is printed).
"""
import os
import re
import sys

FOLDERS = ("daemon", "plugin", "dbus", "units", "tests", "man")
SKIPPED = 77


def files(root, *suffixes):
    """Returns paths below @root, relative and sorted, of every file of ours whose name ends in one of @suffixes."""
    found = []
    for folder in FOLDERS:
        for path, folders, names in os.walk(os.path.join(root, folder)):
            folders[:] = [f for f in folders if not f.startswith((".", "build", "__pycache__"))]
            found += [os.path.relpath(os.path.join(path, n), root) for n in names if n.endswith(suffixes)]
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def _blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


_COMMENT_OR_LITERAL = re.compile(r"""/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""", re.S | re.X)


def code_only(text):
    """Returns @text with comments, strings and character constants blanked out. Offsets and lines stay what they were.

    """
    return _COMMENT_OR_LITERAL.sub(_blank, text)


class Findings:
    def __init__(self):
        self.n = 0

    def add(self, path, line, text):
        print(f"{path}:{line}: {text}")
        self.n += 1

    def exit(self):
        sys.exit(1 if self.n else 0)


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)
