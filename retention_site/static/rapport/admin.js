/* Small manners of the admin: ask before what can't be undone, say when the live connection is lost. */

"use strict";

/* A dialog of ours asks back; what was pressed is pressed again when the answer is yes. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.asks || form.dataset.agreed) { delete form.dataset.agreed; return; }
  event.preventDefault();
  event.stopImmediatePropagation();
  const pressed = event.submitter;
  const dialog = document.getElementById("asks").content.cloneNode(true).querySelector("dialog");
  dialog.querySelector("h2").textContent = form.dataset.asks;
  const yes = dialog.querySelector("[data-yes]");
  const words = pressed?.cloneNode(true);
  words?.querySelectorAll(".material-symbols-outlined").forEach((icon) => icon.remove());
  if (words?.textContent.trim()) yes.textContent = words.textContent.trim();
  yes.classList.add(pressed?.classList.contains("r-danger") ? "r-danger" : "r-main");
  yes.addEventListener("click", () => {
    form.dataset.agreed = "1";
    dialog.close();
    form.requestSubmit(pressed);
  });
  dialog.addEventListener("close", () => { dialog.remove(); pressed?.focus(); });
  document.body.append(dialog);
  dialog.showModal();
}, true);

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".i-bubble a").forEach((link) => { link.target = "_blank"; });
  const lost = (isLost) => document.documentElement.classList.toggle("r-is-lost", isLost);
  document.body.addEventListener("htmx:sendError", () => lost(true));
  document.body.addEventListener("htmx:responseError", () => lost(true));
  document.body.addEventListener("htmx:afterOnLoad", () => lost(false));
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.querySelector(".material-symbols-outlined").textContent = "check";
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-prints]")) window.print();
});

/* What asks back with numbers: fetched into a dialog; without this script the link opens the same as a page. */
document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-dialog]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const dialog = document.createElement("dialog");
  dialog.className = "r-page r-dialog";
  dialog.setAttribute("aria-busy", "true");
  dialog.innerHTML = '<div class="r-body r-loading"><i></i><i></i><i></i></div>';
  document.body.append(dialog);
  dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
  dialog.showModal();
  const answer = await fetch(link.href, { headers: { "X-Dialog": "1" }, credentials: "same-origin" });
  if (!answer.ok || answer.redirected) { window.location = link.href; return; }
  dialog.innerHTML = await answer.text();
  dialog.removeAttribute("aria-busy");
});

document.addEventListener("click", (event) => {
  const dialog = event.target.closest("[data-closes]") && event.target.closest("dialog");
  if (!dialog) return;
  event.preventDefault();
  dialog.close();
});
