// The task's form: shows the fields of the chosen schedule alone, previews it while it is written,
// and puts what is clicked into its field. Without this script all fields show.
"use strict";
{
  // One finds "Ho_Chi", "ho chi" and "Hồ Chí" alike, a zone by its country too.
  const plain = (text) =>
    text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").replace(/[_\s]+/g, " ").trim().toLowerCase();
  const matches = ({ term }, option) => {
    if (!term || !term.trim()) return option;
    const also = option.element ? option.element.dataset.also || "" : "";
    return plain(`${option.text} ${also}`).includes(plain(term)) ? option : null;
  };
  django.jQuery.fn.select2.defaults.set("matcher", matches);

  const goTo = (link) => {
    const field = document.getElementById(link.hash.slice(1));
    if (!field) return;
    const shown = field.matches(".select2-hidden-accessible") ? field.nextElementSibling : field;
    const input = "input, select, textarea, [tabindex='0'], [contenteditable]";
    (shown.matches(input) ? shown : shown.querySelector(input) || shown).focus();
    shown.scrollIntoView({ block: "center" });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".bb-faulty a");
    if (!link) return;
    event.preventDefault();
    goTo(link);
  });
  // By then the selects have become search boxes.
  window.addEventListener("load", () => {
    const first = document.querySelector(".bb-faulty a");
    if (first) django.jQuery(() => goTo(first));
  });
}
document.addEventListener("DOMContentLoaded", () => {
  const panel = document.getElementById("schedule-preview");
  const description = document.getElementById("field-groups");
  const form = panel && panel.closest("form");
  if (!form || !description || !form.elements.schedule_type) return;

  // For each choice that others hang on: what its values show, and all that it may hide.
  const groups = JSON.parse(description.textContent);

  const showWhatIsNeeded = () => {
    const mine = new Set();
    for (const [choice, { shown, all }] of Object.entries(groups)) {
      const field = form.elements[choice];
      const needed = (field && shown[field.value]) || all;
      for (const name of all) {
        const line = form.querySelector(`.field-line.field-${name}`);
        if (!line) continue;
        line.hidden = !needed.includes(name);
        mine.add(line.closest("fieldset"));
      }
    }
    // A row whose fields are all hidden leaves no empty stripe, a group of such rows no heading.
    for (const group of mine) {
      const rows = [...group.querySelectorAll(".form-row")];
      for (const row of rows) row.hidden = [...row.querySelectorAll(".field-line")].every((line) => line.hidden);
      group.hidden = rows.every((row) => row.hidden);
    }
  };

  // Beside what it speaks of, so that it is seen while one types; without scripts it stands last.
  form.elements.schedule_type.closest("fieldset").after(panel.closest("section"));

  const { all } = groups.schedule_type;
  const costly = ["agent", "month_cost_limit"]; // what it will cost stands beside it
  const parts = [...all, "schedule_type", "timezone", "csrfmiddlewaretoken"];
  const isPart = (name) => costly.includes(name) || parts.some((part) => name === part || name.startsWith(`${part}_`));

  let asked = null;
  const preview = async () => {
    if (asked) asked.abort();
    const mine = (asked = new AbortController());
    const body = new FormData();
    for (const [name, value] of new FormData(form)) if (isPart(name)) body.append(name, value);
    body.append("task", panel.dataset.task);
    panel.setAttribute("aria-busy", "true");
    try {
      // A redirect leads to the sign-in page, which is no preview.
      const answer = await fetch(panel.dataset.url, { method: "POST", body, signal: mine.signal, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      const piece = new DOMParser().parseFromString(text, "text/html");
      if (mine === asked) panel.replaceChildren(...piece.body.childNodes);
    } catch (error) {
      if (mine === asked && error.name !== "AbortError") panel.textContent = panel.dataset.failed;
    } finally {
      if (mine === asked) panel.removeAttribute("aria-busy");
    }
  };

  let waiting = 0;
  const previewSoon = (event) => {
    if (event.target.name && isPart(event.target.name)) {
      clearTimeout(waiting);
      waiting = setTimeout(preview, 250);
    }
  };

  const putIntoField = (event) => {
    const chip = event.target.closest(".bb-chip");
    if (!chip) return;
    const list = chip.closest("[data-insert-into], [data-fill]");
    const field = document.getElementById(list.dataset.insertInto || list.dataset.fill);
    if ("insert" in chip.dataset) {
      field.setRangeText(chip.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    } else {
      field.value = chip.dataset.value;
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  };

  // unfold makes search boxes of the rows that are there at first, not of new ones.
  document.addEventListener("formset:added", (event) => {
    django.jQuery(event.target).find(".unfold-admin-autocomplete").djangoCustomSelect2();
  });

  form.addEventListener("click", putIntoField);
  form.addEventListener("input", previewSoon);
  form.addEventListener("change", showWhatIsNeeded);
  // select2 tells of its changes through jQuery alone.
  django.jQuery(form).on("change", "select, input", previewSoon);
  showWhatIsNeeded();
  if (panel.querySelector(".bb-empty")) preview();
});
