// Show the fields that a pool's kind and its codes need; without this all are shown.

const form = document.querySelector("[data-pool-form]");

function follow(name) {
  const chosen = form.elements[name];
  const fields = form.querySelectorAll(`[data-for-${name}]`);
  const draw = () => {
    for (const field of fields) {
      field.hidden = field.getAttribute(`data-for-${name}`) !== chosen.value;
    }
  };
  chosen.addEventListener("change", draw);
  draw();
}

follow("kind");
follow("codes");
