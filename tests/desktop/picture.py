# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Pictures of an Xvfb screen.
`Xvfb -fbdir FOLDER` keeps what it shows in a file of the format of xwd, so nothing has to be installed to read it.
"""
import os
import struct
import zlib


class Picture:
    """What a screen shows now: rows of red, green and blue bytes."""

    def __init__(self, framebuffer):
        with open(framebuffer, "rb") as f:
            data = f.read()
        header = struct.unpack(">25I", data[:100])
        size, self.width, self.height, bits, line, colors = (header[i] for i in (0, 4, 5, 11, 12, 19))
        assert bits == 32, f"{bits} bits a pixel"
        begin = size + 12 * colors
        little = header[7] == 0
        self.rows = []
        for y in range(self.height):
            pixels = data[begin + y * line:begin + y * line + 4 * self.width]
            row = bytearray(3 * self.width)
            for channel in range(3):
                row[channel::3] = pixels[2 - channel::4] if little else pixels[1 + channel::4]
            self.rows.append(bytes(row))

    def crop(self, width, height):
        self.width, self.height = min(width, self.width), min(height, self.height)
        self.rows = [row[:3 * self.width] for row in self.rows[:self.height]]
        return self

    def colors(self):
        """How many different colours there are: 1 in a blank picture, dozens where text is drawn."""
        return len({row[i:i + 3] for row in self.rows[::8] for i in range(0, len(row), 3)})

    def brightness(self):
        """The mean of the bytes, 0 (black) to 255 (white)."""
        rows = self.rows[::8]
        return sum(map(sum, rows)) / (3 * self.width * len(rows))

    def save(self, path):
        def chunk(kind, content):
            return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        content = zlib.compress(b"".join(b"\0" + row for row in self.rows), 6)
        with open(path, "wb") as f:
            f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", self.width, self.height, 8, 2, 0, 0, 0))
                    + chunk(b"IDAT", content) + chunk(b"IEND", b""))
