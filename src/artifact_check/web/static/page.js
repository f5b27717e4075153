"use strict";

// Sends each chosen photo in its own request, as many at a time as there are worker processes, and shows the results.
const texts = document.body.dataset;
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
document.querySelector("label[for=choose]").textContent = texts.choose;
form.classList.add("scripted"); // photos are sent as soon as they are chosen, so the button is not needed
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
    const row = createRow(file, texts.waiting);
    table.tBodies[0].append(row);
    waiting.push({ file, row, open: files.length === 1 });
  }
  chosen += files.length;
  results.hidden = false;
  showProgress();
  while (running < Number(texts.jobs) && waiting.length > 0) checkWaiting();
}

async function checkWaiting() {
  running += 1;
  while (waiting.length > 0) {
    const { file, row, open } = waiting.shift();
    row.querySelector(".verdict").textContent = texts.checking;
    row.replaceWith(await check(file, open));
    checked += 1;
    showProgress();
  }
  running -= 1;
}

// Returns the photo's row after adding its details to the page.
async function check(file, open) {
  const body = new FormData();
  body.append("photo", file);
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    return createRow(file, texts.problem, texts.notAFile);
  }
  try {
    const response = await fetch("/photo", { method: "POST", body });
    const text = await response.text();
    return response.ok ? addDetails(text, open) : createRow(file, texts.problem, text);
  } catch {
    return createRow(file, texts.problem, texts.unreachable);
  }
}

function addDetails(html, open) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const details = parsed.querySelector("details");
  details.open = open;
  details.classList.toggle("current", open);
  allDetails.append(details);
  return parsed.querySelector("tr");
}

document.getElementById("clear").addEventListener("click", () => location.assign("/"));
document.getElementById("print").addEventListener("click", () => print());
document.getElementById("save").addEventListener("click", save);

// Saves what is shown as one file that needs no server.
async function save() {
  const page = document.documentElement.cloneNode(true);
  for (const part of page.querySelectorAll("script, link, form, [data-scripted], .progress, .tabs, #likeness")) part.remove();
  for (const button of page.querySelectorAll("thead button")) button.replaceWith(...button.childNodes);
  page.querySelector("#pane").classList.remove("filled"); // without a script, all photos are shown
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
  const text = texts.progress.replace("{checked}", checked).replace("{chosen}", chosen);
  progress.querySelector("[role=status]").textContent = text;
  table.dispatchEvent(new Event("photos"));
}

function element(name, classes, text = "") {
  const created = document.createElement(name);
  created.className = classes;
  created.textContent = text;
  return created;
}
