"""Where else a film has a page."""

_LETTERBOXD = "https://letterboxd.com/film"
_TMDB = "https://www.themoviedb.org"
_OWN = ("https://boxd.it/", "https://letterboxd.com/")


def letterboxd(uri: str | None, slug: str | None) -> str | None:
    if slug:
        return f"{_LETTERBOXD}/{slug}/"
    # It came out of somebody's file: only what leads there is a link.
    return uri if uri and uri.startswith(_OWN) else None


def tmdb(kind: str | None, tmdb_id: int | None) -> str | None:
    return f"{_TMDB}/{kind}/{tmdb_id}" if kind and tmdb_id is not None else None
