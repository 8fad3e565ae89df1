/* The campaign editor: every change is saved by itself, and the rail follows. */

const page = document.getElementById("editor");
const state = document.getElementById("e-state");
const rail = document.getElementById("rail");
const holder = document.getElementById("e-holder");
const clash = document.getElementById("e-clash");
const QUIET_MS = 450;      // after the last key
const AGAIN_MS = 4000;     // after a lost connection
let timer = 0, saving = null, again = false, redraw = false, part = "", savedAt = 0, asked = 0;

const form = () => document.getElementById("e-form");

function say(words, look = "") {
  state.textContent = words;
  state.dataset.look = look;
}

function changed(delay) {
  rail.classList.add("e-stale");
  say(page.dataset.saving);
  clearTimeout(timer);
  timer = setTimeout(save, delay);
}

/* One save at a time; what is typed meanwhile goes with the next. */
function save() {
  clearTimeout(timer);
  timer = 0;
  if (saving) { again = true; return saving; }
  saving = send().finally(() => {
    saving = null;
    if (again) { again = false; save(); }
  });
  return saving;
}

/* Wait until nothing is left to save; say whether the last one was taken. */
async function flush() {
  let isTaken = true;
  while (timer || saving) isTaken = await save();
  return isTaken;
}

async function send() {
  const data = new FormData(form());
  const asksRedraw = redraw, asksPart = part;
  redraw = false; part = "";
  if (asksRedraw) data.set("redraw", "1");
  if (asksPart) data.set("part", asksPart);
  let answer;
  try {
    answer = await fetch(form().action, { method: "POST", body: data, credentials: "same-origin" });
  } catch {
    redraw = redraw || asksRedraw; part = part || asksPart;
    say(page.dataset.lost, "bad");
    timer = setTimeout(save, AGAIN_MS);
    return false;
  }
  return take(answer);
}

async function take(answer) {
  if (!(answer.headers.get("content-type") || "").includes("json")) {
    say(page.dataset.refused, "bad");
    return false;
  }
  const told = await answer.json();
  if (answer.status === 409) { tellClash(told); return false; }
  if (!answer.ok) { say(`${page.dataset.refused}: ${told.problem}`, "bad"); return false; }
  if (told.form) swap(told.form); else form().elements.seen.value = told.number;
  showProblems(told);
  document.getElementById("e-name").textContent = told.name;
  document.getElementById("e-yaml").value = told.yaml;
  savedAt = Date.now();
  say(told.others || page.dataset.saved);
  askRail();
  return true;
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

function tellClash(told) {
  clash.hidden = false;
  clash.querySelector("[data-words]").textContent = told.problem;
  clash.querySelector("[name=number]").value = told.aside;
  clash.scrollIntoView({ block: "center" });
  say(page.dataset.refused, "bad");
}

/* Older answers are dropped; the rail stays grey until the newest is there. */
async function askRail() {
  const mine = ++asked;
  try {
    const answer = await fetch(form().dataset.rail, { credentials: "same-origin" });
    if (mine !== asked || !answer.ok) return;
    rail.innerHTML = await answer.text();
    if (!timer && !saving) rail.classList.remove("e-stale");
  } catch { /* the next change asks again */ }
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.matches("[data-filters]")) return filter(field);
  if (!field.closest("#e-form") || field.matches("[data-redraws]")) return;
  changed(QUIET_MS);
});

document.addEventListener("change", (event) => {
  if (!event.target.closest("#e-form") || !event.target.matches("[data-redraws]")) return;
  redraw = true;
  changed(0);
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
  if (button.dataset.part) { part = button.dataset.part; redraw = true; changed(0); }
  if (button.dataset.people) {
    await flush();
    document.getElementById("e-people").innerHTML = await (await fetch(button.dataset.people)).text();
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
  const problem = document.getElementById("e-yaml-problem");
  problem.textContent = "";
  await flush();
  const data = new FormData();
  data.set("csrfmiddlewaretoken", form().elements.csrfmiddlewaretoken.value);
  data.set("seen", form().elements.seen.value);
  data.set("yaml", document.getElementById("e-yaml").value);
  data.set("redraw", "1");
  const answer = await fetch(form().action, { method: "POST", body: data, credentials: "same-origin" });
  if (answer.status === 422) { problem.textContent = (await answer.json()).problem; return; }
  await take(answer);
}

/* What leads away waits for what is being saved. */
document.addEventListener("submit", async (event) => {
  if (event.target.id === "e-form") { event.preventDefault(); save(); return; }
  if (!event.target.closest("#editor") || (!timer && !saving)) return;
  event.preventDefault();
  const isSaved = await flush();
  if (isSaved || event.target.closest("#e-clash")) event.target.submit();
});

window.addEventListener("pagehide", () => {
  if (!timer) return;
  navigator.sendBeacon(form().action, new FormData(form()));
});

setInterval(() => {
  if (!savedAt || timer || saving || state.dataset.look === "bad") return;
  state.textContent = page.dataset.ago.replace("{n}", Math.round((Date.now() - savedAt) / 1000));
}, 1000);
