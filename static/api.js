/* The document of the API, to read and to try. Without this script the page leads to it. */

const place = document.getElementById("api");
const dark = matchMedia("(prefers-color-scheme: dark)");

function followTheSystem() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

/* Asks for JSON where a page would be the answer, and shows the session's own token with what
   changes something: a script's token wants none. */
function asScriptsAsk(request) {
  if (request.headers.accept === "*/*") request.headers.accept = "application/json";
  if (request.method !== "GET" && !request.headers.Authorization) {
    request.headers["X-CSRFToken"] = place.dataset.token;
  }
  return request;
}

dark.addEventListener("change", followTheSystem);
followTheSystem();
SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
  filter: true,
  requestInterceptor: asScriptsAsk,
});
