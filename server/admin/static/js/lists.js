// List pages: filters without empty arguments, rows chosen for a bulk action.
document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  if (!sourceElement.matches?.("[data-clean]")) return;
  for (const [name, value] of [...request.body]) if (value === "") request.body.delete(name);
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-save-view], [data-with-query]");
  if (form) form.elements.query.value = location.search.slice(1);
}, true);

function showReset() {
  for (const form of document.querySelectorAll("form.filter-bar")) {
    const set = [...form.querySelectorAll("[name]")].some((each) => (each.type === "checkbox" ? each.checked : each.value));
    form.querySelector(".filter-reset").hidden = !set;
    for (const select of form.querySelectorAll("select")) select.classList.toggle("filter-set", Boolean(select.value));
  }
}

const boxesOf = (name) => [...document.querySelectorAll(`[data-bulk="${name}"]`)];

function showBulk(name) {
  const boxes = boxesOf(name);
  const chosen = boxes.filter((box) => box.checked).length;
  const bar = document.querySelector(`[data-bulk-bar="${name}"]`);
  if (bar) {
    bar.hidden = chosen === 0;
    bar.querySelector("[data-bulk-count]").textContent = chosen;
  }
  const all = document.querySelector(`[data-bulk-all="${name}"]`);
  if (all) {
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
  for (const box of boxes) box.closest("tr").classList.toggle("row-chosen", box.checked);
}

function choose(name, checked) {
  for (const box of boxesOf(name)) box.checked = checked;
  showBulk(name);
}

document.addEventListener("change", (event) => {
  const { bulk, bulkAll } = event.target.dataset;
  if (bulkAll) choose(bulkAll, event.target.checked);
  if (bulk) showBulk(bulk);
});
document.addEventListener("click", (event) => {
  const clear = event.target.closest("[data-bulk-clear]");
  if (clear) choose(clear.dataset.bulkClear, false);
});
// The pressed link went with the old rows: keep the reader in the list, and say what is there now.
function settleIn(region) {
  if (!region?.matches(".list-region")) return;
  const found = region.querySelector(".list-count, .empty-title");
  document.getElementById("announcer").textContent = found?.textContent || "";
  if (document.activeElement !== document.body) return;
  region.focus({ preventScroll: true });
  if (region.getBoundingClientRect().top < 0) region.scrollIntoView();
}

document.addEventListener("htmx:after:swap", (event) => {
  // The target was replaced by one of the same name.
  settleIn(document.getElementById(event.detail.ctx.target?.id));
  showReset();
  for (const bar of document.querySelectorAll("[data-bulk-bar]")) showBulk(bar.dataset.bulkBar);
});
