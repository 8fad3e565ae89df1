// Show the fields that a choice needs: data-follows names the choices of a form; without
// this all fields are shown.

function follow(form, name) {
  const chosen = form.elements[name];
  const fields = form.querySelectorAll(`[data-for-${name}]`);
  const draw = () => {
    for (const field of fields) {
      const wanted = field.getAttribute(`data-for-${name}`).split(" ");
      field.hidden = !wanted.includes(chosen.value);
    }
  };
  chosen.addEventListener("change", draw);
  draw();
}

for (const form of document.querySelectorAll("form[data-follows]")) {
  for (const name of form.dataset.follows.split(" ")) follow(form, name);
}
