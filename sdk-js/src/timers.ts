import type { Timers } from './api';

/** Wrapped, because browsers refuse a `setTimeout` that is called as a method of another object. */
export const systemTimers: Timers = {
  setTimeout: function (run, milliseconds) { return setTimeout(run, milliseconds); },
  clearTimeout: function (timer) { clearTimeout(timer); },
  now: function () { return new Date().getTime(); }
};
