// The menu of a row: the browser opens and closes it; here it finds its place and the arrow keys.
"use strict";

(() => {
  const menuOf = (element) => element.closest?.(".bb-row-menu");
  const buttonOf = (menu) => document.getElementById(menu.getAttribute("aria-labelledby"));

  function place(menu) {
    const at = buttonOf(menu).getBoundingClientRect();
    const below = at.bottom + menu.offsetHeight + 8 < window.innerHeight;
    menu.style.margin = "0";
    menu.style.inset = "auto";
    menu.style.top = `${below ? at.bottom + 4 : at.top - menu.offsetHeight - 4}px`;
    menu.style.left = `${Math.max(4, at.right - menu.offsetWidth)}px`;
  }

  // Neither event bubbles, so they are caught on their way down.
  document.addEventListener("toggle", (event) => {
    const menu = menuOf(event.target);
    if (!menu) return;
    const open = event.newState === "open";
    buttonOf(menu).setAttribute("aria-expanded", String(open));
    if (!open) return;
    place(menu);
    menu.querySelector("a").focus();
  }, true);

  document.addEventListener("scroll", (event) => {
    const menu = document.querySelector(".bb-row-menu:popover-open");
    if (menu && !menu.contains(event.target)) menu.hidePopover();
  }, true);

  document.addEventListener("keydown", (event) => {
    const menu = menuOf(event.target);
    if (!menu) return;
    const links = [...menu.querySelectorAll("a")];
    const here = links.indexOf(document.activeElement);
    const to = {
      ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: links.length - 1,
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      links[(to + links.length) % links.length].focus();
    } else if (event.key === "Tab") {
      menu.hidePopover();
      buttonOf(menu).focus();
    }
  });
})();
