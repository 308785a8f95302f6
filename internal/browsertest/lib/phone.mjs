// A phone with a super app, in whose mini program a payer buys; and what the till and
// the wallet have on their books of it.
import assert from 'node:assert/strict';
import { newContext } from './browser.mjs';

const base = process.env.SUPERAPP_URL;
export const { till, accounts } = await get('superapp.json');

/** What the cashier's buttons are called. */
const DEEDS = {
  pay: /^(Pay now|Authorize)$/, decline: 'Insufficient balance', later: /^Processing/,
  cancel: 'Cancel', leave: 'Close without a result',
};

async function get(path) {
  const response = await fetch(`${base}/${path}`);
  assert.equal(response.status, 200, path);
  return response.json();
}

export class Phone {
  static async unpack(browser) {
    const phone = new Phone();
    phone.context = await newContext(browser);
    phone.page = await phone.context.newPage();
    return phone;
  }

  /** A phone of its own for a test, with the mini program open in it. */
  static async open(t, browser, account, behaviour) {
    const phone = await Phone.unpack(browser);
    t.after(() => phone.context.close());
    await phone.launch(account, behaviour);
    return phone;
  }

  /** Opens the mini program; see container.js for how its container may behave. */
  async launch(account, behaviour = {}) {
    this.account = accounts[account];
    await this.page.goto(`${base}/in/${account}/program?${new URLSearchParams({ user: 'ann', ...behaviour })}`);
  }

  get cashier() { return this.page.frameLocator('#cashier iframe'); }

  /** Orders, and waits for the cashier. The till's answer names the order, its token and where it is paid. */
  async buy() {
    const answered = this.page.waitForResponse((response) => response.url() === `${till}/miniapp/v1/orders`
      && response.request().method() === 'POST' && response.ok());
    await this.page.getByRole('button', { name: 'Buy two' }).click();
    const answer = await (await answered).json();
    assert.ok(answer.data, `the till answered ${JSON.stringify(answer)}`);
    const { order, orderToken, action } = answer.data;
    Object.assign(this, { order: order.id, token: orderToken });
    await this.cashier.getByRole('button', { name: DEEDS.pay }).waitFor();
    const opened = await this.page.locator('#cashier iframe').getAttribute('src');
    assert.equal(opened, `${action.paymentUrl}&embed=1`, 'my.tradePay was given what the wallet gave, untouched');
    this.paymentUrl = action.paymentUrl;
  }

  do(deed) { return this.cashier.getByRole('button', { name: DEEDS[deed], exact: true }).click(); }

  /** Has the wallet end the payment without the cashier's page. */
  async endAtTheWallet(outcome) {
    await this.#control('settle', { requestId: await this.#request(), outcome });
  }

  /** Has a gateway answer for the till at the next POST to a path, though the till executed it. */
  async loseAnswer(path) {
    await this.page.route(till + path, async (route) => {
      const answer = await route.fetch();
      this.lost = (await answer.json()).data.order.id;
      await route.fulfill({ response: answer, status: 502, body: '<h1>Bad gateway</h1>' });
    }, { times: 1 });
  }

  relaunch() { return this.page.reload(); }

  reads(text, options) { return this.page.locator('#state').getByText(text, { exact: true }).waitFor(options); }

  /** The order by its token: after a while, or once its status has changed. */
  async tillOrder(query = '') {
    const response = await fetch(`${till}/miniapp/v1/orders/${this.order}${query}`, { headers: { Authorization: `Bearer ${this.token}` } });
    return (await response.json()).order;
  }

  /** Waits until the till has received the final status from the wallet. */
  async tillHasEnd() {
    while ((await this.tillOrder('?wait=25s')).status === 'pending');
  }

  /** Till, wallet and page have the same status of the order. */
  async isTruly({ text, status, books }) {
    await this.reads(text);
    const order = await this.tillOrder();
    const kept = await this.books();
    assert.equal(order.status, status, 'the till');
    assert.equal(kept.status, books, 'the wallet');
    assert.equal(order.paid.value, kept.minor, 'what the till calls paid is what the wallet captured');
    assert.deepEqual(order.attention, []);
    assert.deepEqual(this.context.troubles, []);
  }

  /** What the wallet has on its books, where the order may stand but once. */
  async books() {
    const { status, captured } = await (await fetch(`${this.account.url}/control/books?requestId=${await this.#request()}`)).json();
    return { status, minor: captured.value };
  }

  async deliveries() {
    return (await (await fetch(`${this.account.url}/control/deliveries?requestId=${await this.#request()}`)).json()).deliveries ?? [];
  }

  /** The wallet's own id of a user, known beside the till. */
  customer(user) { return get(`in/${this.account.name}/customer?user=${user}`); }

  misbehave(rule) { return this.#control('faults', rule); }

  async #request() {
    const requests = new Set(await get(`in/${this.account.name}/requests?order=${this.order}`));
    assert.equal(requests.size, 1, 'one payment was created at the wallet');
    return [...requests][0];
  }

  async #control(what, command) {
    const response = await fetch(`${this.account.url}/control/${what}`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(command),
    });
    assert.equal(response.status, 200, await response.text());
  }
}
