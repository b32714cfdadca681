// Small things of every page: theme menu, drawer, copy, show password, back, first error.
import { toast } from "./toasts.js";

const root = document.documentElement;

function markTheme() {
  for (const button of document.querySelectorAll("[data-theme]")) {
    button.setAttribute("aria-pressed", String(button.dataset.theme === root.dataset.themeChoice));
  }
}

function drawer(open) {
  root.classList.toggle("sidebar-shown", open);
  document.querySelector(".sidebar-veil").hidden = !open;
  const opener = document.querySelector(".sidebar-open");
  opener.setAttribute("aria-expanded", String(open));
  (open ? document.querySelector(".sidebar-close") : opener).focus();
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast({ message: "已复制", kind: "success" });
  } catch {
    // Without TLS there is no clipboard: leave the text for a long press.
    toast({ message: `无法自动复制，请手动复制：${text}`, kind: "warning" });
  }
}

function reveal(button) {
  const input = document.getElementById(button.dataset.reveal);
  const shown = input.type === "text";
  input.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
  button.setAttribute("aria-label", shown ? "显示口令" : "隐藏口令");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme], [data-sidebar], [data-copy], [data-reveal], [data-back], [data-print]");
  if (!button) return;
  const told = button.dataset;
  if (told.theme) window.chooseTheme(told.theme);
  else if (told.sidebar) drawer(told.sidebar === "open");
  else if ("copy" in told) copy(told.copy);
  else if (told.reveal) reveal(button);
  else if ("back" in told) history.back();
  else if ("print" in told) window.print();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && root.classList.contains("sidebar-shown")) drawer(false);
});

root.addEventListener("theme:changed", markTheme);
markTheme();

// What is wrong with a form is read out at once; a swap elsewhere on the page must not take the focus there.
const focusFault = (within) => within.querySelector?.("[data-focus]")?.focus();
document.addEventListener("htmx:after:swap", (event) => focusFault(event.target));
focusFault(document);
