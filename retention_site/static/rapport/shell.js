/* The frame's behaviour: the menu, things that fold out, the theme, passwords, forms that were changed. */

const root = document.documentElement;
const isWide = () => window.matchMedia("(min-width: 1200px)").matches;

/* An icon is drawn by its name: that name is not for reading aloud. */
const quietIcons = (part) => part.querySelectorAll(".material-symbols-outlined:not([aria-hidden])").forEach((icon) => {
  icon.setAttribute("aria-hidden", "true");
});
quietIcons(document);
document.addEventListener("htmx:afterSettle", ({ target }) => quietIcons(target.parentElement ?? target));
/* Django's chooser of many names its help on a span, which takes a name only as a picture. */
window.addEventListener("load", () => document.querySelectorAll(".help-tooltip").forEach((help) => help.setAttribute("role", "img")));

/* The menu: folded away on wide screens, drawn over the page on narrow ones. */
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-nav-toggle]")) {
    if (!isWide()) { root.classList.add("r-nav-open"); document.querySelector("#nav-sidebar a").focus(); return; }
    const isFolded = root.classList.toggle("r-nav-folded");
    localStorage.setItem("sidebarDesktopOpen", isFolded ? "0" : "1");
  }
  if (event.target.closest("[data-nav-close]")) closeNav();
});

const closeNav = () => {
  if (!root.classList.contains("r-nav-open")) return;
  root.classList.remove("r-nav-open");
  document.querySelector("[data-nav-toggle]")?.focus();
};

/* Menus that fold out: one at a time, closed by Escape and by a click elsewhere. */
const closeMenus = (but) => document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
  if (menu !== but) menu.open = false;
});
document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details[data-menu][open]");
  if (open) { open.open = false; open.querySelector("summary").focus(); }
  closeNav();
});

/* Arrow keys walk through an open menu. */
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details[data-menu][open]");
  if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  const stops = [...menu.querySelectorAll("summary, a[href], button")];
  const at = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  stops[(at + stops.length) % stops.length].focus();
});

/* Paper is white: a page is printed light, whatever the screen is. */
let wasDark = false;
window.addEventListener("beforeprint", () => { wasDark = root.classList.contains("dark"); root.classList.remove("dark"); });
window.addEventListener("afterprint", () => root.classList.toggle("dark", wasDark));

/* Light, dark, or as the machine. */
const showTheme = () => document.querySelectorAll("[data-theme]:is(button)").forEach((button) => {
  button.setAttribute("aria-pressed", String(button.dataset.theme === root.dataset.theme));
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-theme]");
  if (button) { window.rapportTheme(button.dataset.theme); showTheme(); }
});
showTheme();

/* A password that one may look at. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveals]");
  if (!button) return;
  const field = button.parentElement.querySelector("input");
  const isShown = field.type === "text";
  field.type = isShown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!isShown));
});

/* Choices that stand beside each other: one panel of several is shown. */
document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-panel]");
  if (!tab) return;
  tab.parentElement.querySelectorAll("[data-panel]").forEach((other) => other.setAttribute("aria-selected", String(other === tab)));
  const panels = document.querySelectorAll(`[data-panels="${tab.parentElement.dataset.panelsOf}"]`);
  panels.forEach((panel) => { panel.hidden = panel.id !== tab.dataset.panel; });
});

/* A filter that says nothing stays out of the address. */
document.getElementById("filter-form")?.addEventListener("formdata", ({ formData }) => {
  for (const [key, value] of [...formData.entries()]) if (value === "") formData.delete(key);
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-filters-open]")) { root.classList.add("r-filters-open"); document.querySelector("#changelist-filter select, #changelist-filter a, #changelist-filter input")?.focus(); }
  if (event.target.closest("[data-filters-close]")) root.classList.remove("r-filters-open");
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") root.classList.remove("r-filters-open");
});

/* "/" leads to the list's search, where nobody is writing. */
document.addEventListener("keydown", (event) => {
  const search = document.getElementById("searchbar");
  if (event.key !== "/" || !search || event.target.closest("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  search.focus();
});

/* Leaving a changed form asks first, where the form wants it. */
const form = document.querySelector("form.warn-unsaved-form");
if (form) {
  let isChanged = false;
  form.addEventListener("input", () => { isChanged = true; });
  form.addEventListener("submit", () => { isChanged = false; });
  window.addEventListener("beforeunload", (event) => { if (isChanged) event.preventDefault(); });
}

/* What was chosen to upload is named beside its button. */
document.addEventListener("change", (event) => {
  if (!event.target.matches("input[type=file]")) return;
  const said = event.target.closest("div")?.parentElement?.querySelector("input[type=text]");
  if (said) said.value = [...event.target.files].map((file) => file.name).join(", ");
});

/* A letter is posted into its frame: what the page wrote there itself would have the page's policy. */
const showLetters = (part) => part.querySelectorAll("form[data-letter]").forEach((letter) => letter.submit());
showLetters(document);
document.addEventListener("htmx:afterSettle", ({ target }) => showLetters(target));

/* A thread of messages begins at its end. */
document.querySelectorAll("[data-at-end]").forEach((box) => { box.scrollTop = box.scrollHeight; });

/* A part that says so when its request failed, in the place of the answer. */
const failed = (isFailed) => ({ target }) => {
  const part = target.closest?.("[data-says-failure]");
  if (!part) return;
  part.querySelector("[data-failed]").hidden = !isFailed;
  part.querySelector("[data-answered]").hidden = isFailed;
};
document.addEventListener("htmx:beforeRequest", failed(false));
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(name, failed(true));

/* A new source: what stands in its secret's field depends on who sends. */
document.querySelectorAll("form[data-kinds]").forEach((kinds) => {
  const placeholders = JSON.parse(kinds.dataset.kinds);
  const show = () => {
    const chosen = kinds.querySelector("[name=kind]:checked")?.value;
    kinds.querySelectorAll("[data-of-kind]").forEach((field) => { field.placeholder = placeholders[chosen] || ""; });
    kinds.querySelectorAll("[data-about-kind]").forEach((words) => { words.hidden = words.dataset.aboutKind !== chosen; });
  };
  kinds.addEventListener("change", show);
  show();
});
