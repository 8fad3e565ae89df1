/* The segment builder: the rows are the rule; each change is kept on the server, which says what it means. */

import { comboboxes } from "./combobox.js";
import { Draft, History } from "./drafts.js";
import { rows, settle } from "./segment_rows.js";
import { add, copy, read, wordOf } from "./segment_tree.js";

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
    settle(tree);
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

form.addEventListener("input", (event) => {
  if (event.target.matches("[data-yaml]")) { draft.changed({ yaml: event.target.value, rows: 1, delay: YAML_MS }); return; }
  if (event.target.matches("[data-said], [data-more], [data-kind]")) return;
  typed(event.target);
});

form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if ("sayIt" in button.dataset) sayIt();
  else if (button.dataset.tab) tab(button);
  else if ("refresh" in button.dataset) button.closest(".r-card").querySelector("[data-part]").dispatchEvent(new Event("again"));
});

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
  if (event.key === "Enter" && event.target.matches("[data-tree] input, [data-title]")) event.preventDefault();
});

form.addEventListener("submit", (event) => {
  if (!event.submitter?.hasAttribute("data-discard")) find("[data-document]").value = written();
  draft.leave();
});

rows(tree, { typed, reshape, removeWords: words.removeWords });
comboboxes(form, words.choices, { remove: words.removeWords, none: words.noneWords });
settle(tree);
steps.now = written();
