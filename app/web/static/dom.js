// Elements, made in one expression. Text is always text: nothing that an answer holds becomes markup.

/** An element with attributes (a function is a listener, false and null leave one out) and children (nodes or texts). */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [word, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(word, value);
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(word, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}
