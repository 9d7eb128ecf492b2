// Names the fields and links that unfold, select2 and Django's pickers leave nameless, for those who
// hear the page: with the words that stand beside them.
"use strict";
(() => {
  const label = (field) => {
    const found = field.labels?.[0] || field.closest(".field-line, .form-row, .aligned, div:has(> label)")?.querySelector("label");
    return (found?.textContent || "").replace("*", "").trim();
  };
  const say = (element, ...words) => {
    const text = words.filter(Boolean).join(", ");
    if (text) element.setAttribute("aria-label", text);
  };

  const nameAll = () => {
    for (const field of document.querySelectorAll("input[placeholder]:not([aria-label], [type=hidden])")) {
      if (field.matches(".vDateField, .vTimeField")) say(field, label(field), field.placeholder);
      else if (!field.labels.length && !field.closest(".select2-container")) say(field, field.placeholder);
    }
    for (const field of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
      const select = field.closest(".select2-container")?.previousElementSibling;
      if (select) say(field, label(select));
    }
    for (const link of document.querySelectorAll("a[title]:not([aria-label]):has(> .material-symbols-outlined:only-child)")) {
      say(link, link.title); // else it is called as its picture is
    }
    for (const icon of document.querySelectorAll(".datetimeshortcuts a:not([aria-label]) > span[title]")) {
      say(icon.parentElement, icon.title);
    }
  };

  // After the others have built what they build when the page is there.
  window.addEventListener("load", () => setTimeout(nameAll));
  document.addEventListener("formset:added", () => setTimeout(nameAll));
})();
