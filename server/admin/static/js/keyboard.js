// Keys, which can be turned off in the help sheet: / search, ? help, g h and g t to go, j k Enter x in lists, t theme. Never while somebody is typing.
const goes = document.getElementById("shortcuts").dataset;
const toggle = document.getElementById("shortcuts-on");
let waiting = false;

const remembered = () => {
  try {
    return localStorage.getItem("shortcuts") !== "off";
  } catch {
    return true;
  }
};
toggle.checked = remembered();
toggle.addEventListener("change", () => {
  try {
    localStorage.setItem("shortcuts", toggle.checked ? "on" : "off");
  } catch {
    // Storage may be shut in private windows; the choice then holds for this page only.
  }
});

const typing = (target) => target.closest("input, textarea, select, [contenteditable]") && target.type !== "checkbox";
const rows = () => [...document.querySelectorAll(".list-table tbody tr")];

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains("row-current"));
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  all[at]?.classList.remove("row-current");
  next.classList.add("row-current");
  next.querySelector("a")?.focus();
  next.scrollIntoView({ block: "nearest" });
}

function choose() {
  document.querySelector(".row-current [data-bulk]")?.click();
}

function search() {
  const box = document.querySelector("[data-search]") || document.querySelector("[data-search-global]");
  box?.focus();
  box?.select();
}

function go(key) {
  const url = { h: goes.shortcutHome, t: goes.shortcutTickets }[key];
  if (url) location.assign(url);
}

const keys = {
  "/": search,
  "?": () => document.getElementById("keyboard").showModal(),
  g: () => {
    waiting = true;
    setTimeout(() => (waiting = false), 1200);
  },
  j: () => move(1),
  k: () => move(-1),
  x: choose,
  t: () => window.chooseTheme(document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark"),
};

document.addEventListener("keydown", (event) => {
  if (!toggle.checked || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (waiting) {
    waiting = false;
    go(event.key);
    return;
  }
  if (!keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
