import type { Timers } from './api';

/** Wrapped, because browsers refuse a `setTimeout` that is called as a method of another object. */
export const systemTimers: Timers = {
  setTimeout: function (run, milliseconds) { return setTimeout(run, milliseconds); },
  clearTimeout: function (timer) { clearTimeout(timer); },
  now: Date.now
};

/** Lets the caller abort a call whose answer is no longer needed. */
export interface Signal {
  /** Clears the open call's timer and closes its connection; null once it was aborted. */
  abort: (() => void) | null;
}

/**
 * Runs begin and resolves to the first value that it passes to done, or throws; after limit
 * milliseconds without either, to {}. An aborted one stays pending and has no timer.
 */
export function within(timers: Timers, limit: number, begin: (done: (result?: any) => void) => any, given?: Signal): Promise<any> {
  const signal = given || { abort: nothing };
  return new Promise(function (resolve) {
    if (!signal.abort) return;
    let task: any;
    function done(result?: any) {
      timers.clearTimeout(guard);
      signal.abort = nothing;
      resolve(result || {});
    }
    const guard = timers.setTimeout(function () { done(); }, limit);
    signal.abort = function () {
      timers.clearTimeout(guard);
      if (task && task.abort) task.abort();
    };
    try {
      task = begin(done);
      // Some hosts also return a promise; an unhandled rejection would appear in the app's log.
      if (task && task.then) task.then(null, nothing);
    } catch (error) {
      done(error);
    }
  });
}

export function nothing() { /* the result comes by callbacks */ }
