/* What differs from shop to shop. Everything else is app.js, and what it says is texts.js. */

export default {
  links: "../../links/", // where the gateway serves links, from this page
  every: 60, // seconds between two looks, where the gateway does not say when something new may be had
  contact: "", // whom a customer may ask, shown as it is: "orders@example.com, +1 313 555 0100"
};
