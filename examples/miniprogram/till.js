import { createTill } from '/utils/minitill';
import { baseUrl, wallet } from '/config';

/** The one till of all pages: it runs one payment at a time. */
export const till = createTill({ baseUrl, wallet });

/**
 * What the order page shows: how the last payment ended.
 * @type {{ outcome: import('/utils/minitill').Outcome | null }}
 */
export const last = { outcome: null };
