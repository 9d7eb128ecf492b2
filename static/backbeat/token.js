// The button that copies the token which is shown once; without scripts there is none.
document.addEventListener("DOMContentLoaded", () => {
  const button = document.querySelector("button[data-copies]");
  if (!button) return;
  const secret = document.getElementById(button.dataset.copies);
  const label = button.textContent;

  // Over plain HTTP a browser has no clipboard for pages: there the selection is copied.
  const selected = () => {
    getSelection().selectAllChildren(secret);
    return document.execCommand("copy");
  };
  const copied = () => navigator.clipboard
    ? navigator.clipboard.writeText(secret.textContent).then(() => true, selected)
    : selected();

  button.hidden = false;
  button.addEventListener("click", async () => {
    if (!await copied()) return;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; }, 2000);
  });
});
