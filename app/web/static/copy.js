// The Copy buttons beside programs and answers. Without this script they can still be selected.
import { element } from "./dom.js";

async function copy(code, button) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  } catch {
    // The clipboard is refused to pages without TLS: select the text, so that one key copies it.
    getSelection().selectAllChildren(code);
    button.textContent = "Selected";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

export function offerCopies(figures) {
  for (const figure of figures) {
    const code = figure.querySelector("code");
    const button = element("button", { type: "button", class: "copy", click: () => copy(code, button) }, "Copy");
    figure.append(button);
  }
}
