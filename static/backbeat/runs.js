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
  const choices = new Map();
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const part = event.detail.target;
    choices.set(part, {
      open: [...part.querySelectorAll("details[id]")].map((each) => [each.id, each.open]),
      scroll: [...part.querySelectorAll("pre[id]")].map((each) => [each.id, each.scrollTop]),
      view: part.querySelector("input[name=run-view]:checked")?.id,
    });
  });
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    const chosen = choices.get(event.detail.target);
    if (!chosen) return;
    choices.delete(event.detail.target);
    const set = (id, name, value) => { const found = document.getElementById(id); if (found) found[name] = value; };
    chosen.open.forEach(([id, open]) => set(id, "open", open));
    if (chosen.view) set(chosen.view, "checked", true);
    chosen.scroll.forEach(([id, top]) => set(id, "scrollTop", top));
    showCopy();
  });
  // One click, one new run.
  document.addEventListener("submit", (event) => {
    if (!event.target.closest(".bb-run-head")) return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  });
  showCopy();
})();
