/* The letter in the middle: two frames take turns, so that nothing flickers while one is loaded. */

let shown = 0, waiting = null, isLoading = false, onClick = () => {}, chosen = () => "";
const frames = () => [...document.querySelectorAll(".ed-frame")];

export function onBlock(act, which) { onClick = act; chosen = which; }

/** Ask for the letter; while one is on its way only the newest question waits. */
export function showLetter(root, fields) {
  if (isLoading) { waiting = fields; return; }
  isLoading = true;
  const frame = frames()[1 - shown], form = document.createElement("form");
  form.method = "post"; form.action = root.dataset.letter; form.target = frame.name; form.hidden = true;
  for (const [key, value] of fields) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: key, value }));
  frame.addEventListener("load", () => arrived(root, frame), { once: true });
  document.body.append(form); form.submit(); form.remove();
}

function arrived(root, frame) {
  const old = frames()[shown];
  frame.hidden = false; fit(frame);
  old.hidden = true;
  shown = 1 - shown; isLoading = false;
  wire(frame); markBlock(chosen());
  if (waiting) { const next = waiting; waiting = null; showLetter(root, next); }
}

function fit(frame) {
  const page = frame.contentDocument?.documentElement;
  if (page) frame.height = Math.max(200, Math.min(4000, page.querySelector("body").scrollHeight + 2));
}

function wire(frame) {
  const page = frame.contentDocument;
  if (!page) return;
  page.addEventListener("click", (event) => {
    event.preventDefault(); // links of the letter lead nowhere here
    const id = blockOf(event.target);
    if (id) onClick(id);
  });
  page.querySelectorAll("img").forEach((one) => one.addEventListener("load", () => fit(frame)));
  new ResizeObserver(() => fit(frame)).observe(frame.parentElement);
}

const NAME = /^b-([a-z0-9]{1,12})$/;

function blockOf(target) {
  for (let one = target; one?.classList; one = one.parentElement) {
    for (const name of one.classList) if (NAME.test(name)) return NAME.exec(name)[1];
  }
  return "";
}

export function markBlock(id) {
  const page = frames()[shown]?.contentDocument;
  if (!page) return;
  page.querySelectorAll(".ed-on").forEach((one) => one.classList.remove("ed-on"));
  if (id) page.querySelectorAll(`.b-${id}`).forEach((one) => one.classList.add("ed-on"));
}
