/* The palette: Ctrl K opens it, arrows walk, Enter opens, Escape leaves. Answers that come late are dropped. */

const palette = document.getElementById("palette");
const WAIT_MS = 120;

if (palette) {
  const field = palette.querySelector("input");
  const found = palette.querySelector("#palette-found");
  const lost = palette.querySelector(".r-palette-lost");
  let asked;
  let timer;

  const lines = () => [...found.querySelectorAll("[data-found]")];
  const chosen = () => found.querySelector("[data-found].r-on");
  const choose = (line) => {
    chosen()?.classList.remove("r-on");
    line?.classList.add("r-on");
    line?.scrollIntoView({ block: "nearest" });
  };

  const ask = async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(`${palette.dataset.address}?s=${encodeURIComponent(field.value)}`, { signal: asked.signal, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      found.innerHTML = await answer.text();
      lost.hidden = true;
      choose(lines()[0]);
    } catch (error) {
      if (error.name !== "AbortError") lost.hidden = false;
    }
  };

  const open = () => {
    if (palette.open) return;
    palette.showModal();
    field.select();
    ask();
  };

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    open();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette-open]")) open();
    if (event.target === palette) palette.close();
  });
  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT_MS); });
  palette.addEventListener("keydown", async (event) => {
    const all = lines();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]);
    }
    if (event.key === "Enter" && event.target === field) {
      event.preventDefault();
      chosen()?.click();
    }
  });
}
