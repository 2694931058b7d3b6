/* A layered drawing: nodes in columns, edges between neighbouring ones.
 *
 * In charge of where each node stands, so that few edges cross: each column is put in the order of the middle of its neighbours, back
 * and forth (Sugiyama's second phase). It must not know what a node is.
 */

const ROUNDS = 8;

/** Nodes are {id, column}, edges {from, to} by id. Answers the columns, as lists of nodes in their order. */
export function columns(nodes, edges) {
  const found = [];
  for (const node of nodes) (found[node.column] ??= []).push(node);
  const layers = Array.from(found, (column) => column ?? []);
  const near = { left: new Map(), right: new Map() };
  for (const { from, to } of edges) {
    near.right.set(from, [...(near.right.get(from) ?? []), to]);
    near.left.set(to, [...(near.left.get(to) ?? []), from]);
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let at = 1; at < layers.length; at += 1) arrange(layers[at], layers[at - 1], near.left);
    for (let at = layers.length - 2; at >= 0; at -= 1) arrange(layers[at], layers[at + 1], near.right);
  }
  return layers;
}

function arrange(column, beside, near) {
  const place = new Map(beside.map(({ id }, at) => [id, (at + 0.5) / beside.length]));
  const middle = new Map(column.map(({ id }, at) => {
    const places = (near.get(id) ?? []).map((other) => place.get(other)).filter((found) => found !== undefined);
    return [id, places.length ? places.reduce((sum, each) => sum + each, 0) / places.length : (at + 0.5) / column.length];
  }));
  column.sort((one, other) => middle.get(one.id) - middle.get(other.id));
}

/** Everything that leads to a node, and everything that it leads to. */
export function connected(id, edges) {
  return new Set([...reached(id, edges, "from", "to"), ...reached(id, edges, "to", "from")]);
}

function reached(id, edges, near, far) {
  const found = new Set([id]);
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const edge of edges) if (found.has(edge[near])) found.add(edge[far]);
  }
  return found;
}
