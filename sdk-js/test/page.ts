// A page that loads all scripts for pages finds all their names in one global.
/// <reference path="../dist/page.d.ts" />
Minitill.createTill({ baseUrl: '', my: Minitill.detect(), onAction: Minitill.sheet() }).resume();
Minitill.agree({ type: 'sign', url: '' }).then(function (consent) { return consent.state; });
// @ts-expect-error: no script adds it
Minitill.verifyWebhook();
