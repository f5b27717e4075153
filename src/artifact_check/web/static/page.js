"use strict";

// Sends each chosen photo in its own request, as many at a time as there are worker processes, and shows the results.
const texts = document.body.dataset;
const form = document.querySelector(".drop");
const input = document.querySelector("#choose");
const results = document.querySelector("#results");
const table = document.querySelector("#photos-table");
const allDetails = document.querySelector("#all-details");
const progress = document.querySelector(".progress");
const said = document.querySelector("#said"); // read out by screen readers
const waiting = [];
let chosen = 0;
let checked = 0;
let running = 0;

input.multiple = true;
document.querySelector("label[for=choose]").textContent = texts.choose;
form.classList.add("scripted"); // photos are sent as soon as they are chosen, so the button is not needed
input.addEventListener("change", () => {
  add(input.files);
  form.reset();
});
form.addEventListener("submit", (event) => event.preventDefault());

// A field takes text that is dropped on it. Anywhere else, a browser would open a link, and leave the page.
addEventListener("dragover", (event) => {
  const hasFiles = event.dataTransfer.types.includes("Files");
  if (!hasFiles && event.target.closest?.("input:not([type=file])")) return;
  event.preventDefault();
  if (hasFiles) form.classList.add("over");
  else event.dataTransfer.dropEffect = "none";
});
addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) form.classList.remove("over");
});
addEventListener("drop", (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  form.classList.remove("over");
  add(event.dataTransfer.files);
});

function add(files) {
  if (files.length === 0) return; // a part of this page was dropped
  for (const file of files) {
    const row = createRow(file, texts.waiting);
    table.tBodies[0].append(row);
    waiting.push({ file, row, isOnly: files.length === 1 });
  }
  chosen += files.length;
  results.hidden = false;
  showProgress();
  tell(progressText());
  while (running < Number(texts.jobs) && waiting.length > 0) checkWaiting();
}

async function checkWaiting() {
  running += 1;
  while (waiting.length > 0) {
    const { file, row, isOnly } = waiting.shift();
    row.querySelector(".verdict").textContent = texts.checking;
    const result = await check(file);
    row.replaceWith(result);
    checked += 1;
    showProgress();
    if (checked === chosen) tell(progressText());
    if (isOnly) show(result);
  }
  running -= 1;
}

// Shows the only photo that was chosen, unless somebody is at work on another one.
function show(row) {
  const link = row.querySelector("a");
  if (link !== null && !document.activeElement.closest("#filter, .review")) link.click();
}

// Returns the photo's row after adding its details to the page.
async function check(file) {
  const body = new FormData();
  body.append("photo", file);
  if (!(await canRead(file))) return refuse(file, texts.notAFile);
  try {
    const response = await fetch("/photo", { method: "POST", body });
    const text = await response.text();
    return response.ok ? addDetails(text) : refuse(file, text);
  } catch {
    return refuse(file, texts.unreachable);
  }
}

// Whether this is a file that still is as it was chosen; a folder is none.
async function canRead(file) {
  try {
    await (file.size > 0 ? file.slice(0, 1) : file).arrayBuffer(); // Chromium gives a deleted file 0 bytes
    return true;
  } catch {
    return false;
  }
}

function refuse(file, message) {
  tell(`${escapeUnprintable(file.name)}: ${message}`);
  return createRow(file, texts.problem, message);
}

function addDetails(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const details = parsed.querySelector("details");
  details.open = false;
  allDetails.append(details);
  return parsed.querySelector("tr");
}

document.getElementById("clear").addEventListener("click", () => location.assign("/"));
document.getElementById("print").addEventListener("click", () => print());
document.getElementById("save").addEventListener("click", save);

// Saves what is shown as one file that needs no server.
async function save() {
  const page = document.documentElement.cloneNode(true);
  for (const part of page.querySelectorAll("script, link, form, [data-scripted], .progress, .tabs, #likeness, #said")) part.remove();
  for (const button of page.querySelectorAll("thead button")) button.replaceWith(...button.childNodes);
  for (const part of page.querySelectorAll(".split")) part.classList.remove("split"); // without a script, all photos are shown
  const style = document.createElement("style");
  style.textContent = await (await fetch("/page.css")).text();
  page.querySelector("head").append(style);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["<!doctype html>", page.outerHTML], { type: "text/html" }));
  link.download = "report.html";
  link.click();
  URL.revokeObjectURL(link.href);
}

// Escapes control and formatting characters, as the server does.
function escapeUnprintable(text) {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => `\\u${character.codePointAt(0).toString(16).padStart(4, "0")}`);
}

function createRow(file, state, message = "") {
  const row = element("tr", "");
  const name = element("th", "name");
  name.scope = "row";
  name.append(element("bdi", "", escapeUnprintable(file.name)), element("p", "soft", message));
  const outcome = element("td", "verdict no_verdict", state);
  outcome.dataset.key = ""; // sorts last
  row.append(element("td", "thumb"), name, outcome, element("td", ""), element("td", "more"), element("td", "more"));
  if (message !== "") row.dataset.outcome = state;
  return row;
}

function showProgress() {
  progress.hidden = false;
  const bar = progress.querySelector("progress");
  bar.max = chosen;
  bar.value = checked;
  progress.querySelector("span").textContent = progressText();
  table.dispatchEvent(new Event("photos"));
}

function progressText() {
  return texts.progress.replace("{checked}", checked).replace("{chosen}", chosen);
}

function tell(text) {
  said.append(element("p", "", text));
}

function element(name, classes, text = "") {
  const created = document.createElement(name);
  created.className = classes;
  created.textContent = text;
  return created;
}
