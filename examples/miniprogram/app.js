import { createTill } from '/utils/minitill';
import { baseUrl, wallet } from '/config';

App({
  /** One till for all pages: it runs one payment at a time. */
  till: createTill({ baseUrl, wallet }),
});
