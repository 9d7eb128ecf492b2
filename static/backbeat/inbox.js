// Marks a conversation as read once a person has it before them. Without scripts a button does it.
"use strict";
(() => {
  const read = document.querySelector("[data-mark-read]");
  const unread = document.querySelector("[data-mark-unread]");
  if (!read) {
    return;
  }

  const show = () => {
    read.hidden = true;
    unread.hidden = false;
    const count = document.querySelector("[data-unread-count]");
    if (count) {
      const left = Number(count.dataset.whenRead);
      count.hidden = left < 1;
      count.textContent = `(${left})`;
    }
  };

  const send = async () => {
    // "manual": the answer is a redirect to this very page, which need not be fetched again.
    const answer = await fetch(read.action, { method: "POST", body: new FormData(read), redirect: "manual" });
    if (answer.ok || answer.type === "opaqueredirect") {
      show();
    }
  };

  // A page that a browser loads ahead, or in a tab behind, has been read by nobody.
  const whenSeen = () => {
    if (document.visibilityState === "visible" && !document.prerendering) {
      document.removeEventListener("visibilitychange", whenSeen);
      document.removeEventListener("prerenderingchange", whenSeen);
      send().catch(() => {});
    }
  };
  const watch = () => {
    document.addEventListener("visibilitychange", whenSeen);
    document.addEventListener("prerenderingchange", whenSeen);
    whenSeen();
  };
  // An answer that has just appeared makes the conversation unread.
  document.addEventListener("backbeat:said", watch);
  if (!read.hidden) {
    watch();
  }
})();
