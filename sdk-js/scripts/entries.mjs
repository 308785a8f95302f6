// What the package consists of: one line for each entry. `npm run build` makes all of dist/ from it,
// and `npm run verify` and the tests walk it.
//
//   name    its files in dist/ and, below `minitill/`, its import
//   source  in src/, without .ts
//   types   in src/, without .d.ts; an entry without is a file to copy and no import
//   page    also built as a script for pages, which adds its names to the global Minitill
//   node    for servers: newer syntax, Node's own modules
export const entries = [
  { name: 'minitill', source: 'index', types: 'api', page: true },
  { name: 'agree', source: 'agree', types: 'agree.api', page: true },
  { name: 'hosts', source: 'hosts', types: 'hosts.api', page: true },
  { name: 'sheet', source: 'sheet', types: 'sheet.api', page: true },
  { name: 'server', source: 'server/index', types: 'server/api', node: true },
  { name: 'webhook', source: 'server/webhook', node: true }, // a part of server, to copy; /docs shows it
];

/** The main entry's types have been called index from the beginning. */
export const typesOf = ({ name }) => (name === 'minitill' ? 'index' : name);
