/* A segment's rule as a tree: read from the rows, and changed without knowing how they are drawn. */

export const copy = (value) => JSON.parse(JSON.stringify(value));
export const wordOf = (node) => ["all", "any", "none"].find((word) => Array.isArray(node?.[word]));
const steps = (path) => (path === "" ? [] : path.split(".").map(Number));

/* The node at a path such as 0.2. */
export function at(rule, path) {
  return steps(path).reduce((node, step) => node[wordOf(node)][step], rule);
}

/* The list that holds a node, and its place in it. */
function holder(rule, path) {
  const all = steps(path);
  const group = at(rule, all.slice(0, -1).join("."));
  return [group[wordOf(group)], all.at(-1)];
}

export function add(rule, path, node) {
  const group = at(rule, path);
  group[wordOf(group)].push(node);
  return path === "" ? `${group[wordOf(group)].length - 1}` : `${path}.${group[wordOf(group)].length - 1}`;
}

export function remove(rule, path) {
  const [list, place] = holder(rule, path);
  return list.splice(place, 1)[0];
}

/* Put a node in a group, before the one that stands at `place` now. */
export function moveInto(rule, path, groupPath, place) {
  if (groupPath === path || `${groupPath}.`.startsWith(`${path}.`)) return path;  // not into itself
  const group = at(rule, groupPath);
  const list = group[wordOf(group)];
  const mark = { all: [] };
  list.splice(place, 0, mark);
  const [from, here] = holder(rule, shifted(path, groupPath, place));
  const [node] = from.splice(here, 1);
  list.splice(list.indexOf(mark), 1, node);
  return pathOf(rule, node);
}

/* One step up or down: past a neighbour, into a neighbouring group, or out of one's own. */
export function step(rule, path, by) {
  const [list, place] = holder(rule, path);
  const all = steps(path);
  const up = all.slice(0, -1);
  const next = list[place + by];
  if (next === undefined) {
    if (!up.length) return path;
    const groupPlace = up.at(-1) + (by > 0 ? 1 : 0);
    return moveInto(rule, path, up.slice(0, -1).join("."), groupPlace);
  }
  if (wordOf(next)) {
    const inner = [...up, place + by].join(".");
    return moveInto(rule, path, inner, by > 0 ? 0 : next[wordOf(next)].length);
  }
  list.splice(place + by, 0, list.splice(place, 1)[0]);
  return [...up, place + by].join(".");
}

function shifted(path, groupPath, place) {
  const [mine, theirs] = [steps(path), steps(groupPath)];
  const isBeside = theirs.every((one, n) => mine[n] === one) && mine.length > theirs.length;
  if (isBeside && mine[theirs.length] >= place) mine[theirs.length] += 1;
  return mine.join(".");
}

function pathOf(rule, wanted, here = "") {
  if (rule === wanted) return here;
  const word = wordOf(rule);
  if (!word) return null;
  for (const [n, node] of rule[word].entries()) {
    const found = pathOf(node, wanted, here === "" ? `${n}` : `${here}.${n}`);
    if (found !== null) return found;
  }
  return null;
}

/* Reading rows ------------------------------------------------------------- */

/* What the inputs of a field say, as text: to see whether it was changed since it was drawn. */
export function said(field) {
  const type = field.dataset.type;
  if (type === "group") return "";
  if (type === "words" || type === "other") {
    const name = field.querySelector(":scope > [data-name]")?.value ?? "";
    return JSON.stringify([name, ...chips(field), typed(field)]);
  }
  if (type === "text" || type === "scalar") return picked(field);
  return field.querySelector("[data-value]").value;
}

const chips = (field) => [...field.querySelectorAll("[data-chip]")].map((one) => one.dataset.chip);
const typed = (field) => field.querySelector("[data-typed]").value.trim();
function picked(field) {
  const input = field.querySelector("[data-typed]");
  return input.dataset.picked && input.dataset.shown === input.value ? input.dataset.picked : input.value.trim();
}

const plain = (text) => {
  const number = Number(text);
  return text !== "" && String(number) === text && Number.isFinite(number) ? number : text;
};

/* The value of one field; undefined where it is left out. What nobody touched stays as it was written. */
function valueOf(field) {
  const type = field.dataset.type;
  if (type === "group") {
    const inner = fieldsOf(field.querySelector(":scope > [data-fields]"));
    return Object.keys(inner).length ? inner : undefined;
  }
  const before = JSON.parse(field.dataset.json);
  if (said(field) === field.dataset.drawn) return before ?? undefined;
  if (type === "words" || type === "other") {
    const words = [...chips(field), ...(typed(field) ? [typed(field)] : [])];
    return words.length > 1 ? words : words[0];
  }
  const text = said(field);
  if (text === "") return undefined;
  if (type === "flag") return text === "true";
  if (type === "choice" || type === "text") return text;
  return type === "scalar" ? plain(text) : Number(text);
}

function fieldsOf(holder) {
  const found = {};
  for (const field of holder.querySelectorAll(":scope > [data-field]")) {
    const name = field.querySelector(":scope > [data-name]")?.value.trim() ?? field.dataset.field;
    const value = valueOf(field);
    if (name && value !== undefined) found[name] = value;
  }
  return found;
}

/* The rule that the rows show. */
export function read(element) {
  if (element.matches("[data-written]")) return JSON.parse(element.dataset.json);
  if (element.matches("[data-condition]")) {
    return { is: element.dataset.key, ...fieldsOf(element.querySelector(":scope > [data-fields]")) };
  }
  const word = element.querySelector(":scope > .s-head > [data-word]").value;
  const nodes = element.querySelectorAll(":scope > [data-rows] > [data-node] > *");
  return { [word]: [...nodes].map(read) };
}
