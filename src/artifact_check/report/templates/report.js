"use strict";
// Sorts and filters the table, and opens the details that a link leads to. The page can be read without it.
(() => {
  const table = document.getElementById("photos-table");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const details = new Map(rows.map((row) => [row, document.getElementById(row.dataset.details)]));
  const collator = new Intl.Collator(undefined, { numeric: true });

  const key = (row, column) => {
    const cell = row.cells[column];
    return "key" in cell.dataset ? cell.dataset.key : cell.textContent.trim();
  };
  const compare = (a, b, column, direction) => {
    const [left, right] = [key(a, column), key(b, column)];
    // What is empty comes last, whichever way the column is sorted.
    if (left === "" || right === "") return (left === "") - (right === "");
    return direction * collator.compare(left, right);
  };
  const sortBy = (head) => {
    const descending = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    rows.sort((a, b) => compare(a, b, head.cellIndex, descending ? -1 : 1));
    body.append(...rows);
  };
  for (const head of table.tHead.querySelectorAll("th[data-sorts]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sortBy(head));
    head.append(button);
  }

  const form = document.getElementById("filter");
  const count = document.getElementById("shown");
  const filter = () => {
    const wanted = form.elements.search.value.trim().toLowerCase();
    const rank = form.elements.outcome.value;
    let shown = 0;
    for (const row of rows) {
      const fits = (rank === "" || row.dataset.outcome === rank) && row.textContent.toLowerCase().includes(wanted);
      row.hidden = !fits;
      details.get(row).hidden = !fits;
      shown += fits;
    }
    count.textContent = count.dataset.words.replace("{shown}", shown).replace("{all}", rows.length);
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const element of document.querySelectorAll("[data-scripted]")) element.hidden = false;
  filter(); // a browser may bring back what was typed before a reload

  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    const holder = target && target.closest("details");
    if (!holder) return;
    holder.open = true;
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  };
  window.addEventListener("hashchange", reveal);
  reveal();

  const picture = (event) => {
    const holder = event.target;
    if (!holder.matches("details.photo") || holder.querySelector("img")) return; // it has a picture of its own
    const small = document.getElementById(holder.dataset.row).querySelector("img");
    if (small) holder.querySelector(".verdict-line").prepend(small.cloneNode());
  };
  document.addEventListener("toggle", picture, true);
})();
