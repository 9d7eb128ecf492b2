// Makes the bars of a strip one tab stop: Tab enters at the newest, arrows, Home and End move.
"use strict";
document.querySelectorAll(".bb-strip-bars").forEach((strip) => {
  const links = [...strip.querySelectorAll("a")];
  const enter = (chosen) => links.forEach((link) => { link.tabIndex = link === chosen ? 0 : -1; });
  enter(links.at(-1));
  strip.addEventListener("keydown", (event) => {
    const at = links.indexOf(document.activeElement);
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: links.length - 1 }[event.key];
    if (at < 0 || next === undefined || !links[next]) return;
    event.preventDefault();
    enter(links[next]);
    links[next].focus();
  });
});
