"use strict";
(() => {
  const keyOf = (cell) => cell.dataset.key ?? cell.textContent.trim();
  const isNumber = (text) => text !== "" && !Number.isNaN(Number(text));
  const missing = (text) => text === "" || text === "nan";
  const compare = (a, b) => (isNumber(a) && isNumber(b) ? Number(a) - Number(b) : a.localeCompare(b, "en"));
  // Figures of different units are no neighbours: they are sorted unit by unit, and those without one, as p, together.
  const unitOf = (cell) => (cell.classList.contains("number") ? cell.textContent.replace(/^\S*\s*/, "") : "");
  const sort = (table, column, descending) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row, place) => {
      const cell = row.cells[column];
      return { row, place, key: keyOf(cell), unit: unitOf(cell) };
    });
    rows.sort((a, b) => {
      const unit = a.unit.localeCompare(b.unit, "en");
      const last = Number(missing(a.key)) - Number(missing(b.key));
      return last || unit || (descending ? -1 : 1) * compare(a.key, b.key) || a.place - b.place;
    });
    body.append(...rows.map(({ row }) => row));
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const descending = heading.getAttribute("aria-sort") === "ascending";
        for (const other of headings) other.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
        sort(table, column, descending);
      });
    });
  }
})();
