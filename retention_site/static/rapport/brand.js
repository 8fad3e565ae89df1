/* The brand's preview follows the form. */

const form = document.querySelector("#ed-brand")?.closest("form"), sheet = document.getElementById("ed-brand");

function light(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((p) => (p <= 0.04045 ? p / 12.92 : ((p + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function draw() {
  const value = (name) => form.elements[name]?.value || "";
  for (const key of ["accent", "ink", "ground", "card"]) sheet.style.setProperty(`--brand-${key}`, value(key));
  sheet.style.setProperty("--brand-on", light(value("accent") || "#000000") < 0.18 ? "#fff" : "#111827");
  sheet.dataset.font = value("font");
  for (const key of ["name", "footer"]) sheet.querySelector(`[data-brand="${key}"]`).textContent = value(key) || sheet.querySelector(`[data-brand="${key}"]`).dataset.fallback || "";
}

form?.addEventListener("input", draw);
if (form) draw();
