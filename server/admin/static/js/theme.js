// Sets the theme before anything is painted: this one file blocks, so that no page flashes white at night.
(() => {
  const root = document.documentElement;
  root.classList.add("has-scripts");
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const read = () => {
    try {
      return localStorage.getItem("theme") || "auto";
    } catch {
      return "auto";
    }
  };
  const apply = () => {
    const chosen = read();
    root.dataset.bsTheme = chosen === "auto" ? (system.matches ? "dark" : "light") : chosen;
    root.dataset.themeChoice = chosen;
    root.dispatchEvent(new CustomEvent("theme:changed"));
  };
  window.chooseTheme = (choice) => {
    try {
      localStorage.setItem("theme", choice);
    } catch {
      // Storage may be shut in private windows; the choice then holds for this page only.
      root.dataset.bsTheme = choice;
      return;
    }
    apply();
  };
  system.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  apply();
})();
