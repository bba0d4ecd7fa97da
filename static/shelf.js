/* Finds records as the words come. Without this script the form is sent as any other. */

const PAUSE = 250; // milliseconds without a key
const form = document.getElementById("search");
let timer;
let asked = new AbortController();

/* The address that the form would lead to, without what is empty. */
function address() {
  const said = [...new FormData(form)].filter(([, value]) => value !== "");
  const query = new URLSearchParams(said).toString();
  return query ? `${form.action}?${query}` : form.action;
}

async function find() {
  asked.abort();
  asked = new AbortController();
  const wanted = address();
  try {
    const answer = await fetch(wanted, { signal: asked.signal });
    if (!answer.ok || answer.redirected) return; // logged out, or a filter that makes no sense
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.getElementById("results").replaceWith(page.getElementById("results"));
    document.getElementById("count").textContent = page.getElementById("count").textContent;
    history.replaceState(null, "", wanted);
  } catch {
    // Given up for newer words, or the house is away: the button still works.
  }
}

form?.elements.q.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(find, PAUSE);
});
