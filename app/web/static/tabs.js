// The languages of a guide as tabs (WAI-ARIA's pattern: arrows go from tab to tab, Tab goes into the panel). Which language was chosen
// is remembered from guide to guide. Without this script the programs stand below each other.
import { element } from "./dom.js";

const CHOSEN = "bascule.language";

function show(tabs, panels, language, { focus = false } = {}) {
  for (const [each, tab] of tabs) {
    const shown = each === language;
    tab.setAttribute("aria-selected", String(shown));
    tab.tabIndex = shown ? 0 : -1;
    panels.get(each).hidden = !shown;
    if (shown && focus) tab.focus();
  }
  sessionStorage.setItem(CHOSEN, language);
}

function neighbour(languages, language, key) {
  const at = languages.indexOf(language);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: languages.length - 1 }[key];
  return next === undefined ? undefined : languages.at(next % languages.length);
}

export function offerTabs(programs) {
  if (!programs) return;
  const panels = new Map([...programs.querySelectorAll(".program")].map((panel) => [panel.dataset.language, panel]));
  const languages = [...panels.keys()];
  const tabs = new Map();
  const list = element("div", { role: "tablist", class: "tabs", "aria-label": "Language" });
  for (const [language, panel] of panels) {
    const heading = panel.querySelector("h2");
    const tab = element("button", {
      type: "button", role: "tab", id: `tab-${language}`, "aria-controls": panel.id,
      click: () => show(tabs, panels, language),
      keydown: (event) => {
        const next = neighbour(languages, language, event.key);
        if (next === undefined) return;
        event.preventDefault();
        show(tabs, panels, next, { focus: true });
      },
    }, heading.textContent);
    heading.remove();
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    tabs.set(language, tab);
    list.append(tab);
  }
  programs.prepend(list);
  const remembered = sessionStorage.getItem(CHOSEN);
  show(tabs, panels, panels.has(remembered) ? remembered : languages[0]);
}
