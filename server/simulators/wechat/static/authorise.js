// The page on which the owner of the mini program lets a platform act for it.

import { post } from "./dom.js";

const flash = document.getElementById("flash");
const button = document.getElementById("agree");

button.addEventListener("click", async () => {
  button.disabled = true;
  try {
    const { location: next } = await post("/_play/agree", Object.fromEntries(new URLSearchParams(location.search)));
    location.assign(next);
  } catch (error) {
    flash.textContent = error.message;
    flash.classList.add("bad");
    flash.hidden = false;
    button.disabled = false;
  }
});
