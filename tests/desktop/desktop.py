# SPDX-License-Identifier: LGPL-2.1-or-later
"""
A desktop of a test's own.
It has an X server without a screen, a session bus with the accessibility bus, and the window, which is read and driven
by AT-SPI as a screen reader would.

Nothing here waits for a time: every wait is for something that the window shows. Everything that the session bus starts
lives in a PID namespace that ends with it.
"""
import collections
import ctypes
import os
import re
import signal
import subprocess
import sys

from gi.repository import Gio, GLib

from dhlib import BUILD, end, listens, wait_until

from picture import Picture

VIEWER = os.path.join(BUILD, "dhcpd-link-viewer")
SCREEN = (1180, 820)
# What GTK calls a widget that nobody gave a name.
UNNAMED = ("Gtk", "Adw", "Viewer")


class Desktop:
    """Xvfb and a session bus. `folder` is removed by its owner."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = []
        for name in ("home", "runtime-dir", "config/gtk-4.0", "screen"):
            os.makedirs(os.path.join(folder, name), mode=0o700, exist_ok=True)
        with open(os.path.join(folder, "config/gtk-4.0/settings.ini"), "w", encoding="ascii") as f:
            f.write("[Settings]\ngtk-enable-animations=0\ngtk-cursor-blink=0\n")
        self.environment = {name: value for name, value in os.environ.items()
                            if name not in ("WAYLAND_DISPLAY", "AT_SPI_BUS_ADDRESS", "LANGUAGE", "GTK_THEME")}
        self.environment |= {
            "HOME": os.path.join(folder, "home"), "XDG_RUNTIME_DIR": os.path.join(folder, "runtime-dir"),
            "XDG_CONFIG_HOME": os.path.join(folder, "config"), "XDG_CACHE_HOME": os.path.join(folder, "home"),
            "XDG_DATA_HOME": os.path.join(folder, "home"), "LC_ALL": "C.UTF-8", "TZ": "UTC",
            "DISPLAY": f":{self._start_screen()}", "GDK_BACKEND": "x11", "GSK_RENDERER": "cairo",
            "GDK_DEBUG": "gl-disable", "GTK_A11Y": "atspi",
            "GSETTINGS_BACKEND": "memory", "GTK_USE_PORTAL": "0", "GIO_USE_VFS": "local"}
        self._start_bus()
        session = self.connect(self.environment["DBUS_SESSION_BUS_ADDRESS"])
        address = session.call_sync("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", None, None,
                                    Gio.DBusCallFlags.NONE, 60000, None).unpack()[0]
        self.accessibility = self.connect(address)

    @staticmethod
    def connect(address):
        """-> a connection to a bus"""
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        connection = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
        connection.set_exit_on_close(False)
        return connection

    def _start_screen(self):
        read, write = os.pipe()
        with open(os.path.join(self.folder, "xvfb.log"), "wb") as log:
            self.processes.append(subprocess.Popen(
                ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{SCREEN[0]}x{SCREEN[1]}x24", "-fbdir",
                 os.path.join(self.folder, "screen"), "-nolisten", "tcp", "-noreset", "-dpi", "96"],
                pass_fds=[write], stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        os.close(write)
        with os.fdopen(read) as display:
            return display.readline().strip()  # it writes when it listens; the pipe ends if it dies

    def _start_bus(self):
        path = os.path.join(self.folder, "session")
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={path}"
        with open(os.path.join(self.folder, "session.log"), "wb") as log:
            self.processes.append(subprocess.Popen(
                ["unshare", "--pid", "--fork", "--kill-child", "dbus-daemon", "--session", "--nofork", "--nopidfile",
                 f"--address=unix:path={path}"],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        wait_until(lambda: listens(path), "the session bus listens")

    def picture(self, name, size=SCREEN):
        """Writes what is on the screen, when it no longer changes, as NAME.png.

        The folder is the one that VIEWER_PICTURES names. The picture must not be blank.
        """
        last = []

        def settled():
            picture = Picture(os.path.join(self.folder, "screen", "Xvfb_screen0")).crop(*size)
            last.append(picture.rows)
            return picture if last[-2:-1] == [picture.rows] and picture.colors() > 20 else None
        picture = wait_until(settled, f"a picture {name}")
        if os.environ.get("VIEWER_PICTURES"):
            picture.save(os.path.join(os.environ["VIEWER_PICTURES"], f"{name}.png"))
        return picture

    def close(self):
        for process in reversed(self.processes):
            # unshare takes no notice of SIGTERM, and takes what the bus started with it.
            end(process, signal.SIGKILL if process.args[0] == "unshare" else signal.SIGTERM)


class Keyboard:
    """Keys of the screen's keyboard, by the X server's own means of testing. No window manager gives the focus away."""

    def __init__(self, desktop):
        self.x11, self.test = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        self.x11.XOpenDisplay.restype = self.x11.XStringToKeysym.restype = ctypes.c_void_p
        self.x11.XStringToKeysym.restype = self.x11.XDefaultRootWindow.restype = ctypes.c_ulong
        self.display = ctypes.c_void_p(self.x11.XOpenDisplay(desktop.environment["DISPLAY"].encode()))

    def _windows(self):
        root, parent, number = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_uint()
        children = ctypes.POINTER(ctypes.c_ulong)()
        self.x11.XQueryTree(self.display, ctypes.c_ulong(self.x11.XDefaultRootWindow(self.display)), ctypes.byref(root),
                            ctypes.byref(parent), ctypes.byref(children), ctypes.byref(number))
        return [ctypes.c_ulong(children[i]) for i in range(number.value)]

    def _is_large(self, window):
        root, x, y, rest = ctypes.c_ulong(), ctypes.c_int(), ctypes.c_int(), [ctypes.c_uint() for _ in range(4)]
        return (self.x11.XGetGeometry(self.display, window, *map(ctypes.byref, (root, x, y, *rest)))
                and rest[0].value > 300)

    def press(self, *keys):
        """All of them together, as ("Control_L", "r"), in the topmost window that is as large as one."""
        window = [w for w in self._windows() if self._is_large(w)][-1]
        self.x11.XSetInputFocus(self.display, window, 2, 0)
        codes = [self.x11.XKeysymToKeycode(self.display, ctypes.c_ulong(self.x11.XStringToKeysym(key.encode())))
                 for key in keys]
        for down, some in ((1, codes), (0, codes[::-1])):
            for code in some:
                self.test.XTestFakeKeyEvent(self.display, code, down, ctypes.c_ulong(0))
        self.x11.XSync(self.display, 0)

    def close(self):
        self.x11.XCloseDisplay(self.display)


# Numbers of AT-SPI: atspi-constants.h.
ROLES = {7: "check box", 16: "dialog", 20: "filler", 23: "frame", 27: "image", 29: "label", 31: "list", 32: "list item",
         39: "panel", 43: "push button", 48: "scroll bar", 49: "scroll pane", 50: "separator", 62: "toggle button",
         79: "entry", 103: "level bar"}
VISIBLE, SENSITIVE, FOCUSED, CHECKED = 1 << 30, 1 << 24, 1 << 12, 1 << 4
ATSPI = "org.a11y.atspi"
TREE = "/org/a11y/atspi/accessible/root"

Widget = collections.namedtuple("Widget", "role name path states")


class Viewer:
    """The window, and what a screen reader knows of it.

    AT-SPI is spoken directly, because one call gives all widgets and a test asks often.
    """

    def __init__(self, desktop, system_bus, hints="", **environment):
        self.desktop = desktop
        self.log = os.path.join(desktop.folder, f"viewer.{len(desktop.processes)}.log")
        variables = {**desktop.environment, "DBUS_SYSTEM_BUS_ADDRESS": system_bus, "G_DEBUG": "fatal-criticals",
                     "DHCPD_LINK_VIEWER_TEST": f"messages {hints}", **environment}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([VIEWER], env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        desktop.processes.append(self.process)
        self.name = wait_until(self._find, "the window, as a screen reader finds it")

    def _find(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the window ended with {self.process.returncode}:\n{self.output()}")
        programs = self._call(f"{ATSPI}.Registry", TREE, "Accessible", "GetChildren")[0]
        # The one that was closed before may be there still.
        return programs[0][0] if len(programs) == 1 else None

    def _call(self, name, path, interface, method, signature=None, *arguments):
        parameters = GLib.Variant(f"({signature})", arguments) if signature else None
        return self.desktop.accessibility.call_sync(name, path, f"{ATSPI}.{interface}", method, parameters, None,
                                                    Gio.DBusCallFlags.NONE, 60000, None).unpack()

    def output(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def widgets(self):
        """Returns every visible widget, in the order in which they are read.

        GetItems() has widgets whose parent somebody asked before, and some of these are hidden by now. So boxes outside
        of lists are asked, and other widgets whose number of children has changed.
        """
        root = TREE
        listed = {root: self._children(root)}
        while True:
            items = self._call(self.name, "/org/a11y/atspi/cache", "Cache", "GetItems")[0]
            children = collections.defaultdict(list)
            parents, boxes = {}, set()
            for (_, path), _, (_, parent), index, count, _, name, role, _, states in items:
                role = ROLES.get(role, str(role))
                children[parent].append((index, Widget(role, name, path, states[0])))
                parents[path] = None if role == "list item" else parent
                if count and role in ("panel", "filler"):
                    boxes.add(path)
            unsure = {path for (_, path), _, _, _, count, *_ in items if count != len(children.get(path, ()))}
            unsure = (unsure | {path for path in boxes if self._reaches(parents, path, root)}) - set(listed)
            if not unsure:
                break
            listed |= {path: self._children(path) for path in unsure}
        return list(self._read(children, listed, root))

    @staticmethod
    def _reaches(parents, path, root):
        """Whether no row of a list is on the way to the root."""
        while path and path != root:
            path = parents.get(path)
        return path == root

    def _children(self, path):
        try:
            return {child for _, child in self._call(self.name, path, "Accessible", "GetChildren")[0]}
        except GLib.Error:
            return set()  # it went away meanwhile

    def _read(self, children, listed, path):
        for _, widget in sorted(children.get(path, ()), key=lambda entry: entry[0]):
            if widget.path != path and widget.states & VISIBLE and widget.path in listed.get(path, {widget.path}):
                yield widget
                yield from self._read(children, listed, widget.path)

    def find(self, role, name):
        """The first one of that role whose name begins with `name`; None if there is none."""
        return next((w for w in self.widgets() if w.role == role and w.name.startswith(name)), None)

    def shows(self, *texts, absent=()):
        """Whether all of `texts` are parts of what is shown, and none of `absent`."""
        text = "\n".join(w.name for w in self.widgets())
        return all(t in text for t in texts) and not any(t in text for t in absent)

    def wait(self, *texts, absent=(), meanwhile=lambda: None):
        """Waits until it shows that."""
        def shown():
            meanwhile()
            return self.shows(*texts, absent=absent)
        try:
            wait_until(shown, f"the window shows {texts}, not {absent}")
        except AssertionError:
            sys.stderr.write("\n".join(f"{w.role}: {w.name}" for w in self.widgets()) + "\n" + self.output())
            raise

    def wait_for(self, role, name, condition=lambda widget: True):
        def found():
            widget = self.find(role, name)
            return widget if widget and condition(widget) else None
        return wait_until(found, f"a {role} named {name}")

    def click(self, role, name):
        """What a click does. A widget is asked again if it went away between being found and being clicked."""
        def clicked():
            widget = self.find(role, name)
            try:
                return (widget and widget.states & SENSITIVE
                        and self._call(self.name, widget.path, "Action", "DoAction", "i", 0)[0])
            except GLib.Error:
                return False
        wait_until(clicked, f"a click on {name}")

    def actions(self):
        """The names of the actions of the window."""
        return [name for name, _, _ in self._call(self.name, self.find("frame", "").path, "Action", "GetActions")[0]]

    def act(self, action):
        """An action of the window, as `win.renew`."""
        def done():
            actions = self.actions()
            return action in actions and self._call(self.name, self.find("frame", "").path, "Action", "DoAction", "i",
                                                    actions.index(action))[0]
        wait_until(done, f"the action {action}")

    def choose(self, name):
        """Selects the row of the sidebar whose name begins with `name`."""
        def chosen():
            sidebar = self.find("list", "Links")
            if not sidebar:
                return False
            rows = [w.name for w in self.widgets() if w.role == "list item" and w.path in self._children(sidebar.path)]
            found = [i for i, row in enumerate(rows) if row.startswith(name)]
            return found and self._call(self.name, sidebar.path, "Selection", "SelectChild", "i", found[0])[0]
        wait_until(chosen, f"the row {name} of the sidebar")

    def children(self, role, name):
        """How many widgets are in one."""
        widget = self.find(role, name)
        return len(self._children(widget.path)) if widget else 0

    def known(self):
        """How many widgets there are, hidden ones too."""
        self.widgets()
        return len(self._call(self.name, "/org/a11y/atspi/cache", "Cache", "GetItems")[0])

    def value(self, role, name):
        """What a bar shows."""
        path = self.wait_for(role, name).path
        return self.desktop.accessibility.call_sync(
            self.name, path, "org.freedesktop.DBus.Properties", "Get",
            GLib.Variant("(ss)", (f"{ATSPI}.Value", "CurrentValue")), None, Gio.DBusCallFlags.NONE, 60000,
            None).unpack()[0]

    def memory(self):
        """Resident kilobytes of its own."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return int(re.search(r"^RssAnon:\s+(\d+)", f.read(), re.M)[1])

    def unnamed(self):
        """What a screen reader would call by the name of its class, apart from what has no meaning for its users."""
        meaningless = ("filler", "panel", "scroll bar", "scroll pane", "separator")
        return [(w.role, w.name) for w in self.widgets() if w.role not in meaningless and w.name.startswith(UNNAMED)]

    def kill(self):
        """For a test that failed: the next one has a window of its own."""
        end(self.process, signal.SIGKILL)

    def close(self, expected=""):
        """Ends the window as its user would. It may have said nothing but warnings with `expected` in them."""
        try:
            self.act("win.close")
        except GLib.Error:
            pass  # it was gone before it answered
        code = self.process.wait(60)
        output = self.output()
        assert code == 0, f"the window ended with {code}:\n{output}"
        bad = [line for line in output.splitlines() if re.search("CRITICAL|WARNING", line)]
        assert all(expected and expected in line for line in bad), output
