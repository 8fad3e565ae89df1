/* Small manners of the admin: ask before what can't be undone, say when the live connection is lost. */

"use strict";

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.asks;
  if (question && !window.confirm(question)) event.preventDefault();
});

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
