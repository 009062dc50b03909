(() => {
  const table = document.querySelector("table.sortable");
  const field = document.createElement("input");
  field.type = "search";
  field.placeholder = "Search the events";
  field.setAttribute("aria-label", "Search the events");
  const count = document.createElement("span");
  count.setAttribute("role", "status");
  const rows = [...table.tBodies[0].rows].map((row) => ({ row, text: row.textContent.toLowerCase() }));
  const search = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, text } of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      shown += Number(!row.hidden);
    }
    count.textContent = ` ${shown} of ${rows.length} events`;
  };
  field.addEventListener("input", search);
  document.querySelector("#search").append(field, count);
  search();
})();
