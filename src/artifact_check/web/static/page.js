"use strict";

// Sends each chosen photo on its own, so many at a time as there are worker processes, and shows what comes back.
const say = document.body.dataset;
const form = document.querySelector(".drop");
const input = document.querySelector("#choose");
const results = document.querySelector("#results");
const table = document.querySelector("#photos-table");
const allDetails = document.querySelector("#all-details");
const progress = document.querySelector(".progress");
const waiting = [];
let chosen = 0;
let checked = 0;
let running = 0;

input.multiple = true;
document.querySelector("label[for=choose]").textContent = say.choose;
form.classList.add("scripted"); // photos are sent as soon as they are chosen: the button has nothing to do
input.addEventListener("change", () => {
  add(input.files);
  form.reset();
});
form.addEventListener("submit", (event) => event.preventDefault());

addEventListener("dragover", (event) => {
  event.preventDefault();
  form.classList.add("over");
});
addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) form.classList.remove("over");
});
addEventListener("drop", (event) => {
  event.preventDefault();
  form.classList.remove("over");
  add(event.dataTransfer.files);
});

function add(files) {
  if (files.length === 0) return; // text or a link was dropped
  for (const file of files) {
    const row = unjudged(file, say.waiting);
    table.tBodies[0].append(row);
    waiting.push({ file, row, open: files.length === 1 });
  }
  chosen += files.length;
  results.hidden = false;
  show();
  while (running < Number(say.jobs) && waiting.length > 0) work();
}

async function work() {
  running += 1;
  while (waiting.length > 0) {
    const { file, row, open } = waiting.shift();
    row.querySelector(".verdict").textContent = say.checking;
    row.replaceWith(await answer(file, open));
    checked += 1;
    show();
  }
  running -= 1;
}

// The photo's row, once its details are on the page.
async function answer(file, open) {
  const body = new FormData();
  body.append("photo", file);
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    return unjudged(file, say.problem, say.notAFile);
  }
  try {
    const response = await fetch("/photo", { method: "POST", body });
    const text = await response.text();
    return response.ok ? judged(text, open) : unjudged(file, say.problem, text);
  } catch {
    return unjudged(file, say.problem, say.unreachable);
  }
}

function judged(html, open) {
  const answered = new DOMParser().parseFromString(html, "text/html");
  const details = answered.querySelector("details");
  details.open = open;
  allDetails.append(details);
  return answered.querySelector("tr");
}

// As the program shows names: what would turn or hide text is spelled out.
function visible(text) {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (sign) => `\\u${sign.codePointAt(0).toString(16).padStart(4, "0")}`);
}

function unjudged(file, state, message = "") {
  const row = element("tr", "");
  const name = element("th", "name");
  name.scope = "row";
  name.append(element("bdi", "", visible(file.name)), element("p", "soft", message));
  const outcome = element("td", "verdict no_verdict", state);
  outcome.dataset.key = ""; // what is not judged comes last
  row.append(element("td", "thumb"), name, outcome, element("td", ""), element("td", "more"), element("td", "more"));
  if (message !== "") row.dataset.outcome = state;
  return row;
}

function show() {
  progress.hidden = false;
  const bar = progress.querySelector("progress");
  bar.max = chosen;
  bar.value = checked;
  const text = say.progress.replace("{checked}", checked).replace("{chosen}", chosen);
  progress.querySelector("[role=status]").textContent = text;
  table.dispatchEvent(new Event("photos"));
}

function element(name, classes, text = "") {
  const made = document.createElement(name);
  made.className = classes;
  made.textContent = text;
  return made;
}
