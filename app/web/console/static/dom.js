/* Elements: how they are made, and how what is shown becomes what is to be shown.
 *
 * In charge of keeping what a person does through a refresh: focus, hovering, what was unfolded, what is being typed. It must not
 * know what is shown. Text becomes text: nothing here reads HTML.
 */

const SVG = "http://www.w3.org/2000/svg";
const HANDLERS = ["onclick", "oninput", "onchange", "onsubmit", "ontoggle", "onpointermove", "onpointerleave"];
const SAID = Symbol("what a page says of its value"); // a field of which it says nothing is the reader's

/** An element. `on…` are handlers, `style` its custom properties; false or null leaves an attribute out. */
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** An element of SVG. */
export function s(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "value" && element.nodeName !== "OPTION") element[SAID] = value;
    else if (name.startsWith("on")) element[name] = value;
    else if (name === "style") for (const [property, said] of Object.entries(value)) element.style.setProperty(property, said);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  if (SAID in element) element.value = element[SAID];
  return element;
}

/** Show these nodes in a place, changing of what stands there only what differs. */
export function show(place, ...nodes) {
  const fresh = document.createElement("div");
  fresh.append(...nodes.flat(Infinity).filter(Boolean));
  become(place, fresh);
}

function become(old, fresh) {
  const keyed = new Map([...old.children].filter((child) => child.dataset.key).map((child) => [child.dataset.key, child]));
  let at = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const key = next.dataset?.key;
    const match = key ? keyed.get(key) : at?.dataset?.key ? null : at;
    if (match && match.nodeName === next.nodeName) {
      if (match === at) at = at.nextSibling;
      else old.insertBefore(match, at);
      update(match, next);
    } else {
      old.insertBefore(next, at);
    }
  }
  while (at) {
    const following = at.nextSibling;
    at.remove();
    at = following;
  }
}

function update(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  const kept = (name) => name === "style" || (name === "open" && old.nodeName === "DETAILS"); // what is unfolded is the reader's
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !kept(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (!kept(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (old.style.cssText !== fresh.style.cssText) old.style.cssText = fresh.style.cssText;
  for (const name of HANDLERS) old[name] = fresh[name];
  become(old, fresh);
  if (SAID in fresh && old !== document.activeElement && old.value !== fresh[SAID]) old.value = fresh[SAID];
}
