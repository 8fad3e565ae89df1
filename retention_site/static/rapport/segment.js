/* The segment builder: the rows are the rule; each change is kept on the server, which says what it means. */

import { comboboxes } from "./combobox.js";
import { add, at, copy, moveInto, read, remove, said, step, wordOf } from "./segment_tree.js";

const form = document.querySelector("[data-builder]");
const find = (selector) => form.querySelector(selector);
const tree = find("[data-tree]");
const words = form.dataset;
const TYPING_MS = 120, IDLE_MS = 700, AGAIN_MS = 3000;
let number = Number(words.number);
let timer, idle, aborter, sizeAborter;
let before = null;  // the document before the change that is being made
let pending = null;  // the rule whose rows are on their way: what is drawn is older
const undone = [];  // older documents, the newest last

const root = () => tree.querySelector("[data-group]");
const current = () => ({ title: find("[data-title]").value.trim(), rule: pending ? copy(pending) : read(root()) });

/* Remember how each field was drawn, so that what nobody touches is sent as it was written. */
function settle() {
  tree.querySelectorAll("[data-typed]").forEach((input) => { input.dataset.shown = input.value; });
  tree.querySelectorAll("[data-field]").forEach((field) => { field.dataset.drawn = said(field); });
  before = current();
}

/* Keeping ------------------------------------------------------------------- */

function remember(now) {
  if (JSON.stringify(before) === JSON.stringify(now)) return false;
  undone.push(before);
  if (undone.length > 200) undone.shift();
  find("[data-undo]").disabled = false;
  before = copy(now);
  return true;
}

async function post(fields, mine) {
  aborter?.abort();
  aborter = new AbortController();
  const body = new URLSearchParams({ ...fields, number: mine, csrfmiddlewaretoken: find("[name=csrfmiddlewaretoken]").value });
  const answer = await fetch(words.draft, { method: "POST", body, credentials: "same-origin", signal: aborter.signal });
  if (answer.status !== 422 && !answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

/* Send the document; rows are asked for where their shape changed. An answer to an older change is dropped. */
async function send(fields, { rows = pending !== null, focus = null } = {}) {
  clearTimeout(timer);
  if (rows) tree.inert = true;  // until they are drawn, nobody types into the older ones
  const mine = ++number;
  status(words.savingWords);
  let told;
  try {
    told = await post(rows ? { ...fields, rows: "1" } : fields, mine);
  } catch (error) {
    if (error.name === "AbortError" || mine !== number) return;
    status(words.lostWords);
    timer = setTimeout(() => send(fields, { rows, focus }), AGAIN_MS);
    return;
  }
  if (mine !== number) return;
  show(told, focus);
}

function show(told, focus) {
  find("#refused").textContent = told.error ?? "";
  if (told.error || !told.is_kept || told.rows) { tree.inert = false; pending = null; }
  if (told.error) { status(""); return; }
  if (!told.is_kept) { status(words.staleWords); return; }
  if (told.rows) {
    tree.innerHTML = told.rows;
    if (told.title !== undefined) find("[data-title]").value = told.title;
    settle();
    if (focus) tree.querySelector(focus)?.focus();
  } else mark(told.problems);
  find("#sentence").textContent = told.sentence;
  if (document.activeElement !== find("[data-yaml]")) find("[data-yaml]").value = told.yaml;
  find("[data-discard]").hidden = !told.is_changed;
  find("#saved-at").dataset.savedAt = new Date().toISOString();
  tick();
  measure(told.number);
}

/* Say at each row what is wrong with it. */
function mark(problems) {
  tree.querySelectorAll("[data-problem], [data-field-problem]").forEach((one) => { one.hidden = true; one.textContent = ""; });
  tree.querySelectorAll(".s-bad").forEach((one) => one.classList.remove("s-bad"));
  for (const problem of problems) {
    const row = tree.querySelector(`[data-path="${problem.path}"]`);
    const field = problem.field && row?.querySelector(`:scope > [data-fields] > [data-field="${CSS.escape(problem.field)}"]`);
    const place = field ? field.querySelector(":scope > [data-field-problem]") : row?.querySelector(":scope > [data-problem]");
    if (!place) continue;
    place.textContent = problem.words;
    place.hidden = false;
    field?.classList.add("s-bad");
  }
}

/* The count, at once; the other numbers when typing has paused. */
async function measure(mine) {
  sizeAborter?.abort();
  sizeAborter = new AbortController();
  const place = find("#size");
  place.setAttribute("aria-busy", "true");
  clearTimeout(idle);
  idle = setTimeout(() => document.body.dispatchEvent(new Event("look")), IDLE_MS);
  try {
    const answer = await fetch(`${words.size}?number=${mine}`, { credentials: "same-origin", signal: sizeAborter.signal });
    const html = await answer.text();
    if (mine !== number || !answer.ok) return;
    place.innerHTML = html;
    place.removeAttribute("aria-busy");
    place.dataset.number = mine;
  } catch (error) { if (error.name !== "AbortError") status(words.lostWords); }
}

function status(text) { find("#saved-at").textContent = text; }
function tick() {
  const at = find("#saved-at").dataset.savedAt;
  if (!at) return;
  const seconds = Math.max(0, Math.round((Date.now() - new Date(at)) / 1000));
  const [n, unit] = seconds < 60 ? [seconds, "second"] : seconds < 3600 ? [Math.round(seconds / 60), "minute"] : seconds < 86400 ? [Math.round(seconds / 3600), "hour"] : [Math.round(seconds / 86400), "day"];
  const ago = new Intl.RelativeTimeFormat(document.documentElement.lang, { style: "narrow" }).format(-n, unit);
  status(`${words.savedWords} ${ago}`);
}
setInterval(() => { if (find("#saved-at").textContent.startsWith(words.savedWords)) tick(); }, 5000);

/* Changing ------------------------------------------------------------------ */

function typed() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const now = current();
    if (remember(now)) send({ document: JSON.stringify(now) });
  }, TYPING_MS);
}

/* Change the shape of the rule; the server draws the rows anew. */
function reshape(change, focus) {
  const now = current();
  const where = change(now.rule) ?? "";
  remember(now);
  pending = now.rule;
  send({ document: JSON.stringify(now) }, { rows: true, focus: focus?.(where) ?? null });
}

const pathOf = (element) => element.closest("[data-path]").dataset.path;
const rowAt = (path) => `[data-path="${path}"]`;

form.addEventListener("input", (event) => {
  if (event.target.matches("[data-yaml]")) { clearTimeout(timer); timer = setTimeout(fromYaml, 500); return; }
  if (event.target.matches("[data-said], [data-more], [data-kind]")) return;
  typed();
});

tree.addEventListener("change", (event) => {
  const element = event.target;
  if (element.matches("[data-kind]")) {
    const path = pathOf(element);
    const starts = JSON.parse(element.selectedOptions[0].dataset.starts);
    reshape((rule) => {
      const node = at(rule, path);
      const kept = Object.entries(node).filter(([name]) => name in starts || ["type", "item", "within_days"].includes(name) && "type" in starts);
      for (const name of Object.keys(node)) delete node[name];
      Object.assign(node, starts, Object.fromEntries(kept), { is: starts.is });
      if (!("within_days" in starts)) delete node.within_days;
      return path;
    }, (where) => `${rowAt(where)} [data-kind]`);
  } else if (element.matches("[data-more]")) {
    if (element.value === "*") addProperty(element);
    else reveal(element);
    element.value = "";
  } else if (element.matches("[data-word]")) typed();
});

function reveal(select) {
  const field = select.parentElement.querySelector(`:scope > [data-field="${CSS.escape(select.value)}"]`);
  if (!field) return;
  field.hidden = false;
  select.selectedOptions[0].hidden = true;
  (field.querySelector("[data-typed], [data-value], [data-more]") ?? field).focus();
}

/* One more property of an event or an item: a name, and what it must be. */
function addProperty(select) {
  const field = document.createElement("div");
  field.className = "s-field s-is-other";
  Object.assign(field.dataset, { field: "", type: "other", json: "null" });
  field.innerHTML = '<input class="r-input s-name" data-name><span class="s-combo" data-combo data-many><input class="r-input" data-typed role="combobox" aria-expanded="false" autocomplete="off"><span class="s-list" role="listbox" hidden></span></span><button type="button" class="s-drop" data-drop>×</button>';
  const label = select.selectedOptions[0].textContent;
  field.querySelectorAll("input").forEach((input) => input.setAttribute("aria-label", label));
  field.querySelector("[data-drop]").setAttribute("aria-label", `${words.removeWords} ${label}`);
  select.before(field);
  field.dataset.drawn = said(field);
  field.querySelector("[data-name]").focus();
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.add) {
    const path = pathOf(button);
    reshape((rule) => add(rule, path, JSON.parse(button.dataset.add)), (where) => `${rowAt(where)} [data-kind], ${rowAt(where)} [data-word]`);
  } else if ("remove" in button.dataset) {
    const path = pathOf(button);
    reshape((rule) => { remove(rule, path); }, () => "[data-adds]");
  } else if (button.dataset.move) {
    const path = pathOf(button);
    reshape((rule) => step(rule, path, Number(button.dataset.move)), (where) => `${rowAt(where)} [data-move="${button.dataset.move}"]`);
  } else if ("drop" in button.dataset) drop(button.closest("[data-field]"));
  else if ("undo" in button.dataset) undo();
  else if ("sayIt" in button.dataset) sayIt();
  else if (button.dataset.tab) tab(button);
  else if ("refresh" in button.dataset) button.closest(".r-card").querySelector("[data-part]").dispatchEvent(new Event("again"));
});

/* Leave a field out: empty it, and hide it until it is asked for again. */
function drop(field) {
  if (field.dataset.type === "other") field.remove();
  else {
    field.querySelectorAll("[data-chip]").forEach((chip) => chip.remove());
    field.querySelectorAll("[data-typed], [data-value]").forEach((input) => {
      const isSelect = input.matches("select");
      input.value = isSelect && field.dataset.type === "choice" ? input.options[0].value : "";
      delete input.dataset.picked;
    });
    field.hidden = true;
    const more = field.parentElement.querySelector(":scope > [data-more]");
    const known = [...more?.options ?? []].find((one) => one.value === field.dataset.field);
    if (known) known.hidden = false;
    else more?.append(new Option(field.querySelector(".s-label")?.textContent ?? "", field.dataset.field));
  }
  typed();
}

function undo() {
  const older = undone.pop();
  if (!older) return;
  find("[data-undo]").disabled = !undone.length;
  pending = older.rule;
  send({ document: JSON.stringify(older) }, { rows: true, focus: null });
}

function fromYaml() {
  const now = current();
  send({ yaml: find("[data-yaml]").value }, { rows: true }).then(() => {
    if (JSON.stringify(now) !== JSON.stringify(current())) { undone.push(now); find("[data-undo]").disabled = false; }
  });
}

function tab(button) {
  for (const one of form.querySelectorAll("[data-tab]")) {
    const isOn = one === button;
    one.setAttribute("aria-selected", String(isOn));
    find(`#pane-${one.dataset.tab}`).hidden = !isOn;
  }
}

/* A sentence becomes conditions beside those that are there. */
async function sayIt() {
  const input = find("[data-said]");
  if (!input.value.trim()) return;
  const body = new URLSearchParams({ words: input.value, csrfmiddlewaretoken: find("[name=csrfmiddlewaretoken]").value });
  const answer = await fetch(words.say, { method: "POST", body, credentials: "same-origin" });
  if (!answer.ok) { status(words.lostWords); return; }
  const { rule, unread } = await answer.json();
  find("#unread").textContent = unread.length ? `${words.unreadWords} ${unread.map((part) => `“${part}”`).join(", ")}` : "";
  if (!rule) return;
  input.value = unread.join(" ");
  reshape((whole) => {
    if (wordOf(whole) === "all" && rule.all) whole.all.push(...rule.all);
    else if (!whole[wordOf(whole)].length) { delete whole[wordOf(whole)]; Object.assign(whole, wordOf(rule) ? rule : { all: [rule] }); }
    else add(whole, "", rule);
  });
}

find("[data-said]").addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); sayIt(); } });

form.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && !event.shiftKey && !event.target.matches("input, textarea")) { event.preventDefault(); undo(); }
  if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key) && event.target.closest("[data-node]")) {
    event.preventDefault();
    const path = pathOf(event.target.closest("[data-node]").firstElementChild);
    reshape((rule) => step(rule, path, event.key === "ArrowUp" ? -1 : 1), (where) => `${rowAt(where)} [data-kind], ${rowAt(where)} [data-word]`);
  }
  if (event.key === "Enter" && event.target.matches("[data-tree] input, [data-title]")) event.preventDefault();
  if (event.key === "Escape") event.target.closest("details[open]")?.removeAttribute("open");
});

document.addEventListener("click", (event) => {
  form.querySelectorAll("details.s-menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.removeAttribute("open"); });
});

form.addEventListener("submit", (event) => {
  clearTimeout(timer);
  aborter?.abort();
  if (!event.submitter?.hasAttribute("data-discard")) find("[data-document]").value = JSON.stringify(current());
});

/* Dragging ------------------------------------------------------------------ */

let dragged = null;
tree.addEventListener("dragstart", (event) => {
  const handle = event.target.closest("[data-handle]");
  if (!handle) return;
  dragged = pathOf(handle);
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged);
  event.dataTransfer.setDragImage(handle.closest("[data-node]"), 10, 10);
});
function landing(event) {
  const node = event.target.closest?.("[data-node]");
  const group = event.target.closest?.("[data-group]");
  if (!group) return null;
  if (node && !node.firstElementChild.contains(group)) {
    const box = node.getBoundingClientRect();
    const all = pathOf(node.firstElementChild).split(".");
    const place = Number(all.pop()) + (event.clientY > box.top + box.height / 2 ? 1 : 0);
    return { group: all.join("."), place, element: node };
  }
  return { group: group.dataset.path, place: group.querySelectorAll(":scope > [data-rows] > [data-node]").length, element: group };
}
tree.addEventListener("dragover", (event) => {
  if (dragged === null) return;
  event.preventDefault();
  tree.querySelectorAll(".s-over").forEach((one) => one.classList.remove("s-over"));
  landing(event)?.element.classList.add("s-over");
});
tree.addEventListener("drop", (event) => {
  event.preventDefault();
  const [where, path] = [landing(event), dragged];
  dragged = null;
  if (where && path !== null) reshape((rule) => moveInto(rule, path, where.group, where.place), (now) => `${rowAt(now)} [data-move]`);
});
tree.addEventListener("dragend", () => { dragged = null; tree.querySelectorAll(".s-over").forEach((one) => one.classList.remove("s-over")); });

comboboxes(form, words.choices, { remove: words.removeWords, none: words.noneWords });
settle();
tick();
