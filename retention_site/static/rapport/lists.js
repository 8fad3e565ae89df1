/* Which columns of a list are shown: chosen here, remembered by this browser. The first column always stays. */

const chooser = document.querySelector("details[data-columns]");
const table = document.getElementById("result_list");

if (chooser && table) {
  const key = `columns:${chooser.dataset.columns}`;
  const nameOf = (cell) => [...cell.classList].find((name) => name.startsWith("column-"))?.slice("column-".length);
  const heads = [...table.querySelectorAll("thead th")].filter((head) => nameOf(head));
  const hidden = new Set(JSON.parse(localStorage.getItem(key) || "[]"));

  const show = () => heads.forEach((head) => {
    const name = nameOf(head);
    const cells = table.querySelectorAll(`.field-${CSS.escape(name)}`);
    for (const cell of [head, ...cells]) cell.hidden = hidden.has(name);
  });

  heads.slice(1).forEach((head) => {
    const name = nameOf(head);
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = !hidden.has(name);
    box.addEventListener("change", () => {
      if (box.checked) hidden.delete(name); else hidden.add(name);
      localStorage.setItem(key, JSON.stringify([...hidden]));
      show();
    });
    label.append(box, head.querySelector(".text")?.textContent.trim() ?? name);
    chooser.querySelector(".r-menu-list").append(label);
  });
  chooser.hidden = heads.length < 3;
  show();
}
