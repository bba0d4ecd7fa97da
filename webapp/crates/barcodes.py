"""The releases with a barcode, where the crate keeps them: for a record in the hand."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.release_words import figures
from webapp.crates import bp, opened


@bp.get("/barcode")
def barcode() -> ResponseReturnValue:
    """Lead to the release of a barcode, or show those that share it."""
    crate, given = opened.crate(), request.args.get("barcode", "")
    said = figures(given) if given else None
    rows = crate.with_barcode(said) if said else []
    if len(rows) == 1:
        return redirect(url_for(".release", release_id=rows[0].id), 303)
    return render_template(
        "crates/barcode.html",
        given=given,
        is_one=said is not None,
        rows=rows,
        are_kept=opened.has_barcodes(crate),
    )
