// The mini program: a shop that sells one thing, and shows the outcome of the order.
(() => {
  const PROGRESS = { creating: 'Making your order', paying: 'At the wallet', confirming: 'Looking into it' };
  const TEXTS = {
    paid: 'Paid. Thank you!', authorized: 'Approved. The money is set aside', failed: 'Not paid',
    canceled: 'The order is canceled', expired: 'The time is up', voided: 'The money was let go',
    processing: 'The wallet is at work', unconfirmed: 'We are still checking', unsupported: 'This app cannot pay',
  };
  const { till: baseUrl, wallet } = document.documentElement.dataset;
  const settings = new URLSearchParams(location.search);
  const limit = (name) => (settings.has(name) ? Number(settings.get(name)) : undefined);
  const find = (id) => document.getElementById(id);
  const till = Minitill.createTill({ baseUrl, wallet, app: wallet, wait: limit('wait'), silence: limit('silence'), onState: progress });

  function print(text) {
    find('result').hidden = false;
    find('state').textContent = text;
  }

  function progress(state) {
    if (PROGRESS[state]) print(PROGRESS[state]);
  }

  function show({ state, order, source }) {
    const left = state === 'canceled' && source === 'client';
    print(left ? 'You left without paying' : TEXTS[state]);
    find('amount').textContent = order ? `${order.amount.decimal} ${order.amount.currency}` : '';
    find('cancel').hidden = !left && state !== 'processing' && state !== 'unconfirmed';
    find('cancel').onclick = () => till.cancel(order.id).then(({ order }) => show({ state: order.status, order }), refuse);
  }

  function refuse(error) { print(`Refused: ${error.code}`); }

  find('buy').onclick = () => till.pay({ items: [{ sku: 'flat-white', quantity: 2 }] }).then(show, refuse);

  till.signIn().then(({ payer }) => { find('payer').textContent = `Signed in as ${payer.id}`; }, refuse);
  till.catalog().then(({ items }) => {
    find('menu').replaceChildren(...items.map(({ name, amount }) => {
      const line = document.createElement('li');
      line.textContent = `${name}, ${amount.decimal} ${amount.currency}`;
      return line;
    }));
    find('buy').disabled = false;
  }, refuse);
  till.resume().then((outcome) => outcome && show(outcome), refuse);
})();
