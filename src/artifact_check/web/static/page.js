"use strict";

// Sends each chosen photo on its own, so many at a time as there are worker processes, and shows what comes back.
const say = document.body.dataset;
const form = document.querySelector("form");
const input = document.querySelector("#choose");
const results = document.querySelector("#results");
const photos = document.querySelector("#photos");
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
  for (const file of files) {
    const row = unjudged(file, element("span", "state soft", say.waiting));
    photos.append(row);
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
    row.querySelector(".state").textContent = say.checking;
    const answered = await answer(file);
    answered.open = open;
    row.replaceWith(answered);
    checked += 1;
    show();
  }
  running -= 1;
}

async function answer(file) {
  const body = new FormData();
  body.append("photo", file);
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    return problem(file, say.notAFile);
  }
  try {
    const response = await fetch("/photo", { method: "POST", body });
    const text = await response.text();
    return response.ok ? judged(file, text) : problem(file, text);
  } catch {
    return problem(file, say.unreachable);
  }
}

function judged(file, html) {
  const details = new DOMParser().parseFromString(html, "text/html").querySelector("details");
  const address = URL.createObjectURL(file);
  details.querySelector("summary").prepend(picture("thumbnail", address, element("span", "thumbnail")));
  details.querySelector(".detail").prepend(picture("picture", address, ""));
  return details;
}

function picture(classes, address, instead) {
  const made = element("img", classes);
  made.alt = "";
  made.loading = "lazy";
  made.addEventListener("error", () => made.replaceWith(instead)); // browsers don't show all that can be checked
  made.src = address;
  return made;
}

function problem(file, message) {
  const state = element("span", "verdict no_verdict", say.problem);
  return unjudged(file, state, element("span", "reasons", message));
}

function unjudged(file, ...more) {
  const row = element("div", "photo pending");
  row.append(element("span", "thumbnail"), element("bdi", "name", file.name), ...more);
  return row;
}

function show() {
  progress.hidden = false;
  const bar = progress.querySelector("progress");
  bar.max = chosen;
  bar.value = checked;
  const text = say.progress.replace("{checked}", checked).replace("{chosen}", chosen);
  progress.querySelector("[role=status]").textContent = text;
}

function element(name, classes, text = "") {
  const made = document.createElement(name);
  made.className = classes;
  made.textContent = text;
  return made;
}
