// The second tab: sends a headshot and a person's own photos in one request, and shows the comparison.
{
  const tab = document.getElementById("likeness");
  const form = document.getElementById("compare");
  const [headshot, own] = [form.elements.headshot, form.elements.reference];
  const status = form.querySelector("[role=status]");
  const problem = form.querySelector("[role=alert]");
  const answer = document.getElementById("comparison");
  let comparing = false;

  const isShown = () => tab.offsetParent !== null;

  // Tells what is shown to those who don't see it.
  const follow = () => {
    for (const link of document.querySelectorAll(".tabs a")) {
      if ((link.hash === "#likeness") === isShown()) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  };
  addEventListener("hashchange", follow);
  follow();

  const complain = (text) => {
    problem.textContent = text;
    problem.hidden = text === "";
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (comparing) return;
    comparing = true;
    complain("");
    answer.replaceChildren();
    status.textContent = texts.comparing;
    try {
      await send(new FormData(form));
    } catch {
      complain(texts.unreachable);
    }
    status.textContent = "";
    comparing = false;
  });

  async function send(body) {
    for (const file of [...headshot.files, ...own.files]) {
      if (!(await canRead(file))) {
        complain(`${escapeUnprintable(file.name)}: ${texts.notAFile}`);
        return;
      }
    }
    const response = await fetch("/comparison", { method: "POST", body });
    const text = await response.text();
    if (!response.ok) {
      complain(text);
      return;
    }
    answer.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
    const name = answer.querySelector(".name");
    name.tabIndex = -1;
    name.focus(); // reads it to those who don't see it
    answer.scrollIntoView();
  }

  // Where dropped photos go: to the field below, otherwise to the first that is empty; several are never headshots.
  const fieldFor = (target, files) => {
    const below = target instanceof Element && target.closest("#compare p:has(input)");
    if (below) return below.querySelector("input");
    return headshot.files.length === 0 && files.length === 1 ? headshot : own;
  };
  const put = (input, files) => {
    const all = new DataTransfer();
    for (const file of input === own ? [...own.files, ...files] : [...files].slice(0, 1)) all.items.add(file);
    input.files = all.files;
  };
  const mark = (target) => {
    for (const over of form.querySelectorAll(".over")) over.classList.remove("over");
    if (target) target.closest("p").classList.add("over");
  };
  // The first tab's keys and drops mean nothing here, so its listeners are not reached.
  addEventListener("keydown", (event) => isShown() && event.stopImmediatePropagation(), { capture: true });
  const listen = (name, handle) =>
    addEventListener(
      name,
      (event) => {
        if (!isShown() || !event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        handle(event);
      },
      { capture: true },
    );
  listen("dragover", (event) => mark(fieldFor(event.target, event.dataTransfer.items)));
  listen("dragleave", (event) => {
    if (event.relatedTarget === null) mark(null);
  });
  listen("drop", (event) => {
    mark(null);
    const { files } = event.dataTransfer;
    put(fieldFor(event.target, files), files);
  });
}
