/* The journey editor: a tree drawn by the server, a panel for the chosen step, every change saved by itself. */

import { Draft, History } from "./drafts.js";
import { ruleRows } from "./rule_rows.js";

const page = document.getElementById("journey");
const holder = document.getElementById("j-holder");
const panel = document.getElementById("j-panel");
const menu = document.getElementById("j-menu");
const moving = document.getElementById("j-moving");
let where = "";   // the plus that was pressed
let moved = "";   // the step that goes elsewhere
let asked = 0;
let goesTo = "";  // what has the focus when the tree is drawn anew

const form = () => document.getElementById("j-form");
const place = () => form()?.elements.place.value || "";
const byId = (id) => id && document.getElementById(id);

const draft = new Draft({
  send(seen, asks, more) {
    const data = new FormData(asks.yaml === undefined && asks.back === undefined && form() || undefined);
    data.set("place", place());
    for (const [key, value] of Object.entries({ ...asks, seen })) data.set(key, value);
    data.set("csrfmiddlewaretoken", document.querySelector("#e-submit [name=csrfmiddlewaretoken]").value);
    return fetch(page.dataset.save, { method: "POST", body: data, credentials: "same-origin", ...more });
  },
  took(told, asks, isNewest) {
    if (asks.back) steps.now = told.number; else steps.push(told.number);
    document.getElementById("e-name").textContent = told.name;
    document.getElementById("e-yaml").value = told.yaml;
    if (!isNewest) return;
    const here = document.activeElement?.id;
    const isInTree = holder.contains(document.activeElement);
    const [left, top] = [holder.querySelector(".j-scroll")?.scrollLeft || 0, holder.querySelector(".j-scroll")?.scrollTop || 0];
    holder.innerHTML = told.tree;
    holder.querySelector(".j-scroll")?.scrollTo(left, top);
    if (told.panel !== undefined) showPanel(told.panel); else if (form()) form().elements.place.value = told.place;
    showProblems(told);
    mark();
    if (goesTo === "panel" && form()) document.getElementById("j-title").focus({ preventScroll: true });
    else if (goesTo) (byId(goesTo) || holder.querySelector("[data-open]"))?.focus();
    else if (isInTree && here) byId(here)?.focus({ preventScroll: true });
    goesTo = "";
  },
  refused(problem, asks) {
    if (asks.yaml === undefined) return false;
    document.getElementById("e-yaml-problem").textContent = problem;
    return true;
  },
});

const steps = new History({
  now: draft.number,
  older: JSON.parse(page.dataset.older),
  restore: (number) => draft.changed({ back: number, redraw: 1, delay: 0 }),
});

/* The panel ----------------------------------------------------------------- */

function showPanel(html) {
  const here = panel.contains(document.activeElement) ? document.activeElement.id : "";
  const open = [...panel.querySelectorAll("details")].map((one) => one.open);
  const before = place();
  panel.innerHTML = html;
  if (before && before === place()) panel.querySelectorAll("details").forEach((one, n) => { one.open = open[n] || false; });
  bindPanel();
  if (here) byId(here)?.focus({ preventScroll: true });
}

function bindPanel() {
  panel.querySelectorAll("[data-rule]").forEach(ruleRows);
  window.htmx?.process(panel);
  page.classList.toggle("j-is-open", Boolean(form()));
}

function mark() {
  for (const node of holder.querySelectorAll("[data-open]")) node.setAttribute("aria-expanded", String(node.dataset.open === place()));
}

async function open(wanted) {
  if (!await draft.flush()) return;
  const mine = ++asked;
  const answer = await fetch(`${page.dataset.panel}?place=${encodeURIComponent(wanted)}`, { credentials: "same-origin" });
  if (mine !== asked || !answer.ok) return;
  showPanel(await answer.text());
  mark();
  document.getElementById("j-title")?.focus({ preventScroll: true });
  document.getElementById(`n-${wanted}`)?.scrollIntoView({ block: "nearest", inline: "center" });
}

async function close() {
  const node = byId(`n-${place()}`);
  await draft.flush();
  asked += 1;
  showPanel("");
  mark();
  node?.focus();
}

function showProblems(told) {
  for (const field of panel.querySelectorAll("[data-field][data-field^=f-]")) {
    const words = told.problems[field.dataset.field] || "";
    const said = field.querySelector(":scope > [data-problem]");
    if (said) said.textContent = words;
    field.classList.toggle("e-bad", Boolean(words));
  }
  for (const section of panel.querySelectorAll("[data-section]")) section.textContent = (told.sections[section.dataset.section] || []).join(" ");
}

/* Changing ------------------------------------------------------------------ */

function part(what, next) {
  goesTo = next;
  draft.changed({ part: what, redraw: 1, delay: 0 });
}

panel.addEventListener("input", (event) => {
  const field = event.target;
  if (field.matches("[data-filters]")) return filter(field);
  if (!field.name || field.matches("[data-redraws]")) return;
  draft.changed();
});

panel.addEventListener("change", (event) => {
  if (event.target.matches("[data-redraws]")) draft.changed({ redraw: 1, delay: 0 });
});

function filter(field) {
  const words = field.value.trim().toLowerCase();
  for (const option of field.closest("fieldset").querySelectorAll(".e-option")) option.hidden = !option.textContent.toLowerCase().includes(words);
}

page.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-open], [data-add], [data-part], [data-moves], [data-stays], [data-closes], [data-cancels], [data-kind-of-step], #e-take");
  if (!pressed || pressed.closest("[data-rule]")) return;
  const said = pressed.dataset;
  if (said.open && (event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  if (said.open) open(said.open);
  else if (said.add) plus(said.add);
  else if (said.part) part(said.part, said.part.startsWith("remove:") ? `n-${said.part.slice(7)}` : "panel");
  else if (said.moves) startMoving(said.moves);
  else if ("stays" in said) stopMoving();
  else if ("closes" in said) close();
  else if ("cancels" in said) menu.close();
  else if (said.kindOfStep) { menu.close(); part(`add:${where}:${said.kindOfStep}`, "panel"); }
  else takeYaml();
});

function plus(at) {
  if (moved) {
    part(`to:${moved}:${at}`, "panel");
    stopMoving();
    return;
  }
  where = at;
  menu.showModal();
}

function startMoving(step) {
  moved = step;
  moving.hidden = false;
  page.classList.add("j-is-moving");
  if (window.matchMedia("(max-width: 999px)").matches) showPanel("");
  holder.querySelector("[data-add]")?.focus();
}

function stopMoving() {
  moved = "";
  moving.hidden = true;
  page.classList.remove("j-is-moving");
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || menu.open || event.defaultPrevented) return;
  if (moved) stopMoving();
  else if (form() && panel.contains(event.target) && !event.target.closest("[data-combo]")) close();
});

async function takeYaml() {
  document.getElementById("e-yaml-problem").textContent = "";
  await draft.flush();
  draft.changed({ yaml: document.getElementById("e-yaml").value, redraw: 1, delay: 0 });
}

/* What leads away waits for what is being saved. */
document.addEventListener("submit", async (event) => {
  if (event.target.id === "j-form") { event.preventDefault(); draft.save(); return; }
  if (!event.target.closest("#journey") || !draft.isBusy) return;
  event.preventDefault();
  if (await draft.flush()) event.target.submit();
});

bindPanel();
