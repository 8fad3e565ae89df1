/* What one does with the rows of a rule: another condition, another kind, a detail, up and down, dragged elsewhere. */

import { add, at, moveInto, remove, said, step } from "./segment_tree.js";

const pathOf = (element) => element.closest("[data-path]").dataset.path;
const rowAt = (path) => `[data-path="${path}"]`;

/** Remember how each field was drawn, so that what nobody touches is sent as it was written. */
export function settle(tree) {
  tree.querySelectorAll("[data-typed]").forEach((input) => { input.dataset.shown = input.value; });
  tree.querySelectorAll("[data-field]").forEach((field) => { field.dataset.drawn = said(field); });
}

/** Give the rows inside `tree` their manners. `typed(element)` is told of a change that leaves their shape, `reshape(change,
    goesTo)` makes one that doesn't: the server draws the rows anew. */
export function rows(tree, { typed, reshape, removeWords }) {
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
    field.querySelector("[data-drop]").setAttribute("aria-label", `${removeWords} ${label}`);
    select.before(field);
    field.dataset.drawn = said(field);
    field.querySelector("[data-name]").focus();
  }

  tree.addEventListener("click", (event) => {
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
  });

  tree.addEventListener("keydown", (event) => {
    if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key) && event.target.closest("[data-node]")) {
      event.preventDefault();
      const path = pathOf(event.target.closest("[data-node]").firstElementChild);
      reshape((rule) => step(rule, path, event.key === "ArrowUp" ? -1 : 1), (where) => `${rowAt(where)} [data-kind], ${rowAt(where)} [data-word]`);
    }
    if (event.key === "Escape") event.target.closest("details[open]")?.removeAttribute("open");
  });

  document.addEventListener("click", (event) => {
    tree.querySelectorAll("details.s-menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.removeAttribute("open"); });
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
}
