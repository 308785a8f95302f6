// A page that loads minitill.js by a script tag uses its global.
/// <reference path="../dist/page.d.ts" />
Minitill.createTill({ baseUrl: '' }).resume().then(function (outcome) { return outcome && outcome.state; });
