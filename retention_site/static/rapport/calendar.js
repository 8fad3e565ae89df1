// Keys of the calendar: each link of its bar says which one presses it.

const bar = document.querySelector("[data-calendar]");
const typing = (target) => target.closest("input, select, textarea, [contenteditable], dialog");

document.addEventListener("keydown", (event) => {
    if (!bar || event.altKey || event.ctrlKey || event.metaKey || typing(event.target)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    bar.querySelector(`[data-key="${CSS.escape(key)}"]`)?.click();
});
