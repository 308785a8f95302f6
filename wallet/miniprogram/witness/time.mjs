// Times of the Mini Program Platform family as their headers and bodies write them. Instants are
// milliseconds since 1970; nothing here reads the clock.

const chinaHours = 8;

/** How a time header may be written: ISO 8601 with milliseconds, with seconds, in UTC, or epoch milliseconds. */
export const timeFormats = {
  'iso-ms': (ms) => `${wall(ms).slice(0, 23)}+08:00`,
  'iso-s': (ms) => `${wall(ms).slice(0, 19)}+08:00`,
  'utc-Z': (ms) => new Date(ms).toISOString(),
  'epoch-ms': (ms) => String(ms),
};

/** The form of times inside bodies. */
export const bodyTime = timeFormats['iso-s'];

function wall(ms) {
  return new Date(ms + chinaHours * 3_600_000).toISOString();
}

const rfc3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})$/;

/** Reads every form that a header may have. Digits finer than a millisecond are dropped. */
export function parseTime(text) {
  if (/^\d{13}$/.test(text)) return Number(text);
  const [, seconds, fraction = '', zone] = rfc3339.exec(text) ?? [];
  const offset = zone?.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const ms = Date.parse(`${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}${offset}`);
  if (Number.isNaN(ms) || !exists(seconds)) throw new Error(`${JSON.stringify(text)} is not a time`);
  return ms;
}

// Date makes the second of March of the thirtieth of February.
function exists(seconds) {
  return new Date(`${seconds}Z`).toISOString().startsWith(seconds);
}
