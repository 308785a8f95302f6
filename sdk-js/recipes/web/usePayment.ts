import { useCallback, useEffect, useState } from 'react';
import type { Checkout, OrderInput, Outcome, OutcomeState, Progress, Till, TillError } from 'minitill';

/** What a screen shows: what a payment is at, how the last one ended, or why it could not begin. */
export interface Payment {
  state: Progress | OutcomeState | null;
  outcome: Outcome | null;
  error: TillError | null;
  pay(what: OrderInput | Checkout): void;
}

/** Follows the payments of a till, which is made once, outside of any component. */
export function usePayment(till: Till): Payment {
  const [state, setState] = useState<Payment['state']>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [error, setError] = useState<TillError | null>(null);

  const fail = useCallback((reason: TillError) => {
    if (reason.code === 'busy') return; // a second tap: the first one's payment goes on
    setState(null);
    setError(reason);
  }, []);

  useEffect(() => {
    const stop = till.onChange((now) => setState(now));
    till.resume().then(setOutcome, fail); // an order that was left open; mounted twice, it is queried once
    return stop;
  }, [till, fail]);

  const pay = useCallback((what: OrderInput | Checkout) => {
    setError(null);
    till.pay(what).then(setOutcome, fail);
  }, [till, fail]);

  return { state, outcome, error, pay };
}
