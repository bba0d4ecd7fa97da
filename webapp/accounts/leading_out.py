"""Pages whose forms lead to a provider."""

from urllib.parse import urlsplit

from flask import Response, make_response

from webapp import security
from webapp.database import settings


def leading_out(page: str) -> Response:
    """Let the forms of a page lead to the providers: browsers hold a form's answer to that too."""
    own, answer = settings(), make_response(page)
    bases = (own.spotify_accounts_url, own.google_oauth_url)
    onward = " ".join("{0.scheme}://{0.netloc}".format(urlsplit(base)) for base in bases)
    answer.headers["Content-Security-Policy"] = security.policy(onward)
    return answer
