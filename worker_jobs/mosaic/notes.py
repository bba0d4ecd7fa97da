"""What a finished picture says of itself: its description, its program, its colours."""

from functools import cache

from PIL import Image, ImageCms

from worker_jobs.mosaic import jpeg

_LONGEST = 2_000  # characters
_DESCRIPTION, _SOFTWARE = 0x010E, 0x0131  # the tags of EXIF


def of_picture(description: str) -> bytes:
    """Return what stands in a picture's header: EXIF without a place or a moment, and sRGB."""
    exif = Image.Exif()
    exif[_DESCRIPTION] = description[:_LONGEST].encode(errors="replace")
    exif[_SOFTWARE] = "Needledrop"
    return jpeg.exif_note(exif) + jpeg.profile_note(_profile())


@cache
def _profile() -> bytes:
    """Return sRGB, without the moment at which it was made: equal pictures are equal files."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = bytes(12)
    return bytes(profile)
