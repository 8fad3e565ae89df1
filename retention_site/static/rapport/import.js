/* An upload with its progress, and columns that show what stands in them. */

const bound = new WeakSet();

function bindUpload(form) {
  const drop = form.querySelector("[data-drop]");
  const input = drop.querySelector("input[type=file]");
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("r-over", kind === "dragover");
      if (kind !== "drop" || !event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

function send(form) {
  const bar = form.querySelector("[data-up]");
  const wrong = form.querySelector("[data-wrong]");
  const button = form.querySelector("button[type=submit]");
  const request = new XMLHttpRequest();
  const fail = (words) => {
    bar.hidden = true;
    button.disabled = false;
    wrong.hidden = false;
    wrong.textContent = words;
  };
  request.upload.addEventListener("progress", (event) => {
    const share = event.total ? Math.round(100 * event.loaded / event.total) : 0;
    bar.querySelector("progress").value = share;
    bar.querySelector("[data-share]").textContent = `${share} %`;
  });
  request.addEventListener("load", () => {
    let answer = {};
    try { answer = JSON.parse(request.responseText); } catch { /* a page, not an answer */ }
    if (answer.address) window.location.assign(answer.address);
    else fail(answer.error || `${request.status} ${request.statusText}`);
  });
  request.addEventListener("error", () => fail(form.dataset.lost || "–"));
  request.open("POST", form.getAttribute("action") || window.location.pathname);
  request.setRequestHeader("X-Upload", "1");
  wrong.hidden = true;
  bar.hidden = false;
  button.disabled = true;
  request.send(new FormData(form));
}

function bindColumn(select) {
  const root = select.closest(".r-map-row");
  select.addEventListener("change", () => {
    const fixed = root.querySelector("[data-fixed]");
    fixed.hidden = select.value !== "=";
    if (!fixed.hidden) fixed.focus();
    root.querySelector("[data-shows]").textContent = select.selectedOptions[0].dataset.cells || "";
  });
}

function bindAll() {
  const once = (found, bind) => {
    if (bound.has(found)) return;
    bound.add(found);
    bind(found);
  };
  document.querySelectorAll("[data-upload]").forEach((one) => once(one, bindUpload));
  document.querySelectorAll("[data-maps]").forEach((one) => once(one, bindColumn));
}

bindAll();
document.addEventListener("htmx:afterSettle", bindAll);
