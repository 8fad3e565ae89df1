/* A rule inside a form: the segment builder's rows, and a hidden field that says what they come to. */

import { comboboxes } from "./combobox.js";
import { rows, settle } from "./segment_rows.js";
import { read } from "./segment_tree.js";

/** Give a rule its manners. The hidden field tells the form of every change by an `input` event of its own. */
export function ruleRows(box) {
  const value = box.querySelector("[data-rule-value]");
  const tree = box.querySelector("[data-tree]");
  const words = box.dataset;
  let asked = 0;

  const now = () => read(tree.querySelector("[data-group]"));

  function keep(rule) {
    const said = JSON.stringify(rule);
    if (said === value.value) return;
    value.value = said;
    value.dispatchEvent(new Event("input", { bubbles: true }));
  }

  async function draw(rule) {
    const mine = ++asked;
    const body = new URLSearchParams({ rule: JSON.stringify(rule), csrfmiddlewaretoken: box.closest("form").elements.csrfmiddlewaretoken.value });
    const answer = await fetch(words.rows, { method: "POST", body, credentials: "same-origin" });
    if (mine !== asked || !answer.ok) return false;
    const told = await answer.json();
    box.querySelector("[data-rule-words]").textContent = told.words;
    if (told.rows) { tree.innerHTML = told.rows; settle(tree); }
    return true;
  }

  async function reshape(change, goesTo) {
    const rule = now();
    const where = change(rule) ?? "";
    tree.inert = true;
    try {
      if (await draw(rule)) keep(rule);
    } catch { /* what is drawn is still what is kept */ }
    tree.inert = false;
    const next = goesTo?.(where);
    if (next) tree.querySelector(next)?.focus();
  }

  function typed() { keep(now()); }

  tree.addEventListener("input", (event) => {
    event.stopPropagation();
    if (!event.target.matches("[data-more], [data-kind]")) typed();
  });
  comboboxes(tree, words.choices, { remove: words.removeWords, none: words.noneWords });
  rows(tree, { typed, reshape, removeWords: words.removeWords });
  settle(tree);
}
