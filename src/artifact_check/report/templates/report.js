"use strict";
// Sorts and filters the list of photos, shows one photo beside it, and keeps what was reviewed. The page can be read without.
(() => {
  const table = document.getElementById("photos-table");
  const body = table.tBodies[0];
  const collator = new Intl.Collator(undefined, { numeric: true });
  const rows = () => [...body.rows];
  const shownRows = () => rows().filter((row) => !row.hidden);
  const key = (row, column) => {
    const cell = row.cells[column];
    return "key" in cell.dataset ? cell.dataset.key : cell.textContent.trim();
  };

  // Sorting
  let sorted = null; // the column's head
  let direction = 1;
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

  // What was reviewed, kept in this browser by the photo's content
  const KEPT = "artifact-check reviewed";
  const reviewed = new Map(Object.entries(read()));
  function read() {
    try {
      return JSON.parse(localStorage.getItem(KEPT)) || {};
    } catch {
      return {}; // storage is off, or holds something else
    }
  }
  const keep = () => {
    try {
      localStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(reviewed)));
    } catch {
      // Storage is off or full: what was reviewed lasts until the page is closed.
    }
  };
  const showReviewed = (row) => {
    const done = reviewed.get(row.dataset.photo);
    row.classList.toggle("reviewed", Boolean(done && done.reviewed));
    row.dataset.note = (done && done.note) || "";
  };

  // The filter, which the address repeats
  const form = document.getElementById("filter");
  const choices = document.getElementById("outcomes");
  const count = document.getElementById("shown");
  const plain = (text) => text.normalize("NFC").toLowerCase();
  const wantedOutcomes = () => [...choices.querySelectorAll("input:checked")].map((box) => box.value);
  const filter = () => {
    const wanted = plain(form.elements.search.value.trim());
    const outcomes = new Set(wantedOutcomes());
    let shown = 0;
    for (const row of rows()) {
      const text = plain(`${row.textContent} ${row.dataset.note || ""}`);
      const fits =
        (outcomes.size === 0 || outcomes.has(row.dataset.outcome)) &&
        text.includes(wanted) &&
        !(form.elements.open.checked && row.classList.contains("reviewed"));
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
    const chosen = new Set([...wantedOutcomes(), ...address().getAll("show")]);
    choices.replaceChildren(
      ...[...counts].map(([outcome, photos]) => {
        const label = document.createElement("label");
        const box = document.createElement("input");
        Object.assign(box, { type: "checkbox", name: "show", value: outcome, checked: chosen.has(outcome) });
        label.append(box, ` ${outcome} (${photos})`);
        return label;
      }),
    );
  };
  const address = () => new URLSearchParams(location.hash.slice(1));
  const remember = () => {
    const said = new URLSearchParams();
    for (const outcome of wantedOutcomes()) said.append("show", outcome);
    if (form.elements.search.value.trim()) said.set("find", form.elements.search.value.trim());
    if (form.elements.open.checked) said.set("open", "1");
    if (current !== null) said.set("photo", current.id.slice("row-".length));
    history.replaceState(null, "", `#${said}`);
  };
  form.addEventListener("input", () => {
    filter();
    remember();
  });
  form.addEventListener("submit", (event) => event.preventDefault());

  // One photo beside the list
  const pane = document.getElementById("pane");
  const mark = document.getElementById("reviewed");
  const note = document.getElementById("note");
  let current = null; // the row of the photo that is shown
  const detailsOf = (row) => document.getElementById(row.dataset.details);
  // Where there is room, one of several photos is shown beside the list, and not the others.
  const split = () => {
    const isSplit = current !== null && body.rows.length > 1;
    const parts = [document.body, pane.parentElement, pane, ...rows().map(detailsOf)];
    for (const part of parts) if (part !== null) part.classList.toggle("split", isSplit);
  };
  const show = (row) => {
    const details = row && detailsOf(row);
    if (!details) return;
    const isFirst = current === null;
    if (!isFirst) {
      current.removeAttribute("aria-current");
      detailsOf(current).classList.remove("current");
      detailsOf(current).open = false; // only what was opened by hand stays open, and is printed
    }
    current = row;
    row.setAttribute("aria-current", "true");
    details.classList.add("current");
    details.open = true;
    if (isFirst) split();
    const done = reviewed.get(row.dataset.photo) || {};
    mark.checked = Boolean(done.reviewed);
    note.value = done.note || "";
    if (getComputedStyle(pane).position === "sticky") {
      pane.scrollTop = 0;
      row.scrollIntoView({ block: "nearest" });
      // Where the list ends above the window's end, it pushes the pane out of view.
      window.scrollBy(0, Math.min(0, pane.getBoundingClientRect().top));
    } else {
      details.scrollIntoView();
    }
    details.querySelector(".headline").focus({ preventScroll: true });
    remember();
  };
  const step = (by) => {
    const all = shownRows();
    const at = all.indexOf(current);
    const next = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
    if (next) show(next);
  };
  body.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#photo-']");
    if (!link) return;
    event.preventDefault();
    show(link.closest("tr"));
  });
  document.getElementById("previous").addEventListener("click", () => step(-1));
  document.getElementById("next").addEventListener("click", () => step(1));
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input:not([type=checkbox])") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
    if (event.key === "r") mark.click();
  });
  const keepCurrent = () => {
    if (current === null) return;
    reviewed.set(current.dataset.photo, { reviewed: mark.checked, note: note.value });
    keep();
    showReviewed(current);
  };
  mark.addEventListener("change", keepCurrent);
  note.addEventListener("input", keepCurrent);
  document.getElementById("export").addEventListener("click", () => {
    const head = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
    const lines = [[...head, mark.labels[0].textContent.trim(), note.labels[0].textContent.trim()]];
    for (const row of rows()) {
      const done = reviewed.get(row.dataset.photo) || {};
      const cells = [...row.cells].slice(1).map((cell) => (cell.querySelector("bdi") || cell).textContent.trim());
      lines.push([...cells, done.reviewed ? "x" : "", done.note || ""]);
    }
    // A cell that a spreadsheet could take for a formula begins with an apostrophe, as in the CSV of a scan.
    const safe = (text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
    const csv = lines.map((cells) => cells.map((text) => `"${safe(text).replaceAll('"', '""')}"`).join(",")).join("\r\n");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", csv, "\r\n"], { type: "text/csv" }));
    link.download = "reviewed.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  });

  const update = () => {
    offer();
    rows().forEach(showReviewed);
    split();
    sort();
    filter(); // a browser may bring back what was typed before a reload
  };
  for (const element of document.querySelectorAll("[data-scripted]")) element.hidden = false;
  table.addEventListener("photos", update); // told when photos have come
  const follow = () => {
    const said = address();
    if (said.has("find")) form.elements.search.value = said.get("find");
    if (said.has("open")) form.elements.open.checked = true;
    update();
    const number = said.get("photo") || (/^#photo-(\d+)$/.exec(location.hash) || [])[1];
    if (number) show(document.getElementById(`row-${number}`));
  };
  window.addEventListener("hashchange", follow);
  follow();
})();
