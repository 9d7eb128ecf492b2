// The webhooks' forms: the fields of the chosen format alone, headers as rows, placeholders and
// signing secrets on click.
// Without it all fields show, three blank rows stand ready, and the server checks everything.
"use strict";
(() => {
  // One of a task's, or the address book's page.
  const form = (element) => element.closest(".form-group, #webhook_form");

  const showUsed = (select) => {
    const used = JSON.parse(select.dataset.uses)[select.value] || [];
    for (const name of select.dataset.settings.split(" ")) {
      const line = form(select).querySelector(`.field-line.field-${name}`);
      // What is wrong must be seen, whatever the format.
      if (line) line.hidden = !used.includes(name) && !line.querySelector("ul li, .errorlist");
    }
    // A row whose fields are all hidden leaves no empty stripe, a group of such rows no heading.
    for (const group of form(select).querySelectorAll("fieldset.module")) {
      const rows = [...group.querySelectorAll(".form-row")].filter((row) => row.querySelector(".field-line"));
      if (rows.some((row) => row.querySelector("fieldset"))) continue;
      for (const row of rows) row.hidden = [...row.querySelectorAll(".field-line")].every((line) => line.hidden);
      if (rows.length) group.hidden = rows.every((row) => row.hidden);
    }
    const [label, help] = JSON.parse(select.dataset.places)[select.value] || [];
    const url = form(select).querySelector(".field-line.field-url");
    if (!url || !label) return;
    url.querySelector("label").firstChild.textContent = label;
    const input = url.querySelector("input");
    input.placeholder = help;
  };

  const prepareHeaders = (headers) => {
    for (const row of headers.querySelectorAll(".bb-spare")) row.remove();
    for (const button of headers.querySelectorAll("button")) button.hidden = false;
  };

  // Every zone once, for all inputs of the page.
  const offerZones = () => {
    if (document.getElementById("bb-zones") || !Intl.supportedValuesOf) return;
    const list = document.createElement("datalist");
    list.id = "bb-zones";
    for (const zone of Intl.supportedValuesOf("timeZone")) list.append(new Option(zone, zone));
    document.body.append(list);
  };

  const generate = (button) => {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    const input = button.parentElement.querySelector("input");
    input.value = `whsec_${btoa(String.fromCharCode(...bytes))}`;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
    input.select();
  };

  const prepare = (root) => {
    root.querySelectorAll("select[data-uses]").forEach(showUsed);
    for (const button of root.querySelectorAll(".bb-generate")) button.hidden = false;
    if (root.querySelector("[list=bb-zones]")) offerZones();
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
    if (button.matches(".bb-generate")) generate(button);
  });

  // unfold writes the HTML of added and renumbered forms anew.
  const renew = (root) => {
    prepare(root);
    if (window.htmx) window.htmx.process(root);
  };
  document.addEventListener("formset:added", (event) => renew(form(event.target) || document.body));
  document.addEventListener("formset:removed", () => {
    document.querySelectorAll(":is(.form-group, #webhook_form):has(select[data-uses])").forEach(renew);
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
