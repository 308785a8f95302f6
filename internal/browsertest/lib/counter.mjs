// Orders at the demo shop's counter the way a visitor does, and compares what the
// shop shows with the till's API.
import assert from 'node:assert/strict';

export class Counter {
  constructor(page, base) {
    this.page = page;
    this.base = base;
    this.token = '';
    this.listening = Promise.resolve();
    page.on('response', (response) => { this.listening = Promise.all([this.listening, this.#listen(response)]); });
  }

  /** The till's answers name the order and the token that opens it. */
  async #listen(response) {
    if (!response.url().includes('/miniapp/v1/orders')) return;
    const { data } = await response.json().catch(() => ({}));
    if (data?.orderToken) [this.order, this.token, this.action] = [data.order.id, data.orderToken, data.action];
  }

  async open() {
    await this.page.goto(`${this.base}/demo/`);
    await this.page.getByRole('heading', { name: 'Flat white' }).waitFor();
  }

  async fill() {
    await this.page.getByRole('button', { name: 'Add Flat white' }).click();
    await this.page.getByRole('button', { name: 'One more Flat white' }).click();
    await this.page.getByRole('button', { name: 'Add Almond croissant' }).click();
  }

  openCart() { return this.page.getByRole('button', { name: /View order/ }).click(); }

  pay() { return this.page.getByRole('button', { name: /^Pay / }).click(); }

  /** Presses a button of the wallet's cashier. */
  async choose(name) {
    await this.page.frameLocator('.cashier__frame').getByRole('button', { name }).click();
    await this.page.locator('.cashier').waitFor({ state: 'detached' });
  }

  async buy(choice) {
    await this.open();
    await this.fill();
    await this.openCart();
    await this.pay();
    await this.choose(choice);
  }

  /** An order by the client API alone, as a mini program without our helper makes it. */
  async orderByAPI(items) {
    const session = await this.#post('sessions', { wallet: 'sandbox' });
    const made = await this.#post('orders', { items, wallet: 'sandbox', channel: 'h5' }, { Authorization: `Bearer ${session.token}`, 'Idempotency-Key': crypto.randomUUID() });
    [this.order, this.token] = [made.order.id, made.orderToken];
    return made;
  }

  async #post(path, body, headers = {}) {
    const response = await fetch(`${this.base}/miniapp/v1/${path}`, {
      method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body),
    });
    const answer = await response.json();
    assert.equal(response.status, 201, JSON.stringify(answer));
    return answer;
  }

  /** Closes the page once the order that it was answered with is known here. */
  async close() {
    await this.listening;
    await this.page.close();
  }

  /** Pays at the wallet from elsewhere, and returns when the till knows. */
  async payElsewhere() {
    await this.listening;
    await fetch(this.action.paymentUrl, { method: 'POST', body: new URLSearchParams({ outcome: 'pay' }), redirect: 'manual' });
    while ((await this.#atTill('?wait=20s')).status !== 'paid');
  }

  async #atTill(query = '') {
    const response = await fetch(`${this.base}/miniapp/v1/orders/${this.order}${query}`, { headers: { Authorization: `Bearer ${this.token}` } });
    const { order } = await response.json();
    assert.equal(order?.id, this.order);
    return order;
  }

  reads(heading) { return this.page.getByRole('heading', { name: heading, exact: true }).waitFor(); }

  async tillReports(status) {
    await this.listening;
    const order = await this.#atTill();
    assert.equal(order.status, status);
    assert.deepEqual([order.amount.currency, order.amount.decimal], ['USD', '12.90']);
  }
}
