#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""echo.py ADDRESS PORT: sends back what it gets, for the stream of test-stream.py. Runs outside of the container."""
import socketserver
import sys
import time


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while data := self.request.recv(65536):
                self.request.sendall(data)
        except ConnectionError:
            pass  # the other end is gone, which is for it to explain


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def main():
    # The address comes with the container's link.
    for _ in range(600):
        try:
            Server((sys.argv[1], int(sys.argv[2])), Echo).serve_forever()
        except OSError:
            time.sleep(0.05)


if __name__ == "__main__":
    main()
