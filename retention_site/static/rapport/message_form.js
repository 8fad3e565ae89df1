/* The form of a block, drawn from what the server says that it holds. */

import { textField } from "./message_text.js";
import { icon, text } from "./message_blocks.js";
import { copyButton } from "./message_copy.js";

let counter = 0;

export function drawLines(editor) {
  const box = document.getElementById("ed-lines"), lines = editor.design.lines;
  box.replaceChildren(...editor.about.lines.map((one) => field(one.label + (one.is_required ? " *" : ""), (id) =>
    textField(editor, id, lines[one.key] || [], { isMany: one.widget === "lines", isPlain: true, ...one },
      (runs) => { lines[one.key] = runs; editor.change(`line-${one.key}`); }))));
}

export function drawForm(editor) {
  const box = document.getElementById("ed-form");
  if (!box) return;
  let block = null;
  const look = (blocks) => blocks.forEach((one) => { if (one.id === editor.selected) block = one; if (one.kind === "columns") one.columns.forEach((c) => look(c.blocks)); });
  look(editor.design.blocks);
  const title = document.getElementById("ed-form-title");
  title.textContent = block ? editor.kinds[block.kind].label : editor.say.block;
  if (!block) { box.replaceChildren(Object.assign(text("p", editor.say.nothing), { className: "r-note" })); return; }
  box.replaceChildren(...editor.kinds[block.kind].fields.map((one) => widget(editor, block, one)));
  if (block.kind === "text" && editor.about.may_change) box.prepend(copyButton(editor, block));
  if (!editor.about.may_change) box.querySelectorAll("input, select, button, [contenteditable]").forEach((one) => { one.disabled = true; one.contentEditable = "false"; });
}

function field(label, make, note = "") {
  const id = `ed-f${counter += 1}`, box = document.createElement("div"), name = text("label", label);
  box.className = "r-field"; name.htmlFor = id; name.id = `${id}-name`;
  box.append(name, make(id));
  if (note) box.append(Object.assign(text("span", note), { className: "r-note" }));
  return box;
}

function widget(editor, block, one) {
  const set = (value, redraw = false) => { block[one.key] = value; editor.change(`${block.id}-${one.key}`, { redraw }); };
  switch (one.widget) {
    case "line": return field(one.label, (id) => textField(editor, id, block[one.key], { isPlain: block.kind === "button" }, set));
    case "paragraphs": return field(one.label, (id) => textField(editor, id, block[one.key], { isMany: true, isParagraphs: true }, set));
    case "choice": return choice(one, block[one.key], (value) => set(typeof block[one.key] === "number" ? Number(value) : value));
    case "check": return check(one.label, block[one.key], set);
    case "number": return field(one.label, (id) => input(id, { type: "number", min: one.least, max: one.most, value: block[one.key] }, (value) => { const n = Math.round(Number(value)); if (n >= one.least && n <= one.most) set(n); }));
    case "link": return linkField(editor, one.label, block[one.key], set);
    case "image": return picture(editor, block);
    case "columns": return columns(editor, block);
    case "social": return social(editor, block);
    default: return field(one.label, (id) => input(id, { value: block[one.key], maxLength: 300 }, set), one.note);
  }
}

function input(id, facts, act) {
  const made = Object.assign(document.createElement("input"), { id, className: "r-input", ...facts });
  made.addEventListener("input", () => act(made.value));
  return made;
}

function choice(one, value, act) {
  return field(one.label, (id) => {
    const made = Object.assign(document.createElement("select"), { id, className: "r-input" });
    made.append(...one.options.map(([key, label]) => new Option(label, key, false, String(value) === key)));
    made.addEventListener("change", () => act(made.value));
    return made;
  });
}

function check(label, value, act) {
  const box = document.createElement("label"), made = Object.assign(document.createElement("input"), { type: "checkbox", checked: value });
  box.className = "ed-radio";
  made.addEventListener("change", () => act(made.checked));
  box.append(made, ` ${label}`);
  return box;
}

/** Where something leads: one of the known places, or an address. */
export function linkField(editor, label, value, act) {
  const known = editor.about.links.map(([key]) => key);
  return field(label, (id) => {
    const box = document.createElement("div"), made = Object.assign(document.createElement("select"), { id, className: "r-input" });
    box.className = "r-stack ed-tight";
    const isOwn = value && !known.includes(value);
    made.append(new Option(editor.say.nowhere, ""), ...editor.about.links.map(([key, name]) => new Option(name, key)), new Option(editor.say.address, "-"));
    made.value = isOwn ? "-" : value || "";
    const address = input(`${id}a`, { type: "url", placeholder: "https://", value: isOwn ? value : "" }, (typed) => act(typed.trim()));
    address.setAttribute("aria-label", editor.say.address);
    address.hidden = !isOwn;
    made.addEventListener("change", () => { address.hidden = made.value !== "-"; if (made.value === "-") address.focus(); else act(made.value); });
    box.append(made, address);
    return box;
  });
}

function picture(editor, block) {
  const box = document.createElement("div"), button = Object.assign(document.createElement("button"), { type: "button", className: "r-button" });
  box.className = "r-stack ed-tight";
  button.append(icon("add_photo_alternate"), block.image || block.url ? editor.say.change : editor.say.choose);
  button.addEventListener("click", () => editor.choosePicture(editor, (chosen) => {
    block.image = chosen.image; block.url = chosen.url;
    if (chosen.alt && !block.alt) block.alt = chosen.alt;
    editor.change("", { redraw: true });
    document.querySelector("#ed-form button")?.focus();
  }));
  if (block.url) box.append(Object.assign(text("span", block.url), { className: "r-note ed-cut" }));
  box.append(button);
  return box;
}

function columns(editor, block) {
  const box = document.createElement("div"), button = Object.assign(document.createElement("button"), { type: "button", className: "r-button" });
  const isThree = block.columns.length === 3;
  button.textContent = isThree ? editor.say.drop_column : editor.say.add_column;
  button.addEventListener("click", () => {
    if (isThree) block.columns.pop(); else block.columns.push({ blocks: [] });
    editor.change("", { redraw: true });
  });
  box.append(button);
  return box;
}

function social(editor, block) {
  const box = document.createElement("div");
  box.className = "r-stack";
  block.links.forEach((one, place) => {
    const set = (key) => (value) => { one[key] = value.trim(); editor.change(`${block.id}-${place}-${key}`); };
    const out = Object.assign(document.createElement("button"), { type: "button", className: "r-button", textContent: editor.say.remove });
    out.addEventListener("click", () => { block.links.splice(place, 1); editor.change("", { redraw: true }); });
    box.append(field(editor.say.name, (id) => input(id, { value: one.name, maxLength: 60 }, set("name"))), field(editor.say.address, (id) => input(id, { type: "url", placeholder: "https://", value: one.link }, set("link"))), out);
  });
  if (block.links.length < 8) {
    const more = Object.assign(document.createElement("button"), { type: "button", className: "r-button", textContent: `+ ${editor.say.add}` });
    more.addEventListener("click", () => { block.links.push({ name: "", link: "" }); editor.change("", { redraw: true }); });
    box.append(more);
  }
  return box;
}
