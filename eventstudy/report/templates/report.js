"use strict";
(() => {
  const keyOf = (cell) => cell.dataset.key ?? cell.textContent.trim();
  const isNumber = (text) => text !== "" && !Number.isNaN(Number(text));
  const missing = (text) => text === "" || text === "nan";
  const compare = (a, b) => (isNumber(a) && isNumber(b) ? Number(a) - Number(b) : a.localeCompare(b, "en"));
  // Figures of different units are no neighbours: rows are sorted unit by unit, in the order in which units first stand.
  const sort = (table, column, descending) => {
    const body = table.tBodies[0];
    const units = [...new Set([...body.rows].map((row) => row.dataset.unit))].sort();
    const rows = [...body.rows].map((row, place) => ({ row, place, key: keyOf(row.cells[column]) }));
    const apart = table.tHead.rows[0].cells[column].classList.contains("number");
    rows.sort((a, b) => {
      const unit = apart ? units.indexOf(a.row.dataset.unit) - units.indexOf(b.row.dataset.unit) : 0;
      const last = Number(missing(a.key)) - Number(missing(b.key));
      return unit || last || (descending ? -1 : 1) * compare(a.key, b.key) || a.place - b.place;
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
