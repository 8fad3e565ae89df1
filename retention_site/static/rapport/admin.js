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
