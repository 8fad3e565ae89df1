/* Inputs that offer what the shop's data hold: one value, or several as chips. Arrow keys, Enter, Escape, mouse. */

let asked = 0;
let isTaking = false;  // what was chosen is not a letter typed: nothing is offered for it

function list(input) { return input.closest("[data-combo]").querySelector("[role=listbox]"); }

function close(input) {
  list(input).hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function option(choice, number, id) {
  const element = document.createElement("span");
  element.setAttribute("role", "option");
  element.id = `${id}-${number}`;
  element.dataset.value = choice.value;
  element.dataset.label = choice.label;
  element.append(choice.label);
  const n = document.createElement("small");
  n.append(choice.n);
  element.append(n);
  return element;
}

async function offer(input, address, noneWords) {
  const mine = ++asked;
  const field = input.closest("[data-field]");
  const source = field.dataset.source;
  if (!source) return;
  const of = field.parentElement.querySelector(":scope > [data-field=key] [data-typed]");
  const isPicked = input.dataset.shown === input.value;
  const said = new URLSearchParams({ q: isPicked ? "" : input.value, of: of?.dataset.picked || of?.value || "" });
  let found;
  try {
    const answer = await fetch(`${address.replace("SOURCE", source)}?${said}`, { credentials: "same-origin" });
    if (!answer.ok) return;
    found = (await answer.json()).choices;
  } catch { return; }
  if (mine !== asked || document.activeElement !== input) return;  // an older answer
  const shown = list(input);
  input.id ||= `combo-${mine}`;
  shown.id = `${input.id}-list`;
  input.setAttribute("aria-controls", shown.id);
  shown.replaceChildren(...found.map((choice, n) => option(choice, n, shown.id)));
  if (!found.length) {
    const none = document.createElement("em");
    none.append(noneWords);
    shown.append(none);
  }
  shown.hidden = false;
  input.setAttribute("aria-expanded", "true");
}

function activate(input, by) {
  const options = [...list(input).querySelectorAll("[role=option]")];
  if (!options.length) return;
  const now = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const next = options[(now + by + options.length) % options.length] ?? options[0];
  options.forEach((one) => one.setAttribute("aria-selected", String(one === next)));
  next.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", next.id);
}

function chip(value, label, removeWords) {
  const element = document.createElement("span");
  element.className = "s-chip";
  element.dataset.chip = value;
  element.append(label);
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.unchip = "";
  button.setAttribute("aria-label", `${removeWords} ${label}`);
  button.append("×");
  element.append(button);
  return element;
}

function take(input, value, label, words) {
  const combo = input.closest("[data-combo]");
  if (combo.hasAttribute("data-many")) {
    if (!combo.querySelector(`[data-chip="${CSS.escape(value)}"]`)) input.before(chip(value, label, words.remove));
    input.value = "";
  } else {
    input.value = label;
    input.dataset.picked = value;
    input.dataset.shown = label;
  }
  close(input);
  tell(input);
}

function tell(input) {
  asked++;  // an answer on its way comes too late
  isTaking = true;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  isTaking = false;
}

/* Give all comboboxes inside `root` their manners. `words`: remove, none. */
export function comboboxes(root, address, words) {
  const ask = (input) => offer(input, address, words.none);
  let waiting;
  root.addEventListener("focusin", (event) => { if (event.target.matches("[data-typed]")) ask(event.target); });
  root.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option.closest("[data-combo]").querySelector("[data-typed]"), option.dataset.value, option.dataset.label, words);
    if (event.target.matches("[data-typed]") && list(event.target).hidden) ask(event.target);
    const un = event.target.closest("[data-unchip]");
    if (!un) return;
    const input = un.closest("[data-combo]").querySelector("[data-typed]");
    un.closest("[data-chip]").remove();
    tell(input);
  });
  root.addEventListener("mousedown", (event) => { if (event.target.closest("[role=listbox]")) event.preventDefault(); });
  root.addEventListener("input", (event) => {
    if (isTaking || !event.target.matches("[data-typed]")) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => ask(event.target), 120);
  });
  root.addEventListener("focusout", (event) => {
    const input = event.target;
    if (!input.matches("[data-typed]")) return;
    close(input);
    const rest = input.value.trim();
    if (rest && input.closest("[data-many]")) take(input, rest, rest, words);
  });
  root.addEventListener("keydown", (event) => {
    const input = event.target;
    if (!input.matches("[data-typed]")) return;
    const isOpen = !list(input).hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (isOpen) activate(input, event.key === "ArrowDown" ? 1 : -1); else ask(input);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const chosen = list(input).querySelector("[aria-selected=true]");
      if (isOpen && chosen) take(input, chosen.dataset.value, chosen.dataset.label, words);
      else if (input.value.trim()) take(input, input.value.trim(), input.value.trim(), words);
    } else if (event.key === "Escape" && isOpen) {
      event.stopPropagation();
      close(input);
    } else if (event.key === "Backspace" && !input.value) {
      input.closest("[data-many]")?.querySelector("[data-chip]:nth-last-child(1 of [data-chip]) [data-unchip]")?.click();
    }
  });
}
