const table = document.querySelector("table.class");
const body = table.tBodies[0];
const rows = [...body.rows];
const heads = [...table.tHead.rows[0].cells];
const collator = new Intl.Collator(undefined, { numeric: true });
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const value = (row, column) => {
  const cell = row.cells[column];
  return "value" in cell.dataset ? Number(cell.dataset.value) : cell.innerText.trim();
};
const compare = (a, b) =>
  typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b);
heads.forEach((head, column) => {
  const button = document.createElement("button");
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
    rows.sort((a, b) => sign * compare(value(a, column), value(b, column)));
    body.append(...rows);
  });
});
const search = document.querySelector("#search");
const told = document.querySelector("#told");
const tell = () => {
  const shown = rows.filter((row) => row.offsetParent !== null).length;
  told.textContent = shown === rows.length ? "" : `${shown} of ${rows.length} shown`;
};
search.parentElement.hidden = false;
search.addEventListener("input", () => {
  const wanted = plain(search.value);
  rows.forEach((row) => (row.hidden = !plain(row.cells[0].textContent).includes(wanted)));
  tell();
});
document.querySelectorAll("select").forEach((one) => one.addEventListener("change", tell));
