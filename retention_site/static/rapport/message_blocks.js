/* The list of blocks: where each stands, and how it is moved by mouse and by keyboard. */

import { add, copy, drop, shift } from "./message_editor.js";

/** Call `act` for every block, those inside columns too. */
export function visit(blocks, act) {
  for (const block of blocks) {
    act(block, blocks);
    for (const column of block.columns && block.kind === "columns" ? block.columns : []) visit(column.blocks, act);
  }
}

export function find(design, id) {
  let found = null;
  if (id) visit(design.blocks, (block, list) => { if (block.id === id) found = { block, list, place: list.indexOf(block) }; });
  return found;
}

/** Return an id that no block has. */
export function freshId(design, beside = null) {
  const taken = new Set();
  visit(design.blocks, (block) => taken.add(block.id));
  if (beside) visit([beside], (block) => taken.add(block.id));
  let n = taken.size + 1;
  while (taken.has(`b${n}`)) n += 1;
  return `b${n}`;
}

/** Put a block in: into a column, at a place, else behind the chosen one, else before the footer. */
export function insert(design, block, { after = "", column = null, at = -1 } = {}) {
  if (column) { column.blocks.push(block); return; }
  if (at >= 0) { design.blocks.splice(at, 0, block); return; }
  const place = design.blocks.findIndex((one) => one.id === after || (one.columns && one.kind === "columns" && one.columns.some((c) => c.blocks.some((b) => b.id === after))));
  const last = design.blocks.at(-1);
  if (place >= 0 && design.blocks[place].kind !== "footer") design.blocks.splice(place + 1, 0, block);
  else if (last?.kind === "footer" && block.kind !== "footer") design.blocks.splice(design.blocks.length - 1, 0, block);
  else design.blocks.push(block);
}

export function move(design, id, by) {
  const { list, place, block } = find(design, id);
  const to = Math.max(0, Math.min(list.length - 1, place + by));
  if (to === place) return 0;
  list.splice(place, 1); list.splice(to, 0, block);
  return to + 1;
}

export function remove(design, id) {
  const { list, place } = find(design, id);
  list.splice(place, 1);
}

/** Return the block that is chosen once this one is gone. */
export function siblings(design, id) {
  const { list, place } = find(design, id);
  return (list[place + 1] || list[place - 1])?.id || "";
}

/** Return a few words by which a block is known. */
export function words(line) {
  return (line || []).map((one) => (Array.isArray(one) ? words(one) : one.fact ? `[${one.fact.replaceAll("_", " ")}]` : one.text || "")).join(" ").trim();
}

export function drawOutline(editor) {
  const list = document.getElementById("ed-outline");
  if (!list) return;
  const hadFocus = document.activeElement?.closest("[data-block]")?.dataset.block;
  list.replaceChildren(...editor.design.blocks.map((block) => item(editor, block)));
  if (hadFocus) list.querySelector(`[data-block="${hadFocus}"] .ed-item`)?.focus({ preventScroll: true });
}

function item(editor, block) {
  const { say, about } = editor, kind = editor.kinds[block.kind];
  const line = document.createElement("li");
  line.dataset.block = block.id;
  line.classList.toggle("ed-chosen", block.id === editor.selected);
  const row = document.createElement("div");
  row.className = "ed-row";
  const name = button("ed-item", "", () => editor.select(block.id, { isTaken: true }));
  name.append(icon(kind.icon), text("b", kind.label), text("span", words(block.text || block.title) || block.alt || ""));
  name.setAttribute("aria-current", String(block.id === editor.selected));
  row.append(name);
  if (about.may_change) {
    name.addEventListener("keydown", (event) => keys(event, block.id));
    const verbs = document.createElement("span");
    verbs.className = "ed-verbs";
    verbs.append(
      button("ed-verb", "arrow_upward", () => shift(block.id, -1), say.up),
      button("ed-verb", "arrow_downward", () => shift(block.id, 1), say.down),
      button("ed-verb", "content_copy", () => copy(block.id), say.duplicate),
      button("ed-verb", "delete", () => drop(block.id), say.delete),
    );
    row.append(verbs);
    row.draggable = true;
    drags(editor, row, line, block);
  }
  line.append(row);
  if (block.kind === "columns") line.append(...block.columns.map((column, n) => columnOf(editor, column, n)));
  return line;
}

function columnOf(editor, column, n) {
  const list = document.createElement("ol");
  list.className = "ed-column";
  list.setAttribute("aria-label", `${editor.say.column} ${n + 1}`);
  list.append(...column.blocks.map((block) => item(editor, block)));
  if (editor.about.may_change) {
    const line = document.createElement("li"), choice = document.createElement("select");
    choice.className = "r-input";
    choice.setAttribute("aria-label", `${editor.say.add}: ${editor.say.column} ${n + 1}`);
    choice.append(new Option(`+ ${editor.say.add}`, ""), ...editor.about.kinds.filter((one) => one.is_small).map((one) => new Option(one.label, one.kind)));
    choice.addEventListener("change", () => add(choice.value, { column }));
    line.append(choice); list.append(line);
  }
  return list;
}

function keys(event, id) {
  if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) { event.preventDefault(); shift(id, event.key === "ArrowUp" ? -1 : 1); }
  else if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); drop(id); }
  else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "d") { event.preventDefault(); copy(id); }
  else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    event.preventDefault();
    const all = [...document.querySelectorAll(".ed-item")];
    all[all.indexOf(event.currentTarget) + (event.key === "ArrowUp" ? -1 : 1)]?.focus();
  }
}

/** Blocks are dragged within their own list; new ones come from the palette. */
function drags(editor, row, line, block) {
  row.addEventListener("dragstart", (event) => { event.dataTransfer.setData("text/x-block", block.id); event.stopPropagation(); });
  line.addEventListener("dragover", (event) => {
    event.preventDefault(); event.stopPropagation();
    const isBelow = event.offsetY > line.offsetHeight / 2;
    line.classList.toggle("ed-over-below", isBelow); line.classList.toggle("ed-over-above", !isBelow);
  });
  const quiet = () => line.classList.remove("ed-over-below", "ed-over-above");
  line.addEventListener("dragleave", quiet);
  line.addEventListener("drop", (event) => {
    event.preventDefault(); event.stopPropagation();
    const isBelow = line.classList.contains("ed-over-below");
    quiet();
    const target = find(editor.design, block.id), fresh = event.dataTransfer.getData("text/x-new");
    if (fresh) { if (target.list === editor.design.blocks) add(fresh, { at: target.place + isBelow }); return; }
    const moved = find(editor.design, event.dataTransfer.getData("text/x-block"));
    if (!moved || moved.block === target.block) return;
    const isSmall = editor.kinds[moved.block.kind].is_small;
    if (target.list !== editor.design.blocks && !isSmall) return; // only small ones stand in columns
    moved.list.splice(moved.place, 1);
    target.list.splice(target.list.indexOf(target.block) + isBelow, 0, moved.block);
    editor.change("", { redraw: true });
  });
}

function button(name, symbol, act, label = "") {
  const made = Object.assign(document.createElement("button"), { type: "button", className: name });
  if (symbol) made.append(icon(symbol));
  if (label) { made.title = label; made.setAttribute("aria-label", label); }
  made.addEventListener("click", act);
  return made;
}

export function icon(name) {
  const made = text("span", name);
  made.className = "material-symbols-outlined";
  made.setAttribute("aria-hidden", "true");
  return made;
}

export function text(tag, words) { return Object.assign(document.createElement(tag), { textContent: words }); }
