#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
plugin/hooks/resolvconf and chrony with the programs that they are for: Debian's resolvconf, openresolv, chronyd. The packages are
fetched, laid over this machine's root in a mount namespace and never installed. Skipped where that is not possible.
"""

import os
import shutil
import subprocess
import tempfile
import unittest

HOOKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../plugin/hooks")
# $1 is a folder with a folder "package"; $2 is run with that package in place. /run is empty.
ENTER = """set -eu
mount -t tmpfs tmpfs "$1/layer"
mkdir "$1/layer/upper" "$1/layer/work" "$1/layer/root"
cp -a "$1/package" "$1/layer/"  # a layer must not be part of another one
mount -t overlay overlay -o "lowerdir=$1/layer/package:/,upperdir=$1/layer/upper,workdir=$1/layer/work" "$1/layer/root"
mount -t tmpfs -o mode=755 tmpfs "$1/layer/root/run"
mount --rbind /dev "$1/layer/root/dev"
mount --rbind /proc "$1/layer/root/proc"
ip link set lo up
exec chroot "$1/layer/root" /bin/sh -euc "$2"
"""
RUN_HOOK = """
hook() {
    name=$1
    shift
    env -i PATH=/usr/sbin:/sbin:/bin:/usr/sbin:/usr/bin interface=eth0 "$@" /hooks/$name
}
"""


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class Real(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        try:
            subprocess.run(["apt-get", "download", "-q", "resolvconf", "openresolv", "chrony"], cwd=cls.folder, check=True,
                           capture_output=True, timeout=60)
        except (OSError, subprocess.SubprocessError) as error:
            raise unittest.SkipTest(f"the packages cannot be fetched: {error}") from error

    def run_in(self, package, script):
        """Output of the script, with the package in place."""
        work = os.path.join(self.folder, package)
        root = os.path.join(work, "package")
        os.makedirs(os.path.join(work, "layer"))
        archive, = (name for name in os.listdir(self.folder) if name.startswith(package + "_"))
        subprocess.run(["dpkg", "-x", os.path.join(self.folder, archive), root], check=True)
        for name in ("bin", "sbin", "lib"):  # links into /usr on this machine
            if os.path.isdir(os.path.join(root, name)):
                shutil.copytree(os.path.join(root, name), os.path.join(root, "usr", name), symlinks=True, dirs_exist_ok=True)
                shutil.rmtree(os.path.join(root, name))
        shutil.copytree(HOOKS, os.path.join(root, "hooks"))
        result = subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER, "sh", work,
                                 RUN_HOOK + script], capture_output=True, text=True, timeout=120, check=False)
        if "mount:" in result.stderr or "unshare:" in result.stderr:
            self.skipTest(result.stderr)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def resolvconf(self, package, prepare, file):
        out = self.run_in(package, prepare + """
            hook resolvconf reason=BOUND new_domain_name_servers="10.0.0.1 10.0.0.2" new_domain_name=a.example
            grep -v '^#' {file}; echo end
            hook resolvconf reason=RENEW new_domain_name_servers=10.0.0.3 new_domain_search="b.example."
            grep -v '^#' {file}; echo end
            hook resolvconf reason=RENEW
            hook resolvconf reason=EXPIRE
            hook resolvconf reason=FAIL
            grep -v '^#' {file} || :
        """.replace("{file}", file))
        first, second, last = (sorted(line for line in part.splitlines() if line) for part in out.split("end\n"))
        self.assertEqual(first, ["nameserver 10.0.0.1", "nameserver 10.0.0.2", "search a.example"])
        self.assertEqual(second, ["nameserver 10.0.0.3", "search b.example"])
        self.assertEqual(last, [])

    def test_resolvconf(self):
        self.resolvconf("resolvconf", "mkdir -p /run/resolvconf/interface; resolvconf --enable-updates", "/run/resolvconf/resolv.conf")

    def test_openresolv(self):
        self.resolvconf("openresolv", "rm -f /etc/resolv.conf", "/etc/resolv.conf")

    def test_chrony(self):
        out = self.run_in("chrony", """
            mkdir -m 750 /run/chrony
            grep '^sourcedir /run/chrony-dhcp' /usr/share/chrony/chrony.conf  # as Debian has it
            printf '%s\\n' 'sourcedir /run/chrony-dhcp' 'bindcmdaddress /run/chrony/chronyd.sock' 'pidfile /run/chrony/pid' >/run/chrony.conf
            hook chrony reason=BOUND new_ntp_servers=10.0.0.1 2>/run/early
            cat /run/early
            chronyd -x -u root -d -f /run/chrony.conf >/run/log 2>&1 &
            n=0
            until chronyc -n -c sources >/run/sources 2>/dev/null; do
                n=$((n + 1))
                [ $n -lt 300 ] || { cat /run/log >&2; exit 1; }
                sleep 0.1
            done
            cat /run/sources; echo end
            hook chrony reason=RENEW new_ntp_servers="10.0.0.2 10.0.0.3"
            chronyc -n -c sources; echo end
            hook chrony reason=EXPIRE
            chronyc -n -c sources
        """)
        early, then, last = out.split("end\n")
        # What was written before chronyd ran, it has when it runs.
        self.assertIn("chronyd has not been told\n", early)
        self.assertEqual([line.split(",")[2] for line in early.splitlines() if "," in line], ["10.0.0.1"])
        self.assertEqual([line.split(",")[2] for line in then.splitlines()], ["10.0.0.2", "10.0.0.3"])
        self.assertEqual(last, "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
