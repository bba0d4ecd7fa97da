"""What scripts are told of mosaics."""

from typing import Annotated, Any, NotRequired

from pydantic import Field, create_model
from typing_extensions import TypedDict

from database.mosaic_asked import FeedOrder, PlaysOrder
from database.recipes import Keeping, Naming
from webapp.describing import Area, Binary, Operation, ordered
from webapp.mosaics.recipes import Monthly
from webapp.mosaics.sharing import Sharing


class FilmShown(TypedDict):
    title: str
    year: int | None
    director: str | None
    half_stars: int | None
    watched_on: str | None
    has_poster: bool


class RecordShown(TypedDict):
    record: int | None
    title: str
    artist: str | None
    year: int | None
    rating: int | None
    bought_on: str | None
    has_cover: bool


class AlbumShown(TypedDict):
    album: int | None
    title: str
    artist: str | None
    plays: int
    has_cover: bool


class Mosaic(TypedDict):
    """What a mosaic is of, `films`, `records` or `albums`, and where its picture is."""

    mosaic: str
    name: str
    title: str
    picture: str
    pdf: str
    recipe: str | None
    films: NotRequired[list[FilmShown]]
    records: NotRequired[list[RecordShown]]
    albums: NotRequired[list[AlbumShown]]


class Shared(TypedDict):
    mosaic: str
    members: bool


class Kept(TypedDict):
    recipe: str
    name: str


class Recipe(TypedDict):
    recipe: str
    name: str
    words: str
    monthly: bool
    latest: Annotated[str | None, Field(description="The newest mosaic of it.")]


class Recipes(TypedDict):
    recipes: list[Recipe]


class Level(TypedDict):
    width: int
    height: int
    tile_width: int
    tile_height: int


class Closer(TypedDict):
    """The levels of a picture's tiles, nearest first, and where in it each film stands."""

    width: int
    height: int
    levels: list[Level]
    places: dict[str, Any] | None


class Size(TypedDict):
    size: Annotated[str, Field(description="A size as `POST /mosaics` takes it.")]


_Order = create_model(
    "MosaicOrder",
    __base__=FeedOrder,
    __doc__="Of a Letterboxd name, of a file `export`, or `of` a collection of your own.",
    letterboxd_username=(str, Field("", description="Whose feed; a name or an address there.")),
    of=(
        str,
        Field(
            "",
            description="Instead: films, your collection; records, your shelf; plays, the albums "
            "that were played most.",
        ),
    ),
    whose=(str, PlaysOrder.model_fields["whose"]),
    most=(int, PlaysOrder.model_fields["most"]),
    since=(str, Field("", description="Of plays, instead of a period: the first day.")),
    until=(str, Field("", description="The last day.")),
)
_FILES = {
    "export": "Instead of a name: an export of Letterboxd's.",
    "target_picture": "The picture to be rebuilt, of a photo.",
}

AREA = Area(
    "Mosaics",
    "Posters or covers as one picture.",
    {
        "mosaics.make": ordered("Make one", body=_Order, files=_FILES),
        "mosaics.show": Operation("What one is of", {200: Mosaic}),
        "mosaics.of_name": Operation(
            "The newest of a Letterboxd name", {200: Mosaic, 404: Binary("text/html")}
        ),
        "mosaics.picture": Operation("The picture", {200: Binary("image/jpeg")}),
        "mosaics.pdf": Operation("The picture as one page", {200: Binary("application/pdf")}),
        "mosaics.levels": Operation("Its tiles, for a viewer", {200: Closer}),
        "mosaics.again": ordered("Make it again", (409,)),
        "mosaics.at_size": ordered("Make it again at another size", (409,), body=Size),
        "mosaics.share": Operation("Let the household see it", {200: Shared}, body=Sharing),
        "mosaics.keep": Operation("Keep how it was made", {201: Kept}, (409,), body=Keeping),
        "mosaics.list_recipes": Operation("Your recipes", {200: Recipes}),
        "mosaics.make_recipe": ordered("Make the mosaic of a recipe", (409,)),
        "mosaics.rename_recipe": Operation(
            "Call a recipe otherwise", {303: None}, (409,), body=Naming
        ),
        "mosaics.set_monthly": Operation(
            "Have a recipe made each month, or not", {303: None}, body=Monthly
        ),
    },
)
