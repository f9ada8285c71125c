# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Where hooks of Debian's packages can do their work.
It is the machine's root with packages laid over it. What is written stays in memory. It ends with its network.
"""
import os

from dhlib import BUILD, TOP, run, wait_until
from test_hooks import Hooks

WRAPPER = os.path.join(TOP, "plugin/hooks/dhclient-hooks")

# $0: packages; $1: an empty folder. Says that it is ready, and waits to be ended.
PRIVATE = """
set -e
hostname dhcpd-link-test
mount -t tmpfs tmpfs "$1"
for folder in usr etc; do
        mkdir "$1/$folder" "$1/$folder.work"
        mount -t overlay overlay -o "lowerdir=$0/$folder:/$folder,upperdir=$1/$folder,workdir=$1/$folder.work" /$folder
done
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/systemd/system
mount -t tmpfs -o mode=0755 tmpfs /var/lib
mount -o remount,ro,bind /sys
rm -f /etc/resolv.conf
: >/etc/resolv.conf
echo ready
exec sleep 100000
"""


class Root:
    """The files that programs in a network namespace see."""

    def __init__(self, net, packages, namespace=None, name="root"):
        self.net, self.namespace = net, namespace or net.client
        os.mkdir(net.path(name))
        os.chmod(net.folder, 0o755)
        self.holder = net.spawn(self.namespace, "unshare", "--mount", "--uts", "sh", "-c", PRIVATE, packages.root,
                                net.path(name), log=f"{name}.log")
        wait_until(lambda: "ready" in net.read(f"{name}.log") or self.holder.poll() is not None, "a private root")
        self.problem = None if self.holder.poll() is None else net.read(f"{name}.log")

    @property
    def prefix(self):
        """Returns a command that becomes the one behind it, among these files and in the network namespace."""
        return ("nsenter", f"--target={self.holder.pid}", "--mount", "--uts", "--net", "--")

    def spawn(self, *command, log=None):
        return self.net.spawn(self.namespace, *self.prefix, *command, log=log)

    def run(self, command):
        """Runs a command line of the shell to its end. Returns its output."""
        return run(*self.prefix, "sh", "-c", command)

    def path(self, name):
        return f"/proc/{self.holder.pid}/root{name}"

    def read(self, name):
        """Returns what is in a file, or "" if there is none."""
        # By a process of that namespace: symbolic links lead elsewhere here.
        return self.run(f"cat '{name}' 2>/dev/null || :")

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)


class RootHooks(Hooks):
    """The runner with hooks among the files of such a root."""

    def __init__(self, root, daemon, config):
        super().__init__(root.net, daemon, config)
        self.root = root

    def start(self):
        self.process = self.root.spawn(
            os.path.abspath(os.path.join(BUILD, "dhcpd-link-hooks")), "--fork", "--debug",
            f"--socket={self.daemon.private}", f"--runtime-dir={self.runtime}", f"--hooks-dir={self.folder}",
            f"--config-dir={self.config}", log=self.log)
        return self
