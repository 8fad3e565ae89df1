/* The message editor: the document, its undo, saving by itself, and what is shown of it. */

import { drawForm, drawLines } from "./message_form.js";
import { drawOutline, find, freshId, insert, move, remove, siblings, visit } from "./message_blocks.js";
import { showLetter, onBlock, markBlock } from "./message_frame.js";
import { choosePicture } from "./message_images.js";

const root = document.getElementById("editor");
const about = JSON.parse(document.getElementById("ed-about").textContent);
const say = about.sentences;
const SAVE_AFTER = 700, SHOW_AFTER = 350, RETRY_AFTER = 5000, MOST_UNDO = 200, ONE_CHANGE = 800;

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

for (const one of [editor.parts, ...Object.values(editor.parts.languages || {})]) {
  one.design ||= {};
  one.design.version ||= 1; one.design.lines ||= {}; one.design.blocks ||= [];
}

/* Undo ------------------------------------------------------------------- */

const past = [], future = [];
let current = JSON.stringify(editor.parts), lastWhat = "", lastAt = 0;

/** Take a change that was made to the document: what names the field, so that typing is one step. */
function change(what = "", { redraw = false } = {}) {
  const now = JSON.stringify(editor.parts);
  if (now === current) return;
  const isSame = what && what === lastWhat && Date.now() - lastAt < ONE_CHANGE;
  if (!isSame) { past.push(current); if (past.length > MOST_UNDO) past.shift(); }
  lastWhat = what; lastAt = Date.now();
  future.length = 0; current = now;
  if (redraw) draw(); else drawOutline(editor);
  changed();
}

function step(from, to) {
  if (!from.length) return;
  to.push(current);
  current = from.pop(); lastWhat = "";
  editor.parts = JSON.parse(current);
  if (editor.language && !editor.parts.languages?.[editor.language]) editor.language = "";
  draw(); changed();
}

function changed() {
  buttons();
  isSaved = false; status(say.saving);
  clearTimeout(saveTimer); saveTimer = setTimeout(save, SAVE_AFTER);
  showSoon();
}

function buttons() {
  const [undo, redo] = ["ed-undo", "ed-redo"].map((id) => document.getElementById(id));
  if (undo) { undo.disabled = !past.length; redo.disabled = !future.length; }
}

/* Saving by itself ------------------------------------------------------- */

let number = about.number, isSaved = true, savedAt = 0, saveTimer = 0, isSaving = false;

function status(words, isBad = false) {
  const line = document.getElementById("ed-status");
  line.textContent = words; line.classList.toggle("ed-error", isBad);
}

function body(fields) {
  const form = new FormData();
  form.set("csrfmiddlewaretoken", root.querySelector("[name=csrfmiddlewaretoken]").value);
  for (const [key, value] of Object.entries(fields)) form.set(key, value);
  return form;
}

const post = (url, fields, more = {}) => fetch(url, { method: "POST", body: body(fields), credentials: "same-origin", ...more });

async function save({ keepalive = false } = {}) {
  if (!about.may_change || isSaving) return;
  const sent = current;
  isSaving = true;
  try {
    const answer = await post(root.dataset.draft, { parts: sent, number }, { keepalive });
    if (answer.status === 409) return overtaken(await answer.json());
    if (answer.status === 422) { status(`${say.unsaved}: ${(await answer.json()).problem}`, true); return; }
    if (!answer.ok) throw new Error(answer.statusText);
    number = (await answer.json()).number;
    savedAt = Date.now(); isSaved = sent === current; tick();
  } catch {
    status(say.offline, true);
    saveTimer = setTimeout(save, RETRY_AFTER);
  } finally {
    isSaving = false;
    if (savedAt && sent !== current) { clearTimeout(saveTimer); saveTimer = setTimeout(save, SAVE_AFTER); }
  }
}

function tick() {
  if (!savedAt || !isSaved) return;
  const seconds = Math.round((Date.now() - savedAt) / 1000);
  if (seconds < 2) status(say.just_now);
  else if (seconds < 60) status(say.seconds_ago.replace("%s", seconds));
  else status(say.minutes_ago.replace("%s", Math.floor(seconds / 60)));
}
setInterval(tick, 1000);
window.addEventListener("pagehide", () => { if (!isSaved) save({ keepalive: true }); });

function overtaken(theirs) {
  notice(`${say.overtaken} ${theirs.who}`, [
    [say.take_theirs, () => { isSaved = true; window.location.reload(); }],
    [say.keep_mine, () => { number = theirs.number; notice(""); save(); }],
  ]);
}

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
  if (place) document.getElementById("ed-status").textContent = say.moved.replace("%s", place);
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
document.getElementById("ed-undo")?.addEventListener("click", () => step(past, future));
document.getElementById("ed-redo")?.addEventListener("click", () => step(future, past));
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  const key = event.key.toLowerCase();
  if (key === "z" || key === "y") {
    event.preventDefault();
    if (key === "y" || event.shiftKey) step(future, past); else step(past, future);
  }
  if (key === "s") { event.preventDefault(); document.getElementById("ed-save")?.click(); }
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
  clearTimeout(saveTimer);
  const answer = await post(root.dataset.save, { parts: current }).catch(() => null);
  button.disabled = false;
  if (!answer) return notice(say.offline);
  const said = await answer.json().catch(() => ({ problem: say.failed }));
  if (said.problem) return notice(said.problem);
  isSaved = true; savedAt = Date.now(); tick();
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

draw(); buttons(); showNow();
