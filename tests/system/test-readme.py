# SPDX-License-Identifier: LGPL-2.1-or-later
"""
The commands that the READMEs show, taken from them and run in their order by somebody who has never had the project:
nothing of it is installed. What is not run here is listed with the reason; a command that is neither fails the last
test.
"""
import shlex
import signal
import struct
import subprocess

from inside import *  # noqa: F403
from inside_terminal import Terminal

TOP = "/dhcpd-link-test/top"
ETH0 = "dhcpd-link@eth0.service"

# Blocks that begin so are no commands.
OTHER_BLOCKS = (
    r"frames, timer, carrier",  # a drawing
    r"\[(Plugin hello|Hook moved)\]",
    r"# /etc/dhcpd-link/",
)
NOT_RUN = {
    r"(sudo |([A-Z_]+=\S+ )+)?tests/.*": "tests, tools for tests and figures; tests/run runs tests",
    r"(BEFORE_DIR=\S+ )?BUILD_DIR=build tests/bench/.*": "measures for minutes",
    r"build/tests/sim/sim(-machine)? .*": "a test of its own",
    r"meson test .*": "tests",
    r"meson setup build.*|ninja -C build": "done: the build that is tested is in the folder",
    r"build/tests/integration/plugin-harness .*": "is driven by integration/test_resolved.py",
    r"build/dhcpd-link-viewer": "needs a display; desktop/test_viewer.py gives it one",
    r"xgettext .*": "done by desktop/check-data",
    r"bound 2 eth0 dns=.*": "what is typed into the plugin-harness",
}
_ran = set()


def blocks(name):
    """-> the indented blocks of a README, each a list of its lines without the indentation"""
    found, block = [], []
    with open(f"{TOP}/{name}", encoding="utf-8") as file:
        lines = file.read().splitlines()
    in_fence = False
    for line in lines + [""]:
        in_fence ^= line.startswith("```")
        if line.startswith("    ") and not in_fence:
            block.append(line[4:])
        elif block and line.strip():
            found.append(block)
            block = []
    return found + ([block] if block else [])


def commands(name, first=""):
    """-> the commands of a README, in order, from the one on that begins with @first"""
    found = []
    for block in blocks(name):
        if any(re.match(other, block[0]) for other in OTHER_BLOCKS):
            continue
        # A line that ends with a backslash goes on in the next.
        for line in re.sub(r"\\\n\s*", "", "\n".join(block)).splitlines():
            words = re.split(r"(?:^|\s\s+)#", line)[0].strip()
            found += [part.strip() for part in words.split(" && ") if part.strip()]
    if not first:
        return found
    starts = [i for i, command in enumerate(found) if command.startswith(first)]
    check(starts, f"{name} has no command {first}")
    return found[starts[0]:]


def is_run(command):
    return not any(re.fullmatch(pattern, command) for pattern in NOT_RUN)


def run(command, seconds=60):
    """Runs it as it stands there. There is no sudo, and who runs this is root already."""
    _ran.add(command)
    if command.startswith("busctl monitor"):
        # It has no end.
        output = sh(f"timeout 3 {command}", ok=None)
        check("Monitoring" in output, output)
        return output
    if command == "dhcpd-linkctl watch":
        # It needs a terminal, and has no end, either.
        with Terminal("root", "env", "TERM=xterm", *shlex.split(command)) as terminal:
            terminal.wait("eth0")
            terminal.type("q")
            equal(terminal.ended(), 0, command)
            check(terminal.is_as_before(), "the terminal is not as it was")
            return terminal.read()
    return sh(f'sudo() {{ "$@"; }}; cd {TOP}; {command}', seconds=seconds)


def run_until(name, first, last):
    """Runs the commands of a README from the one that begins with @first to the one with @last."""
    for command in commands(name, first):
        if is_run(command):
            run(command)
        if command.startswith(last):
            return
    raise AssertionError(f"{name} has no command {last}")


def uninstall():
    sh(
        f"systemctl stop {ETH0} dhcpd-link.socket dhcpd-link.service; systemctl disable dhcpd-link.socket "
        f"dhcpd-link@eth0.service",
        ok=None,
    )
    installed = json.loads(sh(f"meson introspect --installed {TOP}/build"))
    check(any(path.endswith("org.dhcpdlink1.conf") for path in installed.values()),
          "the policy of the bus is not installed")
    for path in installed.values():
        if os.path.isfile(path):
            os.unlink(path)
    sh("userdel dhcpd-link", ok=None)
    sh(
        "rm -rf /run/dhcpd-link /var/lib/dhcpd-link; systemctl daemon-reload; systemctl reset-failed; systemctl reload "
        "dbus"
    )
    sh("systemctl cat dhcpd-link.service", ok=False)
    sh("id dhcpd-link", ok=False)


def on_bus():
    return f"{BUS} " in sh("busctl --no-pager list --acquired", ok=None)


def newcomer(last):
    """Follows README.md from the installation to the command that begins with @last."""
    uninstall()
    run_until("README.md", "sudo meson install", "sudo systemctl enable --now")
    wait_for(lambda: leased("eth0"), "an address")
    wait_for(on_bus, f"{BUS} on the bus")
    if not last.startswith("sudo systemctl enable"):
        run_until("README.md", "systemctl status", last)


@test
def dbus_daemon():
    """README.md followed to the letter: link, bus and all else work"""
    sh(f"ip link set {LINK} down; ip link set {LINK} name eth0; ip link set eth0 up")
    check("dbus-daemon" in sh("systemctl show -p ExecStart dbus.service"), "the bus is another one")
    address = bytes(6)
    dhcp = struct.pack("!4B2I2H16s16s", 1, 1, 6, 0, 1, 0, 0, 0, bytes(16),
                       address) + bytes(192) + b"\x63\x82\x53\x63\x35\x01\x01\xff"
    udp = struct.pack("!4H", 68, 67, 8 + len(dhcp), 0) + dhcp
    ip = struct.pack("!2B3H2BH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(4), b"\xff" * 4) + udp
    frame = b"\xff" * 6 + address + b"\x08\x00" + ip
    with open(f"{TOP}/FILE.pcap", "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1) + struct.pack("<4I", 0, 0, len(frame),
                                                                                           len(frame)) + frame)
    newcomer("sudo systemctl stop dhcpd-link@eth0")
    check(not leased("eth0"), "the address is still there")


@test
def by_hand():
    """README.md: the daemon by hand, and Ctrl-C releases"""
    command = commands("README.md", "build/dhcpd-linkd")[0]
    _ran.add(command)
    sh("systemctl stop dhcpd-link.socket dhcpd-link.service")
    server = Server()
    with subprocess.Popen(shlex.split(command), cwd=TOP, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: leased("eth0"), "an address")
        finally:
            process.send_signal(signal.SIGINT)
        equal(process.wait(30), 0, "exit status")
    server.wait("DHCPRELEASE")
    check(not leased("eth0"), "the address is still there")
    sh("systemctl start dhcpd-link.socket")


@test
def members():
    """README.md and dbus/README.md: what they show of D-Bus"""
    sh(f"systemctl start {ETH0}")
    wait_for(lambda: leased("eth0"), "an address")
    wait_bound("eth0")
    check("/org/dhcpdlink1/link/_32" == link_path("eth0"), "eth0 has another number here")
    run_until("README.md", "busctl tree", "busctl get-property")
    for command in commands("dbus/README.md", "busctl tree"):
        output = run(command)
        check(output.strip(), f"{command} shows nothing")


def write_example(name):
    """The text that plugin/README.md shows behind the name of the file."""
    with open(f"{TOP}/plugin/README.md", encoding="utf-8") as file:
        text = re.search(rf"^`{re.escape(name)}`.*?```\w+\n(.*?)```", file.read(), re.S | re.M)[1]
    with open(f"{TOP}/{name}", "w", encoding="utf-8") as file:
        file.write(text)


def write_settings(section):
    with open("/etc/dhcpd-link/dhcpd-link.conf", "w", encoding="utf-8") as file:
        file.write("\n".join(next(b for b in blocks("plugin/README.md") if b[0].startswith(section))) + "\n")


@test
def plugin():
    """plugin/README.md: its plugin is built, installed and greets"""
    write_example("hello.c")
    write_settings("[Plugin")
    sh(f"systemctl start {ETH0}")
    wait_for(lambda: leased("eth0"), "an address")
    address = leased("eth0")["local"]
    run_until("plugin/README.md", "cc -shared", "sudo systemctl restart")
    wait_for(lambda: f"Good morning on eth0, here is {address}" in journal(DAEMON),
             "the plugin's greeting in the journal")
    equal(leased("eth0")["local"], address, "address")


@test
def hook():
    """plugin/hooks/README.md: its hook is installed, and told of the lease at once"""
    sh(f"systemctl start {ETH0}")
    wait_for(lambda: leased("eth0"), "an address")
    wait_bound("eth0")
    equal(show("dhcpd-link-hooks.service", "ActiveState"), "inactive", "the runner without hooks")
    run_until("plugin/hooks/README.md", "printf", "sudo install")
    shown = [c for c in commands("plugin/hooks/README.md") if c.startswith("journalctl")][0]
    try:
        wait_for(lambda: "eth0: BOUND" in run(shown), "the output of the hook in the journal")
        check("new_ip_address=" in run(commands("plugin/hooks/README.md", "dhcpd-linkctl hook-environment")[0]),
              "no environment")
    finally:
        sh("rm -f /etc/dhcpd-link/hooks.d/hello; systemctl stop dhcpd-link-hooks.service")


@test
def shipped_hook():
    """and one that comes with it is switched on: resolv.conf is of the lease, and what it was when that is gone"""
    before = "nameserver 192.0.2.1\n"
    os.unlink("/etc/resolv.conf")  # a link
    with open("/etc/resolv.conf", "w", encoding="ascii") as file:
        file.write(before)
    sh(f"systemctl start {ETH0}")
    wait_for(lambda: leased("eth0"), "an address")
    try:
        run_until("plugin/hooks/README.md", "sudo ln", "sudo ln")
        wait_for(lambda: "\nnameserver 10." in sh("cat /etc/resolv.conf"), "the servers of the lease in resolv.conf")
        sh(f"systemctl stop {ETH0}")
        wait_for(lambda: sh("cat /etc/resolv.conf") == before, "resolv.conf as before")
    finally:
        print(sh("journalctl -b -t resolv-conf -o cat"))
        sh("rm -f /etc/dhcpd-link/hooks.d/resolv-conf; systemctl stop dhcpd-link-hooks.service")


@test
def example_hook():
    """plugin/README.md: its hook says what happens to an address"""
    write_example("moved")
    write_settings("[Hook")
    sh(f"systemctl start {ETH0}")
    wait_for(lambda: leased("eth0"), "an address")
    address = leased("eth0")["local"]
    shown = [c for c in commands("plugin/README.md") if c.startswith("journalctl")][0]
    try:
        run_until("plugin/README.md", "sudo install -m 755", "sudo install -m 755")
        wait_for(lambda: f"eth0 moved from nowhere to {address}" in run(shown), "the hook's words of the lease")
        sh(f"systemctl stop {ETH0}")
        wait_for(lambda: f"eth0 lost {address}" in run(shown), "its words of the end")
    finally:
        sh(
            "rm -f /etc/dhcpd-link/hooks.d/moved /etc/dhcpd-link/dhcpd-link.conf; systemctl stop "
            "dhcpd-link-hooks.service"
        )


@test
def example_client():
    """plugin/README.md: its client is built, and hears of the lease"""
    write_example("watch-leases.c")
    run_until("plugin/README.md", "cc -o", "cc -o")
    command = commands("plugin/README.md", "./")[0]
    _ran.add(command)
    with open("/run/heard", "w", encoding="ascii") as heard, \
            subprocess.Popen(command, shell=True, cwd=TOP, stdout=heard, start_new_session=True) as client:
        try:
            wait_for(lambda: "LeaseChanged" in sh("busctl call org.freedesktop.DBus /org/freedesktop/DBus "
                                                  "org.freedesktop.DBus.Debug.Stats GetAllMatchRules", ok=None),
                     "the client listens", 20)
            sh(f"systemctl start {ETH0}")
            wait_for(lambda: leased("eth0"), "an address")
            address = leased("eth0")["local"]
            wait_for(lambda: f"bound {address}" in sh("cat /run/heard"), "the client's words")
        finally:
            os.killpg(client.pid, signal.SIGTERM)


@test
def dbus_broker():
    """the same with dbus-broker, which reads its policy only when it is told to"""
    broker = "/lib/systemd/system/dbus-broker.service"
    if not os.path.exists(broker):
        raise Skip("dbus-broker is not installed")
    sh(f"systemctl stop {ETH0} dhcpd-link.socket dhcpd-link.service dbus.socket dbus.service")
    sh(
        f"ln -s {broker} /etc/systemd/system/dbus.service; systemctl daemon-reload; systemctl start dbus.socket "
        f"dbus.service"
    )
    check("dbus-broker" in sh("systemctl show -p ExecStart dbus.service"), "the bus is another one")
    newcomer("sudo systemctl enable --now")
    run_until("README.md", "busctl tree", "busctl get-property")


@test
def every_command():
    """every command that a README shows was run here, or is listed with the reason"""
    readmes = sh(f"cd {TOP}; find . -name README.md -printf '%P\\n'").split()
    check("README.md" in readmes and "dbus/README.md" in readmes, readmes)
    left = [f"{name}: {command}" for name in readmes for command in commands(name) if is_run(command) and command
            not in _ran]
    equal(left, [], "neither run nor listed")


main(keep=True)
