// The page of a run: copies the output, and keeps what the reader has opened when news arrive.
"use strict";
(() => {
  const showCopy = () => document.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });

  async function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch { // no permission, or not a secure origin: let the reader press Ctrl-C
      document.getElementById("run-view-raw")?.click();
      getSelection().selectAllChildren(source);
      return;
    }
    const label = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; }, 2000);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });

  // A part that is replaced comes as the server drew it: put back the reader's own choices.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const part = event.detail.target;
    const opened = new Map([...part.querySelectorAll("details[id]")].map((each) => [each.id, each.open]));
    const view = part.querySelector("input[name=run-view]:checked")?.id;
    const scrolled = [...part.querySelectorAll("pre[id]")].map((each) => [each.id, each.scrollTop]);
    part.addEventListener("htmx:oobAfterSwap", () => {
      opened.forEach((open, id) => { const found = document.getElementById(id); if (found) found.open = open; });
      if (view) { const found = document.getElementById(view); if (found) found.checked = true; }
      scrolled.forEach(([id, top]) => { const found = document.getElementById(id); if (found) found.scrollTop = top; });
      showCopy();
    }, { once: true });
  });
  showCopy();
})();
