"""The sentences of the API's document."""

ABOUT = """
What scripts can ask of this house. Most addresses are those of its pages, answered in JSON to
whoever prefers it with `Accept: application/json`; docs/api.md tells them as a story.

A script sends a token, as `Authorization: Bearer TOKEN`: it is made on the page of your account.
In a browser that is logged in, what changes something wants the session's `X-CSRFToken` instead;
the page that shows this document sends it by itself.

Whatever fails says so in one shape, `{"error": "a sentence"}`; where fields of a form need
another look, `problems` has a sentence for each of them. Objects may gain keys, and lose none.
"""

TOKEN = "A token of yours, made on the page of your account."  # noqa: S105 - a sentence

STATUSES = {
    200: "Done.",
    201: "It is made.",
    202: "It is put in: a task does it.",
    204: "There is nothing.",
    303: "It leads on; a script need not follow.",
    400: "The request was not understood.",
    401: "Say who you are.",
    403: "Not yours to do.",
    404: "There is none, or it is somebody else's.",
    409: "It clashes with what is there.",
    413: "It is too large.",
    422: "Something in the request needs another look.",
    429: "Asked too often; `Retry-After` says how long to wait.",
    503: "The database is busy; again in a few seconds.",
    507: "The disk is full.",
}

IN_PATH = {
    "public_id": "The id of a task, a mosaic or an import, as answers give it.",
    "recipe_id": "The id of a recipe.",
    "record_id": "The number of a record.",
    "rating_id": "The number of a rating of that record.",
    "artist_id": "The number of an artist.",
    "label_id": "The number of a label at Discogs.",
    "master_id": "The number of a master at Discogs.",
    "release_id": "The number of a release at Discogs.",
    "film_id": "The number of a film.",
    "seq": "The number of a song of that record.",
    "name": "A name.",
    "user_id": "The number of a person.",
    "user_name": "The name of a person.",
}
