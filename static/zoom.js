/* A mosaic from near: tiles out of the house, and below them the film that is looked at.
   Without this script the page shows the picture and the table of its films. */

const PIXELS_KEPT = 16e6; // four bytes each: a phone has no more to give
const place = document.getElementById("zoom");
const tools = document.getElementById("zoom-tools");
const caption = document.getElementById("zoom-caption");

/* OpenSeadragon counts levels from the farthest, the house from the nearest. */
function sourceOf({ width, height, levels }, base) {
  const far = levels.length - 1;
  return {
    width,
    height,
    minLevel: 0,
    maxLevel: far,
    getTileWidth: (level) => levels[far - level].tile_width,
    getTileHeight: (level) => levels[far - level].tile_height,
    getTileUrl: (level, column, row) => `${base}${far - level}/${column}/${row}.jpg`,
  };
}

/* The film at a point of the picture, by its position, if there is one. */
function filmAt(point, grid) {
  const column = Math.floor((point.x - grid.left) / grid.pitch_x);
  const row = Math.floor((point.y - grid.top) / grid.pitch_y);
  if (column < 0 || row < 0 || column >= grid.columns || row >= grid.rows) return -1;
  const cell = row * grid.columns + column;
  return grid.cells ? grid.cells[cell] : cell;
}

/* Of very many films the table has some: it becomes that in which the film is that is wanted. */
let wanted = -1;
let isTurning = false;
async function turn() {
  if (isTurning) return;
  isTurning = true;
  const answer = await fetch(`${location.pathname}?films=${wanted}`).catch(() => null);
  const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
  const part = page && page.getElementById("part");
  isTurning = false;
  if (!part) return; // the next film that is looked at asks again
  document.getElementById("part").replaceWith(part);
  tell(wanted);
}

function tell(position) {
  if (position < 0 || position >= Number(place.dataset.films)) return;
  wanted = position;
  const row = document.getElementById(`film-${position}`);
  if (!row) turn();
  if (!row || caption.dataset.row === row.id) return;
  const [film, stars] = row.cells;
  const link = document.createElement("a");
  link.href = `#${row.id}`;
  link.textContent = film.firstChild.textContent.trim();
  const about = film.querySelector(".sub").cloneNode(true);
  caption.replaceChildren(link, " ", ...[...stars.childNodes].map((one) => one.cloneNode(true)), about);
  caption.dataset.row = row.id;
}

function show(about) {
  // OpenSeadragon would add a style of its own, which the page's policy forbids; it looks for this.
  document.head.append(document.createElementNS(null, "style"));
  document.head.lastChild.setAttribute("data-openseadragon-mobile-css", "true");
  place.replaceChildren();
  place.classList.add("live");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const largest = Math.max(...about.levels.map((one) => one.tile_width * one.tile_height));
  const viewer = OpenSeadragon({
    element: place,
    tileSources: sourceOf(about, place.dataset.levels.replace("zoom.json", "tiles/")),
    drawer: "canvas", // the others want workers, and the memory of a graphics card
    maxImageCacheCount: Math.max(12, Math.floor(PIXELS_KEPT / largest)),
    imageLoaderLimit: 4,
    animationTime: still ? 0 : 0.4,
    immediateRender: still,
    maxZoomPixelRatio: 3,
    visibilityRatio: 0.5,
    showNavigationControl: false,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
  });
  viewer.canvas.setAttribute("role", "application");
  viewer.canvas.setAttribute("aria-label", place.dataset.label);
  viewer.canvas.setAttribute("aria-describedby", "zoom-caption");
  tools.hidden = false;
  steer(viewer);
  if (about.places) point(viewer, about.places);
}

function steer(viewer) {
  const does = {
    in: () => viewer.viewport.zoomBy(1.5),
    out: () => viewer.viewport.zoomBy(1 / 1.5),
    all: () => viewer.viewport.goHome(),
  };
  const act = (what) => {
    does[what]();
    viewer.viewport.applyConstraints();
  };
  const keys = { "+": "in", "-": "out", 0: "all" };
  viewer.addHandler("canvas-key", (event) => {
    const { key, ctrlKey, metaKey, altKey } = event.originalEvent;
    if (ctrlKey || metaKey || altKey) return;
    if (keys[key]) act(keys[key]);
    // Nor are films turned or mirrored by a letter.
    event.preventDefaultAction = !key.startsWith("Arrow");
  });
  for (const button of tools.querySelectorAll("button"))
    button.addEventListener("click", () => act(button.value));
  for (const part of [place, tools])
    part.addEventListener("keydown", (event) => {
      if (event.key === "Escape") document.getElementById("zoom-back").click();
    });
}

function point(viewer, grid) {
  const at = (position) => {
    const { x, y } = viewer.viewport.viewerElementToViewportCoordinates(position);
    return filmAt(viewer.world.getItemAt(0).viewportToImageCoordinates(x, y), grid);
  };
  const isThere = () => viewer.world.getItemCount() > 0;
  let isByHand = true; // until a key moves it: then it is the middle that is told
  let isHeld = false; // a click holds a film in the caption, on the way to its link
  viewer.canvas.addEventListener("pointerleave", () => {
    isHeld = false;
  });
  viewer.canvas.addEventListener("pointermove", (event) => {
    isByHand = true;
    if (event.pointerType !== "mouse" || isHeld || !isThere()) return;
    const box = viewer.canvas.getBoundingClientRect();
    tell(at(new OpenSeadragon.Point(event.clientX - box.x, event.clientY - box.y)));
  });
  viewer.addHandler("canvas-click", ({ quick, position }) => {
    if (!quick || !isThere()) return;
    tell(at(position));
    isHeld = true;
  });
  for (const part of [viewer.canvas, tools])
    part.addEventListener("keydown", () => {
      isByHand = false;
    });
  viewer.addHandler("viewport-change", () => {
    if (isByHand || !isThere()) return;
    tell(at(viewer.viewport.getContainerSize().divide(2)));
  });
}

fetch(place.dataset.levels, { headers: { Accept: "application/json" } })
  .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
  .then(show, () => {}); // the picture stays
