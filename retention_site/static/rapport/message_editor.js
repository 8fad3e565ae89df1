/* The message editor: the document, its undo, saving by itself, and what is shown of it. */

import { Draft, History } from "./drafts.js";
import { drawForm, drawLines } from "./message_form.js";
import { drawOutline, find, freshId, insert, move, remove, siblings, visit } from "./message_blocks.js";
import { showLetter, onBlock, markBlock } from "./message_frame.js";
import { choosePicture } from "./message_images.js";

const root = document.getElementById("editor");
const about = JSON.parse(document.getElementById("ed-about").textContent);
const say = about.sentences;
const SAVE_AFTER = 700, SHOW_AFTER = 350;

export const editor = {
  root, about, say,
  parts: JSON.parse(document.getElementById("ed-parts").textContent),
  language: "",
  selected: "",
  look: "wide",
  kinds: Object.fromEntries(about.kinds.map((one) => [one.kind, one])),
  /** The document that is on the page. */
  get design() { return this.language ? this.parts.languages[this.language].design : this.parts.design; },
  change, select, choosePicture,
};

function fill(parts) {
  for (const one of [parts, ...Object.values(parts.languages || {})]) {
    one.design ||= {};
    one.design.version ||= 1; one.design.lines ||= {}; one.design.blocks ||= [];
  }
  return parts;
}
fill(editor.parts);

/* Undo, and saving by itself ---------------------------------------------- */

const steps = new History({ now: JSON.stringify(editor.parts), restore(state) { put(JSON.parse(state)); changed(); } });

/** Put a document onto the page. */
function put(parts) {
  editor.parts = fill(parts);
  if (editor.language && !editor.parts.languages?.[editor.language]) editor.language = "";
  draw();
}

/** Take a change that was made to the document: what names the field, so that typing is one step. */
function change(what = "", { redraw = false } = {}) {
  if (!steps.push(JSON.stringify(editor.parts), what)) return;
  if (redraw) draw(); else drawOutline(editor);
  changed();
}

function changed() {
  if (about.may_change) draft.changed();
  showSoon();
}

function body(fields) {
  const form = new FormData();
  form.set("csrfmiddlewaretoken", root.querySelector("[name=csrfmiddlewaretoken]").value);
  for (const [key, value] of Object.entries(fields)) form.set(key, value);
  return form;
}

const post = (url, fields, more = {}) => fetch(url, { method: "POST", body: body(fields), credentials: "same-origin", ...more });

const draft = new Draft({
  quiet: SAVE_AFTER,
  send: (seen, asks, more) => post(root.dataset.draft, { parts: steps.now, seen }, more),
  took(told, asks, isNewest) {
    if (!told.parts || !isNewest) return;
    put(told.parts);
    steps.push(JSON.stringify(editor.parts));
    showSoon(0);
  },
});

function notice(words, verbs = [], isGood = false) {
  const box = document.getElementById("ed-notice");
  box.hidden = !words;
  box.classList.toggle("r-warn", !isGood); box.classList.toggle("r-good", isGood);
  box.querySelector("p").textContent = words;
  box.querySelector("span.r-row").replaceChildren(...verbs.map(([label, verb]) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "r-button", textContent: label });
    button.addEventListener("click", verb);
    return button;
  }));
}

/* What is shown ---------------------------------------------------------- */

let showTimer = 0, asked = 0;

function shownFields() {
  return {
    parts: JSON.stringify(editor.design), channel: root.dataset.channel, language: editor.language,
    customer: document.getElementById("ed-stranger")?.checked ? "-" : document.getElementById("ed-customer")?.value || "",
    look: editor.look,
  };
}

function showSoon(after = SHOW_AFTER) { clearTimeout(showTimer); showTimer = setTimeout(showNow, after); }

async function showNow() {
  const turn = ++asked, fields = shownFields();
  if (root.dataset.channel === "email") showLetter(root, body(fields));
  const answer = await post(root.dataset.panel, fields).catch(() => null);
  if (!answer?.ok || turn !== asked) return; // an older answer is dropped
  const panel = document.getElementById("ed-panel");
  panel.innerHTML = await answer.text(); // of our own server, escaped there
  const said = document.getElementById("ed-said");
  if (!said) return;
  document.getElementById("ed-subject").textContent = said.dataset.subject || "–";
  document.getElementById("ed-preheader").textContent = said.dataset.preheader;
  document.getElementById("ed-text").textContent = said.dataset.text;
}

function look(name) {
  editor.look = name;
  document.querySelectorAll("[data-look][aria-pressed]").forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.look === name)));
  const screen = document.getElementById("ed-screen");
  screen.dataset.look = name;
  document.getElementById("ed-text").hidden = name !== "text";
  showSoon(0);
}

/* Drawing ---------------------------------------------------------------- */

function draw() {
  if (!find(editor.design, editor.selected)) editor.selected = "";
  drawLanguages(); drawLines(editor); drawOutline(editor); drawForm(editor);
  markBlock(editor.selected);
}

function select(id, { isTaken = false } = {}) {
  editor.selected = id;
  drawOutline(editor); drawForm(editor); markBlock(id);
  if (isTaken) document.querySelector("#ed-form [contenteditable], #ed-form input, #ed-form select, #ed-form button")?.focus({ preventScroll: false });
}

function drawLanguages() {
  const choice = document.getElementById("ed-language");
  const all = ["", ...Object.keys(editor.parts.languages || {})];
  choice.replaceChildren(...all.map((tag) => new Option(tag || say.everybody, tag, false, tag === editor.language)));
}

/* Verbs on blocks -------------------------------------------------------- */

export function add(kind, { column = null, at = -1 } = {}) {
  const block = JSON.parse(JSON.stringify(editor.kinds[kind].new));
  block.id = freshId(editor.design);
  insert(editor.design, block, { after: editor.selected, column, at });
  editor.selected = block.id;
  change("", { redraw: true });
  select(block.id, { isTaken: true });
}

export function shift(id, by) {
  const place = move(editor.design, id, by);
  change("", { redraw: true });
  document.querySelector(`[data-block="${id}"] .ed-item`)?.focus();
  if (place) draft.state.textContent = say.moved.replace("%s", place);
}

export function copy(id) {
  const found = find(editor.design, id);
  const twin = JSON.parse(JSON.stringify(found.block));
  visit([twin], (one) => { one.id = ""; });
  visit([twin], (one) => { one.id = freshId(editor.design, twin); });
  found.list.splice(found.place + 1, 0, twin);
  editor.selected = twin.id;
  change("", { redraw: true });
}

export function drop(id) {
  const next = siblings(editor.design, id);
  remove(editor.design, id);
  editor.selected = next;
  change("", { redraw: true });
  document.querySelector(next ? `[data-block="${next}"] .ed-item` : "[data-add]")?.focus();
}

/* Wires ------------------------------------------------------------------ */

document.querySelectorAll("[data-add]").forEach((button) => {
  button.addEventListener("click", () => add(button.dataset.add));
  button.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/x-new", button.dataset.add));
});
document.querySelectorAll("[data-look][aria-pressed]").forEach((button) => button.addEventListener("click", () => look(button.dataset.look)));
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s") return;
  event.preventDefault();
  document.getElementById("ed-save")?.click();
});
document.addEventListener("click", (event) => {
  const go = event.target.closest("[data-go]");
  if (go) select(go.dataset.go, { isTaken: true });
});
onBlock((id) => select(id, { isTaken: true }), () => editor.selected);

document.getElementById("ed-language").addEventListener("change", (event) => { editor.language = event.target.value; draw(); showSoon(0); });
for (const id of ["ed-customer", "ed-stranger"]) document.getElementById(id)?.addEventListener("change", () => showSoon(0));
let peopleTimer = 0;
document.getElementById("ed-customer")?.addEventListener("input", (event) => {
  clearTimeout(peopleTimer);
  peopleTimer = setTimeout(async () => {
    const answer = await fetch(`${root.dataset.people}?q=${encodeURIComponent(event.target.value)}`, { credentials: "same-origin" });
    if (!answer.ok) return;
    const { people } = await answer.json();
    document.getElementById("ed-people").replaceChildren(...people.map((one) => {
      const option = document.createElement("option");
      option.value = one.id; option.label = [one.name, one.email].filter(Boolean).join(", ");
      return option;
    }));
  }, 200);
});

document.getElementById("ed-save")?.addEventListener("click", async (event) => {
  const button = event.currentTarget;
  button.disabled = true;
  const isSaved = await draft.flush();
  const answer = isSaved && await post(root.dataset.save, { parts: steps.now }).catch(() => null);
  button.disabled = false;
  if (!answer) return isSaved && notice(say.offline);
  const said = await answer.json().catch(() => ({ problem: say.failed }));
  if (said.problem) return notice(said.problem);
  draft.goOn(said.number);
  notice(said.sentence, [], true);
});

const testDialog = document.getElementById("ed-test-dialog");
document.getElementById("ed-test")?.addEventListener("click", () => { document.getElementById("ed-test-said").textContent = ""; testDialog.showModal(); });
document.getElementById("ed-test-send")?.addEventListener("click", async (event) => {
  const to = testDialog.querySelector("[name=to]:checked")?.value;
  if (!to) return;
  event.currentTarget.disabled = true;
  const answer = await post(root.dataset.test, { ...shownFields(), to }).catch(() => null);
  event.target.closest("button").disabled = false;
  const said = answer ? await answer.json().catch(() => ({ problem: say.failed })) : { problem: say.offline };
  const line = document.getElementById("ed-test-said");
  line.textContent = said.sentence || said.problem;
  line.className = said.problem ? "ed-error" : "ed-fine";
});

const speakDialog = document.getElementById("ed-speak-dialog");
document.getElementById("ed-speak")?.addEventListener("click", () => speakDialog.showModal());
document.getElementById("ed-speak-go")?.addEventListener("click", () => {
  const tag = document.getElementById("ed-tag").value.trim().toLowerCase();
  if (!/^[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?$/.test(tag)) { document.getElementById("ed-tag").classList.add("r-is-bad"); return; }
  editor.parts.languages ||= {};
  editor.parts.languages[tag] ||= { design: JSON.parse(JSON.stringify(editor.parts.design)) };
  editor.language = tag;
  speakDialog.close();
  change("", { redraw: true }); draw(); showSoon(0);
});

draw(); showNow();
