/* The segment builder: the rows are the rule; each change is kept on the server, which says what it means. */

import { comboboxes } from "./combobox.js";
import { Draft, History } from "./drafts.js";
import { add, at, copy, moveInto, read, remove, said, step, wordOf } from "./segment_tree.js";

const form = document.querySelector("[data-builder]");
const find = (selector) => form.querySelector(selector);
const tree = find("[data-tree]");
const words = form.dataset;
const TYPING_MS = 120, YAML_MS = 500, IDLE_MS = 700;
let idle, sizeAborter;
let pending = null;  // the rule whose rows are on their way: what is drawn is older
let focus = null;  // where to go on when they are drawn

const root = () => tree.querySelector("[data-group]");
const current = () => ({ title: find("[data-title]").value.trim(), rule: pending ? copy(pending) : read(root()) });

/* Remember how each field was drawn, so that what nobody touches is sent as it was written. */
function settle() {
  tree.querySelectorAll("[data-typed]").forEach((input) => { input.dataset.shown = input.value; });
  tree.querySelectorAll("[data-field]").forEach((field) => { field.dataset.drawn = said(field); });
}

const written = () => JSON.stringify(current());

/* Keeping ------------------------------------------------------------------- */

const draft = new Draft({
  /* Rows are asked for where their shape changed; until they are drawn, nobody types into the older ones. */
  send(seen, asks, more) {
    const isShape = asks.rows || pending !== null;
    if (isShape) tree.inert = true;
    const said = asks.yaml === undefined ? { document: written() } : { yaml: asks.yaml };
    const body = new URLSearchParams({ ...said, seen, ...(isShape ? { rows: "1" } : {}), csrfmiddlewaretoken: find("[name=csrfmiddlewaretoken]").value });
    return fetch(words.draft, { method: "POST", body, credentials: "same-origin", ...more });
  },
  took: show,
  refused(problem) {
    find("#refused").textContent = problem;
    release();
    return true;
  },
});

const steps = new History({
  now: "",
  restore(state) {
    const older = JSON.parse(state);
    find("[data-title]").value = older.title;
    pending = older.rule;
    draft.changed({ rows: 1, delay: 0 });
  },
});

function release() { tree.inert = false; pending = null; }

function show(told, asks, isNewest) {
  find("#refused").textContent = "";
  if (told.rows && isNewest) {
    release();
    tree.innerHTML = told.rows;
    find("[data-title]").value = told.title;
    settle();
    if (asks.yaml === undefined && !told.others) steps.now = written(); else steps.push(written());
    if (focus) tree.querySelector(focus)?.focus();
    focus = null;
  } else if (isNewest) mark(told.problems);
  find("#sentence").textContent = told.sentence;
  if (document.activeElement !== find("[data-yaml]")) find("[data-yaml]").value = told.yaml;
  find("[data-discard]").hidden = !told.is_changed;
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
    if (mine !== draft.number || !answer.ok) return;
    place.innerHTML = html;
    place.removeAttribute("aria-busy");
    place.dataset.number = mine;
  } catch { /* the next change asks again */ }
}

/* Changing ------------------------------------------------------------------ */

function typed(element) {
  const field = element?.closest("[data-field]")?.dataset.field ?? element?.id ?? "";
  const row = element?.closest("[data-path]")?.dataset.path ?? "";
  if (steps.push(written(), element && `${row} ${field}`)) draft.changed({ delay: TYPING_MS });
}

/* Change the shape of the rule; the server draws the rows anew. */
function reshape(change, goesTo) {
  const now = current();
  const where = change(now.rule) ?? "";
  steps.push(JSON.stringify(now));
  pending = now.rule;
  focus = goesTo?.(where) ?? null;
  draft.changed({ rows: 1, delay: 0 });
}

const pathOf = (element) => element.closest("[data-path]").dataset.path;
const rowAt = (path) => `[data-path="${path}"]`;

form.addEventListener("input", (event) => {
  if (event.target.matches("[data-yaml]")) { draft.changed({ yaml: event.target.value, rows: 1, delay: YAML_MS }); return; }
  if (event.target.matches("[data-said], [data-more], [data-kind]")) return;
  typed(event.target);
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
  } else if (element.matches("[data-word]")) typed(element);
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
  if (!answer.ok) { find("#unread").textContent = words.lostWords; return; }
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
  if (!event.submitter?.hasAttribute("data-discard")) find("[data-document]").value = written();
  draft.leave();
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
steps.now = written();
