// Of the options of all backends, show those of the chosen one. Without this all show.
document.addEventListener("DOMContentLoaded", () => {
  const backend = document.querySelector("select[name=backend]");
  if (!backend) return;
  const show = () => {
    for (const group of document.querySelectorAll("fieldset.bb-backend")) {
      group.hidden = !group.classList.contains(`bb-backend-${backend.value}`);
    }
  };
  backend.addEventListener("change", show);
  show();
});
