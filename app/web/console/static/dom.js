/* Elements: how they are made, and how what is shown becomes what is to be shown.
 *
 * In charge of keeping what a person does through a refresh: focus, hovering, what was unfolded, what is being typed. It must not
 * know what is shown. Text becomes text: nothing here reads HTML.
 */

const SVG = "http://www.w3.org/2000/svg";
const TYPED = new Set(["value", "checked"]);

/** An element. `on…` are handlers, `style` its custom properties, false or null leaves an attribute out. */
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
    if (name.startsWith("on") || TYPED.has(name)) element[name] = value;
    else if (name === "style") for (const [property, said] of Object.entries(value)) element.style.setProperty(property, said);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
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
  for (const { name } of [...old.attributes]) {
    const unfolded = name === "open" && old.nodeName === "DETAILS";
    if (!fresh.hasAttribute(name) && name !== "style" && !unfolded) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (name !== "style" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (old.style.cssText !== fresh.style.cssText) old.style.cssText = fresh.style.cssText;
  for (const name of HANDLERS) old[name] = fresh[name];
  become(old, fresh);
  for (const name of TYPED) {
    if (name in old && old !== document.activeElement && old[name] !== fresh[name]) old[name] = fresh[name];
  }
}

const HANDLERS = ["onclick", "oninput", "onchange", "onsubmit", "ontoggle", "onpointermove", "onpointerleave", "onkeydown"];
