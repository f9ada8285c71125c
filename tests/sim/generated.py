# SPDX-License-Identifier: LGPL-2.1-or-later
"""mutants.py SOURCE_ROOT --generated: slips that nobody thought of.

For every comparison, constant, assignment and call in daemon/core and daemon/net there is a slip: the operator is
another one, a constant is off by one, a statement is missing, a condition or a returned value is the opposite. Each
slip is judged by the unit tests that link the core, and by some hundred seeds of the simulation. There are some
thousands, so all of them take hours and are not for CI. A random sample says nearly as much.

Compiling and linking would take most of the time. So one program has a copy of a function for each slip in it, and
$SLIP says which copy is called ("all at once"). What no unit test finds there, and what is in no function, is compiled
alone: then the compiler may show it to be none, and the simulation has its turn.

clang's parser says where each of them is (-ast-dump=json), so a slip is never in a string, a comment or half of an
expression. Skipped and counted: what does not compile; what the compiler makes the same code of (then nobody can tell);
what is in assertions.

survivors.txt lists those that live for a reason. Any other that lives is a hole in the tests, and the exit code is 1.
"""
import argparse
import collections
import concurrent.futures
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

import programs

OTHER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "+": "-", "-": "+", "&&": "||", "||": "&&",
         "+=": "-=", "-=": "+="}
# Of the processor, for a judge: a test takes milliseconds, a hundred seeds one second. The clock may show more, since
# others use the machine, but who has not ended by WALL times as much waits for something that does not come.
TEST_SECONDS, SIM_SECONDS, WALL = 5, 60, 30
MEMORY_BYTES = 2 << 30  # a slip may write without end, too
# Of the broken file. The more the compiler optimises, the more slips turn out to compile to the same code. A slip that
# reads behind an array ends the program: it counts as found, since the sanitizers of tests/run find it.
OPTIMISE = ["-O2", "-fsanitize=bounds", "-fsanitize-undefined-trap-on-error"]

# @key: names it in results and lists, whatever line it is on.
Slip = collections.namedtuple("Slip", "key path begin end new line")


class Source:
    """One file of the core, as clang sees it."""

    def __init__(self, root, path):
        self.path, self.bytes = path, open(f"{root}/{path}", "rb").read()
        dump = subprocess.run(["clang", "-fsyntax-only", "-std=gnu17", "-D_GNU_SOURCE", "-I.", "-Idaemon",
                               "-Xclang", "-ast-dump=json", path],
                              cwd=root, check=True, stdout=subprocess.PIPE).stdout
        self.tree = json.loads(dump)
        self.name_files(self.tree, None)
        asserted = re.finditer(rb"\b(assert|assert_not_reached|_Static_assert|static_assert)\s*\(", self.bytes)
        self.untold = [self.call_at(m.start()) for m in asserted]
        self.slips, self.keys, self.in_assertions, self.function = {}, collections.Counter(), 0, None
        for node in self.tree["inner"]:
            if node["kind"] in ("FunctionDecl", "VarDecl") and self.text_range(node):
                self.function = node
                self.walk(node)

    def functions(self):
        """-> of each function defined here: its node, where it begins, its name, its body; where it ends."""
        for node in self.tree["inner"]:
            body = [child for child in node.get("inner", []) if child["kind"] == "CompoundStmt"]
            if node["kind"] == "FunctionDecl" and body and self.text_range(node):
                begin, end = self.text_range(node)
                yield node, begin, self.plain(node["loc"]), self.place(body[0], "begin"), end

    def all_at_once(self, numbers):
        """@numbers: slip -> its number. -> the file with all that are in functions; name of the copy -> slip."""
        out, done, copies = [], 0, {}
        text = lambda begin, end: self.bytes[begin:end].decode()
        for node, begin, name_at, body, end in self.functions():
            cases, name = [], node["name"]
            parameters = ", ".join(child["name"] for child in node["inner"] if child["kind"] == "ParmVarDecl")
            out.append(text(done, begin))
            for slip, number in numbers.items():
                if not body <= slip.begin < slip.end <= end:
                    continue
                copy = f"{name}_slip_{number}"
                copies[copy] = slip
                declared = re.sub(r"\b(static|inline) ", "", text(begin, name_at))
                out.append(f"static __attribute__((noinline, unused)) {declared}{copy}"
                           f"{text(name_at + len(name), slip.begin)}{slip.new}{text(slip.end, end)}\n")
                returns = "" if node["type"]["qualType"].startswith("void (") else "return "
                cases.append(f"case {number}: {returns}{copy}({parameters}); {'' if returns else 'return;'}")
            choose = f"{{ extern int slip_number; switch (slip_number) {{ {' '.join(cases)} }} }}" if cases else ""
            out.append(f"{text(begin, body + 1)} {choose} {text(body + 1, end)}")
            done = end
        return "".join([*out, text(done, len(self.bytes))]), copies

    def name_files(self, node, last):
        """clang names the file of a place only where it is not that of the place before. -> the last one named."""
        for key, value in node.items():
            if key in ("loc", "begin", "end", "spellingLoc", "expansionLoc", "range"):
                if "offset" in value:
                    last = value["file"] = value.get("file", last)
                last = self.name_files(value, last)
            elif key == "inner":
                for child in value:
                    last = self.name_files(child, last)
        return last

    def call_at(self, begin):
        """-> the range from @begin to the parenthesis that ends the call there."""
        at, depth = self.bytes.index(b"(", begin), 0
        while True:
            depth += {0x28: 1, 0x29: -1}.get(self.bytes[at], 0)
            at += 1
            if depth == 0:
                return begin, at

    @staticmethod
    def has_range(node):
        return bool(node.get("range", {}).get("begin")) and bool(node["range"].get("end"))

    def in_function(self, offset):
        where = self.function and self.function["range"]
        first, last = (self.plain(where[end]) for end in ("begin", "end")) if where else (0, 0)
        return first <= offset <= last

    def is_here(self, spelled):
        """Is this place of a spelling in the text of the function, and not in a macro or a header?"""
        return spelled.get("file") == self.path and self.in_function(spelled["offset"])

    @staticmethod
    def plain(place):
        return place.get("expansionLoc", place).get("offset", 0)

    def place(self, node, end):
        """-> offset in this file where the text of @node begins or ends, or None when it is not in this file."""
        where = node["range"][end]
        if "spellingLoc" not in where:
            if where.get("file") != self.path:
                return None
            return where["offset"] + (where["tokLen"] if end == "end" else 0)
        spelled, expanded = where["spellingLoc"], where["expansionLoc"]
        if self.is_here(spelled):
            return spelled["offset"] + (spelled["tokLen"] if end == "end" else 0)  # an argument of a macro
        if expanded.get("file") != self.path:
            return None
        if end == "begin":
            return expanded["offset"]
        after = expanded["offset"] + expanded["tokLen"]
        called = re.match(rb"\s*\(", self.bytes[after:])
        return self.call_at(expanded["offset"])[1] if called else after

    def text_range(self, node):
        if not self.has_range(node):
            return None
        begin, end = self.place(node, "begin"), self.place(node, "end")
        return (begin, end) if begin is not None and end is not None and begin < end else None

    def is_inside_macro(self, node):
        """Is it part of what a macro stands for, and not of its arguments?"""
        ends = [node["range"][end] for end in ("begin", "end")]
        return all("spellingLoc" in end and not self.is_here(end["spellingLoc"]) for end in ends)

    def add(self, what, begin, end, new, at=None):
        """@at: what the reader is to look at, if that is not @begin."""
        at = begin if at is None else at
        if any(b <= begin < e for b, e in self.untold):
            self.in_assertions += 1
            return
        old = self.bytes[begin:end].decode()
        new += "\n" * (old.count("\n") - new.count("\n"))  # assertions further down keep their line numbers
        if (begin, end, new) in self.slips:
            return
        where = self.function["name"] if self.in_function(begin) else "file"
        line = self.bytes[self.bytes.rfind(b"\n", 0, at) + 1:].split(b"\n")[0].decode()
        key = f"{os.path.basename(self.path)} {where}: {what} in: {' '.join(line.split())[:100]}"
        self.keys[key] += 1
        key += f" ({self.keys[key]})" if self.keys[key] > 1 else ""
        self.slips[begin, end, new] = Slip(key, self.path, begin, end, new, self.bytes.count(b"\n", 0, at) + 1)

    def walk(self, node):
        kind, inner = node.get("kind"), node.get("inner", [])
        makers = {"BinaryOperator": self.operator, "CompoundAssignOperator": self.operator,
                  "IntegerLiteral": self.constant, "IfStmt": self.conditional, "WhileStmt": self.conditional,
                  "DoStmt": self.conditional, "ForStmt": self.conditional, "ConditionalOperator": self.conditional,
                  "ReturnStmt": self.returned}
        if self.has_range(node) and kind in makers:
            makers[kind](node, inner)
        for child in self.statements(kind, inner):
            self.dropped(child)
        for child in inner:
            self.walk(child)

    def operator(self, node, inner):
        code = node["opcode"]
        if code not in OTHER or self.is_inside_macro(node):
            return
        whole, left, right = self.text_range(node), self.text_range(inner[0]), self.text_range(inner[1])
        if not whole or not left or not right or left[1] > right[0]:
            return
        between = re.sub(rb"/\*.*?\*/", lambda m: b" " * len(m[0]), self.bytes[left[1]:right[0]], flags=re.S)
        if between.strip() != code.encode():
            return
        begin = left[1] + between.index(code.encode())
        if code in ("&&", "||"):
            # Of another precedence: what belongs together still does.
            text = lambda r: self.bytes[r[0]:r[1]].decode()
            self.add(f"{code} is {OTHER[code]}", *whole, f"(({text(left)}) {OTHER[code]} ({text(right)}))", begin)
        else:
            self.add(f"{code} is {OTHER[code]}", begin, begin + len(code), OTHER[code])

    def constant(self, node, _):
        where = node["range"]["begin"]
        spelled = where.get("spellingLoc", where)
        if spelled.get("file") == self.path:
            begin = spelled["offset"]
            text = self.bytes[begin:begin + spelled["tokLen"]].decode()
        else:
            begin = where.get("expansionLoc", {}).get("offset", 0)
            text = re.match(rb"\w*", self.bytes[begin:])[0].decode()
            if text in ("true", "false") and where["expansionLoc"].get("file") == self.path:
                other = "false" if text == "true" else "true"
                self.add(f"{text} is {other}", begin, begin + len(text), other)
            return
        number = re.fullmatch(r"(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)", text)
        if number:
            value = int(number[1], 0)
            for other in (value + 1, value - 1) if value > 0 else (1,):
                new = (hex(other) if "x" in text.lower() else str(other)) + number[2]
                self.add(f"{text} is {new}", begin, begin + len(text), new)

    @staticmethod
    def bare(node):
        around = ("ParenExpr", "ImplicitCastExpr", "CStyleCastExpr", "ExprWithCleanups", "ConstantExpr")
        while node.get("kind") in around and node.get("inner"):
            node = node["inner"][-1]
        return node

    def opposite(self, what, node):
        """Of the truth of @node; of a bare comparison for equality that is the other operator already."""
        bare, where = self.bare(node), self.text_range(node)
        if (where and not self.is_inside_macro(node) and bare.get("opcode") not in ("==", "!=")
                and bare["kind"] != "IntegerLiteral"):
            self.add(what, *where, f"!({self.bytes[where[0]:where[1]].decode()})")

    def conditional(self, node, inner):
        at = {"ForStmt": 2, "DoStmt": 1}.get(node["kind"], bool(node.get("hasInit")) + bool(node.get("hasVar")))
        if inner[at].get("kind"):
            self.opposite("the condition is the opposite", inner[at])

    def returned(self, _, inner):
        if inner and re.match(r"(_Bool|bool)\b", self.function["type"]["qualType"]):
            self.opposite("the opposite is returned", inner[0])

    @staticmethod
    def statements(kind, inner):
        return {"CompoundStmt": inner, "IfStmt": inner[1:], "WhileStmt": inner[-1:], "DoStmt": inner[:1],
                "ForStmt": inner[-1:], "CaseStmt": inner[-1:], "DefaultStmt": inner[-1:],
                "LabelStmt": inner[-1:]}.get(kind, [])

    def dropped(self, node):
        bare = self.bare(node) if node.get("kind") else {}
        acts = (bare.get("kind") in ("CompoundAssignOperator", "CallExpr") or bare.get("opcode") in ("=", "++", "--"))
        where = self.text_range(node) if acts else None
        if where and not self.is_inside_macro(node):
            self.add("is dropped", *where, "(void) 0")


class Judge:
    """Builds slips into a program that has all tests and the simulation in it, and runs that.

    It runs all of @slips at once, then those that live alone.
    """

    def __init__(self, root, folder, seeds, sources, slips):
        self.root, self.folder, self.seeds = root, folder, seeds
        self.files = [*programs.sources(root), *programs.world_sources(root), *programs.sim_sources(root)]
        self.tests = self.list_tests()
        self.killers = collections.defaultdict(collections.Counter)
        self.verdicts, self.plain, self.lock, self.endless = {}, {}, threading.Lock(), 0
        programs.compile_all(root, [f for f in self.files if not f.endswith("/sim-main.c")], folder)
        mains = {test: (programs.test_source(test), f"main_{test.replace('-', '_')}") for test in self.tests}
        mains["sim"] = ("tests/sim/sim-main.c", "main_sim")
        with open(f"{folder}/judge.c", "w") as f:
            # By the environment, since tests that expect an abort run themselves again with arguments of their own.
            print("#include <stdlib.h>\n#include <string.h>\n#include <sys/resource.h>\nint slip_number;", file=f)
            for _, main in mains.values():
                print(f"int {main}(int, char **);", file=f)
            # Limits that the program sets hold for what it starts, too.
            print("static void limit(int what, unsigned long max)", file=f)
            print("{ if (setrlimit(what, &(struct rlimit){ max, max }) < 0) abort(); }", file=f)
            print('int main(int argc, char **argv) { slip_number = atoi(getenv("SLIP"));', file=f)
            print('limit(RLIMIT_CPU, strtoul(getenv("CPU_SECONDS"), NULL, 10)); limit(RLIMIT_CORE, 0);', file=f)
            print(f"limit(RLIMIT_AS, {MEMORY_BYTES}ul); limit(RLIMIT_FSIZE, {MEMORY_BYTES}ul);", file=f)
            for name, (_, main) in mains.items():
                print(f'if (strcmp(getenv("WHAT"), "{name}") == 0) return {main}(argc, argv);', file=f)
            print("return 99; }", file=f)
        own = {source: main for source, main in mains.values()}
        compile_main = lambda s: programs.compile_one(root, s, programs.object_of(folder, s), f"-Dmain={own[s]}")
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            list(pool.map(compile_main, own))
        programs.compile_one(root, f"{folder}/judge.c", f"{folder}/judge.o")
        self.objects = [*(programs.object_of(folder, f) for f in {*self.files, *own}), f"{folder}/judge.o"]
        programs.link(self.objects, f"{folder}/whole")
        self.link_all_at_once(sources, slips)

    def link_all_at_once(self, sources, slips):
        """Makes the program that has all of @slips in it, and self.numbers: what $SLIP is for which key."""
        numbers = {slip: i + 1 for i, slip in enumerate(slips)}
        self.numbers, objects = {}, {}
        for path in {slip.path for slip in slips}:
            mine = {slip: number for slip, number in numbers.items() if slip.path == path}
            while True:
                text, copies = sources[path].all_at_once(mine)
                r, target = programs.compile_mutant(self.root, path, text, self.folder, *OPTIMISE[1:], check=False,
                                                   stderr=subprocess.PIPE)
                if r.returncode == 0:
                    break
                errors = r.stderr.decode()
                broken = [copies[name] for name in re.findall(r"In function .(\w+).:", errors) if name in copies]
                if not broken:
                    raise RuntimeError(errors)
                mine = {slip: number for slip, number in mine.items() if slip not in broken}
            objects[programs.object_of(self.folder, path)] = shutil.move(target, f"{target}.{os.path.basename(path)}.o")
            self.numbers.update({slip.key: numbers[slip] for slip in copies.values()})
        programs.link([objects.get(o, o) for o in self.objects], f"{self.folder}/all-at-once")

    def list_tests(self):
        listed = open(f"{self.root}/tests/unit/meson.build").read()
        wrapped = re.findall(r"'([\w-]+)' :", re.search(r"unit_link_args = \{(.*?)\}", listed, re.S)[1])
        listed = re.findall(r"'([\w-]+)' : '(\w+)'", re.search(r"unit_tests = \{(.*?)\}", listed, re.S)[1])
        # What wraps functions would wrap them for all.
        return [name for name, layer in listed if layer in ("core", "net", "link") and name not in wrapped]

    def rest_of(self, path):
        """-> one object of everything but @path, made once."""
        with self.lock:
            rest = f"{self.folder}/rest-{os.path.basename(path)}.o"
            if not os.path.exists(rest):
                own = programs.object_of(self.folder, path)
                subprocess.run(["ld", "-r", *(o for o in self.objects if o != own), "-o", rest], check=True)
            return rest

    def compile(self, path, text, folder):
        """-> the object, or None when it does not compile. The compiler takes it for the file in the tree."""
        r, target = programs.compile_mutant(self.root, path, f'#line 1 "{path}"\n{text}', folder, *OPTIMISE,
                                           check=False, stderr=subprocess.DEVNULL)
        return target if r.returncode == 0 else None

    def digest(self, target):
        """Of what the compiler made: the same for two slips that are the same."""
        plain = f"{target}.plain"
        subprocess.run(["objcopy", "--strip-debug", "--remove-section=.comment", target, plain], check=True)
        return hashlib.sha256(open(plain, "rb").read()).hexdigest()

    def digest_of_whole(self, path):
        with self.lock:
            if path not in self.plain:
                with tempfile.TemporaryDirectory(dir=self.folder) as own:
                    self.plain[path] = self.digest(self.compile(path, open(f"{self.root}/{path}").read(), own))
            return self.plain[path]

    def fails(self, binary, number, name, seconds, *arguments):
        """A judge that does not end has found the slip: it ends without."""
        env = {**os.environ, "WHAT": name, "CPU_SECONDS": str(seconds), "SLIP": str(number)}
        code, _ = programs.run(binary, *arguments, env=env, timeout=WALL * seconds, stdout=subprocess.DEVNULL)
        with self.lock:
            self.endless += code in (None, -signal.SIGXCPU, -signal.SIGKILL)
        return code != 0

    def which_test_fails(self, binary, path, number=0):
        """-> the name of the first that fails, or None. Who found most slips in this file so far is asked first."""
        likely = self.killers[path]
        for test in sorted(self.tests, key=lambda t: (-likely[t], not os.path.basename(path).startswith(t))):
            if self.fails(binary, number, test, TEST_SECONDS):
                likely[test] += 1
                return test
        return None

    def who_fails(self, binary, path):
        """As which_test_fails(), and "sim" if no test does, but the simulation."""
        test = self.which_test_fails(binary, path)
        return test or ("sim" if self.fails(binary, 0, "sim", SIM_SECONDS, f"--seeds={self.seeds}") else None)

    def judge(self, slip, source):
        """-> "killed", "survived", "equivalent" or "does not compile"; who killed it."""
        number = self.numbers.get(slip.key)
        test = self.which_test_fails(f"{self.folder}/all-at-once", slip.path, number) if number else None
        if test:
            return "killed", test
        text = (source.bytes[:slip.begin] + slip.new.encode() + source.bytes[slip.end:]).decode()
        with tempfile.TemporaryDirectory(dir=self.folder) as own:
            target = self.compile(slip.path, text, own)
            if not target:
                return "does not compile", None
            digest = self.digest(target)
            if digest == self.digest_of_whole(slip.path):
                return "equivalent", None
            if digest not in self.verdicts:
                programs.link([self.rest_of(slip.path), target], f"{own}/judge")
                by = self.who_fails(f"{own}/judge", slip.path)
                self.verdicts[digest] = ("killed", by) if by else ("survived", None)
            return self.verdicts[digest]


def read_reasons():
    """survivors.txt -> key: reason."""
    reasons, reason, fresh = {}, [], True
    for line in open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "survivors.txt")):
        if line.startswith("#"):
            reason = [*([] if fresh else reason), line[1:].strip()]
            fresh = False
        elif line.strip():
            reasons[line.strip()] = " ".join(reason)
        else:
            fresh = True
    return reasons


def main(root, arguments):
    parser = argparse.ArgumentParser(prog="mutants.py SOURCE_ROOT --generated", description=__doc__.split("\n")[0])
    parser.add_argument("--file", default="", help="only in files whose name has this in it")
    parser.add_argument("--sample", type=int, metavar="N",
                        help="so many, drawn at random; a larger sample has the smaller one in it")
    parser.add_argument("--draw", type=int, default=1, help="another number: another sample")
    parser.add_argument("--seeds", type=int, default=300, help="of the simulation, for what the unit tests let live")
    parser.add_argument("--resume", metavar="FILE", help="results are kept here, and what has one is not judged again")
    parser.add_argument("--again", action="store_true", help="but those that survived are")
    parser.add_argument("--only", default="", help="only those whose line in the list has this in it")
    parser.add_argument("--list", action="store_true", help="prints them and judges none")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)

    paths = [path for path in programs.sources(root, ("core", "net")) if options.file in os.path.basename(path)]
    sources = {path: Source(root, path) for path in paths}
    slips = [slip for source in sources.values() for slip in source.slips.values() if options.only in slip.key]
    random.Random(options.draw).shuffle(slips)
    in_assertions = sum(source.in_assertions for source in sources.values())
    print(f"{len(slips)} slips in {len(sources)} files, {in_assertions} more in assertions", flush=True)
    slips = slips[:options.sample]
    if options.list:
        print("\n".join(f"{slip.path}:{slip.line}: {slip.key}" for slip in slips))
        return 0

    results, reasons = {}, read_reasons()
    if options.resume and os.path.exists(options.resume):
        for line in open(options.resume):
            result = json.loads(line)
            results[result["key"]] = result
    known = {key for key, result in results.items() if not (options.again and result["verdict"] == "survived")}
    kept = open(options.resume, "a", buffering=1) if options.resume else None
    folder = tempfile.mkdtemp(prefix="mutants-")
    lock = threading.Lock()

    def judge_one(slip):
        verdict, by = judge.judge(slip, sources[slip.path])
        with lock:
            results[slip.key] = result = {"key": slip.key, "verdict": verdict, "by": by}
            if kept:
                kept.write(json.dumps(result) + "\n")
            if verdict == "survived" and slip.key not in reasons:
                print(f"{slip.path}:{slip.line}: SURVIVED: {slip.key}", flush=True)

    try:
        to_judge = [slip for slip in slips if slip.key not in known]
        judge = Judge(root, folder, options.seeds, sources, to_judge)
        found = (judge.who_fails(f"{folder}/whole", "nothing")
                 or judge.which_test_fails(f"{folder}/all-at-once", "nothing"))
        if found:
            print(f"{found} fails without a slip, too", file=sys.stderr)
            return 2
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(judge_one, to_judge))
    finally:
        shutil.rmtree(folder)

    keys = {slip.key for slip in slips}
    count = collections.Counter(results[key]["verdict"] for key in keys)
    by = collections.Counter(results[key]["by"] for key in keys if results[key]["verdict"] == "killed")
    survivors = {key for key in keys if results[key]["verdict"] == "survived"}
    print("by " + ", ".join(f"{name} {n}" for name, n in by.most_common()))
    for key in sorted(keys & reasons.keys() - survivors):
        print(f"listed, and not among the survivors: {key}")
    for key in sorted(survivors - reasons.keys()):
        print(f"SURVIVED: {key}")
    judged = count["killed"] + count["survived"]
    print(f"{count['equivalent']} are the same code, {count['does not compile']} do not compile; "
          f"{judge.endless} judges did not end")
    print(f"{count['killed']} of {judged} killed ({100 * count['killed'] / max(judged, 1):.1f} %), "
          f"{len(survivors & reasons.keys())} live for a reason, {len(survivors - reasons.keys())} for none")
    return 1 if survivors - reasons.keys() else 0
