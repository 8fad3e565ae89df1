/* The library of pictures, opened from a block. */

let taken = null;

/** Ask for a picture; `act` is called with what was chosen. */
export async function choosePicture(editor, act) {
  taken = act;
  const dialog = document.getElementById("ed-image-dialog");
  say("");
  dialog.showModal();
  const answer = await fetch(editor.root.dataset.images, { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) { say(editor.say.failed); return; }
  const { images } = await answer.json();
  document.getElementById("ed-library").replaceChildren(...images.map((one) => tile(one)));
}

function tile(one) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "ed-tile", title: one.name });
  button.append(Object.assign(document.createElement("img"), { src: one.url, alt: one.alt || one.name, loading: "lazy" }));
  button.append(Object.assign(document.createElement("span"), { textContent: one.name }));
  button.addEventListener("click", () => take({ image: one.digest, url: "", alt: one.alt, src: one.url }));
  return button;
}

function take(picture) {
  document.getElementById("ed-image-dialog").close();
  taken?.(picture);
}

function say(words) { document.getElementById("ed-image-said").textContent = words; }

document.getElementById("ed-upload")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const root = document.getElementById("editor"), file = document.getElementById("ed-file").files[0];
  if (!file) return;
  const form = new FormData(), bar = document.getElementById("ed-progress"), request = new XMLHttpRequest();
  form.set("csrfmiddlewaretoken", root.querySelector("[name=csrfmiddlewaretoken]").value);
  form.set("alt", document.getElementById("ed-alt").value);
  form.set("file", file);
  bar.hidden = false; bar.removeAttribute("value"); say("");
  request.open("POST", root.dataset.upload);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (now) => { if (now.lengthComputable) { bar.max = now.total; bar.value = now.loaded; } });
  request.addEventListener("loadend", () => {
    bar.hidden = true;
    let answer = null;
    try { answer = JSON.parse(request.responseText); } catch { /* no answer of ours */ }
    if (!answer || answer.problem) { say(answer?.problem || JSON.parse(document.getElementById("ed-about").textContent).sentences.failed); return; }
    document.getElementById("ed-file").value = ""; document.getElementById("ed-alt").value = "";
    take({ image: answer.digest, url: "", alt: answer.alt, src: answer.url });
  });
  request.send(form);
});

document.getElementById("ed-url-go")?.addEventListener("click", () => {
  const address = document.getElementById("ed-url").value.trim();
  if (/^https?:\/\//.test(address)) take({ image: "", url: address, src: "" });
  else document.getElementById("ed-url").classList.add("r-is-bad");
});
