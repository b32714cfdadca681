// The page for everybody needs one thing only: the choice of light or dark.
const root = document.documentElement;

function mark() {
  for (const button of document.querySelectorAll("button[data-theme]")) {
    button.setAttribute("aria-pressed", String(button.dataset.theme === root.dataset.themeChoice));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-theme]");
  if (button) window.chooseTheme(button.dataset.theme);
});
root.addEventListener("theme:changed", mark);
mark();
