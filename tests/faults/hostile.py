"""Files, feeds and pictures as somebody would make them who means harm."""

import gzip
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime

from PIL import Image

MB = 1 << 20
DIARY = "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date\n"
LIST = (
    "Letterboxd list export v7\nDate,Name,Tags,URL,Description\n2025-01-01,Long,,,\n\n"
    "Position,Name\n"
)
_LINES = 100
_LISTED = b"PK\x01\x02"
_END = b"\x03\x00"  # of a deflate stream: one empty block, the last


def row(title: str) -> str:
    return f"2025-03-02,{title},1975,,4,,,2025-03-01\n"


def diary(title: str) -> bytes:
    return (DIARY + row(title)).encode()


def zipped(members: Mapping[str, bytes | str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members.items():
            out.writestr(name, content)
    return made.getvalue()


def inflating(piece: bytes, times: int) -> bytes:
    """Return a deflate stream that unpacks to `piece` so many times; packed only once."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    return packed * times + _END


def bomb(piece: bytes, times: int, *, said: int | None = None) -> bytes:
    """Return a zip of one diary.csv as `inflating`; `said`: the size that it gives itself."""
    name, packed = b"diary.csv", inflating(piece, times)
    size = len(piece) * times if said is None else said
    facts = struct.pack("<HHHHLLLHH", 0, 8, 0, 0x21, 0, len(packed), size, len(name), 0)
    file = b"PK\x03\x04\x14\0" + facts + name + packed
    listed = _LISTED + b"\x14\0\x14\0" + facts + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + name
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 1, 1, len(listed), len(file), 0)
    return file + listed + end


def crowd(count: int, *, said: int | None = None) -> bytes:
    """Return a zip of so many members and a diary; `said`: how many its end admits."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        out.writestr("diary.csv", diary("Crowd"))
        for number in range(count):
            out.writestr(zipfile.ZipInfo(f"{number}.csv"), b"")
    content = bytearray(made.getvalue())
    if said is not None:
        end = content.rindex(b"PK\x05\x06")
        struct.pack_into("<HH", content, end + 8, said, said)
    return bytes(content)


def saying(size: int, content: bytes) -> bytes:
    """Return the zip with another size of its last member in its list."""
    lying = bytearray(content)
    struct.pack_into("<L", lying, lying.rindex(_LISTED) + 24, size)
    return bytes(lying)


def long_lists(count: int) -> bytes:
    """Return a zip of lists of 9,000 films each: small files, but each letter takes four bytes."""
    content = LIST + f"1,{'a' * 99}\N{FILM FRAMES}\n" * 9_000
    return zipped({f"lists/{number}.csv": content for number in range(count)})


def gzip_bomb(megabytes: int) -> bytes:
    head = gzip.compress(b"")[:10]
    size = megabytes * MB % (1 << 32)
    return head + inflating(bytes(MB), megabytes) + struct.pack("<LL", 0, size)


_SPACES = 'xmlns:letterboxd="https://letterboxd.com" xmlns:tmdb="https://themoviedb.org"'


def feed(title: str, *, poster: str = "", more: str = "", link: str = "") -> bytes:
    """Return a feed of one viewing, today's; `more` is anything else in its item."""
    day = datetime.now(UTC).date()
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {_SPACES}><channel><item>'
        f"<guid>letterboxd-review-{title[:1000]}</guid><link>{link}</link>"
        f"<letterboxd:watchedDate>{day}</letterboxd:watchedDate>"
        f"<letterboxd:filmTitle>{title}</letterboxd:filmTitle>"
        f'<description><![CDATA[ <p><img src="{poster}"/></p> ]]></description>{more}'
        f"</item></channel></rss>"
    ).encode()


def laughs(before: str = "") -> bytes:
    """Return a feed whose one title would be a billion times "ha"."""
    levels = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))
    return (
        f'<?xml version="1.0"?>{before}<!DOCTYPE rss [<!ENTITY x0 "ha">{levels}]>'
        f"<rss {_SPACES}><channel><item><letterboxd:watchedDate>2026-01-01"
        f"</letterboxd:watchedDate><letterboxd:filmTitle>&x9;</letterboxd:filmTitle>"
        f"</item></channel></rss>"
    ).encode()


SECRETS = (
    b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<rss><channel>&x;</channel></rss>"
)


def png(width: int, height: int, colour: bytes = b"\xff\0\0") -> bytes:
    """Return a PNG of one colour, of three or four bytes, without ever holding its pixels."""
    piece = (b"\0" + colour * width) * _LINES
    times, adler = height // _LINES, 1
    for _ in range(times):
        adler = zlib.adler32(piece, adler)
    packed = b"\x78\xda" + inflating(piece, times) + struct.pack(">L", adler)
    kind_of_pixel = {3: 2, 4: 6}[len(colour)]
    about = struct.pack(">LLBBBBB", width, times * _LINES, 8, kind_of_pixel, 0, 0, 0)
    parts = ((b"IHDR", about), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))
        for kind, body in parts
    )


def jpeg() -> bytes:
    made = io.BytesIO()
    noise = random.Random(1).randbytes(300 * 450 * 3)
    Image.frombytes("RGB", (300, 450), noise).save(made, "JPEG")
    return made.getvalue()


# What a camera that was held on its side writes: orientation 6, and nothing else.
TURNED = struct.pack("<2sHLH", b"II", 42, 8, 1) + struct.pack("<HHLHHL", 0x0112, 3, 1, 6, 0, 0)


def picture(kind: str, size: tuple[int, int], mode: str = "RGB", **settings: object) -> bytes:
    made = io.BytesIO()
    grey = Image.linear_gradient("L").resize(size)
    grey.convert(mode).save(made, kind, **settings)
    return made.getvalue()


def moving(kind: str) -> bytes:
    """Return a picture of thirty frames."""
    made = io.BytesIO()
    frames = [Image.new("RGB", (600, 900), (8 * number, 30, 40)) for number in range(30)]
    frames[0].save(made, kind, save_all=True, append_images=frames[1:])
    return made.getvalue()
