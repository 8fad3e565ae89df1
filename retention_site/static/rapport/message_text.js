/* A text with fact chips: what people type stays letters, a chip is a fact with its default. */

import { linkField } from "./message_form.js";
import { icon, text } from "./message_blocks.js";

const EMPTY = "\u200b"; // lets the caret stand behind a chip

/** Make a field for runs, or for paragraphs of runs; `act` is called with what it holds. */
export function textField(editor, id, value, { isMany = false, isParagraphs = false, isPlain = false } = {}, act) {
  const box = document.createElement("div"), area = document.createElement("div"), bar = document.createElement("div"), side = document.createElement("div");
  box.className = "ed-words"; bar.className = "ed-bar"; side.className = "ed-chip-form"; side.hidden = true;
  area.id = id; area.className = "r-input ed-area"; area.contentEditable = String(editor.about.may_change);
  area.setAttribute("role", "textbox"); area.setAttribute("aria-multiline", String(isMany)); area.setAttribute("aria-labelledby", `${id}-name`);
  area.tabIndex = 0;
  write(editor, area, isParagraphs ? value : [value]);
  const tell = () => act(isParagraphs ? read(area) : joined(read(area), isMany));
  area.addEventListener("input", tell);
  area.addEventListener("paste", (event) => {
    event.preventDefault();
    const pasted = event.clipboardData.getData("text/plain");
    document.execCommand("insertText", false, isMany ? pasted : pasted.replace(/\s+/g, " "));
  });
  area.addEventListener("drop", (event) => event.preventDefault());
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !isMany) event.preventDefault();
    if (event.key === "Enter" && isMany && !isParagraphs) { event.preventDefault(); document.execCommand("insertLineBreak"); }
  });
  area.addEventListener("click", (event) => { const chip = event.target.closest(".ed-chip"); if (chip) openChip(editor, area, side, chip, tell); });
  area.addEventListener("keydown", (event) => { if (event.target.matches?.(".ed-chip") && ["Enter", " "].includes(event.key)) { event.preventDefault(); openChip(editor, area, side, event.target, tell); } });
  if (editor.about.may_change) {
    if (!isPlain) {
      bar.append(tool("format_bold", editor.say.bold, area, () => document.execCommand("bold")), tool("format_italic", editor.say.italic, area, () => document.execCommand("italic")));
      bar.append(tool("link", editor.say.link, area, () => openLink(editor, area, side, tell)));
    }
    bar.append(factMenu(editor, area, side, tell));
  }
  box.append(bar, area, side);
  return box;
}

function tool(symbol, label, area, act) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "ed-tool", title: label });
  button.setAttribute("aria-label", label);
  button.append(icon(symbol));
  button.addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays
  button.addEventListener("click", () => { area.focus(); act(); area.dispatchEvent(new Event("input")); });
  return button;
}

function factMenu(editor, area, side, tell) {
  const menu = Object.assign(document.createElement("select"), { className: "r-input ed-facts" });
  menu.setAttribute("aria-label", editor.say.fact);
  menu.append(new Option(`+ ${editor.say.fact}`, ""), ...editor.about.facts.map((one) => new Option(one.label, one.key)));
  let place = null;
  area.addEventListener("blur", () => { place = range(area); });
  menu.addEventListener("change", () => {
    const fact = editor.about.facts.find((one) => one.key === menu.value);
    menu.value = "";
    if (!fact) return;
    const chip = chipOf(editor, { fact: fact.key, otherwise: fact.otherwise });
    put(area, chip, range(area) || place);
    tell();
    openChip(editor, area, side, chip, tell);
  });
  return menu;
}

function range(area) {
  const chosen = window.getSelection();
  return chosen.rangeCount && area.contains(chosen.anchorNode) ? chosen.getRangeAt(0).cloneRange() : null;
}

function put(area, chip, place) {
  const after = document.createTextNode(EMPTY);
  if (place) { place.deleteContents(); place.insertNode(after); place.insertNode(chip); }
  else (area.lastElementChild?.tagName === "DIV" ? area.lastElementChild : area).append(chip, after);
}

function chipOf(editor, run) {
  const fact = editor.about.facts.find((one) => one.key === run.fact), chip = text("span", fact?.label || run.fact);
  chip.className = "ed-chip"; chip.contentEditable = "false"; chip.tabIndex = 0; chip.setAttribute("role", "button");
  chip.dataset.fact = run.fact; chip.dataset.otherwise = run.otherwise || "";
  chip.title = run.otherwise ? `${editor.say.default}: ${run.otherwise}` : "";
  return chip;
}

function openChip(editor, area, side, chip, tell) {
  const fact = editor.about.facts.find((one) => one.key === chip.dataset.fact);
  side.replaceChildren(); side.hidden = false;
  if (!fact?.is_always_there) {
    const label = text("label", editor.say.default), otherwise = Object.assign(document.createElement("input"), { className: "r-input", value: chip.dataset.otherwise, maxLength: 300 });
    otherwise.addEventListener("input", () => { chip.dataset.otherwise = otherwise.value; tell(); });
    label.append(otherwise); side.append(label);
  }
  const out = Object.assign(document.createElement("button"), { type: "button", className: "r-button", textContent: editor.say.remove });
  out.addEventListener("click", () => { chip.remove(); side.hidden = true; tell(); area.focus(); });
  side.append(out, done(editor, side));
}

function done(editor, side) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "r-button", textContent: editor.say.done });
  button.addEventListener("click", () => { side.hidden = true; });
  return button;
}

function openLink(editor, area, side, tell) {
  const chosen = range(area);
  const inside = chosen?.startContainer.parentElement?.closest("a");
  const anchor = inside && area.contains(inside) ? inside : null;
  if (!anchor && (!chosen || chosen.collapsed)) return;
  let link = anchor;
  if (!link) { link = document.createElement("a"); link.dataset.link = "shop"; link.append(chosen.extractContents()); chosen.insertNode(link); }
  side.replaceChildren(linkField(editor, editor.say.link, link.dataset.link, (value) => {
    if (value) link.dataset.link = value; else { link.replaceWith(...link.childNodes); side.hidden = true; }
    tell();
  }), done(editor, side));
  side.hidden = false;
  tell();
}

/* Runs to nodes and back -------------------------------------------------- */

function write(editor, area, paragraphs) {
  area.replaceChildren(...paragraphs.map((line) => {
    const box = document.createElement("div");
    for (const run of line) box.append(node(editor, run));
    if (!box.childNodes.length) box.append(document.createElement("br"));
    else if (box.lastChild.matches?.(".ed-chip")) box.append(EMPTY);
    return box;
  }));
}

function node(editor, run) {
  let made;
  if (run.fact) made = chipOf(editor, run);
  else {
    made = document.createDocumentFragment();
    run.text.split("\n").forEach((part, n) => { if (n) made.append(document.createElement("br")); if (part) made.append(part); });
  }
  for (const [is, tag] of [[run.italic, "i"], [run.bold, "b"]]) if (is) { const around = document.createElement(tag); around.append(made); made = around; }
  if (run.link) { const around = document.createElement("a"); around.dataset.link = run.link; around.append(made); made = around; }
  return made;
}

function read(area) {
  const paragraphs = [[]];
  const start = () => { if (paragraphs.at(-1).length || isOpen) paragraphs.push([]); isOpen = true; };
  let isOpen = false;
  const walk = (at, look) => {
    for (const child of at.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) add(paragraphs.at(-1), { text: child.data.replaceAll(EMPTY, "").replaceAll("\u00a0", " "), ...look });
      else if (child.nodeType !== Node.ELEMENT_NODE) continue;
      else if (child.matches(".ed-chip")) paragraphs.at(-1).push({ fact: child.dataset.fact, otherwise: child.dataset.otherwise, ...look });
      else if (child.tagName === "BR") { if (child !== at.lastChild) add(paragraphs.at(-1), { text: "\n", ...look }); }
      else if (["DIV", "P"].includes(child.tagName)) { start(); walk(child, look); }
      else walk(child, { ...look, ...lookOf(child) });
    }
  };
  walk(area, {});
  return paragraphs;
}

function lookOf(node) {
  if (["B", "STRONG"].includes(node.tagName)) return { bold: true };
  if (["I", "EM"].includes(node.tagName)) return { italic: true };
  if (node.tagName === "A" && node.dataset.link) return { link: node.dataset.link };
  return {};
}

function add(line, run) {
  if (!run.text) return;
  const last = line.at(-1);
  const isSame = last && !last.fact && ["bold", "italic", "link"].every((key) => (last[key] || "") === (run[key] || ""));
  if (isSame) last.text += run.text; else line.push(run);
}

/** Return one line of what may have become several boxes. */
function joined(paragraphs, isMany) {
  return paragraphs.flatMap((line, n) => (n && isMany ? [{ text: "\n" }, ...line] : line));
}
