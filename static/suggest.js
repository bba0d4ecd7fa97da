/* Names while they are typed, out of the crate. Without this script the page offers, of a name that
   it does not know, those that may be meant. */

const PAUSE = 150; // milliseconds without a key

for (const input of document.querySelectorAll("input[data-suggest]")) {
  const names = document.createElement("datalist");
  names.id = `${input.id}-names`;
  input.after(names);
  input.setAttribute("list", names.id);
  let timer;
  let asked = new AbortController();

  const ask = async () => {
    asked.abort();
    asked = new AbortController();
    try {
      const wanted = `${input.dataset.suggest}${encodeURIComponent(input.value)}`;
      const answer = await fetch(wanted, { signal: asked.signal });
      if (!answer.ok || answer.redirected) return;
      const found = (await answer.json()).map((name) => new Option(name));
      names.replaceChildren(...found);
    } catch {
      // Given up for newer letters, or the house is away: the name is looked for as it stands.
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (input.value.trim()) timer = setTimeout(ask, PAUSE);
  });
}
