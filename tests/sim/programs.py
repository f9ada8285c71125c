# SPDX-License-Identifier: LGPL-2.1-or-later
"""
What the simulators and the unit tests are made of, as meson has it, and how mutants.py and generated.py compile, link
and run programs of it that have slips in them. CC says which compiler.
"""
import concurrent.futures
import functools
import glob
import os
import re
import signal
import subprocess

TIMEOUT = 240  # seconds for one mutant, on a machine that has more to do


def sources(root, layers=("base", "wire", "net", "core", "link")):
    """What the simulator is made of, as meson has it."""
    listed = open(f"{root}/daemon/meson.build").read()
    for folder in layers:
        for name in re.findall(r"'([^']+)'", re.search(rf"'{folder}' : \[(.*?)\]", listed, re.S)[1]):
            yield f"daemon/{folder}/{name}.c"


def listed_in_meson(root, folder, call):
    """The sources that the call in tests/@folder/meson.build lists."""
    names = re.search(rf"{call}, \[(.*?)\]", open(f"{root}/tests/{folder}/meson.build").read(), re.S)[1]
    for name in re.findall(r"'([\w-]+\.c)'", names):
        yield f"tests/{folder}/{name}"


def world_sources(root):
    """The double of ports and kernel, which the simulator and unit tests of link/ run on."""
    yield from listed_in_meson(root, "world", r"static_library\('world'")


def sim_sources(root, program="sim"):
    yield from listed_in_meson(root, "sim", rf"executable\('{program}'")


def machine_sources(root):
    """What sim-machine is made of: all of the manager but its ports on Linux, and of io/ the log."""
    layers = ("base", "wire", "net", "core", "link", "config", "store", "manager")
    yield from (path for path in sources(root, layers) if path != "daemon/manager/manager-ports-linux.c")
    yield "daemon/io/log.c"
    yield from world_sources(root)
    yield from sim_sources(root, "sim-machine")


def test_source(name):
    return f"tests/unit/test-{name}.c"


@functools.lru_cache
def pkg_config(what):
    r = subprocess.run(["pkg-config", what, "glib-2.0", "libsystemd"], check=True, stdout=subprocess.PIPE, text=True)
    return r.stdout.split()


def object_of(folder, source):
    return f"{folder}/{source.replace('/', '_')}.o"


def find_built(built, files):
    """-> of each of @files that meson has compiled in the folder @built: the object."""
    found = {}
    for path in files:
        parts = path.split("/")
        folder, name = (parts[:2], parts[2:]) if parts[0] == "tests" else (parts[:1], parts[1:])
        # The same source is compiled alike for each program that it is in.
        found.update((path, o) for o in glob.glob(f"{built}/{'/'.join(folder)}/*.p/{'_'.join(name)}.o"))
    return found


def main_of_built(source):
    """-> how to link the object that meson made of this source: main() of a unit test has another name in it."""
    name = re.fullmatch(r"tests/unit/test-(.*)\.c", source)
    return [f"-Wl,--defsym=main=main_{name[1].replace('-', '_')}"] if name else []


def compile_one(root, source, target, *flags, **options):
    """@source is absolute, or from @root."""
    return subprocess.run([os.environ.get("CC", "gcc"), "-c", "-O1", "-std=gnu17", "-D_GNU_SOURCE", "-I.", "-Idaemon",
                           f'-DSOURCE_ROOT="{root}"', *pkg_config("--cflags"), *flags, source, "-o", target],
                          cwd=root, check=options.pop("check", True), **options)


def compile_all(root, files, folder, *flags):
    """-> the objects, in the order of @files. As many at a time as there are processors."""
    files = list(files)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(lambda name: compile_one(root, name, object_of(folder, name), *flags), files))
    return [object_of(folder, name) for name in files]


def compile_mutant(root, path, text, folder, *flags, **options):
    """Compiles @text in place of the file @path. -> what compile_one() returns, the object."""
    mutant, target = f"{folder}/{os.path.basename(path)}", f"{folder}/mutant.o"
    open(mutant, "w").write(text)
    return compile_one(root, mutant, target, "-w", "-O0", f"-I{os.path.dirname(path)}", *flags, **options), target


def link(objects, binary, *flags):
    subprocess.run([os.environ.get("CC", "gcc"), *objects, "-o", binary, *flags, "-Wl,--as-needed",
                    *pkg_config("--libs")], check=True)


def run(*command, timeout=TIMEOUT, stdout=subprocess.PIPE, **options):
    """-> exit code, output; None, "" when it does not end. Nothing that it started goes on."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.STDOUT, text=True,
                          errors="replace", process_group=0, **options) as process:
        try:
            output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return None, ""
    return process.returncode, output or ""


def sources_of(root, program):
    """@program: "sim", "machine", or the name of a unit test."""
    if program == "machine":
        return list(machine_sources(root))
    own = sim_sources(root) if program == "sim" else [test_source(program)]
    return [*sources(root), *world_sources(root), *own]
