"""Cuts out of a release's bytes what nobody reads: two thirds of them, and XML costs by the byte.

Relies on the order … extraartists … notes … tracklist, identifiers, videos, companies; whether
that still holds is what checking.py sees to. In texts "<" is always "&lt;": a tag is a tag.
"""

import re

VIDEO_LINES = "video_lines"  # what stands for the section of videos, see `_in_lines`
_LINES, _LINES_END = f"<{VIDEO_LINES}>".encode(), f"</{VIDEO_LINES}>".encode()
_VIDEOS, _VIDEOS_END = b"<videos>", b"</videos>"
_TRACKS, _TRACKS_END = b"<tracklist>", b"</tracklist>"
_IDENTIFIERS = b"<identifiers>"
_COMPANIES, _NOTES, _CREDITS = (
    (b"<%b>" % name, b"</%b>" % name) for name in (b"companies", b"notes", b"extraartists")
)
_DESCRIPTION = re.compile(rb"<description>[^<]*+</description>")
# As by far the most are: an address without more than the id, and a title.
_USUAL = re.compile(
    rb'<video src="https?://www\.youtube\.com/watch\?v=([A-Za-z0-9_-]{10}[AEIMQUYcgkosw048])"'
    rb' duration="([0-9]*+)" embed="[a-z]*+"><title>([^<]*+)</title>'
    rb"(?:<description>[^<]*+</description>)?</video>"
)


def has_video(record: bytes) -> bool:
    """Say whether there are videos, which stand behind the tracks: a fifth of it is looked at."""
    return record.find(_VIDEOS, max(0, record.rfind(_TRACKS_END))) >= 0


def trim(record: bytes, *, barcodes: bool) -> bytes:
    """Return a release without companies, tracks, notes, credits, and what videos are described as.

    And without what stands between tracks and videos, unless `barcodes` are wanted from there.
    """
    # From the outermost: a track may hold tracks.
    start, end = record.find(_TRACKS), record.rfind(_TRACKS_END)
    if start < 0 or end < 0:
        return _without(_without(_without(record, _COMPANIES), _NOTES), _CREDITS)
    # Credits of tracks go with the tracks.
    head = _without(_without(record[:start], _NOTES), _CREDITS)
    after = record.find(_IDENTIFIERS, end) if barcodes else -1
    after = record.find(_VIDEOS, end) if after < 0 else after
    if after < 0:
        return head
    return head + _in_lines(_without(record[after:], _COMPANIES))


def _without(part: bytes, section: tuple[bytes, bytes]) -> bytes:
    begin, close = section
    if (start := part.find(begin)) < 0:
        return part
    end = part.find(close, start)
    # One that does not end is broken: parsing sees to it, with all that it has.
    return part[:start] + part[end + len(close) :] if end >= 0 else part


def _in_lines(part: bytes) -> bytes:
    """Return it with its videos as one text: id, seconds, title, nothing, and so on, a line each.

    As XML a video is nine nodes, and all of them are half of what a release has. Where one is not
    as usual, or its title might be two lines, all stay as they are, but for their descriptions.
    """
    said = _USUAL.split(part)
    before, fields, after = said[0], said[1:-1], said[-1]
    if (
        not (before.endswith(_VIDEOS) and after.startswith(_VIDEOS_END))
        or any(fields[3::4])
        or not _is_plain(lines := b"\n".join(fields), len(fields))
    ):
        return _DESCRIPTION.sub(b"", part)
    return b"".join((before[: -len(_VIDEOS)], _LINES, lines, _LINES_END, after[len(_VIDEOS_END) :]))


def _is_plain(lines: bytes, many: int) -> bool:
    # A reference, too, may stand for a line's end: for certain "&amp;" does not.
    is_certain = lines.count(b"&") == lines.count(b"&amp;") and b"\r" not in lines
    return is_certain and lines.count(b"\n") == many - 1
