// Dialogs of a page, and the one dialog that asks before a dangerous step.
const box = document.getElementById("confirm");
const word = document.getElementById("confirm-word");
const yes = document.getElementById("confirm-yes");

function ask(told, question) {
  document.getElementById("confirm-title").textContent = question;
  document.getElementById("confirm-detail").textContent = told.confirmDetail || "";
  document.getElementById("confirm-word-field").hidden = !told.confirmWord;
  document.getElementById("confirm-word-asked").textContent = told.confirmWord || "";
  word.value = "";
  yes.textContent = told.confirmButton || "确认";
  yes.className = `btn btn-${told.confirmTone || "primary"}`;
  yes.disabled = Boolean(told.confirmWord);
  word.oninput = () => {
    yes.disabled = word.value.trim() !== told.confirmWord;
  };
  box.returnValue = "no";
  box.showModal();
  return new Promise((resolve) => {
    box.addEventListener("close", () => resolve(box.returnValue === "yes"), { once: true });
  });
}

// A form that posts: stop it, ask, and send it again as if the same button had been pressed.
document.addEventListener("submit", async (event) => {
  const told = (event.submitter?.dataset.confirm ? event.submitter : event.target).dataset;
  if (!told.confirm || event.target.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!(await ask(told, told.confirm))) return;
  event.target.dataset.confirmed = "yes";
  event.target.requestSubmit(event.submitter || undefined);
  delete event.target.dataset.confirmed;
}, true);

// hx-confirm="…" asks through the same dialog.
document.addEventListener("htmx:confirm", (event) => {
  const { ctx, issueRequest, dropRequest } = event.detail;
  event.preventDefault();
  ask(ctx.sourceElement.dataset, ctx.confirm).then((sure) => (sure ? issueRequest() : dropRequest()));
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-modal]");
  if (opener) document.getElementById(opener.dataset.modal)?.showModal();
  if (event.target.closest("[data-modal-close]")) event.target.closest("dialog").close();
  // The dialog itself is only hit beside its box, on the veil.
  if (event.target instanceof HTMLDialogElement && event.target !== box) event.target.close();
});

const openMarked = () => document.querySelectorAll("dialog[data-open]:not([open])").forEach((each) => each.showModal());
document.addEventListener("htmx:after:swap", openMarked);
openMarked();

// Pressing the button twice must not send twice. A download leaves the page, and its button, as they are.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post" || event.target.matches("[data-download]")) return;
  setTimeout(() => event.submitter?.setAttribute("disabled", ""), 0);
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("button[type=submit][disabled]:not(#confirm-yes)").forEach((button) => button.removeAttribute("disabled"));
});

// What was chosen behind a file button of our own.
document.addEventListener("change", (event) => {
  const told = document.getElementById(event.target.dataset.names);
  if (told) told.textContent = [...event.target.files].map((file) => file.name).join("、");
});
