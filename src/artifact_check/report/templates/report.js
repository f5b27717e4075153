"use strict";
// Sorts and filters the list of photos, and opens the details that a link leads to. It can be read without.
(() => {
  const table = document.getElementById("photos-table");
  const body = table.tBodies[0];
  const collator = new Intl.Collator(undefined, { numeric: true });
  let sorted = null; // the column's head
  let direction = 1;

  const rows = () => [...body.rows];
  const key = (row, column) => {
    const cell = row.cells[column];
    return "key" in cell.dataset ? cell.dataset.key : cell.textContent.trim();
  };
  const compare = (a, b) => {
    const [left, right] = [key(a, sorted.cellIndex), key(b, sorted.cellIndex)];
    // What is empty comes last, whichever way the column is sorted.
    if (left === "" || right === "") return (left === "") - (right === "");
    return direction * collator.compare(left, right);
  };
  const sort = () => {
    if (sorted === null) return;
    const focused = document.activeElement;
    body.append(...rows().sort(compare));
    if (body.contains(focused)) focused.focus(); // moving a row takes the focus from what is in it
  };
  const sortBy = (head) => {
    direction = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    if (sorted !== null) sorted.removeAttribute("aria-sort");
    sorted = head;
    head.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
    sort();
  };
  for (const head of table.tHead.querySelectorAll("th[data-sorts]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sortBy(head));
    head.append(button);
  }

  const form = document.getElementById("filter");
  const choice = form.elements.outcome;
  const count = document.getElementById("shown");
  const plain = (text) => text.normalize("NFC").toLowerCase();
  const filter = () => {
    const wanted = plain(form.elements.search.value.trim());
    let shown = 0;
    for (const row of rows()) {
      const fits =
        (choice.value === "" || row.dataset.outcome === choice.value) && plain(row.textContent).includes(wanted);
      row.hidden = !fits;
      const details = document.getElementById(row.dataset.details);
      if (details) details.hidden = !fits;
      shown += fits;
    }
    count.textContent = count.dataset.words.replace("{shown}", shown).replace("{all}", rows().length);
  };
  const offer = () => {
    const counts = new Map();
    for (const row of rows().sort((a, b) => collator.compare(key(a, 2), key(b, 2)))) {
      if (row.dataset.outcome) counts.set(row.dataset.outcome, (counts.get(row.dataset.outcome) || 0) + 1);
    }
    const chosen = choice.value;
    choice.length = 1;
    for (const [outcome, photos] of counts) choice.add(new Option(`${outcome} (${photos})`, outcome));
    choice.value = counts.has(chosen) ? chosen : "";
  };
  const update = () => {
    offer();
    sort();
    filter(); // a browser may bring back what was typed before a reload
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const element of document.querySelectorAll("[data-scripted]")) element.hidden = false;
  table.addEventListener("photos", update); // told when photos have come
  update();

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
    if (!holder.matches("details.photo") || holder.querySelector("img, image")) return; // it has a picture of its own
    const small = document.getElementById(holder.dataset.row).querySelector("img");
    if (small) holder.querySelector(".verdict-line").prepend(small.cloneNode());
  };
  document.addEventListener("toggle", picture, true);
})();
