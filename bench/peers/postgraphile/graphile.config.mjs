// The peer PostGraphile: one schema, read over HTTP, nothing that a benchmark does not ask for.

import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

export default {
  extends: [PostGraphileAmberPreset],
  disablePlugins: ["PgIndexBehaviorsPlugin"], // lets a column without an index be asked for, as with every other peer
  pgServices: [makePgService({ connectionString: process.env.PEER_DATABASE, schemas: ["public"] })],
  grafserv: { graphqlOverGET: true, graphiql: false, websockets: false, watch: false },
};
