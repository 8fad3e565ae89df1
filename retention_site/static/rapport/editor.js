/* The campaign editor: every change is saved by itself, and the rail follows. */

import { Draft, History } from "./drafts.js";

const page = document.getElementById("editor");
const rail = document.getElementById("rail");
const holder = document.getElementById("e-holder");
let asked = 0;

const form = () => document.getElementById("e-form");

const draft = new Draft({
  send(seen, asks, more) {
    const data = new FormData(asks.yaml === undefined ? form() : undefined);
    for (const [key, value] of Object.entries({ ...asks, seen })) data.set(key, value);
    data.set("csrfmiddlewaretoken", form().elements.csrfmiddlewaretoken.value);
    return fetch(form().action, { method: "POST", body: data, credentials: "same-origin", ...more });
  },
  took(told, asks, isNewest) {
    if (asks.back) steps.now = told.number; else steps.push(told.number);
    if (told.form && isNewest) swap(told.form);
    showProblems(told);
    document.getElementById("e-name").textContent = told.name;
    document.getElementById("e-yaml").value = told.yaml;
    askRail();
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
  restore: (number) => changed({ back: number, redraw: 1, delay: 0 }),
});

function changed(asks = {}) {
  rail.classList.add("e-stale");
  draft.changed(asks);
}

function swap(html) {
  const here = document.activeElement && document.activeElement.id;
  const open = [...holder.querySelectorAll("details[open]")].map((one) => one.closest("section").id);
  holder.innerHTML = html;
  for (const id of open) holder.querySelector(`#${id} details`)?.setAttribute("open", "");
  if (here) document.getElementById(here)?.focus({ preventScroll: true });
}

function showProblems(told) {
  for (const field of holder.querySelectorAll("[data-field]")) {
    const words = told.problems[field.dataset.field] || "";
    field.querySelector("[data-problem]").textContent = words;
    field.classList.toggle("e-bad", Boolean(words));
  }
  for (const place of holder.querySelectorAll("[data-section]")) {
    place.textContent = (told.sections[place.dataset.section] || []).join(" ");
  }
}

/* Older answers are dropped; the rail stays grey until the newest is there. */
async function askRail() {
  const mine = ++asked;
  try {
    const answer = await fetch(form().dataset.rail, { credentials: "same-origin" });
    if (mine !== asked || !answer.ok) return;
    rail.innerHTML = await answer.text();
    if (!draft.isBusy) rail.classList.remove("e-stale");
  } catch { /* the next change asks again */ }
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.matches("[data-filters]")) return filter(field);
  if (!field.closest("#e-form") || field.matches("[data-redraws]")) return;
  changed();
});

document.addEventListener("change", (event) => {
  if (!event.target.closest("#e-form") || !event.target.matches("[data-redraws]")) return;
  changed({ redraw: 1, delay: 0 });
});

function filter(field) {
  const words = field.value.trim().toLowerCase();
  for (const option of field.closest("fieldset").querySelectorAll(".e-option")) {
    option.hidden = !option.textContent.toLowerCase().includes(words);
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-part], [data-people], [data-goes], #e-take");
  if (!button) return;
  event.preventDefault();
  if (button.dataset.part) changed({ part: button.dataset.part, redraw: 1, delay: 0 });
  if (button.dataset.people) {
    await draft.flush();
    const place = document.getElementById("e-people");
    place.innerHTML = await (await fetch(button.dataset.people)).text();
    window.htmx?.process(place);
  }
  if (button.dataset.goes) goTo(button.dataset.goes);
  if (button.id === "e-take") takeYaml();
});

/* Follow a problem to its field, or to the section that holds it. */
function goTo(place) {
  const parts = place.split(".");
  for (let n = parts.length; n > 0; n -= 1) {
    const key = `f-${parts.slice(0, n).join("-")}`;
    const field = holder.querySelector(`[data-field^="${CSS.escape(key)}"]`);
    if (!field) continue;
    field.closest("details")?.setAttribute("open", "");
    field.scrollIntoView({ block: "center" });
    field.querySelector("input, select, textarea")?.focus({ preventScroll: true });
    return;
  }
}

async function takeYaml() {
  document.getElementById("e-yaml-problem").textContent = "";
  await draft.flush();
  changed({ yaml: document.getElementById("e-yaml").value, redraw: 1, delay: 0 });
}

/* What leads away waits for what is being saved. */
document.addEventListener("submit", async (event) => {
  if (event.target.id === "e-form") { event.preventDefault(); draft.save(); return; }
  if (!event.target.closest("#editor") || !draft.isBusy) return;
  event.preventDefault();
  if (await draft.flush()) event.target.submit();
});
