"""Records that are odd, or broken; %d stands for their number.

Each was met in a real dump, or is how XML is commonly broken. Most have a video, so that they
reach the parser also where only those are wanted.
"""

_SEEN = (
    b'<videos><video src="https://www.youtube.com/watch?v=dQw4w9WgXcQ" duration="213"'
    b' embed="true"><title>seen</title></video></videos>'
)
_OPEN = b'<release id="%d" status="Accepted">'
_CLOSE = _SEEN + b"</release>"
QUIRKS: dict[str, bytes] = {
    "a bell, an artist without id, genre 1, the year 400": _OPEN
    + b"<artists><artist><name>Nobody</name></artist></artists><title>ring \x07 ring</title>"
    b'<labels><label name="X" catno="1"/></labels><genres><genre>1</genre></genres>'
    b"<released>0400-01-01</released>" + _CLOSE,
    "no id of the release": b'<release status="Draft"><title>nobody\'s</title>' + _CLOSE,
    "an id that is none": b'<release id="x1"><title>nobody\'s either</title>' + _CLOSE,
    "empty elements as they were before 2025": _OPEN
    + b'<title/><formats><format name="Vinyl" qty="" text=""/></formats><released>?</released>'
    b'<master_id is_main_release="false"/>' + _CLOSE,
    "odd addresses of videos": _OPEN
    + b"<title>addresses</title><genres><genre>Electronic</genre></genres><country/>"
    b'<videos><video src="https://youtu.be/AAAAAAAAAAA" duration="" embed="false"><title/></video>'
    b'<video src="https://www.youtube.com/watch?v=BBBBBBBBBBA&amp;t=3" duration="10"/></videos>'
    b"</release>",
    "a video twice, and one that cannot be": _OPEN
    + b'<title>twice</title><videos><video src="https://www.youtube.com/watch?v=CCCCCCCCCCA"/>'
    b'<video src="https://www.youtube.com/watch?v=CCCCCCCCCCA" duration="9"/>'
    b'<video src="https://www.youtube.com/watch?v=AAAAAAAAAA_"/></videos></release>',
    "only videos that cannot be": _OPEN
    + b'<title>none</title><videos><video src="https://vimeo.com/1"/></videos></release>',
    "numbered control characters": _OPEN + b"<title>nul &#0; bell &#7;</title>" + _CLOSE,
    "no UTF-8": _OPEN + b"<title>caf\xe9 \xff</title>" + _CLOSE,
    "an entity of HTML": _OPEN + b"<title>a&nbsp;b</title>" + _CLOSE,
    "no character": _OPEN + b"<title>x\xef\xbf\xbey</title>" + _CLOSE,
    "line ends and CDATA": _OPEN
    + b"<title>two\nlines</title><notes>a\n\n<![CDATA[b < c]]>\n</notes>"
    + _CLOSE,
    "a tag that stays open": _OPEN + b"<title>an <b>open one</title>" + _CLOSE,
    "a bare ampersand, no video": _OPEN + b"<title>R & B</title></release>",
    "a label of labels, a track of tracks": _OPEN
    + b'<title>nested</title><labels><label name="L" catno="none" id="9"/>'
    b'<label name="L" catno="L 2" id="9"/></labels><tracklist><track><position/><title>side'
    b"</title><sub_tracks><track><title>a</title></track></sub_tracks></track></tracklist>"
    + _CLOSE,
    "the same artist twice, names in brackets": _OPEN
    + b"<artists><artist><id>7</id><name>Artefakt (2)</name><anv>A.</anv><join>&amp;</join>"
    b"</artist><artist><id>7</id><name>Artefakt (2)</name></artist></artists><title>self</title>"
    + _CLOSE,
}
