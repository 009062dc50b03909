"use strict";
(() => {
  const isNumber = (text) => text !== "" && !Number.isNaN(Number(text));
  const compare = (a, b) => {
    const missing = (text) => text === "" || text === "nan";
    if (missing(a) || missing(b)) return Number(missing(a)) - Number(missing(b));
    return isNumber(a) && isNumber(b) ? Number(a) - Number(b) : a.localeCompare(b, "en");
  };
  const sort = (table, column, descending) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row, place) => ({ row, place, key: row.cells[column].dataset.key }));
    rows.sort((a, b) => {
      const last = Number(["", "nan"].includes(a.key)) - Number(["", "nan"].includes(b.key));
      return last || (descending ? -1 : 1) * compare(a.key, b.key) || a.place - b.place;
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
