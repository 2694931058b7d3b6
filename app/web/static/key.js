// "Use your key": an API key that is entered once, for requests that a page sends. It is kept in this tab's sessionStorage and nowhere
// else, goes into no address and no cookie, and is gone when the tab is closed or the button forgets it.
import { element } from "./dom.js";

const KEPT = "bascule.key";
const CHANGED = "bascule-key";

/** The key, or an empty text. */
export const key = () => sessionStorage.getItem(KEPT) ?? "";

/** The headers of a request with the key; none without one. */
export const credential = () => (key() ? { Authorization: `Bearer ${key()}` } : {});

/** Call `listener` whenever a key comes or goes. */
export const onKey = (listener) => addEventListener(CHANGED, listener);

/** Ask for the key. */
export const askForKey = () => document.getElementById("use-key")?.click();

function keep(text) {
  if (text) sessionStorage.setItem(KEPT, text);
  else sessionStorage.removeItem(KEPT);
  dispatchEvent(new Event(CHANGED));
}

function dialogOf() {
  const input = element("input", { id: "own-key", type: "password", autocomplete: "off", spellcheck: "false", required: true });
  const forget = element("button", { type: "button", class: "quiet", click: () => { keep(""); dialog.close(); } }, "Forget it");
  const form = element("form", { method: "dialog", submit: () => { keep(input.value.trim()); input.value = ""; } },
    element("h2", { id: "own-key-title" }, "Use your key"),
    element("p", {}, "For “Try it” and for what only some may see. It stays in this tab and goes to this gateway alone; closing the tab forgets it."),
    element("label", { for: "own-key" }, "API key or access token"),
    input,
    element("div", { class: "actions" },
      element("button", {}, "Keep for this tab"),
      forget,
      element("button", { type: "button", class: "quiet", click: () => dialog.close() }, "Cancel")));
  const dialog = element("dialog", { class: "own-key", "aria-labelledby": "own-key-title" }, form);
  return { dialog, forget };
}

export function offerKey(button) {
  if (!button) return;
  const { dialog, forget } = dialogOf();
  document.body.append(dialog);
  const tell = () => {
    button.textContent = key() ? "Your key is in use" : "Use your key";
    button.classList.toggle("on", Boolean(key()));
    forget.hidden = !key();
  };
  button.addEventListener("click", () => dialog.showModal());
  onKey(tell);
  tell();
  button.hidden = false;
}
