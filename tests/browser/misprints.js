// Given a language, lists what is wrong with the page: its language, its one heading, fields
// without a name, buttons and links that say nothing, ids that stand twice, width.
(language) => {
  const wrong = [];
  const root = document.documentElement;
  if (language && root.lang !== language) wrong.push(`its language is ${root.lang}`);
  const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  // What an agent wrote is a text of its own, with its own headings.
  const headings = [...document.querySelectorAll("h1")].filter((each) => seen(each) && !each.closest(".bb-prose"));
  if (headings.length !== 1) wrong.push(`${headings.length} headings: ${headings.map((each) => each.textContent.trim())}`);
  const shown = (element) => element.outerHTML.slice(0, 160).replace(/\s+/g, " ");
  const named = (element) => {
    const others = (element.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean);
    const texts = [
      element.getAttribute("aria-label"),
      element.title,
      ...others.map((id) => document.getElementById(id)?.textContent),
      ...[...(element.labels || [])].map((label) => label.textContent),
    ];
    return texts.some((text) => text && text.trim());
  };
  for (const field of document.querySelectorAll("input:not([type=hidden]):not([type=submit]), select, textarea")) {
    if (seen(field) && !named(field)) wrong.push(`a field without a name: ${shown(field)}`);
  }
  for (const element of document.querySelectorAll("button, a[href], [role=button], input[type=submit]")) {
    const says = element.innerText || element.value || [...element.querySelectorAll("img[alt]")].map((each) => each.alt).join("");
    if (seen(element) && !named(element) && !(says || element.textContent).trim()) wrong.push(`says nothing: ${shown(element)}`);
  }
  if (!document.title.trim()) wrong.push("no title");
  if (root.scrollWidth > root.clientWidth) {
    const outside = [...document.querySelectorAll("body *")].filter((each) => seen(each) && each.getBoundingClientRect().right > root.clientWidth);
    wrong.push(`${root.scrollWidth} wide in ${root.clientWidth}: ${outside.slice(0, 3).map(shown).join(" ")}`);
  }
  return wrong;
}
