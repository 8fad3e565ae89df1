/* Tabs over parts of one page: `data-tabs` holds links to `#name` and parts with `data-tab="name"`. */

const holder = () => document.querySelector("[data-tabs]");

function choose() {
  const whole = holder();
  if (!whole) return;
  const links = [...whole.querySelectorAll("[data-tab-link]")];
  const names = links.map((link) => link.dataset.tabLink);
  const wanted = location.hash.slice(1);
  const inside = wanted && document.getElementById(wanted)?.closest("[data-tab]")?.dataset.tab;
  const name = names.includes(wanted) ? wanted : inside || whole.dataset.tabs;
  for (const link of links) {
    const isOn = link.dataset.tabLink === name;
    link.classList.toggle("r-on", isOn);
    if (isOn) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
  for (const part of whole.querySelectorAll("[data-tab]")) part.hidden = part.dataset.tab !== name;
  window.dispatchEvent(new Event("resize"));
}

choose();
window.addEventListener("hashchange", choose);
document.body.addEventListener("htmx:afterSwap", choose);
