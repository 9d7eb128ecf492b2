// The webhooks' forms: the fields of the chosen format alone, headers as rows, placeholders on click.
// Without it all fields show, three blank rows stand ready, and the server checks everything.
"use strict";
(() => {
  const form = (element) => element.closest(".form-group");

  const showUsed = (select) => {
    const used = JSON.parse(select.dataset.uses)[select.value] || [];
    for (const name of select.dataset.settings.split(" ")) {
      const line = form(select).querySelector(`.field-line.field-${name}`);
      // What is wrong must be seen, whatever the format.
      if (line) line.hidden = !used.includes(name) && !line.querySelector("ul li, .errorlist");
    }
  };

  const prepareHeaders = (headers) => {
    for (const row of headers.querySelectorAll(".bb-spare")) row.remove();
    for (const button of headers.querySelectorAll("button")) button.hidden = false;
  };

  const prepare = (root) => {
    root.querySelectorAll("select[data-uses]").forEach(showUsed);
    root.querySelectorAll(".bb-headers").forEach(prepareHeaders);
  };

  const addHeader = (headers) => {
    const row = headers.querySelector("template").content.cloneNode(true);
    row.querySelector("button").hidden = false;
    headers.querySelector(".bb-header-rows").append(row);
    headers.querySelector(".bb-header-row:last-child input").focus();
  };

  const removeHeader = (button) => {
    const headers = button.closest(".bb-headers");
    button.closest(".bb-header-row").remove();
    headers.querySelector(".bb-add-header").focus();
  };

  const insert = (button) => {
    const text = form(button).querySelector("textarea.bb-template");
    text.focus();
    text.setRangeText(button.dataset.insert, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("select[data-uses]")) showUsed(event.target);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches(".bb-add-header")) addHeader(button.closest(".bb-headers"));
    if (button.matches(".bb-remove-header")) removeHeader(button);
    if (button.matches(".bb-variable")) insert(button);
  });

  // unfold writes the HTML of added and renumbered forms anew.
  const renew = (root) => {
    prepare(root);
    if (window.htmx) window.htmx.process(root);
  };
  document.addEventListener("formset:added", (event) => renew(form(event.target) || document.body));
  document.addEventListener("formset:removed", () => {
    document.querySelectorAll(".form-group:has(select[data-uses])").forEach(renew);
  });

  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => {
      const answer = event.detail.target;
      if (answer && answer.dataset.failed) answer.textContent = answer.dataset.failed;
    });
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", () => prepare(document));
  } else {
    prepare(document);
  }
})();
