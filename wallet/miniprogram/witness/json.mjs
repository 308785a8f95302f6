// JSON from strangers: UTF-8 without faults, one object, and no member said twice, since two readers
// of a doubled member need not read the same.

/** The object that bytes hold; throws when they hold anything else. */
export function parseObject(bytes) {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const value = JSON.parse(text);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error('the JSON is not an object');
  refuseDoubles(text);
  return value;
}

const tokens = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g;

// Text is known to be JSON, so strings and braces are all there is to see.
function refuseDoubles(text) {
  const open = [];
  for (const [token, string, colon] of text.matchAll(tokens)) {
    if (token === '{') open.push(new Set());
    if (token === '}') open.pop();
    if (!colon) continue;
    const name = JSON.parse(string);
    if (open.at(-1).has(name)) throw new Error(`the JSON says ${name} twice`);
    open.at(-1).add(name);
  }
}
