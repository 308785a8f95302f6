// Follows the events of an order.

const PAUSE = 2000; // after an answer that was none

/** Calls report with each event, in order. A second call ends the first. */
let current = null;

export function follow(order, token, report) {
  if (current?.order === order) return;
  current?.controller.abort();
  current = { order, controller: new AbortController() };
  listen(current, token, report);
}

async function listen(me, token, report) {
  let after = 0;
  while (me === current) {
    try {
      const response = await fetch(`events/${encodeURIComponent(me.order)}?after=${after}`, {
        headers: { Authorization: `Bearer ${token}` }, signal: me.controller.signal, cache: 'no-store',
      });
      if (!response.ok) throw new Error(`status ${response.status}`);
      for (const event of (await response.json()).events) {
        after = event.sequence;
        report(event);
      }
    } catch {
      if (me !== current) return;
      await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
    }
  }
}
