// A reply in a conversation: Ctrl + Enter sends it, and its answer appears by itself. Without
// scripts the page is there again after a reload.
"use strict";
(() => {
  const EVERY = 1500; // ms
  const form = document.querySelector("[data-reply]");
  if (!form) return;
  const text = form.elements.message;
  const button = form.querySelector("button");
  const count = form.querySelector("[data-count]");
  const refusal = form.querySelector("[data-refusal]");

  const measure = () => { count.textContent = `${text.value.length} / ${count.dataset.count}`; };
  count.hidden = form.querySelector("[data-keys]").hidden = false;
  text.addEventListener("input", measure);
  measure();

  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (!button.disabled) form.requestSubmit(button);
  });
  // One click, one reply; the server would take a second one for the same, too.
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  // A page that comes back from the browser's memory is not under way any more.
  window.addEventListener("pageshow", () => { delete form.dataset.sent; });

  // -- the answer

  const conversation = () => document.getElementById("conversation");

  function show(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("conversation");
    if (!fresh) return;
    conversation().replaceWith(document.adoptNode(fresh));
    refusal.textContent = fresh.dataset.refusal;
    button.disabled = fresh.dataset.refusal !== "";
    document.dispatchEvent(new Event("backbeat:said"));
  }

  async function look() {
    const { live, shown } = conversation().dataset;
    if (document.visibilityState === "visible") {
      const answer = await fetch(`${live}?shown=${shown}`, { headers: { Accept: "text/html" } });
      if (answer.redirected || answer.status === 404) return; // signed out, or it is gone
      if (answer.status === 200) show(await answer.text());
    }
    wait();
  }

  function wait() {
    if ("open" in conversation().dataset) setTimeout(() => look().catch(wait), EVERY);
  }

  document.querySelectorAll(".look-again").forEach((each) => { each.hidden = true; });
  wait();
})();
