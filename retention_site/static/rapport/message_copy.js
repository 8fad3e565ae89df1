/* The copy box: openings for a text block, asked of the server, put in by a click. */

import { icon, words } from "./message_blocks.js";

const dialog = document.getElementById("ed-copy-dialog");
const write = document.getElementById("ed-copy-write"), about = document.getElementById("ed-copy-about");
let chosen = null, asked = 0;

/** Return the button that opens the copy box for a block. */
export function copyButton(editor, block) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "r-button" });
  button.dataset.copy = block.id;
  button.append(icon("edit_note"), editor.say.opening);
  button.addEventListener("click", () => {
    chosen = { editor, block };
    const language = document.getElementById("ed-copy-language");
    if (editor.language) language.value = editor.language.startsWith("zh") ? "zh-hans" : "en";
    dialog.showModal(); ask("bank");
  });
  return button;
}

async function ask(source) {
  const turn = ++asked, { editor, block } = chosen, list = document.getElementById("ed-copy-lines"), form = new FormData();
  form.set("csrfmiddlewaretoken", editor.root.querySelector("[name=csrfmiddlewaretoken]").value);
  for (const key of ["goal", "tone", "language"]) form.set(key, document.getElementById(`ed-copy-${key}`).value);
  form.set("beside", words(block.text));
  form.set("source", source);
  form.set("about", about?.value ?? "");
  if (write) write.disabled = source === "model";
  list.setAttribute("aria-busy", String(source === "model"));
  const answer = await fetch(editor.root.dataset.openings, { method: "POST", body: form, credentials: "same-origin" }).catch(() => null);
  if (turn !== asked) return; // an older answer is dropped
  if (write) write.disabled = false;
  list.setAttribute("aria-busy", "false");
  const said = document.getElementById("ed-copy-said");
  said.textContent = answer?.ok ? "" : editor.say.failed;
  const { variants, sources, said: told } = answer?.ok ? await answer.json() : { variants: [], sources: [], said: "" };
  document.getElementById("ed-copy-told").textContent = told;
  list.replaceChildren(...variants.map((runs, at) => {
    const line = document.createElement("li"), button = Object.assign(document.createElement("button"), { type: "button", className: "ed-opening", textContent: shown(editor, runs) });
    button.append(Object.assign(document.createElement("span"), { className: "ed-opening-source", textContent: sources[at] }));
    button.addEventListener("click", () => put(runs));
    line.append(button);
    return line;
  }));
}

function shown(editor, runs) {
  return runs.map((one) => (one.fact ? `[${editor.about.facts.find((fact) => fact.key === one.fact).label}]` : one.text)).join("");
}

/** Put a line in front of the text, or in the place of an empty one. */
function put(runs) {
  const { editor, block } = chosen;
  const isEmpty = !words(block.text);
  block.text = isEmpty ? [runs] : [runs, ...block.text];
  dialog.close();
  editor.change("", { redraw: true });
  document.querySelector(`[data-copy="${block.id}"]`)?.focus();
}

dialog?.querySelectorAll("select").forEach((one) => one.addEventListener("change", () => ask("bank")));
write?.addEventListener("click", () => ask("model"));
